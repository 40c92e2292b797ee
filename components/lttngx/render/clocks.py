"""Alignments of clocks as text, JSON and CSV."""

import json
from collections.abc import Mapping
from typing import Any

from lttngx.clocks.alignment import Alignment, HostFigures
from lttngx.clocks.corrections import Correction
from lttngx.clocks.figures import Direction, Moment, PairFigures
from lttngx.clocks.hosts import Host
from lttngx.render import csv, text
from lttngx.render.tables import Column, Report, Table, Unit

SCHEMA = "lttngx.clocks/1"

_PAIR = (Column("clock", "Clock"), Column("to", "To"))
_CLOCKS = (
    Column("clock", "Clock"), Column("class", "Clock class"), Column("reference", "Reference"), Column("quality", "Quality"),
    *(Column(name, title, Unit.COUNT) for name, title in (
        ("sends", "Sends"), ("receives", "Receives"), ("unmatched_sends", "Sends unmatched"),
        ("unmatched_receives", "Receives unmatched"))))
_MESSAGES = (
    *_PAIR, Column("matches_to", "Matches →", Unit.COUNT), Column("delay_min_to", "Delay min", Unit.DURATION),
    Column("delay_median_to", "Median", Unit.DURATION), Column("matches_from", "Matches ←", Unit.COUNT),
    Column("delay_min_from", "Delay min", Unit.DURATION), Column("delay_median_from", "Median", Unit.DURATION),
    Column("violations_before", "Violations before", Unit.COUNT), Column("violations_after", "After", Unit.COUNT))
_ESTIMATES = (
    *_PAIR, Column("used", "Used"), Column("quality", "Quality"), Column("extrapolated", "Extrapolated", Unit.SHARE),
    Column("changes", "Changes of rate", Unit.COUNT), Column("strays", "Matches left out", Unit.COUNT))
# Offsets are exact: as a duration for the eye, hours would hide the ns which count.
_OFFSETS = (
    *_PAIR, Column("moment", "At"), Column("time", "Time of the clock", Unit.TIME), Column("offset_ns", "Offset (ns)", Unit.COUNT),
    Column("bound_ns", "± (ns)", Unit.COUNT), Column("rate_ppm", "Rate (ppm)", Unit.NUMBER),
    Column("rate_ppm_min", "Least", Unit.NUMBER), Column("rate_ppm_max", "Greatest", Unit.NUMBER))


def report(alignment: Alignment) -> Report:
    """Return the tables: clocks, messages, estimates, and offsets at the begin, the middle and the end of each trace."""
    names = alignment.names
    clocks = tuple(_clock_row(host, alignment, names) for host in alignment.hosts)
    ends = [(names[pair.own.key], names[pair.other.key]) for pair in alignment.pairs]
    offsets = tuple((*end, *_offset_cells(moment)) for end, pair in zip(ends, alignment.pairs) for moment in pair.moments)
    messages = tuple((*end, *_message_cells(pair)) for end, pair in zip(ends, alignment.pairs))
    estimates = tuple((*end, *_estimate_cells(pair)) for end, pair in zip(ends, alignment.pairs))
    tables = [Table("clocks", "Clocks", _CLOCKS, clocks)]
    if alignment.pairs:
        tables += [Table("messages", "Messages to (→) and from (←) the other clock", _MESSAGES, messages),
                   Table("estimates", "Estimates", _ESTIMATES, estimates),
                   Table("offsets", "Offsets to the other clock, and rates", _OFFSETS, offsets)]
    return Report(*time_range(alignment), tuple(tables), _summary(alignment), tuple(f"Warning: {text}" for text in alignment.warnings))


def time_range(alignment: Alignment) -> tuple[int, int]:
    """Return [begin, end) of the traces in the reference's group, by the reference's clock."""
    members = {host.key for host in alignment.groups[0].hosts} if alignment.groups else set()
    ranges = [(correction.apply(host.begin_ns), correction.apply(host.end_ns)) for host in alignment.hosts
              if host.begin_ns is not None and host.host.key in members
              for correction in [alignment.correction(host.host)]]
    return (min(begin for begin, _ in ranges), max(end for _, end in ranges) + 1) if ranges else (0, 0)


def _summary(alignment: Alignment) -> tuple[str, ...]:
    if alignment.reference is None:
        return ("No clock was seen.",)
    return (f"Reference: {alignment.names[alignment.reference.key]} (clock class {alignment.reference.clock or 'unnamed'}, "
            f"UUID {alignment.reference.uuid or 'none'}).",
            f"{alignment.local} messages stayed within one clock; {alignment.ambiguous} ambiguous keys "
            f"({alignment.ambiguous_events} events) were not used.")


