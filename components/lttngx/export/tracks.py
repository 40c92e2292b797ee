"""Tracks: what viewers draw spans under. A track holds the spans which share a thread, a process, a CPU or another key.

A span is in the track of its root, which the key of the root's definition tells: a TID, a CPU or a PID in it says
where the track belongs; without a TID or a CPU, the other values make tracks of their own.
"""

from dataclasses import dataclass
from typing import Any

from lttngx.export.nesting import outer
from lttngx.spans.kinds import Kind
from lttngx.spans.span import Span

THREAD, PROCESS, CPU, KEY = "thread", "process", "cpu", "key"
# Names of fields and state values which mean the same; LTTng calls a CPU `cpu_id` in packet contexts.
_NAMES = {"tid": "tid", "vtid": "tid", "pid": "pid", "vpid": "pid", "cpu": "cpu", "cpu_id": "cpu"}


@dataclass(frozen=True, slots=True)
class Track:
    """A track. sort: THREAD, PROCESS, CPU or KEY. label: the definition's name; of a process or a key with the rest of
    the key."""

    sort: str
    label: str
    pid: int | None = None
    tid: int | None = None
    cpu: int | None = None

    @property
    def title(self) -> str:
        """The label with whose track it is, for viewers which do not group tracks."""
        owner = {THREAD: self.tid, PROCESS: self.pid, CPU: f"CPU {self.cpu}"}.get(self.sort)
        return self.label if owner is None else f"{self.label} {owner}"


def track_of(span: Span) -> Track:
    """Return the track of a span."""
    while (around := outer(span)) is not None:
        span = around
    owners: dict[str, Any] = {}
    rest = []
    for name, value in zip(*span.kind.key_of(span)):
        name = _NAMES.get(name)
        if name is None or name in owners:
            rest.append(value)
        else:
            owners[name] = value
    kind: Kind = span.kind
    name = kind.path or "span"
    if "tid" in owners:
        return Track(THREAD, name, owners.get("pid"), owners["tid"])
    if "cpu" in owners:
        return Track(CPU, name, cpu=owners["cpu"])
    label = " ".join([name, *map(str, rest)])
    return Track(PROCESS, label, owners["pid"]) if "pid" in owners else Track(KEY, label)
