"""Mixin of sinks which write spans in another tool's format."""

import contextlib
import sys
from typing import TYPE_CHECKING, BinaryIO, ClassVar

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.iterators import consume_some, extractor
from lttngx.errors import LttngxError, ParameterError

if TYPE_CHECKING:
    from lttngx.core.extraction import Consumer
    from lttngx.spans.finding import SpanFinder
    from lttngx.spans.reading import SpanReader


class ExportSink(Component):
    """Mixin of export sinks. Set `_finder` in `__init__` after `_open`; define `_write_all`.

    `_consumer`: what is fed with events, if that is more than the finder. `_spans_needed`: whether it is an error if nothing
    defines spans."""

    OWNER: ClassVar[str]
    _finder: "SpanFinder | SpanReader"
    _consumer: "Consumer | None" = None
    _spans_needed: bool = True
    _output: BinaryIO

    def _open(self, path: str | None) -> None:
        """Add the input port; open the file, or standard output. Raises ParameterError if that cannot be done."""
        self._add_input_port("in")
        try:
            self._output = sys.stdout.buffer if path is None else open(path, "wb")
        except OSError as error:
            raise ParameterError(f'{self.OWNER}: cannot write: path="{path}", reason={error.strerror}') from None

    def _write_all(self) -> None:
        """Write what is written at the end of the trace."""
        raise NotImplementedError

    def _progress(self) -> None:
        """Called after each batch of events."""

    def _pause(self) -> None:
        """Called when a live source has nothing now: what is there can be seen."""
        self._progress()

    def _report(self) -> None:
        """Say what is missing from the output."""
        lost = self._finder.losses
        if lost.events or lost.packets:
            self._warn(f"the tracer discarded events={lost.events}, packets={lost.packets}: what was open then may be wrong")
        unmatched = sum(kind.unmatched_ends for kind in self._finder.kinds)
        if unmatched:
            self._info(f"end events without a begin: {unmatched}")

    @one_line_errors
    def _user_graph_is_configured(self) -> None:
        upstream = self._create_message_iterator(self._input_ports["in"])
        self._extractor = extractor(self, upstream, self._consumer or self._finder)

    @one_line_errors
    def _user_consume(self) -> None:
        try:
            consume_some(self._extractor)
        except bt2.TryAgain:
            self._finder.advance(self._extractor.now_ns)
            self._pause()
            self._output.flush()
            raise
        except bt2.Stop:
            self._end()
            raise
        self._finder.advance(self._extractor.now_ns)
        self._progress()

    def _end(self) -> None:
        self._finder.cover(self._extractor.first_ns, self._extractor.last_ns)
        try:
            if self._spans_needed or self._finder.kinds:
                self._finder.finish()
            # A closed pipe (`| head`) is the reader's wish, not an error.
            with contextlib.suppress(BrokenPipeError):
                self._write_all()
                self._output.flush()
            self._report()
        except LttngxError as error:
            raise type(error)(f"{self.OWNER}: {error}") from None
        finally:
            if self._output is not sys.stdout.buffer:
                self._output.close()
