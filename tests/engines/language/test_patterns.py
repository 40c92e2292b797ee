"""Star patterns: against fnmatch, and the relations between name patterns and exclusions against enumeration."""

import fnmatch
import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lttngx.language.patterns import Pattern, name_pattern, split_names

PATTERNS = st.text("ab*", max_size=8)


@given(PATTERNS, st.text("ab", max_size=10))
def test_as_fnmatch(pattern: str, text: str) -> None:
    assert name_pattern(pattern).matches(text.encode()) is (re.match(fnmatch.translate(pattern), text) is not None)


TEXTS = [bytes(letters) for length in range(7) for letters in product(b"ab", repeat=length)]


@given(st.text("ab*", max_size=4), st.text("ab", max_size=2), st.booleans())
def test_relations_to_a_name_with_its_star_at_the_end(pattern: str, prefix: str, star: bool) -> None:
    exclusion, name = name_pattern(pattern), name_pattern(prefix + "*" * star)
    named = {text for text in TEXTS if name.matches(text)}
    excluded = {text for text in TEXTS if exclusion.matches(text)}
    assert exclusion.covers(name) is (named <= excluded)
    assert exclusion.meets(name) is bool(named & excluded)


@pytest.mark.parametrize(("text", "parts"), [
    ("a**b", (b"a", b"b")), ("*", (b"", b"")), ("***", (b"", b"")), ("", (b"",)), ("d\\ef*", (b"def", b"")),
    ("de\\*", (b"de\\*",)),
    ("\\**", (b"*", b"")), ("a\\\\*", (b"a\\", b"")),
])
def test_name_patterns(text: str, parts: tuple[bytes, ...]) -> None:
    assert name_pattern(text) == Pattern(parts)


@pytest.mark.parametrize(("text", "names"), [
    ("a,b", ["a", "b"]), ("", []), ("a\\,b,c", ["a,b", "c"]), ("a\\*,b", ["a\\*", "b"]), ("a,,b,", ["a", "b"]),
    ("a\\", ["a\\"]), ("a, b", ["a", "b"]),
])
def test_lists_of_names(text: str, names: list[str]) -> None:
    assert split_names(text) == names
