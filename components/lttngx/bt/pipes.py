"""Writing to pipes and sockets whose reader may be gone."""

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def broken_pipe_is_an_error() -> Iterator[None]:
    """Within, a reader who is gone gives BrokenPipeError.

    The interpreter in babeltrace2 leaves SIGPIPE as it is, which ends the process."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
    try:
        yield
    finally:
        if signal.SIGPIPE not in before:
            while signal.sigtimedwait({signal.SIGPIPE}, 0) is not None:
                pass
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
