"""Times as users write them: nanoseconds, seconds with a fraction, or a date and time in UTC."""

import re
from datetime import datetime, timezone

from lttngx.errors import ParameterError

NS_PER_S = 1_000_000_000
SECONDS = re.compile(r"(-?)(\d+)(?:\.(\d{1,9}))?")
DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?")


def fraction_ns(digits: str | None) -> int:
    """Return decimals of a second in ns."""
    return int((digits or "").ljust(9, "0"))


def parse_time(value: int | str, name: str) -> int:
    """Return a time in ns from origin. name: the parameter's, for the ParameterError."""
    if isinstance(value, int):
        return value
    if match := SECONDS.fullmatch(value):
        total = int(match[2]) * NS_PER_S + fraction_ns(match[3])
        return -total if match[1] else total
    if match := DATE.fullmatch(value):
        parts = [int(part or 0) for part in match.groups()[:6]]
        try:
            moment = datetime(*parts, tzinfo=timezone.utc)
        except ValueError as error:
            raise ParameterError(f"Bad time: parameter={name!r}, got {value!r}: {error}") from error
        return int(moment.timestamp()) * NS_PER_S + fraction_ns(match[7])
    raise ParameterError(f"Bad time: parameter={name!r}, expected ns, `SECONDS[.FRACTION]` or "
                         f"`YYYY-MM-DD[ HH:MM[:SS[.FRACTION]]]`, got {value!r}")
