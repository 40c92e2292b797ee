"""Mixins for message iterators: forwarding, selecting, rewriting; and the extraction behind sinks.

bt2 wants its own `_User…` class as a direct base: write `class Events(Selecting, bt2._UserMessageIterator)`.
"""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from lttngx.bt.collector import resting_collector
from lttngx.core.choice import NATIVE, core

if TYPE_CHECKING:
    from lttngx.core.extraction import Consumer
    from lttngx.core.predicate import Selection
    from lttngx.core.rewriting import Rewriting as Plans

# How long a sink consumes messages at a time, at least one batch.
CONSUME_S = 0.1


class Forwarding:
    """Mixin of a filter's message iterators: one upstream message iterator, which is sought where this one is."""

    _upstream: Any

    def _connect(self, config: Any, port: Any) -> None:
        """Create the upstream message iterator on an input port."""
        self._upstream = self._create_message_iterator(port)
        config.can_seek_forward = self._upstream.can_seek_forward

    def _reset(self) -> None:
        """Forget everything that depends on the messages so far: called before seeking."""

    def _user_can_seek_beginning(self) -> bool:
        return self._upstream.can_seek_beginning()

    def _user_seek_beginning(self) -> None:
        self._reset()
        self._upstream.seek_beginning()

    def _user_can_seek_ns_from_origin(self, ns_from_origin: int) -> bool:
        return self._upstream.can_seek_ns_from_origin(ns_from_origin)

    def _user_seek_ns_from_origin(self, ns_from_origin: int) -> None:
        self._reset()
        self._upstream.seek_ns_from_origin(ns_from_origin)


class Selecting(Forwarding):
    """Mixin of message iterators which keep or drop events. Call `_select` in `__init__`."""

    _selector: Any

    def _select(self, config: Any, port: Any, selection: "Selection", keep: bool = True,
                at_end: Callable[[], None] | None = None) -> None:
        """Select among the messages of an input port; see `native.select.Selector`. at_end: called before the iterator ends."""
        self._connect(config, port)
        chosen = core()
        self._selector = chosen.Selector(self._upstream, selection, keep, mip=self._component._graph_mip_version,
                                         owner=self, at_end=at_end)
        if chosen.name == NATIVE:
            # bt2 asks this attribute for the address of the next message: no Python runs per message but the call.
            self._bt_next_from_native = self._selector.next

    def _reset(self) -> None:
        self._selector.reset()

    def __next__(self) -> Any:
        return next(self._selector)


class Rewriting(Forwarding):
    """Mixin of message iterators which rewrite events. Call `_rewrite` in `__init__`."""

    _rewriter: Any

    def _rewrite(self, config: Any, port: Any, plans: "Plans", at_end: Callable[[], None] | None = None,
                 injector: Any = None) -> None:
        """Rewrite the messages of an input port; see `native.rewrite.Rewriter`. at_end: called before the iterator ends."""
        self._connect(config, port)
        chosen = core()
        self._rewriter = chosen.Rewriter(self._upstream, plans, owner=self,
                                         mip=self._component._graph_mip_version, at_end=at_end, injector=injector)
        if chosen.name == NATIVE:
            self._bt_next_from_native = self._rewriter.next

    def _reset(self) -> None:
        self._rewriter.reset()

    def __next__(self) -> Any:
        return next(self._rewriter)


def extractor(component: Any, upstream: Any, consumer: "Consumer", begin_ns: int | None = None,
              end_ns: int | None = None) -> Any:
    """Return an Extractor which drives `consumer` with a sink's upstream message iterator; call `consume` on it.

    begin_ns, end_ns: give it what [begin, end) holds only; None: no limit."""
    return core().Extractor(upstream, consumer, mip=component._graph_mip_version, begin_ns=begin_ns, end_ns=end_ns)


def consume_some(extractor: Any) -> None:
    """Consume messages for a while: what follows is done less often. Raises as `Extractor.consume`."""
    until_s = monotonic() + CONSUME_S
    with resting_collector():
        extractor.consume()
        while monotonic() < until_s:
            extractor.consume()


class Giving:
    """Mixin of a source's message iterators, whose messages an Injector makes. Call `_give` in `__init__` and where it seeks."""

    _given: Any

    def _give(self, refill: Callable[[], bool]) -> Any:
        """Return the Injector to whose queue messages are added. refill: adds some when none waits; returns whether there were any left."""
        self._given = injector(self, refill=refill)
        if core().name == NATIVE:
            self._bt_next_from_native = self._given.next
        return self._given

    def __next__(self) -> Any:
        return next(self._given)


def injector(iterator: Any, **options: Any) -> Any:
    """Return an Injector, which makes messages for a bt2 user message iterator; see `core.injecting`."""
    return core().Injector(owner=iterator, **options)
