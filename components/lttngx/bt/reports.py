"""Mixin of sinks which drive an engine with extracted events and write its results as a report.

An engine here is a core.extraction.Consumer with `cover(first_ns, last_ns)` (times of the first and the last event),
`advance(now_ns)`, `closed()` (results complete by now) and `results()` (the rest, at the end). A report is written when it
is complete: to `path`, or to standard output. LAMI has one document for all of them, so that one is written at the end.
"""

import contextlib
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

import bt2

from lttngx.bt.collector import resting_collector
from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.iterators import consume_some, extractor
from lttngx.bt.parameters import Parameter, boolean, one_of, string, time_value
from lttngx.errors import LttngxError, ParameterError

if TYPE_CHECKING:
    from lttngx.core.classes import EventClass, Stream
    from lttngx.core.extraction import Extraction
    from lttngx.render.tables import Report
    from lttngx.render.times import Moment

METADATA = "lami-metadata"
FORMATS = ("text", "json", "csv", "lami")
TIME = "integer ns, or a time as babeltrace2 --begin takes it"


def duration(value: Any) -> int:
    """Accept a duration: a number of seconds or text with a unit; return ns."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    from lttngx.render.times import parse_duration

    return parse_duration(value)


# Every report has these parameters.
OUTPUT_PARAMETERS = (
    Parameter("format", "`text`, `json`, `csv` or `lami`", one_of(*FORMATS), "text"),
    Parameter("path", "a string", string),
    Parameter("utc", "a boolean", boolean, False),
)
REFRESH = Parameter("refresh", "a duration such as 500ms or 1s", duration)
WINDOW_PARAMETERS = (
    Parameter("begin", TIME, time_value),
    Parameter("end", TIME, time_value),
    REFRESH,
)


def window_bounds(values: dict[str, Any]) -> "tuple[Moment | None, Moment | None]":
    """Return the `begin` and `end` parameters in ns, or as functions of the first event's time."""
    from lttngx.render.times import parse_time

    return tuple(None if values[name] is None else parse_time(values[name], name, values["utc"])
                 for name in ("begin", "end"))


def standard_output() -> TextIO:
    """Return standard output, which takes all text: UTF-8 in the POSIX locale (as Python itself does since PEP 538; the interpreter in
    babeltrace2 does not), what another encoding lacks as question marks."""
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        encoding = "utf-8" if sys.stdout.encoding.lower() in ("ascii", "ansi_x3.4-1968", "us-ascii") else None
        reconfigure(encoding=encoding, errors="replace")
    return sys.stdout


class _Covering:
    """The engine of a sink as its extractor sees it: before the first event class is bound, it is told when the first event
    was, which need not be one that it handles."""

    def __init__(self, sink: "ReportSink") -> None:
        self._sink, self._engine = sink, sink._engine
        self._is_covered = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def bind(self, event_class: "EventClass", stream: "Stream") -> "Extraction | None":
        """See core.extraction.Consumer."""
        if not self._is_covered:
            self._is_covered = True
            first_ns = self._sink._extractor.first_ns
            self._engine.cover(first_ns, first_ns)
            # Windows are asked for while it runs: each is to be made when it ends, the first ones, too.
            list(self._engine.closed())
        return self._engine.bind(event_class, stream)


class ReportSink(Component):
    """Mixin of report sinks. Set `_engine` and `_format` in `__init__` before `_open`; define `_render`."""

    OWNER: ClassVar[str]
    _engine: Any
    _format: str = "text"
    _output: TextIO

    def _open(self, path: str | None) -> None:
        """Add the input port; open what reports are written to. Raises ParameterError if that cannot be done."""
        self._add_input_port("in")
        self._own_output = path is not None
        self._waiting: list[Any] = []
        try:
            self._output = standard_output() if path is None else open(
                path, "w", encoding="utf-8", errors="replace", newline="")
        except OSError as error:
            raise ParameterError(
                f'{self.OWNER}: cannot write report: path="{path}", reason={error.strerror}') from None

    def _render(self, results: Iterable[Any]) -> Iterable[str]:
        """Return results as the text of a report, in pieces."""
        raise NotImplementedError

    def _when_idle(self) -> None:
        """Called when a live source has nothing now."""

    @one_line_errors
    def _user_graph_is_configured(self) -> None:
        upstream = self._create_message_iterator(self._input_ports["in"])
        self._extractor = extractor(self, upstream, _Covering(self))

    @one_line_errors
    def _user_consume(self) -> None:
        try:
            consume_some(self._extractor)
        except bt2.Stop:
            self._finish()
            raise
        except Exception as error:
            # What is complete is written, whether the source has nothing now or something went wrong.
            self._write_closed()
            if isinstance(error, bt2.TryAgain):
                self._when_idle()
            raise
        self._write_closed()

    def _write_closed(self) -> None:
        """Write the results which are complete by now."""
        self._engine.cover(self._extractor.first_ns, self._extractor.last_ns)
        self._engine.advance(self._extractor.now_ns)
        if self._format == "lami":
            self._waiting += self._engine.closed()
        else:
            self._write(self._engine.closed())

    def _finish(self) -> None:
        """Write what remains. An error of the engine names the component."""
        try:
            self._engine.cover(self._extractor.first_ns, self._extractor.last_ns)
            with resting_collector():
                self._write([*self._waiting, *self._engine.results()])
        except LttngxError as error:
            raise type(error)(f"{self.OWNER}: {error}") from None
        finally:
            if self._own_output:
                self._output.close()

    def _write(self, results: Iterable[Any]) -> None:
        """Write results one by one: how many are complete at a time depends on how messages come. LAMI's are one document."""
        results = list(results)
        # A closed pipe (`| head`) is the reader's wish, not an error.
        with contextlib.suppress(BrokenPipeError):
            for document in [results] if self._format == "lami" and results else [[result] for result in results]:
                self._output.writelines(self._render(document))
                self._output.flush()


class LamiMetadata:
    """Mixin of report sinks which tell the LAMI metadata of their results. TITLE is the analysis's; define `_nothing`."""

    OWNER: ClassVar[str]
    TITLE: ClassVar[str]

    @classmethod
    def _nothing(cls, params: Any) -> "Report":
        """Return a report, without rows, with each table which the parameters may give."""
        raise NotImplementedError

    @classmethod
    @one_line_errors
    def _user_query(cls, executor: Any, object_name: str, params: Any, method_obj: Any) -> Any:
        """Answer `lami-metadata`: the metadata document (JSON text) of the results with `params` and format=lami."""
        if object_name != METADATA:
            raise bt2.UnknownObject
        import json

        from lttngx import __version__
        from lttngx.render import lami
        version = [int(part) for part in __version__.split(".")[:3]]
        document = lami.metadata(cls._nothing(params), cls.OWNER.rsplit(".", 1)[-1], cls.TITLE, version)
        return json.dumps(document, ensure_ascii=False)
