"""The bandwidth result as text, JSON and CSV; as Prometheus text: `render.prometheus`."""

import json
from collections.abc import Iterable, Sequence

from lttngx.analyses.bandwidth_counts import UNKNOWN, Key
from lttngx.analyses.bandwidth_result import BandwidthUsage, ChannelUsage, Usage
from lttngx.render import csv, text
from lttngx.render.tables import Column, Report, Table, Unit

SCHEMA = "lttngx.bandwidth/1"
SHOWN_CHUNKS = 8
VIEWS = ("sessions", "channels", "cpus", "losses")

_SESSION = (Column("hostname", "Host"), Column("session", "Session"), Column("domain", "Domain"))
_CHANNEL = (*_SESSION[1:], Column("owner", "Owner"), Column("channel", "Channel"))
_CPU = (*_CHANNEL, Column("cpu", "CPU", Unit.ID))
_USAGE = (
    Column("packets", "Packets", Unit.COUNT), Column("content_bytes", "Content", Unit.BYTES), Column("mean_bytes_per_s", "Mean", Unit.RATE),
    Column("peak_bytes_per_s", "Peak", Unit.RATE), Column("peak_begin", "Peak at", Unit.TIME), Column("fill", "Fill", Unit.SHARE),
    Column("padding_bytes", "Padding", Unit.BYTES), Column("discarded_events", "Lost events", Unit.COUNT),
    Column("lost_packets", "Lost packets", Unit.COUNT))
_SUGGESTION = (Column("sub_buffer_bytes", "Sub-buffer", Unit.BYTES), Column("suggested_bytes", "Suggested", Unit.BYTES),
               Column("suggested_count", "Sub-buffers", Unit.COUNT))
_CUTS = (Column("gaps", "Gaps", Unit.COUNT), Column("cut_events", "At cuts: events", Unit.COUNT),
         Column("cut_packets", "Packets", Unit.COUNT))
_LOSSES = (Column("begin", "Begin", Unit.TIME), Column("end", "End", Unit.TIME), Column("duration", "Duration", Unit.DURATION), *_CPU,
           Column("events", "Events", Unit.COUNT), Column("packets", "Packets", Unit.COUNT), Column("at_cut", "At a chunk cut"))


def report(result: BandwidthUsage, views: Sequence[str] = VIEWS, limit: int = 0) -> Report:
    """Return a window's tables. limit: losses to show, the greatest; 0: all."""
    tables = [table for view in views if (table := _TABLES[view](result, limit)) is not None]
    return Report(result.range.begin_ns, result.range.end_ns, tuple(tables), tuple(_summary(result)), tuple(_remarks(result)))


def _values(usage: Usage) -> tuple:
    """Return the values of _USAGE."""
    counts = usage.counts
    return (counts.packets, counts.content_bytes, usage.mean, usage.peak, usage.peak_ns, usage.fill, usage.padding_bytes,
            counts.discarded, counts.lost_packets)


def _cuts(usage: Usage) -> tuple:
    return usage.counts.gaps, usage.counts.cut_events, usage.counts.cut_packets


def _suggestion(usage: ChannelUsage) -> tuple:
    return usage.counts.largest, usage.sub_buffer, usage.sub_buffers


def _sessions(result: BandwidthUsage, _: int) -> Table:
    rows = tuple((*usage.key[:3], *_values(usage)) for usage in result.sessions)
    return Table("sessions", "Per-session bandwidth", (*_SESSION, *_USAGE), rows)


def _channels(result: BandwidthUsage, _: int) -> Table:
    rows = tuple((*usage.key[1:5], *_values(usage), *_suggestion(usage)) for usage in result.channels)
    return Table("channels", "Per-channel bandwidth", (*_CHANNEL, *_USAGE, *_SUGGESTION), rows)


def _cpus(result: BandwidthUsage, _: int) -> Table:
    rows = tuple((*usage.key[1:], *_values(usage), *_cuts(usage)) for usage in result.streams)
    return Table("cpus", "Per-CPU bandwidth", (*_CPU, *_USAGE, *_CUTS), rows)


