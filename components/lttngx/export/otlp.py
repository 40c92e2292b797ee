"""OTLP/JSON: spans as OpenTelemetry's trace service takes them (opentelemetry-proto, trace/v1, JSON mapping).

Identifiers are hashes: of the trace's UUID and the root span's definition, key and begin for a trace; of the span's
own for a
span. So the same trace gives the same identifiers again, whichever part of it was read.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from lttngx.export.nesting import outer
from lttngx.export.tracks import track_of
from lttngx.spans.span import COMPLETE, Span

_INTERNAL, _ERROR = 1, 2


def identifiers(span: Span, uuid: str) -> tuple[bytes, bytes]:
    """Return (trace identifier, span identifier) of a span: 16 and 8 bytes, kept in its notes. uuid: of the trace."""
    chain: list[Span] = []
    current: Span | None = span
    while current is not None and current.notes is None:
        chain.append(current)
        current = outer(current)
    known = None if current is None else current.notes
    for one in reversed(chain):
        known = one.notes = _identifiers(one, uuid, known)
    return known


def _identifiers(span: Span, uuid: str, around: tuple[bytes, bytes] | None) -> tuple[bytes, bytes]:
    own = "\0".join((span.path, str(span.begin_ns), *map(str, span.kind.key_of(span)[1]))).encode("utf-8", "surrogateescape")
    if around is None:
        trace = blake2b(uuid.encode() + b"\0" + own, digest_size=16).digest()
        return trace, blake2b(trace, digest_size=8).digest()
    trace, parent = around
    return trace, blake2b(parent + own, digest_size=8).digest()


def span_object(span: Span, uuid: str) -> dict[str, Any]:
    """Return one span as OTLP/JSON writes it. A span that did not end properly has an error status and
    `lttngx.status`."""
    trace, own = identifiers(span, uuid)
    found: dict[str, Any] = {"traceId": trace.hex(), "spanId": own.hex()}
    around = outer(span)
    if around is not None:
        found["parentSpanId"] = identifiers(around, uuid)[1].hex()
    track = track_of(span)
    attributes = span.captures() | {"lttngx.span": span.path, "thread.id": track.tid, "process.pid": track.pid}
    if span.lossy:
        attributes["lttngx.lossy"] = True
    if span.status != COMPLETE:
        attributes["lttngx.status"] = span.status
        found["status"] = {"code": _ERROR, "message": span.status}
    return found | {"name": str(span.title), "kind": _INTERNAL, "startTimeUnixNano": str(span.begin_ns),
                    "endTimeUnixNano": str(span.end_ns), "attributes": attribute_list(attributes)}


def attribute_list(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return attributes as OTLP/JSON's list of keys and values; None is left out."""
    return [{"key": key, "value": _value(value)} for key, value in attributes.items() if value is not None]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        # 64-bit integers are strings in protobuf's JSON mapping; OTLP's are signed.
        return {"intValue": str(value)} if -2**63 <= value < 2**63 else {"stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)}


def request(spans: Iterable[Span], uuid: str, resource: Mapping[str, Any], version: str) -> bytes:
    """Return the body of an ExportTraceServiceRequest, UTF-8 JSON on one line.

    resource: attributes such as service.name and host.name. version: of this package."""
    document = {"resourceSpans": [{
        "resource": {"attributes": attribute_list(resource)},
        "scopeSpans": [{"scope": {"name": "lttngx", "version": version},
                        "spans": [span_object(span, uuid) for span in spans]}]}]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
