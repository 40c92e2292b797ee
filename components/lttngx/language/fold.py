"""Constant folding: what an event class settles is not evaluated on its events.

Semantics are core.predicate's, values core.values': a node whose operands are constant or missing becomes its value.
"""

from lttngx.core import predicate as tree
from lttngx.core.classes import Kind
from lttngx.core.values import BINARY, MISSING, UNARY, U64, Value, glob, in_networks, in_ranges, truth


def fold(node: tree.Node, strict: bool) -> tree.Node:
    """Return an equivalent node with its constant parts evaluated."""
    return _Folder(strict).fold(node)


def settle(node: tree.Node, strict: bool) -> tree.Node | bool:
    """Return whether a folded expression accepts all events or none, else the node reduced to what decides it.

    At the top, and below `&&` and `||` there, missing is as good as false.
    """
    if isinstance(node, tree.Constant):
        return type(node.value) is int and node.value != 0
    if isinstance(node, tree.Missing):
        return False
    if isinstance(node, tree.And):
        left, right = settle(node.left, strict), settle(node.right, strict)
        if left is False or right is False:
            return False
        return right if left is True else left if right is True else tree.And(left, right)
    if isinstance(node, tree.Or) and not strict:
        left, right = settle(node.left, strict), settle(node.right, strict)
        if left is True or right is True:
            return True
        return right if left is False else left if right is False else tree.Or(left, right)
    return node


class _Folder:
    """One method a node type with operands, listed in `_METHODS`; other nodes stay as they are."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict

    def fold(self, node: tree.Node) -> tree.Node:
        method = _METHODS.get(type(node))
        return node if method is None else method(self, node)

    def unary(self, node: tree.Unary) -> tree.Node:
        operand = self.fold(node.operand)
        return _node(UNARY[node.op](_value(operand))) if _known(operand) else tree.Unary(node.op, operand)

    def binary(self, node: tree.Binary) -> tree.Node:
        left, right = self.fold(node.left), self.fold(node.right)
        if _known(left) and _known(right):
            return _node(BINARY[node.op](_value(left), _value(right)))
        if tree.Missing() in (left, right):
            return tree.Missing()
        return tree.Binary(node.op, left, right)

    def conjunction(self, node: tree.And) -> tree.Node:
        return self._logical(node, False)

    def disjunction(self, node: tree.Or) -> tree.Node:
        return self._logical(node, True)

    def _logical(self, node: tree.And | tree.Or, deciding: bool) -> tree.Node:
        """deciding: the truth of an operand which settles the result, which is then 0 or 1."""
        left, right = self.fold(node.left), self.fold(node.right)
        if not _known(left):
            return type(node)(left, right)
        decided = truth(_value(left))
        if decided is deciding:
            return tree.Constant(int(deciding))
        if decided is not None:
            return right
        if self._strict:
            return tree.Missing()
        if not _known(right):
            return type(node)(tree.Missing(), right)
        return tree.Constant(int(deciding)) if truth(_value(right)) is deciding else tree.Missing()

    def otherwise(self, node: tree.Otherwise) -> tree.Node:
        operands = [operand for operand in map(self.fold, node.operands) if operand != tree.Missing()]
        if not operands:
            return tree.Missing()
        return operands[0] if len(operands) == 1 or _always_there(operands[0]) else tree.Otherwise(tuple(operands))

    def exists(self, node: tree.Exists) -> tree.Node:
        operand = self.fold(node.operand)
        if operand == tree.Missing():
            return tree.Constant(0)
        return tree.Constant(1) if _always_there(operand) else tree.Exists(operand)

    def glob(self, node: tree.Glob) -> tree.Node:
        operand = self.fold(node.operand)
        if not _known(operand):
            return tree.Glob(operand, node.parts)
        value = _value(operand)
        return _node(int(glob(value, node.parts)) if type(value) is bytes else MISSING)

    def in_ranges(self, node: tree.InRanges) -> tree.Node:
        operand = self.fold(node.operand)
        if _known(operand):
            return _node(in_ranges(_value(operand), node.ranges))
        if not node.ranges and _always_there(operand):
            return tree.Constant(0)
        return tree.InRanges(operand, node.ranges)

    def in_texts(self, node: tree.InTexts) -> tree.Node:
        operand = self.fold(node.operand)
        if not _known(operand):
            return tree.InTexts(operand, node.texts, node.globs)
        value = _value(operand)
        if type(value) is not bytes:
            return tree.Missing()
        return tree.Constant(int(value in node.texts or any(glob(value, parts) for parts in node.globs)))

    def in_networks(self, node: tree.InNetworks) -> tree.Node:
        operand = self.fold(node.operand)
        return (_node(in_networks(_value(operand), node.networks)) if _known(operand)
                else tree.InNetworks(operand, node.networks))

    def matches(self, node: tree.Matches) -> tree.Node:
        operand = self.fold(node.operand)
        return operand if operand == tree.Missing() else tree.Matches(operand, node.automaton)

    def quantified(self, node: tree.Quantified) -> tree.Node:
        array = self.fold(node.array)
        return array if array == tree.Missing() else tree.Quantified(array, self.fold(node.body), node.all)


_METHODS = {
    tree.Unary: _Folder.unary,
    tree.Binary: _Folder.binary,
    tree.And: _Folder.conjunction,
    tree.Or: _Folder.disjunction,
    tree.Otherwise: _Folder.otherwise,
    tree.Exists: _Folder.exists,
    tree.Glob: _Folder.glob,
    tree.InRanges: _Folder.in_ranges,
    tree.InTexts: _Folder.in_texts,
    tree.InNetworks: _Folder.in_networks,
    tree.Matches: _Folder.matches,
    tree.Quantified: _Folder.quantified,
}


def _known(node: tree.Node) -> bool:
    return isinstance(node, (tree.Constant, tree.Missing))


def _value(node: tree.Constant | tree.Missing) -> Value:
    if isinstance(node, tree.Missing):
        return MISSING
    return U64(node.value) if node.unsigned else node.value


def _node(value: Value) -> tree.Node:
    if value is MISSING:
        return tree.Missing()
    return tree.Constant(int(value), True) if type(value) is U64 else tree.Constant(value)


def _always_there(node: tree.Node) -> bool:
    """Whether a node is a field that no event of the class lacks, or a constant."""
    if isinstance(node, tree.Constant):
        return True
    fixed = (Kind.STRUCTURE, Kind.STATIC_ARRAY)
    return isinstance(node, tree.Field) and all(step.kind in fixed for step in node.path.steps)
