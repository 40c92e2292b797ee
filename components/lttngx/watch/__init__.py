"""Triggers: conditions on events, packets, spans and states, and the notifications they send.

A `conditions` object is fed like any engine and says when it is satisfied; its `trigger` decides whether that is told; `engine` joins all.
Nothing here acts: the caller gives a function which takes notifications.
"""
