"""Mixin of message iterators which rewrite events and add messages of their own behind those that made them.

The rewritten messages stay native: Python is asked, after each of them, whether there is something to add.
"""

from collections import deque
from typing import TYPE_CHECKING, Any

import bt2

from lttngx.bt.iterators import Rewriting

if TYPE_CHECKING:
    from lttngx.core.rewriting import Timed


class Injecting(Rewriting):
    """Call `_inject` in `__init__`; define `_pending`, `_collect` and `_conclude`, which append messages to `_queue`."""

    _queue: deque[Any]

    def _inject(self, config: Any, port: Any, plans: "Timed") -> None:
        """Rewrite the messages of an input port by `plans`."""
        self._plans, self._queue, self._ended = plans, deque(), False
        self._rewrite(config, port, plans)
        self._rewritten = getattr(self, "_bt_next_from_native", None)
        if self._rewritten is not None:
            self._bt_next_from_native = self._next_address

    def _pending(self) -> Any:
        """Return whether the last message made something to add."""
        raise NotImplementedError

    def _collect(self) -> None:
        """Append what the last message made. No message's time may be before `_now_ns`."""
        raise NotImplementedError

    def _conclude(self) -> None:
        """Append what remains at the end of the input."""
        raise NotImplementedError

    @property
    def _now_ns(self) -> int:
        """The time which messages have come to, in ns from origin; 0 before the first."""
        return max(self._rewriter.last_ns or 0, self._plans.passed_ns)

    def __next__(self) -> Any:
        while not self._queue:
            try:
                message = next(self._rewriter)
            except StopIteration:
                self._end()
                if not self._queue:
                    raise
                break
            if self._pending():
                self._collect()
            if message is not None:
                return message
        return self._queue.popleft()

    def _next_address(self) -> int:
        """Return the next message's address: a rewritten one's, or through the bindings' own way one's from the queue."""
        while not self._queue:
            try:
                address = self._rewritten()
            except bt2.Stop:
                self._end()
                if not self._queue:
                    raise
                break
            if self._pending():
                self._collect()
            if address:
                return address
        return bt2._UserMessageIterator._bt_next_from_native(self)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._conclude()

    def _reset(self) -> None:
        super()._reset()
        self._plans.passed_ns = 0
        self._queue.clear()
        self._ended = False
