"""Commands: python3 -m lttngx.clocks COMMAND."""

import sys

from lttngx.commands import clock_align, clock_choose, clock_report, clocks

COMMANDS = (
    clock_choose,
    clock_report,
    clock_align,
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return its exit status."""
    return clocks.main(COMMANDS, arguments)


if __name__ == "__main__":
    sys.exit(main())
