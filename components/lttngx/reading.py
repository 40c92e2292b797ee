"""Traces as Arrow tables: what `lttngx.read` does."""

from collections.abc import Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import bt2

from lttngx.bt.component import Interchange
from lttngx.bt.inputs import sources
from lttngx.bt.iterators import extractor
from lttngx.bt.pipelines import Component, Pipeline, reason
from lttngx.core.choice import core
from lttngx.errors import LttngxError, TraceError

if TYPE_CHECKING:
    from pyarrow import Table

    from lttngx.columns.collecting import Collecting


class _Reader(Interchange, bt2._UserSinkComponent):
    """Collects events by `obj`, (the consumer, what takes its blocks)."""

    def __init__(self, config: Any, params: Any, obj: "tuple[Collecting, Any]") -> None:
        self._collecting, self._tables = obj
        self._add_input_port("in")

    def _user_graph_is_configured(self) -> None:
        self._extractor = extractor(self, self._create_message_iterator(self._input_ports["in"]), self._collecting)
        self._collecting.position = lambda: self._extractor.extracted

    def _user_consume(self) -> None:
        try:
            self._extractor.consume()
        except bt2.Stop:
            self._tables.write(self._collecting.take())
            raise
        if self._collecting.full():
            self._tables.write(self._collecting.take())


def read(traces: str | PathLike | Sequence[str | PathLike], events: str | Sequence[str] | None = None,
         fields: str | Sequence[str] | None = None, begin: str | int | None = None, end: str | int | None = None
         ) -> "dict[str, Table]":
    """Return the events of traces as Arrow tables by event name, as sink.lttngx.events would write them to Parquet.

    traces: directories which are or hold CTF traces, one or several, merged by time. events: name patterns; fields: patterns SCOPE.NAME
    with SCOPE payload, context, common-context, specific-context or packet-context; None: all. begin, end: only packets which
    reach into [begin, end) are read; ns from the clock's origin, SECONDS, or YYYY-MM-DD hh:mm[:ss] in UTC. Columns: time (ns), cpu,
    trace, then fields; `discarded` is a table of what the tracer lost, if it lost something.

    Raises LttngxError if a trace cannot be read, or a parameter or pyarrow is missing.
    """
    from lttngx.columns.arrow import Tables
    from lttngx.columns.collecting import Collecting
    from lttngx.fields.patterns import parse_pattern

    names, patterns = _list(events), _list(fields)
    tables = Tables()
    collecting = Collecting(core().Columns, names, None if patterns is None else [parse_pattern(text) for text in patterns])
    found = sources([fspath(trace) for trace in ([traces] if isinstance(traces, (str, PathLike)) else traces)])
    asked = {"events": names, "fields": _decoded(patterns), "begin": begin, "end": end}
    if found[0].kind == "source.lttngx.ctf":
        found = [Component(one.name, one.kind, one.params | {name: value for name, value in asked.items() if value is not None})
                 for one in found]
    elif begin is not None or end is not None:
        raise LttngxError("Cannot read a part of a trace: begin and end need the compiled core")
    _run(Pipeline(found, ()), (collecting, tables))
    return tables.tables()


def _list(given: str | Sequence[str] | None) -> list[str] | None:
    return None if given is None else [given] if isinstance(given, str) else list(given)


def _decoded(patterns: list[str] | None) -> list[str] | None:
    """Return what source.lttngx.ctf must decode: its scopes are the four of trace IR; only a field's outermost name counts there."""
    if patterns is None:
        return None
    found = ["packet-context.cpu_id"]
    for text in patterns:
        scope, _, name = text.partition(".")
        outer = name.partition(".")[0]
        outer += "*" if "*" in name and "*" not in outer else ""
        found += [f"{one}.{outer}" for one in (("common-context", "specific-context") if scope == "context" else (scope,))]
    return found


def _run(pipeline: Pipeline, obj: Any) -> None:
    try:
        graph, last = pipeline.parts()
        sink = graph.add_component(_Reader, "sink", obj=obj)
        graph.connect_ports(next(iter(last.output_ports.values())), sink.input_ports["in"])
        graph.run()
    except bt2._Error as error:
        raise TraceError(reason(error)) from None
