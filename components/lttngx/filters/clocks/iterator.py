"""The message iterator of filter.lttngx.clocks: when what is read. What times become is in `lttngx.clocks`.

Inputs which can seek are read twice: a survey finds the hosts and their messages, then all is read again, one upstream message
iterator for each host of an input, and merged by reference time. Where nothing is to be estimated, a survey ends when every
input has shown a host. From other inputs (live) messages are held for a window of time, then passed on while the
estimate is refreshed once a window.
"""

from typing import Any

import bt2

from lttngx.bt.component import one_line_errors
from lttngx.core.choice import NATIVE, core


class AllBut(frozenset):
    """Contains every host but these."""

    def __contains__(self, host: object) -> bool:
        return not super().__contains__(host)


class ClocksIterator(bt2._UserMessageIterator):
    """Gives the messages of all inputs on one time line."""

    @one_line_errors
    def __init__(self, config: Any, port: Any) -> None:
        from lttngx.clocks.timeline import Timeline
        component = self._component
        self._ports = [port for port in component._input_ports.values() if port.is_connected]
        self._inputs = [(index, self._create_message_iterator(port)) for index, port in enumerate(self._ports)]
        config.can_seek_forward = all(upstream.can_seek_forward for _, upstream in self._inputs)
        self._core = core()
        self._timeline = Timeline(self._core.ClockMap, component.late)
        self._rewriter: Any = None
        self._step = self._begin
        if self._core.name == NATIVE:
            self._bt_next_from_native = self._next_address

    def __next__(self) -> Any:
        self._prepare()
        return next(self._rewriter)

    def _next_address(self) -> int:
        self._prepare()
        return self._rewriter.next()

    @one_line_errors
    def _prepare(self) -> None:
        """Do what is to be done before the next message; bt2.TryAgain passes, and the step goes on with the next call."""
        while self._step is not None and self._step():
            pass

    # Steps: each returns whether another is to be done at once, and sets what `_step` is from then on.

    def _begin(self) -> bool:
        self._seekable = all(upstream.can_seek_beginning() for _, upstream in self._inputs)
        window_ns = None if self._seekable else self._component.window_ns
        self._synchronizer = self._component.synchronizer(window_ns)
        estimates = bool(self._synchronizer.pairs)
        # A survey compares no hosts with each other: none waits for another.
        self._merger = self._merge([(upstream, None) for _, upstream in self._inputs],
                                   0 if self._seekable and estimates else window_ns)
        self._extractor = self._core.Extractor(self._merger, self._survey(), mip=self._component._graph_mip_version)
        self._step = self._hold if not self._seekable else self._look if estimates else self._glance
        return True

    def _look(self) -> bool:
        """Survey inputs which can seek, one batch a call."""
        try:
            self._extractor.consume()
            return True
        except bt2.Stop:
            self._align()
            self._read_again()
            return False

    def _glance(self) -> bool:
        """Hold the messages of inputs which can seek until each has shown a host; go on with them if none has shown several."""
        while not all(self._merger.hosts(index) for index in range(len(self._inputs))) and self._merger.gather():
            pass
        self._align()
        if all(len(self._merger.hosts(index)) < 2 for index in range(len(self._inputs))):
            self._merger.reorder()
            self._rewrite(self._merger)
        else:
            self._read_again()
        return False

    def _read_again(self) -> None:
        for _, upstream in self._inputs:
            upstream.seek_beginning()
        self._inputs, wanted = self._split()
        self._rewrite(self._merge([(upstream, hosts) for (_, upstream), hosts in zip(self._inputs, wanted)], None))
        self._extractor = None

    def _hold(self) -> bool:
        """Hold the messages of live inputs until they span the window, or have ended."""
        while self._merger.gather() and self._merger.held < self._component.window_ns:
            pass
        self._refresh()
        self._rewrite(self._merger)
        self._step = self._follow
        return False

    def _follow(self) -> bool:
        """Refresh the estimate of live inputs once a window."""
        if (self._extractor.now_ns or 0) - self._refreshed_ns >= self._component.window_ns:
            self._refresh()
        return False

    def _refresh(self) -> None:
        self._align()
        self._merger.reorder()
        self._refreshed_ns = self._extractor.now_ns or 0

    def _survey(self) -> Any:
        from lttngx.clocks.survey import Survey
        # A loss, too, is told of a host which the merge has seen before.
        return Survey(self._timeline.host_of, self._synchronizer.consumer)

    def _merge(self, inputs: list[tuple[Any, Any]], window_ns: int | None) -> Any:
        tap = None if self._seekable else lambda message: self._extractor.handle(message)
        return self._core.Merger(inputs, self._timeline, owner=self, mip=self._component._graph_mip_version, window=window_ns,
                                 tap=tap)

    def _align(self) -> None:
        for number, span_ns in self._merger.spans().items():
            self._synchronizer.cover(self._synchronizer.number(self._timeline.hosts[number]), *span_ns)
        self._component.align(self._timeline, self._synchronizer)

    def _split(self) -> tuple[list[tuple[int, Any]], list[Any]]:
        """Return one upstream message iterator for each host of each input, and the hosts which each is to give."""
        inputs, wanted = [], []
        for index, upstream in self._inputs:
            hosts = self._merger.hosts(index)
            inputs.append((index, upstream))
            # Who comes later goes with the first host.
            wanted.append(AllBut(hosts[1:]))
            for host in hosts[1:]:
                inputs.append((index, self._create_message_iterator(self._ports[index])))
                wanted.append({host})
        return inputs, wanted

    def _rewrite(self, merger: Any) -> None:
        component = self._component
        self._merger = merger
        self._rewriter = self._core.Rewriter(merger, self._timeline, owner=self, mip=component._graph_mip_version,
                                             at_end=lambda: component.tell_end(self._rewriter.clamped))
        self._step = None
        if self._seekable and self._core.name == NATIVE:
            self._bt_next_from_native = self._rewriter.next

    # Not to a time, which is one of the reference's: the library reads on from the beginning instead.

    def _user_can_seek_beginning(self) -> bool:
        return all(upstream.can_seek_beginning() for _, upstream in self._inputs)

    def _user_seek_beginning(self) -> None:
        for _, upstream in self._inputs:
            upstream.seek_beginning()
        if self._rewriter is None:
            self._step = self._begin
        else:
            self._merger.reset()
            self._rewriter.reset()
