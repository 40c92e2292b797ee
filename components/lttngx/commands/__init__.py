"""Commands, `python3 -m lttngx.NAME`: adaptors between a command line and the engines."""
