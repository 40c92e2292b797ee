"""Regular expressions: against Python's re on patterns within the subset, in linear time, and with their errors."""

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lttngx.core.portable.evaluate import run
from lttngx.language import automaton
from lttngx.language.automaton import LazyAutomaton
from lttngx.language.regex import RegexError

ATOMS = st.sampled_from(["a", "b", "c", "é", "☃", ".", "[ab]", "[^a]", "[a-c]", "[é-☃]", r"\d", r"\w", r"\S", r"\.",
    "^", r"\Z", r"\b", "1", "_",
                         r"[\d_]", "(?i:a)", r"\n", r"\x61", "{", "-"])


def repeated(pattern: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    quantifier = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "{0,1}"])
    return st.one_of(
        st.lists(pattern, max_size=4).map("".join), st.tuples(pattern, pattern).map("|".join).map("({})".format),
        st.tuples(pattern, quantifier).map(lambda pair: f"(?:{pair[0]}){pair[1]}"), pattern.map("({})".format))


PATTERNS = st.recursive(ATOMS, repeated, max_leaves=8)
TEXTS = st.text("abcé☃1_ .\n-{A", max_size=12)


@settings(max_examples=600, deadline=None)
@given(PATTERNS, TEXTS)
def test_as_python_s_re(pattern: str, text: str) -> None:
    ours = LazyAutomaton(pattern.replace(r"\Z", "$"))
    expected = re.search(pattern, text, re.ASCII) is not None
    assert run(ours, text.encode()) is expected
    assert ours.search(text.encode()) is expected


@pytest.mark.parametrize(("pattern", "text", "found"), [
    ("", "", True), ("^$", "", True), ("^$", "x", False), ("a$", "a\n", False), (".", "\n", False),
    ("(?s).", "\n", True),
    ("(?i)straße", "STRAßE", True), ("(?i)É", "é", True), ("(?i)[a-c]+$", "ABC", True), ("a(?i)b|c", "aB", True),
    ("(?i:a)b", "AB", False),
    ("(?i-i)a", "A", False), ("[[:digit:]]{3}", "x123", True), ("[^[:alpha:]]", "abc", False), ("[]a]", "]", True),
    ("[a-]", "-", True),
    (r"\x{2603}", "☃", True), ("a{,2}b", "b", True), ("a{x}", "a{x}", True), (r"\Aab\z", "ab", True),
    (r"\BX", "aX", True), ("^a|b$", "xb", True),
    ("(^|x)a", "ba", False), ("x*", "", True),
])
def test_fixed_cases(pattern: str, text: str, found: bool) -> None:
    assert LazyAutomaton(pattern).search(text.encode()) is found


def test_bytes_that_are_not_utf8() -> None:
    assert LazyAutomaton(r"a\Cb").search(b"a\xffb")
    assert not LazyAutomaton("a.b").search(b"a\xffb")
    assert LazyAutomaton("b$").search(b"\xff\xfeb")


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "^(a*)*$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(.*a){12}$"])
def test_catastrophic_patterns_take_linear_time(pattern: str) -> None:
    text = b"a" * 200_000 + b"!"
    begin = time.process_time()
    assert not LazyAutomaton(pattern).search(text)
    assert time.process_time() - begin < 5


def test_more_states_than_the_limit_are_forgotten_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "MAX_STATES", 16)
    ours = LazyAutomaton("(a|b)*a(a|b){6}c")
    text = bytes(random.Random(1).choices(b"ab", k=3000))
    assert not run(ours, text)
    assert run(ours, text + b"abbbbbbc")
    assert ours.generation > 10
    assert len(ours.table) <= (2 + 16) * automaton.WIDTH


@pytest.mark.parametrize(("pattern", "at", "message"), [
    ("a**", 2, "expected one quantifier, got another: `*`"),
    ("*a", 0, "expected something to repeat before `*`, got nothing"),
    ("^*", 1, "expected something to repeat before `*`, got nothing"),
    ("(a", 0, "expected `)` to close this group, got the end of the regular expression"),
    ("a)b", 1, "expected a regular expression, got an unopened `)`"),
    ("[a", 0, "expected `]` to close this class, got the end of the regular expression"),
    ("[b-a]", 1, "expected a range of characters in ascending order, got another"),
    (r"(a)\1", 3, r"expected a known escape, got `\1`: back-references are not supported"),
    ("a(?=b)", 1, "expected (?:…) or the flags i and s, got another `(?`: look-around, named groups and "
                  "back-references are not supported"),
    ("a\\", 2, "expected a character after the backslash, got the end of the regular expression"),
    ("a{2,1}", 1, "expected {m,n} with m at most n, got {2,1}"),
    ("a{1001}", 1, "expected at most 1000 repetitions, got 1001"),
    ("((a{1000}){1000}){1000}", 0, "expected a regular expression of at most 5000 states, got a larger one"),
    ("(" * 200, 101, "expected at most 100 nested groups, got more"),
    (r"\xg1", 0, r"expected hexadecimal digits of a code point, \xHH or \x{H…}, got something else"),
])
def test_errors(pattern: str, at: int, message: str) -> None:
    with pytest.raises(RegexError) as caught:
        LazyAutomaton(pattern)
    assert (caught.value.at, str(caught.value)) == (at, message)
