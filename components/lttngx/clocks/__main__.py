"""Commands: python3 -m lttngx.clocks COMMAND."""

import sys

from lttngx.commands import clock_align, clock_choose, clock_report, clocks

COMMANDS = (
    clock_choose,
    clock_report,
    clock_align,
)


def main(arguments: list[str] | None = None, prog: str = "python3 -m lttngx.clocks") -> int:
    """Run a command; return its exit status. prog: how it is called."""
    return clocks.main(COMMANDS, arguments, prog)


if __name__ == "__main__":
    sys.exit(main())