def _clock_row(figures: HostFigures, alignment: Alignment, names: Mapping[str, str]) -> tuple:
    host, group = figures.host, alignment.group(figures.host)
    return (names[host.key], host.clock, names[group.reference.key], alignment.correction(host).quality, figures.sends,
            figures.receives, figures.unmatched_sends, figures.unmatched_receives)


def _message_cells(pair: PairFigures) -> tuple:
    return (pair.sent.matches, pair.sent.minimum_ns, pair.sent.median_ns, pair.received.matches, pair.received.minimum_ns,
            pair.received.median_ns, pair.violations_before, pair.violations_after)


def _estimate_cells(pair: PairFigures) -> tuple:
    return ("yes" if pair.used else "no", pair.quality, pair.extrapolated, pair.changes, pair.strays)


def _offset_cells(moment: Moment) -> tuple:
    return (moment.name, moment.own_ns, moment.offset_ns, moment.bound_ns,
            *map(_ppm, (moment.rate, moment.least_rate, moment.greatest_rate)))


def _ppm(rate: Any) -> float | None:
    return None if rate is None else float((rate - 1) * 1_000_000)


def document(alignment: Alignment) -> dict[str, Any]:
    """Return the JSON document. Times in ns; rates as [numerator, denominator] in corrections and in ppm elsewhere."""
    return {
        "schema": SCHEMA,
        "reference": None if alignment.reference is None else alignment.reference.key,
        "groups": [{"reference": group.reference.key, "clocks": [host.key for host in group.hosts]} for group in alignment.groups],
        "clocks": [_clock_object(host, alignment) for host in alignment.hosts],
        "pairs": [_pair_object(pair) for pair in alignment.pairs],
        "local_messages": alignment.local, "ambiguous_keys": alignment.ambiguous, "ambiguous_events": alignment.ambiguous_events,
        "warnings": list(alignment.warnings)}


def _clock_object(figures: HostFigures, alignment: Alignment) -> dict[str, Any]:
    host: Host = figures.host
    return {
        "key": host.key, "clock_class": host.clock, "uuid": host.uuid, "trace": host.trace, "hostname": host.hostname,
        "frequency_hz": host.frequency, "precision_cycles": host.precision, "accuracy_cycles": host.accuracy,
        "known_origin": host.known_origin, "begin_ns": figures.begin_ns, "end_ns": figures.end_ns,
        "sends": figures.sends, "receives": figures.receives, "unmatched_sends": figures.unmatched_sends,
        "unmatched_receives": figures.unmatched_receives, "correction": _correction_object(alignment.correction(host))}


def _correction_object(correction: Correction) -> dict[str, Any]:
    pieces = [{"from_ns": from_ns, "rate": [piece.rate.numerator, piece.rate.denominator], "origin_ns": piece.origin_ns,
               "value_ns": piece.value_ns} for from_ns, piece in correction.pieces]
    return {"quality": correction.quality, "pieces": pieces}


def _pair_object(pair: PairFigures) -> dict[str, Any]:
    return {
        "clock": pair.own.key, "to": pair.other.key, "used": pair.used, "quality": pair.quality,
        "sent": _direction_object(pair.sent), "received": _direction_object(pair.received), "changes": pair.changes,
        "strays": pair.strays, "violations_before": pair.violations_before, "violations_after": pair.violations_after,
        "extrapolated": pair.extrapolated,
        "offsets": {moment.name: {
            "time_ns": moment.own_ns, "offset_ns": moment.offset_ns, "bound_ns": moment.bound_ns, "rate_ppm": _ppm(moment.rate),
            "rate_ppm_min": _ppm(moment.least_rate), "rate_ppm_max": _ppm(moment.greatest_rate)} for moment in pair.moments}}


def _direction_object(direction: Direction) -> dict[str, Any]:
    return {"matches": direction.matches, "delay_min_ns": direction.minimum_ns, "delay_median_ns": direction.median_ns}


def render(alignment: Alignment, form: str, utc: bool = True) -> str:
    """Return the alignment as "text", "json" (one document, a line) or "csv". utc: times in text are UTC, else local."""
    if form == "json":
        return json.dumps(document(alignment), ensure_ascii=False) + "\n"
    return csv.render_report(report(alignment)) if form == "csv" else text.render_report(report(alignment), utc)
