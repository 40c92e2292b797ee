"""Random token sequences: an expression compiles, links and evaluates, or is refused with a position in it."""

from hypothesis import given, settings
from hypothesis import strategies as st
from language_doubles import Event

from lttngx.core.portable.evaluate import compile_predicate
from lttngx.language import FilterSyntaxError, compile_filter

EVENT = Event(payload=({"a": "s32", "s": "string", "l": "seq<u8>", "e": "enum<u8>{A=0}",
                        "v": "variant<t>{u8 x; string y;}"},
                       {"a": 1, "s": "t", "l": [1, 2], "e": 0, "v": ("x", 1)}), time_ns=10**18)
TOKENS = ("a s l e v v.x l[0] l[-1] nosuch 1 0 2.5 5ms 9223372036854775808 \"t*\" 't' r\"t+\" \"A\" \"10:00\" "
          "+ - * / % << >> & | ^ ~ ! == != < <= > >= && || and or not in =~ !~ ( ) { } [ ] , .. . -> "
          "$time $event.name $event.loglevel $ctx $element exists( len( "
          "lower( any( all( u( contains( abs( cidr( \"10.0.0.0/8\" // /*").split()
PIECES = ["a == 1", "s == 't*'", "l[0] in {1, 2..3}", "any(l, == 2)", "v == 1", "e == 'A'", "exists(nosuch)",
          "nosuch < 3", "$time > 5ms", "s =~ 't'", "a + 1", "(a)", "1 << a", "u(a)", "len(l)", "v"]


JOINED = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).flatmap(
    lambda pieces: st.lists(st.sampled_from("&& || == + & < ^ and or".split()), min_size=len(pieces),
                            max_size=len(pieces)).map(lambda ops: [*sum(zip(pieces, ops), ())][:-1]))
EXPRESSIONS = st.one_of(st.lists(st.sampled_from(TOKENS), max_size=10),
                        st.lists(st.sampled_from(PIECES + TOKENS), max_size=7), JOINED).map(" ".join)


def outcome(text: str, dialect: str, missing: str) -> tuple[bool, bool]:
    """Return whether the expression keeps the event, and whether linking had something to say."""
    linked = compile_filter(text, dialect, missing).link(EVENT.event_class, first_ns=10**18)
    kept = linked.outcome if isinstance(linked.outcome, bool) else compile_predicate(linked.outcome)(EVENT.message)
    return kept, bool(linked.diagnostics)


@settings(max_examples=1500, deadline=None)
@given(EXPRESSIONS, st.sampled_from(["lttng", "extended"]), st.sampled_from(["strict", "lenient"]))
def test_compiles_or_says_where_not(text: str, dialect: str, missing: str) -> None:
    try:
        kept, _ = outcome(text, dialect, missing)
    except FilterSyntaxError as error:
        assert error.line == 1 and 1 <= error.column <= len(text) + 1
    else:
        assert kept in (True, False)


@settings(max_examples=1500, deadline=None)
@given(EXPRESSIONS)
def test_extended_gives_what_lttng_gives(text: str) -> None:
    try:
        kept, noted = outcome(text, "lttng", "strict")
    except FilterSyntaxError:
        return
    if not noted:
        assert outcome(text, "extended", "strict") == (kept, False)
        # What is missing at evaluation (an element, a shift count) may be kept by the lenient rule alone.
        assert outcome(text, "extended", "lenient")[0] is kept or "l[" in text or "<<" in text or ">>" in text
