"""Literals compared with `$time`.

Formats are those of Babeltrace's trimmer (babeltrace2-filter.utils.trimmer(7)), with an optional `T` between date and
time and an optional `Z`. Without `Z` a date is in the local time zone.
"""

import calendar
import re
import time
from datetime import datetime

EXPECTED = 'a time such as "2026-07-01 10:15:02.5", "10:15:02" or "1782900902.5", with Z for UTC'

_CLOCK = r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
_DATED = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)(?:[ T]{_CLOCK})?(Z?)", re.ASCII)
_TIMED = re.compile(rf"{_CLOCK}(Z?)", re.ASCII)
_SECONDS = re.compile(r"(-?)(\d+)(?:\.(\d{1,9}))?", re.ASCII)


def parse_time(text: str, first_ns: int | None) -> int | None:
    """Return a time in ns from the Unix epoch.

    first_ns: time of the trace's first event, whose date a text without date takes; None if unknown.
    Returns None if the text needs that date and it is unknown. Raises ValueError if the text is no time.
    """
    if match := _SECONDS.fullmatch(text):
        sign, seconds, fraction = match.groups()
        return (int(seconds) * 10**9 + _nanoseconds(fraction)) * (-1 if sign else 1)
    if match := _DATED.fullmatch(text):
        *date, hour, minute, second, fraction, utc = match.groups()
        return _instant(tuple(map(int, date)), (hour, minute, second), fraction, utc)
    if match := _TIMED.fullmatch(text):
        *clock, fraction, utc = match.groups()
        _instant((1970, 1, 2), tuple(clock), fraction, utc)
        if first_ns is None:
            return None
        seconds = first_ns // 10**9
        date = time.gmtime(seconds)[:3] if utc else time.localtime(seconds)[:3]
        return _instant(date, tuple(clock), fraction, utc)
    raise ValueError(f"expected {EXPECTED}")


def _instant(date: tuple[int, ...], clock: tuple[str | None, ...], fraction: str | None, utc: str) -> int:
    broken = (*date, *(int(part or 0) for part in clock))
    datetime(*broken)
    seconds = calendar.timegm(broken) if utc else int(time.mktime((*broken, 0, 0, -1)))
    return seconds * 10**9 + _nanoseconds(fraction)


def _nanoseconds(fraction: str | None) -> int:
    return int((fraction or "").ljust(9, "0"))
