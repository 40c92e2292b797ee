"""Partial results on their way from where shards are analysed to where they are joined.

Rule: a partial result is objects by the ten thousand of which none is garbage while it grows. Python's collector, which looks at all
of them again each time some hundreds were made, costs a fifth of an analysis and finds nothing; so it looks seldom meanwhile.
A partial result travels as bytes, which take a fraction of the memory of the objects while they wait to be joined.
"""

import gc
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Objects made, less those freed, until the collector looks at the newest; so many times until it looks at the older ones, and at all.
SELDOM = (200_000, 20, 100)


@contextmanager
def growing() -> Iterator[None]:
    """Let the garbage collector look seldom."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def packed(part: Any) -> bytes:
    """Return a partial result as bytes."""
    return pickle.dumps(part, pickle.HIGHEST_PROTOCOL)


def unpacked(data: bytes) -> Any:
    """Return the partial result which bytes are. They have to be of `packed`, from a worker of ours: unpickling runs what they say."""
    return pickle.loads(data)
