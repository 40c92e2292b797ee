"""Regular expressions as deterministic automata whose states are made on demand.

A pattern becomes a Thompson automaton over UTF-8 bytes; a deterministic state is the set of its states which are
alive, after Ken Thompson (1968) and as RE2's lazy automaton does it. A search is unanchored: the first state is added
again after every byte, and the first match settles the text. Each byte costs one table look-up, or one step of the
whole set the first time: no pattern can take more than time proportional to (pattern × text).

Assertions (^ $ \\b) stay in the set until the next byte is known, so a state also says what came before.
"""

from array import array
from dataclasses import dataclass

from lttngx.core.predicate import Automaton
from lttngx.language import regex, utf8
from lttngx.language.regex import RegexError

REJECT, ACCEPT, END, WIDTH = 0, 1, 256, 257
MAX_NFA_STATES = 5_000
MAX_STATES = 2_000

_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass(frozen=True, slots=True)
class _Bytes:
    low: int
    high: int
    following: int


@dataclass(slots=True)
class _Split:
    following: list[int]


@dataclass(frozen=True, slots=True)
class _Assert:
    kind: str
    following: int


_MATCH = 0


class _Builder:
    """Builds the Thompson automaton backwards: each part is built in front of the state that follows it."""

    def __init__(self) -> None:
        self.states: list[_Bytes | _Split | _Assert] = [_Split([])]
        self._suffixes: dict[tuple[int, int, int], int] = {}

    def add(self, state: _Bytes | _Split | _Assert) -> int:
        if len(self.states) >= MAX_NFA_STATES:
            raise RegexError(0, f"expected a regular expression of at most {MAX_NFA_STATES} states, got a larger one")
        self.states.append(state)
        return len(self.states) - 1

    def build(self, tree: regex.Regex, following: int) -> int:
        match tree:
            case regex.Characters(ranges):
                return self.characters(ranges, following)
            case regex.AnyByte():
                return self.add(_Bytes(0, 255, following))
            case regex.Assertion(kind):
                return self.add(_Assert(kind, following))
            case regex.Sequence(items):
                for item in reversed(items):
                    following = self.build(item, following)
                return following
            case regex.Alternatives(items):
                return self.add(_Split([self.build(item, following) for item in items]))
            case regex.Repeat(item, least, most):
                return self.repeat(item, least, most, following)

    def repeat(self, item: regex.Regex, least: int, most: int | None, following: int) -> int:
        if most is None:
            loop = _Split([])
            entry = self.add(loop)
            loop.following += [self.build(item, entry), following]
        else:
            entry = following
            for _ in range(most - least):
                entry = self.add(_Split([self.build(item, entry), following]))
        for _ in range(least):
            entry = self.build(item, entry)
        return entry

    def characters(self, ranges: regex.Ranges, following: int) -> int:
        branches = []
        for low, high in ranges:
            for sequence in utf8.sequences(low, high):
                entry = following
                for bounds in reversed(sequence):
                    entry = self.suffix(*bounds, entry)
                branches.append(entry)
        return branches[0] if len(branches) == 1 else self.add(_Split(branches))

    def suffix(self, low: int, high: int, following: int) -> int:
        """Share equal tails, of which negated classes have many."""
        key = low, high, following
        if key not in self._suffixes:
            self._suffixes[key] = self.add(_Bytes(*key))
        return self._suffixes[key]


def _begins_anchored(tree: regex.Regex) -> bool:
    match tree:
        case regex.Assertion("begin"):
            return True
        case regex.Sequence(items):
            return bool(items) and _begins_anchored(items[0])
        case regex.Alternatives(items):
            return all(map(_begins_anchored, items))
    return False


class LazyAutomaton(Automaton):
    """Searches a text for a pattern. `pattern` is kept for messages and pickling."""

    def __init__(self, pattern: str) -> None:
        """Raises RegexError."""
        tree = regex.parse(pattern)
        builder = _Builder()
        self._first = builder.build(tree, _MATCH)
        self._nfa = builder.states
        self._anchored = _begins_anchored(tree)
        self._context = any(isinstance(state, _Assert) for state in self._nfa)
        self.pattern = pattern
        self.generation = -1
        self._forget()

    def __reduce__(self):
        return LazyAutomaton, (self.pattern,)

    def _forget(self) -> None:
        self.generation += 1
        self.table = array("i", [REJECT] * WIDTH + [ACCEPT] * WIDTH)
        self._sets: list[tuple[frozenset[int], bool, bool]] = []
        self._numbers: dict[tuple[frozenset[int], bool, bool], int] = {}
        self.start = self._state({self._first}, True, False)

    def search(self, text: bytes) -> bool:
        """Return whether the pattern matches anywhere in `text`."""
        state = self.start
        for byte in (*text, END):
            if state <= ACCEPT:
                break
            following = self.table[state * WIDTH + byte]
            state = following if following >= 0 else self.make(state, byte)
        return state == ACCEPT

    def make(self, state: int, byte: int) -> int:
        """See Automaton."""
        generation = self.generation
        following = self._step(state, byte)
        if self.generation == generation:
            self.table[state * WIDTH + byte] = following
        return following

    def _step(self, state: int, byte: int) -> int:
        alive, at_begin, after_word = self._sets[state - 2]
        if self._context:
            word = byte in _WORD
            holds = {"begin": at_begin, "end": byte == END, "word": word != after_word, "not word": word == after_word}
            alive = self._closure(alive, holds)
            if alive is None:
                return ACCEPT
        if byte == END:
            return REJECT
        stepped = {found.following for found in map(self._nfa.__getitem__, alive)
                   if type(found) is _Bytes and found.low <= byte <= found.high}
        if not self._anchored:
            stepped.add(self._first)
        return self._state(stepped, False, self._context and byte in _WORD)

    def _state(self, reached: set[int], at_begin: bool, after_word: bool) -> int:
        alive = self._closure(reached, {})
        if alive is None:
            return ACCEPT
        if not alive:
            return REJECT
        key = alive, at_begin, after_word
        if key in self._numbers:
            return self._numbers[key]
        if len(self._sets) >= MAX_STATES:
            self._forget()
            if key in self._numbers:
                return self._numbers[key]
        self._sets.append(key)
        self.table.extend([-1] * WIDTH)
        self._numbers[key] = len(self._sets) + 1
        return self._numbers[key]

    def _closure(self, reached: set[int] | frozenset[int], holds: dict[str, bool]) -> frozenset[int] | None:
        """Follow the empty transitions; None if they lead to the match. Assertions not in `holds` stay in the set."""
        pending, seen, alive = list(reached), set(reached), set()
        while pending:
            number = pending.pop()
            if number == _MATCH:
                return None
            state = self._nfa[number]
            if type(state) is _Bytes or type(state) is _Assert and state.kind not in holds:
                alive.add(number)
                continue
            targets = state.following if type(state) is _Split else [state.following] * holds[state.kind]
            for target in targets:
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
        return frozenset(alive)
