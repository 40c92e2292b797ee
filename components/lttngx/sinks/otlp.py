"""sink.lttngx.otlp: the adaptor. The format is in `lttngx.export.otlp`, retrying in `lttngx.export.delivery`."""

import time
from typing import TYPE_CHECKING, Any

import bt2

from lttngx import __version__
from lttngx.bt.component import one_line_errors
from lttngx.bt.exports import ExportSink
from lttngx.bt.parameters import Parameter, integer, read, string, strings
from lttngx.bt.reports import duration
from lttngx.bt.spans import DEFINITION_PARAMETERS, definitions
from lttngx.errors import ParameterError

if TYPE_CHECKING:
    from lttngx.export.delivery import Delivery

PARAMETERS = (
    *DEFINITION_PARAMETERS,
    Parameter("path", "a string", string),
    Parameter("endpoint", "a string", string),
    Parameter("header", "a string or an array of strings `NAME: VALUE`", strings, ()),
    Parameter("service", "a string", string, "lttngx"),
    Parameter("batch", "an integer of at least 1", integer(1), 512),
    Parameter("buffer", "an integer of at least 1", integer(1), 64),
    Parameter("timeout", "a duration such as 10s", duration, 10_000_000_000),
)


@bt2.plugin_component_class
class OtlpSink(ExportSink, bt2._UserSinkComponent, name="otlp"):
    """Write or send spans as OpenTelemetry traces: Jaeger, Tempo, Grafana, any OTLP collector.

A trace is a root span with the spans in it, nested calls of functions too. Identifiers are
hashes of the LTTng trace's UUID and of the span's definition, key and begin, so they are the same
in every run. Spans that did not end properly have an error status.

PARAMETERS
  path (string; default: standard output, if there is no endpoint)
      File to write: OTLP/JSON, one request a line.
  endpoint (string; for example http://localhost:4318/v1/traces)
      Where to POST requests. What cannot be delivered is tried again, more and more slowly;
      what the buffer cannot hold is dropped and counted.
  header (string or array of `NAME: VALUE`)
      Headers of each request.
  service (string; default: lttngx)
      Value of the resource attribute service.name; host.name is the trace's.
  batch (integer; default: 512)
      Spans in a request.
  buffer (integer of MiB; default: 64)
      Requests that wait for delivery.
  timeout (duration; default: 10s)
      Longest wait for an answer, and for the delivery of the rest after the end.
  spans (array of strings and maps)
      Definitions: see sink.lttngx.spans, as for the next three. Without any, the spans are those
      of the events which filter.lttngx.spans adds.
  captures (string or array)
      Values to keep of the spans.
  file (string)
      TOML file of definitions.
  packs (string or array; example: irq,softirq)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2.

PORTS
  One input port, `in`.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.otlp -p 'packs="syscalls",path="spans.json"'
"""

    OWNER = "sink.lttngx.otlp"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.export.nesting import Nesting
        from lttngx.spans.analysis import span_source
        values = read(PARAMETERS, params, self.OWNER)
        if values["path"] is not None and values["endpoint"] is not None:
            raise ParameterError(f"{self.OWNER}: path and endpoint exclude each other")
        self._pending: list[Any] = []
        self._batch, self._service, self._timeout_s = values["batch"], values["service"], values["timeout"] / 1e9
        self._delivery = self._delivery_to(values) if values["endpoint"] is not None else None
        self._finder = span_source(definitions(values), Nesting(self._pending.append), whole_trees=True)
        self._open(values["path"])

    def _delivery_to(self, values: dict[str, Any]) -> "Delivery":
        from lttngx.bt.http import poster
        from lttngx.export.delivery import Delivery
        headers = {"Content-Type": "application/json"}
        for header in values["header"]:
            name, colon, value = header.partition(":")
            if not colon:
                raise ParameterError(f'{self.OWNER}: bad parameter: name=header, expected=NAME: VALUE, got="{header}"')
            headers[name.strip()] = value.strip()
        return Delivery(poster(values["endpoint"], headers, self._timeout_s), values["buffer"] << 20)

    def _progress(self) -> None:
        while len(self._pending) >= self._batch:
            self._request()
        if self._delivery is not None:
            self._delivery.run(time.monotonic())

    def _pause(self) -> None:
        if self._pending:
            self._request()
        self._progress()

    def _request(self) -> None:
        from lttngx.export import otlp
        spans = self._pending[:self._batch]
        del self._pending[:self._batch]
        trace = self._finder.trace
        resource = {"service.name": self._service, "host.name": trace.environment.get("hostname")}
        body = otlp.request(spans, trace.uuid or "", resource, __version__)
        if self._delivery is None:
            self._output.write(body + b"\n")
        else:
            self._delivery.put(body, len(spans))

    def _write_all(self) -> None:
        while self._pending:
            self._request()
        if self._delivery is not None:
            self._deliver_rest(self._delivery)

    def _report(self) -> None:
        super()._report()
        if not self._finder.unix_epoch:
            self._warn("the clock's origin is not the Unix epoch: collectors will show the spans at other dates")

    def _deliver_rest(self, delivery: "Delivery") -> None:
        limit_s = time.monotonic() + self._timeout_s
        delivery.run(time.monotonic())
        while delivery.waiting and delivery.next_s < limit_s:
            time.sleep(max(0.0, delivery.next_s - time.monotonic()))
            delivery.run(time.monotonic())
        delivery.abandon()
        if delivery.dropped or delivery.refused:
            self._warn(f"spans not delivered: dropped={delivery.dropped}, refused={delivery.refused}, "
                       f"sent={delivery.sent}")
