"""Guards: expressions of the filter language (extended dialect) as terms.

A bare name is a field of the current event, as everywhere in the language. Three roots are added:
    $begin.F    field F of the span's begin event (payload first, then contexts); `name`, `time`, `cpu` are the
    event's own where
                it has no such field
    $parent.F   the same of the parent's begin event
    $state.V    value V of the kernel tracker: tid, pid, procname, prio, syscall, …
In captures and keys, `$end.F` is field F of the end event. Operands of `&&` which use none of them may be any
expression of the
language; the others may use comparisons, arithmetic, `in`, star patterns and exists().
"""

from lttngx.language import check, nodes
from lttngx.language.filter import Filter, compile_filter
from lttngx.language.messages import FilterSyntaxError
from lttngx.language.parser import COMPARISONS, parse
from lttngx.spans import terms
from lttngx.spans.terms import BEGIN, EVENT, PARENT, Term

ROOTS = {"$begin": BEGIN, "$parent": PARENT, "$state": EVENT, "$end": EVENT}
FACTS = {"$event": {("name",): "name", ("stem",): "stem"}, "$time": {(): "time"}}
STATE_VALUES = ("tid", "pid", "procname", "prio", "syscall")
# Scopes of `linking`; a context is looked for in common, specific and packet context.
_SCOPES = {"": "payload", "$ctx": "context", "$packet": "packet"}
_PER_STREAM = ("$stream", "$trace", "$env")


def condition(text: str) -> Term:
    """Return the term of a guard. Raises FilterSyntaxError."""
    tree = parse(text, True, tuple(ROOTS))
    parts = tree.operands if isinstance(tree, nodes.Logical) and tree.op == "&&" else (tree,)
    if not any(name.root in ROOTS for name in check.names(tree)):
        return _own(text, compile_filter(text))
    check.check(text, tree)
    return terms.joined(terms.And, [_part(text, part) for part in parts])


def value(text: str) -> Term:
    """Return the term of a key, capture or name. Raises FilterSyntaxError."""
    return _value(text, parse(text, True, tuple(ROOTS)))


def reads_end(text: str) -> bool:
    """Return whether an expression reads the end event."""
    return any(name.root == "$end" for name in check.names(parse(text, True, tuple(ROOTS))))


def _own(text: str, compiled: Filter) -> Term:
    """A condition on the event alone, which the filter language links and evaluates itself."""
    for name in check.names(compiled.tree):
        if name.root in _PER_STREAM:
            raise FilterSyntaxError(text, name.at, f"expected a field, $event, $time, {', '.join(ROOTS)}, got `{name}`")
    return terms.Linked(compiled)


def _part(text: str, node: nodes.Node) -> Term:
    if any(name.root in ROOTS for name in check.names(node)):
        return _condition(text, node)
    return _own(text, Filter(text, "extended", "lenient", node, (), False))


def _condition(text: str, node: nodes.Node) -> Term:
    match node:
        case nodes.Logical(_, op, operands):
            return (terms.And if op == "&&" else terms.Or)(tuple(_condition(text, operand) for operand in operands))
        case nodes.Unary(_, "!", operand):
            return terms.Not(_condition(text, operand))
        case nodes.Binary(_, op, left, right) if op in COMPARISONS:
            return _comparison(text, op, left, right)
        case nodes.In(_, operand, items, negated):
            found = terms.Or(tuple(_item(text, operand, item) for item in items))
            return terms.Not(found) if negated else found
        case nodes.Exists(_, name):
            return terms.Exists(_value(text, name))
    return terms.Truth(_value(text, node))


def _comparison(text: str, op: str, left: nodes.Node, right: nodes.Node) -> Term:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, nodes.Text) and one.pattern.has_star and op in ("==", "!="):
            glob = _glob(text, other, one)
            return terms.Not(glob) if op == "!=" else glob
    return terms.Compare(op, _value(text, left), _value(text, right))


def _glob(text: str, operand: nodes.Node, pattern: nodes.Text) -> Term:
    return terms.Glob(_value(text, operand), (pattern.pattern.parts,))


def _item(text: str, operand: nodes.Node, item: object) -> Term:
    if isinstance(item, nodes.Span):
        own = _value(text, operand)
        lower, upper = _value(text, item.lower), _value(text, item.upper)
        return terms.And((terms.Compare(">=", own, lower), terms.Compare("<=", own, upper)))
    if isinstance(item, nodes.Networks):
        raise FilterSyntaxError(text, item.at, "cidr() cannot be used together with $begin, $parent or $state")
    return _comparison(text, "==", operand, item)


def _value(text: str, node: nodes.Node) -> Term:
    match node:
        case nodes.Number(_, number, wide):
            return terms.Literal(number if wide is None else wide)
        case nodes.Text():
            return terms.Literal("*".join(part.decode("utf-8", "surrogateescape") for part in node.pattern.parts))
        case nodes.Name():
            return _name(text, node)
        case nodes.Unary(_, "-", operand):
            return terms.Arithmetic("-", terms.Literal(0), _value(text, operand))
        case nodes.Unary(_, "+", operand):
            return _value(text, operand)
        case nodes.Binary(_, op, left, right) if op not in COMPARISONS:
            return terms.Arithmetic(op, _value(text, left), _value(text, right))
    raise FilterSyntaxError(
        text, node.at, "expected a field, a literal or arithmetic together with $begin, $parent or $state")


def _name(text: str, name: nodes.Name) -> Term:
    if name.root in FACTS and name.steps in FACTS[name.root]:
        return terms.Reference(EVENT, "fact", (FACTS[name.root][name.steps],))
    if name.root == "$state" and (len(name.steps) != 1 or name.steps[0] not in STATE_VALUES):
        raise FilterSyntaxError(text, name.at, f"expected one of {', '.join(STATE_VALUES)} behind $state, got `{name}`")
    if name.root in ROOTS:
        return terms.Reference(ROOTS[name.root], "state" if name.root == "$state" else "", name.steps)
    if name.root not in _SCOPES:
        raise FilterSyntaxError(
            text, name.at, f"expected a field, $event.name, $event.stem, $time, {', '.join(ROOTS)}, got `{name}`")
    return terms.Reference(EVENT, _SCOPES[name.root], name.steps)
