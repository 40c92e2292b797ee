"""Event name patterns of declarative models: LTTng's, where `*` is any run of characters and everything else is
itself."""

from collections.abc import Iterable
from functools import cache
import re


@cache
def _compiled(pattern: str) -> re.Pattern:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def matches(patterns: Iterable[str], name: str) -> bool:
    """Return whether an event name matches one of the patterns."""
    return any(_compiled(pattern).fullmatch(name) is not None for pattern in patterns)
