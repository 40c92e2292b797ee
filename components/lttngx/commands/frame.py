"""What all commands share: errors in one line on standard error, exit statuses, a reader of the output who has seen enough."""

import os
import sys
from collections.abc import Callable, Iterable

from lttngx.errors import LttngxError

DONE, FAILED, INTERRUPTED = 0, 1, 130
EXIT = ("Exit status: 0 done; 1 the trace, a parameter or the machine made it fail, in one line on standard error; 2 bad usage; "
        "130 interrupted.")


def exit_status(run: Callable[[], int | None]) -> int:
    """Run a command; return its exit status: what it returns (None: done), or what its exception means."""
    try:
        return run() or DONE
    except LttngxError as error:
        print(f"Error: {error}", file=sys.stderr)
        return FAILED
    except (KeyboardInterrupt, EOFError):
        return INTERRUPTED
    except BrokenPipeError:
        # Nothing may be flushed to the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def print_lines(lines: Iterable[str]) -> None:
    """Print the lines of a command's answer as they come."""
    for line in lines:
        print(line)
