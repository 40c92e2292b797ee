"""Trace chunks of rotated recording sessions: naming, packing, shipping."""
