"""Parameters which say what spans to find, shared by the components about spans."""

from typing import TYPE_CHECKING, Any

from lttngx.bt.parameters import LISTED, Parameter, listed, string, strings
from lttngx.errors import ParameterError

if TYPE_CHECKING:
    from lttngx.spans.definitions import Definition


def _items(value: Any) -> list[Any]:
    """Accept an array of definitions, or one as an array of one."""
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, (str, dict)) for item in items):
        raise ValueError
    return items


DEFINITION_PARAMETERS = (
    Parameter("spans", "an array of strings and maps", _items, ()),
    Parameter("captures", "a string or an array of strings", strings, ()),
    Parameter("file", "a string", string),
    Parameter("packs", LISTED, listed, ()),
)


def definitions(values: dict[str, Any]) -> "tuple[Definition, ...]":
    """Return the definitions which the parameters ask for, none if they are not set. Raises LttngxError."""
    from lttngx.spans import given

    file = values["file"]
    try:
        found = given.definitions(values["spans"], values["captures"], values["packs"], file)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParameterError(f'Cannot read span definitions: file="{file}", reason={reason}') from None
    if not found and file is not None:
        raise ParameterError(f'no span is defined: file="{file}", expected=tables [span.NAME]')
    return found


def is_per_span(values: dict[str, Any]) -> bool:
    """Return whether the parameters of an analysis ask for one report for each span."""
    return any(values[parameter.name] for parameter in DEFINITION_PARAMETERS)


def per_span(analysis: Any, values: dict[str, Any]) -> Any:
    """Return an analysis, or what gives one report for each span if its parameters define spans. Raises LttngxError."""
    if not is_per_span(values):
        return analysis
    if values["refresh"] is not None:
        raise ParameterError("parameter refresh: expected no spans, as the windows are these, or no refresh")
    from lttngx.analyses.per_span import PerSpan
    return PerSpan(needed_definitions(values), analysis)


def needed_definitions(values: dict[str, Any]) -> "tuple[Definition, ...]":
    """Return the definitions which the parameters ask for. Raises LttngxError, ParameterError if they are not set."""
    found = definitions(values)
    if not found:
        raise ParameterError("no span is defined: expected at least one of spans, file, packs")
    return found
