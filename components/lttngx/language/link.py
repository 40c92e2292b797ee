"""Linking: a syntax tree and an event class make a predicate.

Each syntax node gives its *alternatives*, typed operands of which at most one has a value in an event (variant
options); none means that nothing is there. An operation is applied to every combination of alternatives whose types
fit; if none fits, that is a type mismatch. What is missing or does not fit settles the class as False under the strict
rule, and is missing under the lenient one.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from lttngx.core import predicate as tree
from lttngx.core.classes import EventClass, Stream
from lttngx.language import nodes
from lttngx.language.fold import fold, settle
from lttngx.language.messages import Diagnostic, Topic, diagnostic
from lttngx.language.operands import (ARRAYS, INTEGERS, NUMBERS, EnumerationWords, LevelWords, Sort, TimeWords, Typed,
                                      as_text, constant, element_operand, field_operand)
from lttngx.language.parser import COMPARISONS
from lttngx.language.patterns import encode
from lttngx.language.resolve import Unresolved, resolve
from lttngx.language.sets import membership
from lttngx.language.comparisons import against_text, balanced, compare, of_texts

Alternatives = list[Typed]
Outcome = tree.Predicate | bool

_BITWISE = {"&": "and_bits", "|": "or_bits", "^": "xor_bits", "<<": "shift_left", ">>": "shift_right"}
_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod"}
_UNARY = {"-": "neg", "!": "not", "~": "invert"}
_TEXT_TESTS = {"startswith": "starts_with", "endswith": "ends_with", "contains": "contains", "icontains": "contains"}
_NUMBER_FUNCTIONS = {"abs": ("abs", NUMBERS), "popcount": ("popcount", INTEGERS), "u": ("unsigned", INTEGERS)}


class Linker:
    """Links one expression to one event class. After `link`, `diagnostics` holds what was noticed."""

    def __init__(self, text: str, extended: bool, strict: bool, event_class: EventClass, stream: Stream,
                 first_ns: int | None) -> None:
        self.text, self.extended, self.strict = text, extended, strict
        self.event_class, self.stream, self.first_ns = event_class, stream, first_ns
        self.diagnostics: list[Diagnostic] = []
        self.elements: list[Typed] = []
        self.failed = False

    def link(self, root: nodes.Node) -> Outcome:
        """Return True or False if the class settles it, else the predicate."""
        operands = self.operand(root)
        if any(operand.sort is Sort.REAL for operand in operands):
            self.note(root.at, Topic.EFFECT, "a real number as the whole expression keeps nothing (write != 0.0)")
        node = self.collapse(root, [operand for operand in operands if operand.sort is not Sort.REAL], operands)
        settled = settle(fold(node, self.strict), self.strict)
        if self.failed or settled is False:
            return False
        return settled if settled is True else tree.Predicate(settled, self.strict)

    # Diagnostics

    def note(self, at: int, topic: Topic, message: str) -> None:
        self.diagnostics.append(diagnostic(self.text, at, topic, message))

    def absent(self, at: int, message: str) -> Alternatives:
        self.note(at, Topic.MISSING, message)
        self.failed = self.failed or self.strict
        return []

    def mismatch(self, at: int, message: str) -> Alternatives:
        self.note(at, Topic.MISMATCH, message)
        self.failed = self.failed or self.strict
        return []

    # Alternatives

    def operand(self, node: nodes.Node) -> Alternatives:
        return _METHODS[type(node)](self, node)

    def distribute(self, at: int, what: str, operands: Sequence[Alternatives],
                   build: Callable[..., Typed | None]) -> Alternatives:
        """Apply an operation to every combination of alternatives."""
        results = [result for combination in product(*operands) if (result := build(*combination)) is not None]
        if not results and all(operands):
            got = " and ".join("/".join(dict.fromkeys(map(str, alternatives))) for alternatives in operands)
            return self.mismatch(at, f"{what}, got {got}")
        return merge(results)

    def condition(self, node: nodes.Node) -> tree.Node:
        """An operand of a logical operator: LTTng truncates a real one to an integer."""
        operands = self.operand(node)
        kept = [Typed(tree.Unary("truncate", operand.node), Sort.INTEGER) if operand.sort is Sort.REAL else operand
                for operand in operands]
        return self.collapse(node, kept, operands)

    def collapse(self, node: nodes.Node, kept: Alternatives, operands: Alternatives) -> tree.Node:
        """The numbers among alternatives as one node."""
        numbers = [operand.node for operand in kept if operand.sort in NUMBERS]
        if operands and kept and not numbers:
            self.mismatch(node.at, f"expected a number or a condition, got {'/'.join(map(str, operands))}")
        return either(numbers)

    # Leaves

    def number(self, node: nodes.Number) -> Alternatives:
        sort = Sort.REAL if type(node.value) is float else Sort.INTEGER
        return [Typed(tree.Constant(node.value), sort, wide=node.wide)]

    def literal(self, node: nodes.Text) -> Alternatives:
        return [constant(b"*".join(node.pattern.parts))]

    def current(self, node: nodes.Current) -> Alternatives:
        return [self.elements[-1]]

    def name(self, node: nodes.Name) -> Alternatives:
        if node.root in _FACTS:
            return self.fact(node)
        found = resolve(self.event_class, node.root, node.steps, variants=self.extended)
        if not isinstance(found, Unresolved):
            return merge([field_operand(path, self.extended) for path in found])
        if node.root == "$app":
            # LTTng looks for application contexts at evaluation: short-circuit protects.
            self.note(node.at, Topic.MISSING, found.reason)
            return []
        reason = found.reason if len(node.steps) == 1 else f"`{node}`: {found.reason}"
        return self.mismatch(node.at, reason) if found.mismatch else self.absent(node.at, reason)

    def fact(self, node: nodes.Name) -> Alternatives:
        operand = _FACTS[node.root](self, *node.steps)
        return [operand] if operand is not None else self.absent(node.at, f"{node} is not known here")

    def event_fact(self, member: str) -> Typed | None:
        event_class = self.event_class
        if member == "loglevel":
            level = event_class.log_level
            return None if level is None else Typed(tree.Constant(level), Sort.INTEGER, words=LevelWords())
        return known({"name": event_class.name, "stem": event_class.stem, "id": event_class.id}[member])

    def stream_fact(self, member: str) -> Typed | None:
        return known({"name": self.stream.name, "id": self.stream.id}[member])

    def trace_fact(self, member: str) -> Typed | None:
        return known({"name": self.stream.trace.name, "uuid": self.stream.trace.uuid}[member])

    def environment_fact(self, key: str, *rest: Any) -> Typed | None:
        return None if rest else known(self.stream.trace.environment.get(key))

    def time_fact(self) -> Typed:
        return Typed(tree.Time(), Sort.INTEGER, words=TimeWords(self.first_ns))

    # Operators

    def unary(self, node: nodes.Unary) -> Alternatives:
        accepted = INTEGERS if node.op == "~" else NUMBERS

        def build(operand: Typed) -> Typed | None:
            if operand.sort not in accepted:
                return None
            if node.op == "+":
                return operand
            return Typed(tree.Unary(_UNARY[node.op], operand.node), Sort.INTEGER if node.op == "!" else operand.sort)
        what = f"expected {'an integer' if node.op == '~' else 'a number'} as operand of `{node.op}`"
        return self.distribute(node.at, what, [self.operand(node.operand)], build)

    def binary(self, node: nodes.Binary) -> Alternatives:
        if node.op in COMPARISONS:
            return self.comparison(node)
        bitwise = node.op in _BITWISE
        op, accepted = (_BITWISE[node.op], INTEGERS) if bitwise else (_ARITHMETIC[node.op], NUMBERS)

        def build(left: Typed, right: Typed) -> Typed | None:
            if left.sort not in accepted or right.sort not in accepted:
                return None
            sort = left.sort if bitwise else max(left.sort, right.sort, key=_WIDTH.index)
            times = [side.words for side in (left, right) if isinstance(side.words, TimeWords)]
            words = times[0] if times and op in ("add", "sub") else None
            return Typed(tree.Binary(op, left.node, right.node), sort, words=words)
        what = f"expected {'integers' if bitwise else 'numbers'} as operands of `{node.op}`"
        return self.distribute(node.at, what, [self.operand(node.left), self.operand(node.right)], build)

    def comparison(self, node: nodes.Binary) -> Alternatives:
        left, right, op = node.left, node.right, node.op
        what = f"expected operands of one type of `{op}`"
        if isinstance(left, nodes.Text) and not isinstance(right, nodes.Text):
            left, right, op = right, left, _SWAPPED.get(op, op)
        if isinstance(right, nodes.Text):
            operands = self.operand(left)
            own = left.pattern if isinstance(left, nodes.Text) else None
            self.unknown_word(right, operands)
            if any(isinstance(operand.words, TimeWords) and not operand.words.ranges(right.regex, right.pattern)
                   for operand in operands):
                return self.absent(right.at, "a time without date needs the date of the first event, which is unknown")
            return self.distribute(node.at, f"{what}, one being a string", [operands],
                                   lambda operand: against_text(op, operand, right, self.extended, own))
        operands = [self.operand(left), self.operand(right)]
        self.unsigned_comparison(node, *operands)
        return self.distribute(node.at, what, operands, lambda *pair: compare(op, *pair, self.extended))

    def unknown_word(self, literal: nodes.Text, operands: Alternatives) -> None:
        """Say so if a string is a label of none of the enumerations it is compared with."""
        enumerations = [operand.words for operand in operands if isinstance(operand.words, EnumerationWords)]
        if enumerations and not any(words.ranges(literal.regex, literal.pattern) for words in enumerations):
            known_labels = [label for words in enumerations for label, _ in words.field_class.labels]
            shown = ", ".join(known_labels[:8]) + (", …" if len(known_labels) > 8 else "")
            self.note(literal.at, Topic.LABEL, f'no label "{literal.regex}": expected one of {shown or "none"}')

    def unsigned_comparison(self, node: nodes.Binary, left: Alternatives, right: Alternatives) -> None:
        if node.op in ("==", "!="):
            return
        for one, other in ((left, right), (right, left)):
            wide = [operand.wide for operand in other if operand.wide is not None]
            if wide and any(operand.is_u64 for operand in one):
                message = f"a 64-bit unsigned field compares as signed with {wide[0]}, which is then {wide[0] - 2**64}"
                hint = " (u(field) compares as unsigned)" if self.extended else ""
                self.note(node.at, Topic.UNSIGNED, message + hint)

    def logical(self, node: nodes.Logical) -> Alternatives:
        combine = tree.And if node.op == "&&" else tree.Or
        return [Typed(balanced(combine, [self.condition(operand) for operand in node.operands]), Sort.INTEGER)]

    def membership(self, node: nodes.In) -> Alternatives:
        items = [self.item(item) for item in node.items]
        operands = self.operand(node.operand)
        for item in node.items:
            if isinstance(item, nodes.Text):
                self.unknown_word(item, operands)

        def build(operand: Typed) -> Typed | None:
            found = membership(operand, items, self.extended)
            return found if found is None or not node.negated else Typed(tree.Unary("not", found.node), Sort.INTEGER)
        return self.distribute(node.at, "expected items of the operand's type in the set", [operands], build)

    def item(self, item: Any) -> Any:
        """A set item as sets.membership takes it: literals, networks and ranges as they are, other operands linked."""
        if isinstance(item, (nodes.Text, nodes.Networks)):
            return item
        if isinstance(item, nodes.Span):
            return self.item(item.lower), self.item(item.upper)
        return [Typed(fold(operand.node, self.strict), operand.sort, operand.field_class, operand.words, operand.wide)
                for operand in self.operand(item)]

    def match(self, node: nodes.Match) -> Alternatives:
        def build(operand: Typed) -> Typed | None:
            if isinstance(operand.words, EnumerationWords):
                found = tree.InRanges(operand.node, operand.words.matching(node.automaton.search))
            elif (text := as_text(operand, self.extended)) is not None:
                found = tree.Matches(text.node, node.automaton)
            else:
                return None
            return Typed(tree.Unary("not", found) if node.negated else found, Sort.INTEGER)
        what = f"expected a string as operand of `{'!~' if node.negated else '=~'}`"
        return self.distribute(node.at, what, [self.operand(node.operand)], build)

    # Calls

    def call(self, node: nodes.Call) -> Alternatives:
        arguments = [self.operand(argument) for argument in node.arguments]
        return self.distribute(node.at, f"expected other arguments of {node.function}", arguments,
                               lambda *operands: self.apply(node.function, operands))

    def apply(self, function: str, operands: Sequence[Typed]) -> Typed | None:
        if function in _NUMBER_FUNCTIONS:
            op, accepted = _NUMBER_FUNCTIONS[function]
            sort = {"u": Sort.UNSIGNED, "popcount": Sort.INTEGER}.get(function, operands[0].sort)
            return Typed(tree.Unary(op, operands[0].node), sort) if operands[0].sort in accepted else None
        if function == "len" and operands[0].is_array:
            return Typed(tree.Unary("length", operands[0].node), Sort.INTEGER)
        texts = of_texts(operands, self.extended)
        if texts is None:
            return None
        if function == "len":
            return Typed(tree.Unary("length", texts[0]), Sort.INTEGER)
        if function in ("lower", "basename"):
            return Typed(tree.Unary(function, texts[0]), Sort.TEXT)
        if function == "icontains":
            texts = [tree.Unary("lower", text) for text in texts]
        return Typed(tree.Binary(_TEXT_TESTS[function], *texts), Sort.INTEGER)

    def exists(self, node: nodes.Exists) -> Alternatives:
        name = node.name
        if name.root in _FACTS:
            operand = _FACTS[name.root](self, *name.steps)
            return [Typed(tree.Exists(operand.node if operand else tree.Missing()), Sort.INTEGER)]
        found = resolve(self.event_class, name.root, name.steps, whole=name.root != "$app")
        fields = [] if isinstance(found, Unresolved) else [tree.Field(path) for path in found]
        return [Typed(tree.Exists(either(fields)), Sort.INTEGER)]

    def quantifier(self, node: nodes.Quantifier) -> Alternatives:
        def build(array: Typed) -> Typed | None:
            if array.field_class is None or array.field_class.kind not in ARRAYS:
                return None
            self.elements.append(element_operand(array, self.extended))
            body = self.condition(node.body)
            self.elements.pop()
            return Typed(tree.Quantified(array.node, body, node.word == "all"), Sort.INTEGER)
        return self.distribute(node.at, f"expected an array in {node.word}(…)", [self.operand(node.array)], build)


_WIDTH = [Sort.INTEGER, Sort.UNSIGNED, Sort.REAL]
_SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_FACTS: dict[str, Callable[..., Typed | None]] = {
    "$event": Linker.event_fact,
    "$stream": Linker.stream_fact,
    "$trace": Linker.trace_fact,
    "$env": Linker.environment_fact,
    "$time": Linker.time_fact,
}
_METHODS: dict[type, Callable[[Linker, Any], Alternatives]] = {
    nodes.Number: Linker.number,
    nodes.Text: Linker.literal,
    nodes.Name: Linker.name,
    nodes.Current: Linker.current,
    nodes.Unary: Linker.unary,
    nodes.Binary: Linker.binary,
    nodes.Logical: Linker.logical,
    nodes.In: Linker.membership,
    nodes.Match: Linker.match,
    nodes.Call: Linker.call,
    nodes.Exists: Linker.exists,
    nodes.Quantifier: Linker.quantifier,
}


def merge(operands: Alternatives) -> Alternatives:
    """Make one operand of alternatives that nothing tells apart any more."""
    alike = {(operand.sort, operand.words is None) for operand in operands}
    if len(operands) < 2 or len(alike) > 1 or operands[0].words is not None or operands[0].sort is Sort.FIELD:
        return operands
    return [Typed(either([operand.node for operand in operands]), operands[0].sort)]


def either(found: Sequence[tree.Node]) -> tree.Node:
    """The one of several nodes which has a value."""
    return tree.Missing() if not found else found[0] if len(found) == 1 else tree.Otherwise(tuple(found))


def known(value: int | str | None) -> Typed | None:
    """The operand of a fact; None if it is not known."""
    if isinstance(value, int) and not -2**63 <= value < 2**63:
        return None
    return None if value is None else constant(encode(value) if isinstance(value, str) else value)
