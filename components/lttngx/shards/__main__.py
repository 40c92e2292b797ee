"""Command: python3 -m lttngx.shards."""

import sys

from lttngx.commands.shards import main

if __name__ == "__main__":
    sys.exit(main())
