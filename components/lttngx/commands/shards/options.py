"""Command line options from a table of component parameters: `--NAME VALUE` for each, given again for arrays.

A value is what the parameter's check accepts: read as JSON where that fits (numbers, arrays, maps), else text as it is.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

from lttngx.bt.parameters import Parameter, boolean, read
from lttngx.errors import LttngxError


def add(parser: argparse.ArgumentParser, parameters: Sequence[Parameter]) -> None:
    """Add an option for each parameter."""
    group = parser.add_argument_group("parameters of the analysis, as its sink has them")
    for parameter in parameters:
        if parameter.check is boolean:
            group.add_argument(f"--{parameter.name}", action="store_true", default=None)
        else:
            group.add_argument(f"--{parameter.name}", action="append", metavar="VALUE", help=parameter.expects.replace("%", "%%"))


def values(parameters: Sequence[Parameter], options: argparse.Namespace, owner: str) -> dict[str, Any]:
    """Return the parameters' values. Raises ParameterError."""
    given = {parameter.name: value for parameter in parameters
             if (value := getattr(options, parameter.name.replace("-", "_"))) is not None}
    known = {parameter.name: parameter for parameter in parameters}
    return read(parameters, {name: value if value is True else _value(known[name], value) for name, value in given.items()}, owner)


def _value(parameter: Parameter, texts: list[str]) -> Any:
    """Return the first reading of what was given which the parameter accepts, else what was given."""
    return next((reading for reading in _readings(texts) if _fits(parameter, reading)), texts[0] if len(texts) == 1 else texts)


def _readings(texts: list[str]) -> Iterator[Any]:
    parsed = [_parsed(text) for text in texts]
    yield from (parsed[0], texts[0]) if len(texts) == 1 else (parsed, texts)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _fits(parameter: Parameter, value: Any) -> bool:
    try:
        parameter.check(value)
    except (LttngxError, ValueError):
        return False
    return True
