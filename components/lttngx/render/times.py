"""Points in time as users write and read them.

Written: babeltrace2-convert(1)'s notations of --begin and --end, and integer ns from the clock's origin:
`YYYY-MM-DD hh:mm[:ss[.nnnnnnnnn]]` (or `T` between), `hh:mm[:ss[.nnnnnnnnn]]` on the day of the trace's first event,
`[-]SECONDS[.nnnnnnnnn]` from the origin. Integers of 13 digits and more are ns: as seconds they would be the year
300,000.
Read: `YYYY-MM-DD hh:mm:ss.nnnnnnnnn`, in UTC unless the local time zone is asked for.
"""

import datetime
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from lttngx.errors import ParameterError

NS_PER_S = 1_000_000_000
NS_DIGITS = 13
_FRACTION = r"(?:\.(?P<fraction>\d{1,9}))?"
_SECONDS = re.compile(rf"(?P<sign>-?)(?P<seconds>\d+){_FRACTION}")
_CLOCK = re.compile(
    rf"(?:(?P<date>\d{{4}}-\d{{2}}-\d{{2}})[ T])?(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::(?P<second>\d{{2}}){_FRACTION})?")
EXPECTED = "integer ns, [YYYY-MM-DD ]hh:mm[:ss[.nnnnnnnnn]] or [-]SECONDS[.nnnnnnnnn]"

Moment = int | Callable[[int], int]


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time whose date is that of the trace's first event: called with the latter in ns, it returns ns. Comparable, picklable."""

    clock: datetime.time
    fraction_ns: int
    utc: bool

    def __call__(self, first_ns: int) -> int:
        return _since_epoch(_date(first_ns, self.utc), self.clock, self.utc) + self.fraction_ns


def parse_time(value: int | str, parameter: str = "time", utc: bool = True) -> Moment:
    """Return ns from the clock's origin, or, where the date is left out, a function from the first event's time to it.

    Raises ParameterError, naming `parameter`, if the value is in no known notation.
    """
    if isinstance(value, int):
        return value
    text = value.strip()
    if (match := _SECONDS.fullmatch(text)) is not None:
        return _from_seconds(match)
    if (match := _CLOCK.fullmatch(text)) is None:
        raise ParameterError(f'Invalid parameter: name={parameter}, expected {EXPECTED}, got "{value}"')
    try:
        clock = datetime.time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
        if match["date"]:
            return _since_epoch(datetime.date.fromisoformat(match["date"]), clock, utc) + _fraction_ns(match["fraction"])
    except ValueError as error:
        raise ParameterError(f'Invalid parameter: name={parameter}, expected {EXPECTED}, got "{value}": {error}') from None
    return TimeOfDay(clock, _fraction_ns(match["fraction"]), utc)


def _from_seconds(match: re.Match) -> int:
    seconds, fraction = match["seconds"], match["fraction"]
    sign = -1 if match["sign"] else 1
    if fraction is None and len(seconds) >= NS_DIGITS:
        return sign * int(seconds)
    return sign * (int(seconds) * NS_PER_S + _fraction_ns(fraction))


def _fraction_ns(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))


def _since_epoch(date: datetime.date, clock: datetime.time, utc: bool) -> int:
    moment = datetime.datetime.combine(date, clock, datetime.timezone.utc if utc else None)
    return int(moment.timestamp()) * NS_PER_S


def _date(time_ns: int, utc: bool) -> datetime.date:
    fields = time.gmtime(time_ns // NS_PER_S) if utc else time.localtime(time_ns // NS_PER_S)
    return datetime.date(fields.tm_year, fields.tm_mon, fields.tm_mday)


def format_time(time_ns: int, utc: bool = True) -> str:
    """Return a time as `YYYY-MM-DD hh:mm:ss.nnnnnnnnn`."""
    seconds, fraction = divmod(time_ns, NS_PER_S)
    fields = time.gmtime(seconds) if utc else time.localtime(seconds)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', fields)}.{fraction:09d}"


def parse_duration(value: int | float | str, parameter: str = "duration") -> int:
    """Return a duration in ns: a number of seconds, or text with a unit (ns, us, µs, ms, s, min; default s).

    Raises ParameterError, naming `parameter`, for anything else and for 0 or less.
    """
    match = re.fullmatch(r"(\d+)(?:\.(\d{1,9}))?\s*(ns|us|µs|ms|s|min)?", str(value).strip())
    scale = UNITS_NS[match[3] or "s"] if match else 0
    duration = int(match[1]) * scale + int((match[2] or "").ljust(9, "0")) * scale // NS_PER_S if match else 0
    if duration <= 0:
        raise ParameterError(f'Invalid parameter: name={parameter}, expected a duration such as 500ms or 1s, got "{value}"')
    return duration


def parse_offset(value: int | float | str, parameter: str = "offset") -> int:
    """Return a signed duration in ns: as `parse_duration`, a sign before it, 0 too; the unit h besides.

    Raises ParameterError, naming `parameter`, for anything else.
    """
    match = re.fullmatch(r"([+-]?)(\d+)(?:\.(\d{1,9}))?\s*(ns|us|µs|ms|s|min|h)?", str(value).strip())
    if match is None:
        raise ParameterError(f'Invalid parameter: name={parameter}, expected an offset such as -2h or 1.5s, got "{value}"')
    scale = UNITS_NS[match[4] or "s"]
    return (-1 if match[1] == "-" else 1) * (int(match[2]) * scale + _fraction_ns(match[3]) * scale // NS_PER_S)


UNITS_NS = {"ns": 1, "us": 1000, "µs": 1000, "ms": 1_000_000, "s": NS_PER_S, "min": 60 * NS_PER_S, "h": 3600 * NS_PER_S}
