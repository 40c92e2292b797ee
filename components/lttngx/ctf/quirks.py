"""Known errors of tracers in packet times, by the trace's environment.

lttng-modules and lttng-ust wrote packets whose last events are later than the packet's end; barectf wrote packets whose first event is
earlier than the packet's beginning. source.ctf.fs works around the same versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Quirks:
    """end_is_last_event: a packet ends at its last event. begin_is_first_event: a packet may begin at its first event."""

    end_is_last_event: bool = False
    begin_is_first_event: bool = False


def version_of(environment: Mapping[str, int | str]) -> Version | None:
    """Return the tracer's version, None if it is not in the environment as numbers."""
    # barectf writes tracer_patch.
    patch = environment.get("tracer_patchlevel", environment.get("tracer_patch", 0))
    parts = [environment.get("tracer_major"), environment.get("tracer_minor", 0), patch]
    if not all(isinstance(part, int) for part in parts):
        return None
    return tuple(parts)


def late_events(tracer: object, version: Version) -> bool:
    """Return whether events may be later than their packet's end: lttng-ust before 2.11.0, lttng-modules before 2.9.13, 2.10.0 to
    2.10.9 and 2.11.0 to 2.11.1."""
    if tracer == "lttng-ust":
        return version < (2, 11, 0)
    if tracer == "lttng-modules":
        return version < (2, 9, 13) or (2, 10, 0) <= version < (2, 10, 10) or (2, 11, 0) <= version < (2, 11, 2)
    return False


def quirks_of(environment: Mapping[str, int | str]) -> Quirks:
    """Return what to expect of a trace's packets."""
    version, tracer = version_of(environment), environment.get("tracer_name")
    if version is None:
        return Quirks()
    return Quirks(late_events(tracer, version), tracer == "barectf" and version < (2, 3, 1))
