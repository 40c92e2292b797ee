"""sink.lttngx.spans: the adaptor. How spans are found and counted is in `lttngx.spans`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import bt2

from lttngx.bt import helps
from lttngx.bt.component import one_line_errors
from lttngx.bt.parameters import LISTED, Parameter, boolean, integer, listed, one_of, read, string, strings
from lttngx.bt.reports import OUTPUT_PARAMETERS, REFRESH, LamiMetadata, ReportSink, duration
from lttngx.bt.spans import DEFINITION_PARAMETERS, definitions

if TYPE_CHECKING:
    from lttngx.spans.analysis import SpanAnalysis
    from lttngx.spans.views import Options

# As in `lttngx.spans.views`, which is not imported before a component is made.
VIEWS = ("log", "top", "stats", "freq", "tree", "explain")


def _views(value: Any) -> tuple[str, ...]:
    """Accept one view or an array of views."""
    found = strings(value)
    if not found or not set(found) <= set(VIEWS):
        raise ValueError
    return tuple(found)


def _captures(value: Any) -> tuple[tuple[str, str], ...]:
    """Accept `SPAN.CAPTURE`, several in one string with commas or in an array."""
    found = [part.strip() for item in strings(value) for part in item.split(",")]
    pairs = tuple(tuple(part.split(".", 1)) for part in found)
    if not all(len(pair) == 2 and all(pair) for pair in pairs):
        raise ValueError
    return pairs


OWNER = "sink.lttngx.spans"
PARAMETERS = (
    *OUTPUT_PARAMETERS,
    *DEFINITION_PARAMETERS,
    REFRESH,
    Parameter("view", f"one of {', '.join(VIEWS)}, or an array of them", _views, ("stats",)),
    Parameter("select", LISTED, listed, ()),
    Parameter("aggregate-by", "a string", string),
    Parameter("group-by", "SPAN.CAPTURE, or an array of such strings", _captures, ()),
    Parameter("order-by", "`time` or `hierarchy`", one_of("time", "hierarchy"), "time"),
    Parameter("min-duration", "a duration such as 500us", duration),
    Parameter("max-duration", "a duration such as 10ms", duration),
    Parameter("limit", "an integer of at least 0", integer(0), 10),
    Parameter("freq-resolution", "an integer of at least 1", integer(1), 20),
    Parameter("freq-uniform", "a boolean", boolean, False),
    Parameter("freq-min", "a duration such as 500us", duration),
    Parameter("freq-max", "a duration such as 10ms", duration),
)


def options(values: dict[str, Any]) -> "Options":
    """Return what parameters ask of spans."""
    from lttngx.spans.views import Options
    return Options(
        values["view"], frozenset(values["select"]), values["aggregate_by"], values["group_by"], values["order_by"],
        values["min_duration"], values["max_duration"], values["limit"], values["freq_resolution"],
        values["freq_uniform"], values["freq_min"], values["freq_max"])


def engine(values: dict[str, Any]) -> "SpanAnalysis":
    """Return the engine which parameters ask for. Raises LttngxError."""
    if values["refresh"] is None:
        from lttngx.spans.analysis import SpanAnalysis
        return SpanAnalysis(definitions(values), options(values))
    from lttngx.spans.windows import WindowedSpans
    return WindowedSpans(definitions(values), options(values), values["refresh"])


def render(results: Iterable[Any], values: dict[str, Any]) -> str:
    """Return results in the format which parameters ask for."""
    from lttngx.render import spans
    return spans.render(results, values["format"], values["utc"])


@bt2.plugin_component_class
class SpansSink(LamiMetadata, ReportSink, bt2._UserSinkComponent, name="spans"):
    __doc__ = f"""Find spans between begin and end events of any trace; show their log, statistics, distribution.

A span is defined in one line, as for lttng-periodstats:
  NAME(PARENT) : BEGIN : END
where BEGIN and END are conditions on an event's fields ($evt.FIELD, $evt.$name), on those of
the span's begin event ($begin.$evt.FIELD) and of its parent's ($parent.$begin.$evt.FIELD); or
in a table with keys, policies and guards in the filter language (see `file`).

For each event, spans end before others begin; a child begins under every open parent it fits.
Of several hosts' traces, packs, and keys by thread, process, CPU or contexts such as tid and
vpid, join events of one host only, told by the traces' environment; other keys join all.

PARAMETERS
  spans (array of strings and maps)
      Definitions; a map is a table as in `file` with its name in `span`. Without any definition
      (spans, file, packs), the spans are those of the events which filter.lttngx.spans adds.
  captures (string or array)
      Values to keep, NAME : BEGIN CAPTURES : END CAPTURES, for example
      `sw : comm = $evt.next_comm : state = $evt.prev_state`.
  file (string)
      TOML file with tables [span.NAME]: begin, end (patterns of event names, or a table with
      event, if and key), key, parent, name, capture, policy (`stack`, `one`, `queue`, `all`),
      timeout, min, max.
  packs (string or array; example: irq,softirq)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2.
{helps.REFRESH}
      A span counts, whole, in the window in which it ends.
  view (string or array of `log`, `top`, `stats`, `freq`, `tree`, `explain`; default: stats)
      What to show. explain: the event classes which begin and end spans, and the key which
      joins them. A table of outcomes follows: begun, complete, unmatched, truncated, lossy.
  select (string or array; default: all)
      Show the spans of these names.
  aggregate-by (string)
      log: a row per span of this name and selected span inside it. stats, freq: per-ancestor
      tables about this ancestor only.
  group-by (SPAN.CAPTURE, or an array)
      Repeat stats and freq for each combination of these captures' values.
  order-by (`time` or `hierarchy`; default: time)
      Order of the log.
  min-duration (duration such as 500us, or number of seconds; default: no limit)
      Leave out shorter spans.
  max-duration (as min-duration)
      Leave out longer spans.
  limit (integer; default: 10)
      Spans in `top`; 0 = all.
  freq-resolution (integer; default: 20)
      Bins in `freq`.
  freq-uniform (boolean; default: no)
      Whether the distributions of all spans have the same bins.
  freq-min (duration such as 500us, or number of seconds; default: the shortest)
      Begin of the bins of durations in `freq`; how many are shorter is told.
  freq-max (as freq-min; default: the longest)
      End of the bins of durations in `freq`; how many are longer is told.
  format (`text`, `json`, `csv` or `lami`; default: text)
      json: schema lttngx.spans/1, times in ns. lami: LAMI 1.0, which Trace Compass reads.
  path (string; default: standard output)
      File to write.
  utc (boolean; default: no)
      Whether times are written in UTC instead of local time.

{helps.PORTS_AND_QUERIES}

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.spans -p 'packs="syscalls",view=["stats","top"]'
"""

    OWNER = OWNER
    TITLE = "Spans"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self._values = read(PARAMETERS, params, self.OWNER)
        self._format = self._values["format"]
        self._engine = engine(self._values)
        self._open(self._values["path"])

    def _render(self, results: Iterable[Any]) -> Iterable[str]:
        return [render(results, self._values)]

    @classmethod
    def _nothing(cls, params: Any) -> Any:
        from lttngx.render import spans
        read(PARAMETERS, params, cls.OWNER)
        return spans.nothing()
