"""Commands: python3 -m lttngx.clocks COMMAND."""

import sys

from lttngx.commands import clock_align, clock_choose, clock_report, clocks

COMMANDS = (
    clock_choose,
    clock_report,
    clock_align,
)

if __name__ == "__main__":
    sys.exit(clocks.main(COMMANDS))
