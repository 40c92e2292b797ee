"""Command: python3 -m lttngx.state."""

import sys

from lttngx.commands.state import main

if __name__ == "__main__":
    sys.exit(main())
