"""Offsets which the user gives: clocks by name, what to add to their times, and at which rate they run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lttngx.clocks.corrections import Correction
from lttngx.clocks.hosts import Host
from lttngx.errors import ParameterError
from lttngx.language.patterns import encode, name_pattern
from lttngx.render.times import parse_offset, parse_time

EXPECTED = "an array of maps {clock, offset, rate-ppm, at}, or a map of clock name to offset"
_KEYS = ("clock", "offset", "rate-ppm", "at")


@dataclass(frozen=True, slots=True)
class Given:
    """The clocks whose clock class name, UUID, trace name or hostname `pattern` matches: time t becomes
    t + offset_ns + (t − at_ns) × (rate − 1)."""

    pattern: str
    offset_ns: int
    rate: Fraction = Fraction(1)
    at_ns: int = 0

    def matches(self, host: Host) -> bool:
        pattern = name_pattern(self.pattern)
        return any(pattern.matches(encode(name)) for name in (*host.names, host.key))

    @property
    def correction(self) -> Correction:
        return Correction.affine(self.rate, self.at_ns, self.at_ns + self.offset_ns)


def parse_given(value: Any) -> tuple[Given, ...]:
    """Return the offsets which a parameter means. Raises ParameterError, or ValueError where the shape is wrong."""
    if isinstance(value, Mapping):
        value = [{"clock": clock, "offset": offset} for clock, offset in value.items()]
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise ValueError
    return tuple(_given(item) for item in value)


def _given(item: Mapping[str, Any]) -> Given:
    unknown = sorted(set(item) - set(_KEYS))
    if unknown or not isinstance(item.get("clock"), str):
        raise ParameterError(f"expected a map with clock, and offset or rate-ppm, got keys=[{', '.join(item)}]")
    ppm = item.get("rate-ppm", 0)
    if isinstance(ppm, bool) or not isinstance(ppm, (int, float)) or abs(ppm) > 100_000:
        raise ParameterError(f"rate-ppm: expected a number from -100000 to 100000, got {ppm!r}")
    if ppm and "at" not in item:
        raise ParameterError(f'rate-ppm: expected beside it `at`, the time at which the offset holds: clock="{item["clock"]}"')
    at_ns = parse_time(item.get("at", 0), "at")
    if callable(at_ns):
        raise ParameterError(f"at: expected a time with a date, got {item['at']!r}")
    # A decimal number means what it says, not the binary fraction next to it.
    return Given(item["clock"], parse_offset(item.get("offset", 0), "offset"), 1 + Fraction(str(ppm)) / 1_000_000, at_ns)


def given_for(host: Host, given: Sequence[Given]) -> Correction | None:
    """Return the correction which is given for a host: the first whose pattern matches; None if there is none."""
    return next((one.correction for one in given if one.matches(host)), None)
