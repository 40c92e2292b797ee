"""LTTng's log levels: names of lttng-enable-event(1), numbers of LTTng-UST, which are also bt2's."""

NUMBERS = {
    "EMERG": 0, "ALERT": 1, "CRIT": 2, "ERR": 3, "WARNING": 4, "NOTICE": 5, "INFO": 6,
    "DEBUG_SYSTEM": 7, "DEBUG_PROGRAM": 8, "DEBUG_PROCESS": 9, "DEBUG_MODULE": 10, "DEBUG_UNIT": 11,
    "DEBUG_FUNCTION": 12, "DEBUG_LINE": 13, "DEBUG": 14,
}
# LTTng-UST counts an event without a level as DEBUG_LINE.
DEFAULT = NUMBERS["DEBUG_LINE"]


def number(name: str) -> int | None:
    """Return a level's number, smaller being more severe; None if there is no such level.

    Any case; the prefix TRACE_ and, of the levels between INFO and DEBUG, DEBUG_ may be there or not.
    """
    bare = name.upper().removeprefix("TRACE_")
    return NUMBERS.get(bare, NUMBERS.get(f"DEBUG_{bare}"))
