"""Parameters of source.lttngx.ctf: the table, and the reader's options they mean."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from lttngx.bt.parameters import Parameter, boolean, integer, integers, read, string, strings, time_value
from lttngx.core.native.decode_source import host_version
from lttngx.ctf.blueprints import Shift
from lttngx.ctf.reader import Options
from lttngx.ctf.subset import Subset
from lttngx.errors import ParameterError
from lttngx.render.times import parse_time

OWNER = "source.lttngx.ctf"
TIME = "integer ns, SECONDS[.FRACTION] or YYYY-MM-DD hh:mm[:ss[.FRACTION]] in UTC"

def rate(value: Any) -> Fraction:
    """Accept a rate's difference from 1 in parts per million; return the rate. A decimal number means what it says."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= 100_000:
        raise ValueError
    return 1 + Fraction(str(value)) / 1_000_000


def extents(value: Any) -> dict[str, tuple[int, int]]:
    """Accept a map of paths to arrays [begin, end] of bytes, begin before end."""
    if not isinstance(value, dict):
        raise ValueError
    for extent in value.values():
        if len(integers(extent)) != 2 or not 0 <= extent[0] < extent[1]:
            raise ValueError
    return {path: tuple(extent) for path, extent in value.items()}


PARAMETERS = (
    Parameter("inputs", "an array of at least one path", strings, []),
    Parameter("trace-name", "a string", string),
    Parameter("clock-class-offset-s", "an integer", integer(), 0),
    Parameter("clock-class-offset-ns", "an integer", integer(), 0),
    Parameter("clock-class-rate-ppm", "a number from -100000 to 100000", rate, Fraction(1)),
    Parameter("clock-class-rate-at", TIME, time_value),
    Parameter("force-clock-class-origin-unix-epoch", "a boolean", boolean, False),
    Parameter("events", "an array of strings", strings),
    Parameter("fields", "an array of strings", strings),
    Parameter("files", "a map of paths to arrays [BEGIN, END] of bytes", extents),
    Parameter("begin", TIME, time_value),
    Parameter("end", TIME, time_value),
)


def options_of(params: Mapping[str, Any], owner: str = OWNER) -> Options:
    """Return the options which parameters mean. owner: component class name for errors. Raises ParameterError."""
    values = read(PARAMETERS, params, owner)
    if not values["inputs"]:
        raise ParameterError(f"{owner}: missing parameter: name=inputs, expected=an array of at least one path")
    shift = 1_000_000_000 * values["clock_class_offset_s"] + values["clock_class_offset_ns"]
    if (values["clock_class_rate_ppm"] != 1) != (values["clock_class_rate_at"] is not None):
        raise ParameterError(f"{owner}: missing parameter: expected both of clock-class-rate-ppm and clock-class-rate-at, or none")
    at_ns = 0 if values["clock_class_rate_at"] is None else _time(values, "clock-class-rate-at", owner)
    return Options(
        tuple(values["inputs"]), values["trace_name"], Shift(shift, values["clock_class_rate_ppm"], at_ns),
        values["force_clock_class_origin_unix_epoch"], Subset(_tuple(values["events"]), _tuple(values["fields"])),
        _time(values, "begin", owner), _time(values, "end", owner),
        values["files"], long_names=host_version() >= (2, 1))


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _time(values: Mapping[str, Any], name: str, owner: str) -> int | None:
    """Return a time parameter in ns from origin. The packets to read are chosen before any event, so a date is needed."""
    value = values[name.replace("-", "_")]
    moment = None if value is None else parse_time(value, name)
    if callable(moment):
        raise ParameterError(f"{owner}: bad parameter: name={name}, expected={TIME}, got={value!r} without a date")
    return moment
