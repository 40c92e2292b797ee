"""The filter language: event rules and filter expressions, in LTTng's dialect and in an extended one.

Text → `lexer` → `parser` → syntax tree (`nodes`), checked by `check`; `filter` compiles it once and `link` binds it to
each event class: names become field paths (`resolve`), types are settled (`operands`, `comparisons`, `sets`), constant
parts folded (`fold`). `rules` adds names, exclusions and levels. `regex` and `automaton` are the regular expressions.
"""

from lttngx.language.filter import Filter, Linked, compile_filter
from lttngx.language.messages import Diagnostic, FilterSyntaxError, Topic
from lttngx.language.rules import Rule, RuleReport, RuleSet

__all__ = [
    "Diagnostic",
    "Filter",
    "FilterSyntaxError",
    "Linked",
    "Rule",
    "RuleReport",
    "RuleSet",
    "Topic",
    "compile_filter",
]