def _losses(result: BandwidthUsage, limit: int) -> Table | None:
    found = result.losses
    if limit and len(found) > limit:
        chosen = sorted(found, key=lambda item: (-max(item[1].events, 0), -max(item[1].packets, 0)))[:limit]
        found = [item for item in found if item in chosen][:limit]
    rows = tuple((loss.begin_ns, loss.end_ns, loss.end_ns - loss.begin_ns, *key[1:], _known(loss.events), _known(loss.packets),
                  "yes" if loss.at_cut else "") for key, loss in found)
    shown = "" if len(found) == len(result.losses) else f" (the {len(found)} greatest of {len(result.losses)})"
    return Table("losses", f"Losses{shown}", _LOSSES, rows) if rows else None


_TABLES = {"sessions": _sessions, "channels": _channels, "cpus": _cpus, "losses": _losses}


def _known(count: int) -> int | None:
    return None if count == UNKNOWN else count


def _summary(result: BandwidthUsage) -> Iterable[str]:
    yield (f"Peak: the fullest {text.format_duration(result.bin_ns)}. Suggested: sub-buffers which, but for one, hold what a CPU "
           f"records at peak rate in {text.format_duration(result.delay_ns)};")
    yield "where events or packets were lost, at least twice the present size, as the true rate is higher than what was recorded."
    for session in sorted({session for session, _ in result.rotations}):
        chunks = [str(chunk) for owner, chunk in result.rotations if owner == session]
        shown = ", ".join(chunks) if len(chunks) <= SHOWN_CHUNKS else f"{chunks[0]} to {chunks[-1]}"
        yield f"Chunks of session {session} which were completed: {shown}."


def _remarks(result: BandwidthUsage) -> Iterable[str]:
    events, packets = totals(result)
    if events or packets:
        yield f"Tracer discarded {events} events and {packets} packets."
    unknown = sum(counts.unknown for counts in result.counts.values())
    if unknown:
        yield f"What was lost before the first packet is not known of {unknown} streams: they were not read from their beginning."


def totals(result: BandwidthUsage) -> tuple[int, int]:
    """Return how many events and packets were lost."""
    counts = result.counts.values()
    return sum(one.discarded for one in counts), sum(one.lost_packets for one in counts)


def document(result: BandwidthUsage) -> dict:
    """Return a window's JSON document: sizes in bytes, times in ns, rates in bytes per second."""
    events, packets = totals(result)
    return {
        "schema": SCHEMA, "range": {"begin": result.range.begin_ns, "end": result.range.end_ns},
        "bin_ns": result.bin_ns, "delay_ns": result.delay_ns,
        "sessions": [_object(_SESSION, usage.key[:3]) | _object(_USAGE, _values(usage)) for usage in result.sessions],
        "channels": [_key(usage.key, 5) | _object(_USAGE, _values(usage)) | _object(_SUGGESTION, _suggestion(usage))
                     for usage in result.channels],
        "cpus": [_key(usage.key, 6) | _object(_USAGE, _values(usage)) | _object(_CUTS, _cuts(usage)) for usage in result.streams],
        "losses": [{"begin": loss.begin_ns, "end": loss.end_ns} | _key(key, 6)
                   | {"events": _known(loss.events), "packets": _known(loss.packets), "at_cut": loss.at_cut}
                   for key, loss in result.losses],
        "rotations": [{"session": session, "chunk": chunk} for session, chunk in result.rotations],
        "discarded_events": events, "discarded_packets": packets,
    }


def _object(columns: Sequence[Column], values: Sequence) -> dict:
    return {column.name: value for column, value in zip(columns, values)}


def _key(key: Key, count: int) -> dict:
    return dict(zip(Key._fields[:count], key))


def render(results: Sequence[BandwidthUsage], format: str, utc: bool, views: Sequence[str], limit: int) -> str:
    """Return the windows in a format: text, json (one document a line) or csv."""
    if format == "json":
        return "".join(json.dumps(document(result), ensure_ascii=False) + "\n" for result in results)
    reports = [report(result, views, limit) for result in results]
    if format == "csv":
        return "".join(csv.render_report(one) for one in reports)
    return "\n".join(text.render_report(one, utc) for one in reports)
