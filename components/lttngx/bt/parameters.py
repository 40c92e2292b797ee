"""Component parameters: one table per component class, checked in one place.

A table is a tuple of `Parameter`s. `read` turns the bt2 map a component gets into plain Python values and refuses what
the table does not allow, with an error which names the parameter, what was expected and what was got.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import bt2

from lttngx.errors import LttngxError, ParameterError

Check = Callable[[Any], Any]


class Parameter(NamedTuple):
    """One parameter.

    name: kebab-case. expects: what a user may give, for errors and help ("an integer", "an array of strings").
    check: takes the plain value (None, bool, int, float, str, list, dict), returns the value to use; raises ValueError if it does
    not fit. default: value to use if the parameter is not given.
    """

    name: str
    expects: str
    check: Check
    default: Any = None


def read(table: Sequence[Parameter], params: Any, owner: str) -> dict[str, Any]:
    """Return the value of every parameter in `table`, keyed by its name with `_` for `-`.

    params: the bt2 map value of the component, or a plain dict. owner: component class name for errors.
    Raises ParameterError.
    """
    given = {} if params is None else plain(params)
    if not isinstance(given, dict):
        raise ParameterError(f"{owner}: parameters are not a map: got={_shown(given)}")
    known = {parameter.name: parameter for parameter in table}
    for name in given:
        if name not in known:
            raise ParameterError(
                f'{owner}: unknown parameter: name="{name}", known=[{", ".join(sorted(known))}]')
    return {name.replace("-", "_"): _value(parameter, given, owner) for name, parameter in known.items()}


def _value(parameter: Parameter, given: Mapping[str, Any], owner: str) -> Any:
    if given.get(parameter.name) is None:
        return parameter.default
    got = given[parameter.name]
    try:
        return parameter.check(got)
    except LttngxError as error:
        raise ParameterError(f"{owner}: parameter {parameter.name}: {error}") from error
    except ValueError as error:
        detail = f", reason={error}" if str(error) else ""
        raise ParameterError(
            f"{owner}: bad parameter: name={parameter.name}, expected={parameter.expects}, got={_shown(got)}{detail}"
        ) from error


def plain(value: Any) -> Any:
    """Return a bt2 value object (or None) as None, bool, int, float, str, list or dict, at any depth."""
    if isinstance(value, bt2._BoolValueConst):
        return bool(value)
    if isinstance(value, bt2._IntegerValueConst):
        return int(value)
    if isinstance(value, bt2._RealValueConst):
        return float(value)
    if isinstance(value, bt2._StringValueConst):
        return str(value)
    if isinstance(value, (bt2._MapValueConst, dict)):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (bt2._ArrayValueConst, list, tuple)):
        return [plain(item) for item in value]
    return value


def _shown(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "real", str: "string", list: "array", dict: "map"}
    return f"{value!r} ({kinds.get(type(value), type(value).__name__)})"


# Checks. Each raises ValueError for a value that does not fit.

def string(value: Any) -> str:
    """Accept a string."""
    if not isinstance(value, str):
        raise ValueError
    return value


def boolean(value: Any) -> bool:
    """Accept a boolean."""
    if not isinstance(value, bool):
        raise ValueError
    return value


def integer(minimum: int | None = None, maximum: int | None = None) -> Check:
    """Return a check for integers within bounds, both inclusive."""
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError
        if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
            raise ValueError("out of range")
        return value
    return check


def one_of(*choices: str) -> Check:
    """Return a check for one of some words."""
    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError
        return value
    return check


def strings(value: Any) -> list[str]:
    """Accept an array of strings, or one string as an array of one."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError
    return items


def listed(value: Any) -> list[str]:
    """Accept an array of names, or one string: a name, or several with commas between. An array's strings are taken as they are."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else strings(value)


LISTED = "a string (names with commas between) or an array of strings"


def integers(value: Any) -> list[int]:
    """Accept an array of integers, or one integer as an array of one."""
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, bool) or not isinstance(item, int) for item in items):
        raise ValueError
    return items


def time_value(value: Any) -> int | str:
    """Accept a point in time: an integer or text, which `render.times.parse_time` reads."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError
    return value
