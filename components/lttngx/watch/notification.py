"""A notification: what a trigger tells, as a line and as a JSON document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lttngx.render.text import format_duration
from lttngx.render.times import format_time

SCHEMA = "lttngx.notification/1"
# Details in ns.
TIMES, DURATIONS = ("begin", "since"), ("duration", "held", "window")
RAISED, CLEARED = "raised", "cleared"


@dataclass(frozen=True, slots=True)
class Notification:
    """What a trigger tells.

    time_ns: when its condition was satisfied. state: RAISED or CLEARED of a condition which holds for a while, else "". number: of the
    trigger's notifications, from 1. suppressed: how often its condition was satisfied since the one before without being told.
    """

    trigger: str
    condition: str
    time_ns: int
    state: str
    number: int
    suppressed: int
    details: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the JSON document's object; `time` and other times in ns."""
        state = {"state": self.state} if self.state else {}
        return {"schema": SCHEMA, "trigger": self.trigger, "condition": self.condition, "time": self.time_ns, **state,
                "number": self.number, "suppressed": self.suppressed, "details": dict(self.details)}

    def json(self) -> str:
        """Return the document in one line."""
        return json.dumps(self.document(), ensure_ascii=False, default=_plain)

    def line(self, utc: bool = True) -> str:
        """Return one line for people."""
        words = [f"{name}={_shown(name, value, utc)}" for name, value in self.details.items()]
        state = f" {self.state}" if self.state else ""
        more = f" ({self.suppressed} more suppressed)" if self.suppressed else ""
        kind = "" if self.trigger == self.condition else f"{self.condition}: "
        text = f"{format_time(self.time_ns, utc)} {self.trigger}{state}: {kind}{', '.join(words)}{more}"
        return text if text.isprintable() else "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _shown(name: str, value: Any, utc: bool) -> str:
    """Return a detail for people: times and durations are those of these names."""
    if name in TIMES:
        return format_time(value, utc)
    if name in DURATIONS:
        return format_duration(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    """A BLOB as hexadecimal digits, everything else as its text."""
    return value.hex() if isinstance(value, bytes) else str(value)
