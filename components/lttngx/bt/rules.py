"""The parameters of an event rule, shared by the components which have rules."""

from typing import Any

from lttngx.bt.parameters import Parameter, string, strings


def names(value: Any) -> str | list[str]:
    """Accept an array of strings, or one string, which may list several with commas."""
    return value if isinstance(value, str) else strings(value)


def maps(value: Any) -> list[dict]:
    """Accept an array of maps."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError
    return value


RULE_PARAMETERS = (
    Parameter("names", "a string or an array of strings", names),
    Parameter("exclude", "a string or an array of strings", names),
    Parameter("log-level", "a string", string),
    Parameter("log-level-only", "a string", string),
    Parameter("expr", "a string", string),
)
