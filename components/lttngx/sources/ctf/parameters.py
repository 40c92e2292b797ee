"""Parameters of source.lttngx.ctf: the table, and the reader's options they mean."""

from collections.abc import Mapping
from typing import Any

from lttngx.bt.parameters import Parameter, boolean, integer, read, string, strings, time_value
from lttngx.core.native.decode_source import host_version
from lttngx.ctf.reader import Options
from lttngx.ctf.subset import Subset
from lttngx.errors import ParameterError
from lttngx.render.times import parse_time

OWNER = "source.lttngx.ctf"
TIME = "integer ns, SECONDS[.FRACTION] or YYYY-MM-DD hh:mm[:ss[.FRACTION]] in UTC"

PARAMETERS = (
    Parameter("inputs", "an array of at least one path", strings, []),
    Parameter("trace-name", "a string", string),
    Parameter("clock-class-offset-s", "an integer", integer(), 0),
    Parameter("clock-class-offset-ns", "an integer", integer(), 0),
    Parameter("force-clock-class-origin-unix-epoch", "a boolean", boolean, False),
    Parameter("events", "an array of strings", strings),
    Parameter("fields", "an array of strings", strings),
    Parameter("begin", TIME, time_value),
    Parameter("end", TIME, time_value),
)


def options_of(params: Mapping[str, Any]) -> Options:
    """Return the options which parameters mean. Raises ParameterError."""
    values = read(PARAMETERS, params, OWNER)
    if not values["inputs"]:
        raise ParameterError(f"{OWNER}: missing parameter: name=inputs, expected=an array of at least one path")
    shift = 1_000_000_000 * values["clock_class_offset_s"] + values["clock_class_offset_ns"]
    return Options(
        tuple(values["inputs"]), values["trace_name"], shift, values["force_clock_class_origin_unix_epoch"],
        Subset(_tuple(values["events"]), _tuple(values["fields"])), _time(values, "begin"), _time(values, "end"),
        long_names=host_version() >= (2, 1))


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _time(values: Mapping[str, Any], name: str) -> int | None:
    """Return a time parameter in ns from origin. The packets to read are chosen before any event, so a date is needed."""
    moment = None if values[name] is None else parse_time(values[name], name)
    if callable(moment):
        raise ParameterError(f"{OWNER}: bad parameter: name={name}, expected={TIME}, got={values[name]!r} without a date")
    return moment
