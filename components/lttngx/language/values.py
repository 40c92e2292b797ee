"""Value expressions: the extended dialect where a value is wanted instead of a decision."""

from dataclasses import dataclass

from lttngx.core.classes import EventClass, Stream
from lttngx.core.predicate import Node
from lttngx.language import nodes
from lttngx.language.fold import fold
from lttngx.language.link import Linker, either
from lttngx.language.messages import Diagnostic
from lttngx.language.parser import parse


@dataclass(frozen=True, slots=True)
class ValueExpression:
    """A compiled value expression."""

    text: str
    tree: nodes.Node

    def link(self, event_class: EventClass, stream: Stream = Stream()) -> tuple[Node, tuple[Diagnostic, ...]]:
        """Return a lenient tree for one event class whose value is the expression's, M where it has none, and diagnostics."""
        linker = Linker(self.text, True, False, event_class, stream, None)
        operands = linker.operand(self.tree)
        return fold(either([operand.node for operand in operands]), False), tuple(dict.fromkeys(linker.diagnostics))


def compile_value(text: str) -> ValueExpression:
    """Compile a value expression, a lone string literal included. Raises FilterSyntaxError (with line and column)."""
    return ValueExpression(text, parse(text, True))
