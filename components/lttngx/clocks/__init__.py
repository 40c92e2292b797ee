"""Clocks: several hosts' times on one time line, with the error shown."""
