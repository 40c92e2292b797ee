"""State: what a system was doing at any time, as attributes whose values change.

`tree` holds attributes and their values now; `kernel` and `model` feed it from events; `codec`, `history` and `query` keep
its changes on disk and answer from there; `partial` joins the results of several parts of a trace.
"""
