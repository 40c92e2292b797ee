"""Predicates as closures: the reference evaluator.

Each node becomes `evaluate(message, element)`, where `element` is the current element of the innermost Quantified. A
strict predicate needs no exception to reject at once: every node gives a missing operand on, and only Exists and
Otherwise, which may hide it, stop it.
"""

from collections.abc import Callable
from typing import Any

from lttngx.core import predicate as tree
from lttngx.core.classes import FieldPath
from lttngx.core.portable import fields
from lttngx.core.values import BINARY, MISSING, UNARY, U64, Elements, Value, glob, in_networks, in_ranges, truth

Evaluate = Callable[[Any, Value], Value]
ReaderOf = Callable[[FieldPath, bool], Callable[[Any], Value]]


def compile_predicate(predicate: tree.Predicate, reader: ReaderOf = fields.reader) -> Callable[[Any], bool]:
    """Return `accepts(message)` for bt2 event messages of the predicate's event class.

    reader: makes the reader of a field from its path and `text` flag, for messages of another kind.
    """
    evaluate = _Compiler(predicate.strict, reader).compile(predicate.root)

    def accepts(message: Any) -> bool:
        value = evaluate(message, MISSING)
        return type(value) in (int, U64) and value != 0
    return accepts


class _Compiler:
    """Turns nodes into closures; one method a node type, listed in `_METHODS`."""

    def __init__(self, strict: bool, reader: ReaderOf) -> None:
        self._strict, self._reader = strict, reader

    def compile(self, node: tree.Node) -> Evaluate:
        return _METHODS[type(node)](self, node)

    def constant(self, node: tree.Constant) -> Evaluate:
        value = U64(node.value) if node.unsigned else node.value
        return lambda message, element: value

    def field(self, node: tree.Field) -> Evaluate:
        read = self._reader(node.path, node.text)
        return lambda message, element: read(message)

    def time(self, node: tree.Time) -> Evaluate:
        return lambda message, element: fields.read_time(message)

    def element(self, node: tree.Element) -> Evaluate:
        return lambda message, element: element

    def missing(self, node: tree.Missing) -> Evaluate:
        return lambda message, element: MISSING

    def unary(self, node: tree.Unary) -> Evaluate:
        operand, operation = self.compile(node.operand), UNARY[node.op]
        return lambda message, element: operation(operand(message, element))

    def binary(self, node: tree.Binary) -> Evaluate:
        left, right, operation = self.compile(node.left), self.compile(node.right), BINARY[node.op]
        return lambda message, element: operation(left(message, element), right(message, element))

    def conjunction(self, node: tree.And) -> Evaluate:
        left, right, strict = self.compile(node.left), self.compile(node.right), self._strict

        def evaluate(message: Any, element: Value) -> Value:
            decided = truth(left(message, element))
            if decided is None:
                return 0 if not strict and truth(right(message, element)) is False else MISSING
            return right(message, element) if decided else 0
        return evaluate

    def disjunction(self, node: tree.Or) -> Evaluate:
        left, right, strict = self.compile(node.left), self.compile(node.right), self._strict

        def evaluate(message: Any, element: Value) -> Value:
            decided = truth(left(message, element))
            if decided is None:
                return 1 if not strict and truth(right(message, element)) else MISSING
            return 1 if decided else right(message, element)
        return evaluate

    def otherwise(self, node: tree.Otherwise) -> Evaluate:
        operands = tuple(map(self.compile, node.operands))

        def evaluate(message: Any, element: Value) -> Value:
            for operand in operands:
                value = operand(message, element)
                if value is not MISSING:
                    return value
            return MISSING
        return evaluate

    def exists(self, node: tree.Exists) -> Evaluate:
        operand = self.compile(node.operand)
        return lambda message, element: int(operand(message, element) is not MISSING)

    def glob(self, node: tree.Glob) -> Evaluate:
        parts = node.parts
        return self._of_text(node.operand, lambda text: glob(text, parts))

    def in_texts(self, node: tree.InTexts) -> Evaluate:
        texts, globs = node.texts, node.globs
        return self._of_text(node.operand, lambda text: text in texts or any(glob(text, parts) for parts in globs))

    def matches(self, node: tree.Matches) -> Evaluate:
        automaton = node.automaton
        return self._of_text(node.operand, lambda text: run(automaton, text))

    def in_ranges(self, node: tree.InRanges) -> Evaluate:
        operand, ranges = self.compile(node.operand), node.ranges
        return lambda message, element: in_ranges(operand(message, element), ranges)

    def in_networks(self, node: tree.InNetworks) -> Evaluate:
        operand, networks = self.compile(node.operand), node.networks
        return lambda message, element: in_networks(operand(message, element), networks)

    def quantified(self, node: tree.Quantified) -> Evaluate:
        array, body, strict = self.compile(node.array), self.compile(node.body), self._strict
        deciding = not node.all

        def evaluate(message: Any, element: Value) -> Value:
            elements = array(message, element)
            if not isinstance(elements, (Elements, memoryview)):
                return MISSING
            unknown = False
            for value in elements:
                decided = truth(body(message, value))
                if decided is deciding:
                    return int(deciding)
                unknown = unknown or decided is None
                if unknown and strict:
                    break
            return MISSING if unknown else int(not deciding)
        return evaluate

    def _of_text(self, operand: tree.Node, test: Callable[[bytes], bool]) -> Evaluate:
        get = self.compile(operand)

        def evaluate(message: Any, element: Value) -> Value:
            value = get(message, element)
            return int(test(value)) if type(value) is bytes else MISSING
        return evaluate


_METHODS: dict[type, Callable[[_Compiler, Any], Evaluate]] = {
    tree.Constant: _Compiler.constant,
    tree.Field: _Compiler.field,
    tree.Time: _Compiler.time,
    tree.Element: _Compiler.element,
    tree.Missing: _Compiler.missing,
    tree.Unary: _Compiler.unary,
    tree.Binary: _Compiler.binary,
    tree.And: _Compiler.conjunction,
    tree.Or: _Compiler.disjunction,
    tree.Otherwise: _Compiler.otherwise,
    tree.Exists: _Compiler.exists,
    tree.Glob: _Compiler.glob,
    tree.InRanges: _Compiler.in_ranges,
    tree.InTexts: _Compiler.in_texts,
    tree.Matches: _Compiler.matches,
    tree.InNetworks: _Compiler.in_networks,
    tree.Quantified: _Compiler.quantified,
}


def run(automaton: tree.Automaton, text: bytes) -> bool:
    """Return whether the automaton accepts `text`; time is linear in its length."""
    state = automaton.start
    for byte in (*text, 256):
        if state < 2:
            break
        following = automaton.table[state * 257 + byte]
        state = following if following >= 0 else automaton.make(state, byte)
    return state == 1
