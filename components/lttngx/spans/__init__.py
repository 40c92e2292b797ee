"""Spans: periods between a begin event and an end event, nested, keyed, measured and exported.

A *span* is an interval [begin, end) of a trace which one definition makes from two events.
"""
