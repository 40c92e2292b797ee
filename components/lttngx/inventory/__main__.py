"""Command: python3 -m lttngx.inventory."""

import sys

from lttngx.commands.inventory import main

if __name__ == "__main__":
    sys.exit(main())
