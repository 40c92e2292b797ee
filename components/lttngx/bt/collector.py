"""The cyclic garbage collector: engines make no cycles, but containers by the million, which it would walk again and again."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting_collector() -> Iterator[None]:
    """Let the collector rest."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def leave_at_once() -> None:
    """Let this interpreter, which belongs to a command, end without looking for cycles in what goes with it.

    On a short trace that search takes as long as the analysis."""
    atexit.register(gc.freeze)
