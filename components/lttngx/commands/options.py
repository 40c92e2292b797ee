"""Options of a command, made from a component class's table of parameters: one option a parameter, with its help.

A value is text. Whatever the parameter's check accepts first is used: an array or a map in JSON, the text itself, a number, a
boolean, a list of the parts between commas. An option of an array may be repeated.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lttngx.bt.manual import Manual
from lttngx.bt.parameters import Parameter, boolean
from lttngx.errors import LttngxError


def add_options(parser: argparse.ArgumentParser, table: Sequence[Parameter], manual: Manual, skip: Sequence[str] = ()) -> None:
    """Add an option for each parameter of a table but those named in `skip`."""
    group = parser.add_argument_group("options of the analysis")
    for parameter in table:
        if parameter.name not in skip:
            _add(group, parameter, manual.parameter(parameter.name) or parameter.expects)


def _add(group: Any, parameter: Parameter, about: str) -> None:
    about = about.replace("%", "%%")
    if parameter.check is boolean:
        # argparse would append the default, None, to the help.
        group.add_argument(f"--{parameter.name}", action=argparse.BooleanOptionalAction, help=about, default=argparse.SUPPRESS)
    else:
        action = "append" if "array" in parameter.expects else "store"
        group.add_argument(f"--{parameter.name}", action=action, type=_converter(parameter), help=about,
                           metavar=parameter.name.upper().replace("-", "_"))


def _converter(parameter: Parameter) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        for value in _readings(text):
            if accepts(parameter, value):
                return value
        raise argparse.ArgumentTypeError(_refusal(parameter, text))
    return convert


def accepts(parameter: Parameter, value: Any) -> bool:
    """Return whether a parameter takes a value."""
    try:
        parameter.check(value)
    except (LttngxError, ValueError):
        return False
    return True


def _refusal(parameter: Parameter, text: str) -> str:
    """Say what was expected; an engine's own text says it better."""
    try:
        parameter.check(text)
    except LttngxError as error:
        return str(error)
    except ValueError:
        pass
    return f'expected {parameter.expects}, got "{text}"'


def _readings(text: str) -> Iterator[Any]:
    """Yield what a text may mean: what looks like an array or a map in JSON first, then the text itself."""
    if text.startswith(("[", "{")):
        try:
            yield json.loads(text)
        except ValueError:
            pass
    yield text
    for read in (int, float, json.loads):
        try:
            yield read(text)
        except ValueError:
            continue
    if "," in text:
        parts = [part.strip() for part in text.split(",")]
        yield parts
        try:
            yield [int(part) for part in parts]
        except ValueError:
            return


def params_of(table: Sequence[Parameter], options: argparse.Namespace) -> dict[str, Any]:
    """Return the parameters which options give, as a component takes them: those not given are left out."""
    found = {}
    for parameter in table:
        value = getattr(options, parameter.name.replace("-", "_"), None)
        if value is not None:
            found[parameter.name] = _joined(value) if isinstance(value, list) and "array" in parameter.expects else value
    return found


def _joined(values: list[Any]) -> Any:
    """Return what a repeated option gives: the one value, else all values in one array."""
    if len(values) == 1:
        return values[0]
    return [item for value in values for item in (value if isinstance(value, list) else [value])]
