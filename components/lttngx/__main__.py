"""Command: python3 -m lttngx."""

import sys

from lttngx.commands.lttngx import main

if __name__ == "__main__":
    sys.exit(main())
