"""Event rules: name patterns, exclusions, log levels and filter expressions, OR-ed.

Semantics are those of lttng-enable-event(1) and of LTTng's session daemon; `lttng` also has the command's errors. Names
come first: an event class that no name matches costs no linking, and its events cost no field decoding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lttngx.core.classes import EventClass, Stream
from lttngx.core.predicate import Predicate
from lttngx.errors import ParameterError
from lttngx.language import levels
from lttngx.language.filter import DIALECTS, Filter, compile_filter, expect_one_of
from lttngx.language.messages import Diagnostic
from lttngx.language.patterns import Pattern, encode, name_pattern, split_names

Names = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """An event rule as the user wrote it.

    names, exclude: patterns; one string is a list with commas (`\\,` is a comma in a name).
    log_level: keep events at least as severe; log_level_only: exactly that level.
    expr: a filter expression.
    """

    names: Names = "*"
    exclude: Names = ()
    log_level: str | None = None
    log_level_only: str | None = None
    expr: str | None = None


@dataclass(slots=True)
class RuleReport:
    """What became of one rule.

    matched: names of event classes that its names and level match. never: those of them in which its expression keeps
    nothing (both as dicts without values, in order of first sight). diagnostics: per event class name. warnings: on
    the rule itself.
    """

    rule: Rule
    warnings: list[str] = field(default_factory=list)
    matched: dict[str, None] = field(default_factory=dict)
    never: dict[str, None] = field(default_factory=dict)
    diagnostics: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)


class RuleSet:
    """Rules as a Selection: an event is kept if one of them accepts it."""

    def __init__(self, rules: Sequence[Rule], dialect: str = "extended", missing: str | None = None) -> None:
        """Raises ParameterError or FilterSyntaxError if a rule is malformed."""
        expect_one_of("dialect", dialect, DIALECTS)
        self._rules = [_Compiled(rule, dialect, missing) for rule in rules]
        self.per_stream = any(rule.filter is not None and rule.filter.per_stream for rule in self._rules)

    def bind(self, event_class: EventClass, stream: Stream, first_ns: int | None) -> tuple[Predicate, ...] | bool:
        """See Selection."""
        predicates = []
        for rule in self._rules:
            outcome = rule.bind(event_class, stream, first_ns)
            if outcome is True:
                return True
            if outcome is not False:
                predicates.append(outcome)
        return tuple(predicates) or False

    def report(self) -> tuple[RuleReport, ...]:
        """Return what became of each rule so far. Rules after one that keeps a whole class do not see that class."""
        return tuple(rule.report for rule in self._rules)


class _Compiled:
    """One rule, ready to meet event classes."""

    def __init__(self, rule: Rule, dialect: str, missing: str | None) -> None:
        self.report = RuleReport(rule)
        self._names = [name_pattern(name) for name in _listed("names", rule.names)]
        if not self._names:
            raise ParameterError("Malformed event rule: names: expected at least one name, got none")
        self._exclusions = [name_pattern(name) for name in _listed("exclude", rule.exclude)]
        self._check_exclusions(dialect)
        self._level, self._exact = _level(rule)
        self.filter: Filter | None = None
        if rule.expr is not None:
            self.filter = compile_filter(rule.expr, dialect, missing)
            self.report.warnings += map(str, self.filter.warnings)

    def _check_exclusions(self, dialect: str) -> None:
        for exclusion, text in zip(self._exclusions, _listed("exclude", self.report.rule.exclude)):
            for name, name_text in zip(self._names, _listed("names", self.report.rule.names)):
                problem = _exclusion_error(name, exclusion, name_text, text)
                if problem and dialect == "lttng":
                    raise ParameterError(f"Malformed event rule: exclude: {problem}")
                warning = problem if name.has_star else None
                if warning is None and _comparable(name) and not exclusion.meets(name):
                    warning = f'the exclusion "{text}" excludes nothing of the name "{name_text}"'
                if warning:
                    self.report.warnings.append(warning)

    def bind(self, event_class: EventClass, stream: Stream, first_ns: int | None) -> Predicate | bool:
        name = event_class.name or ""
        if not self._matches_name(encode(name)) or not self._matches_level(event_class, stream):
            return False
        self.report.matched[name] = None
        if self.filter is None:
            return True
        linked = self.filter.link(event_class, stream, first_ns)
        if linked.outcome is False:
            self.report.never[name] = None
        if linked.diagnostics:
            self.report.diagnostics.setdefault(name, linked.diagnostics)
        return linked.outcome

    def _matches_name(self, name: bytes) -> bool:
        return (any(pattern.matches(name) for pattern in self._names)
                and not any(pattern.matches(name) for pattern in self._exclusions))

    def _matches_level(self, event_class: EventClass, stream: Stream) -> bool:
        level = event_class.log_level
        if self._level is None:
            return True
        if level is None:
            if stream.trace.environment.get("domain") == "kernel":
                return True
            level = levels.DEFAULT
        return level == self._level if self._exact else level <= self._level


def _listed(what: str, names: Names) -> list[str]:
    if isinstance(names, str):
        return split_names(names)
    if not all(isinstance(name, str) for name in names):
        raise ParameterError(f"Malformed event rule: {what}: expected strings, got {names!r}")
    return list(names)


def _comparable(name: Pattern) -> bool:
    """Whether a name's star, if any, is at its end only: lttng compares only such names with exclusions."""
    return not name.has_star or name.star_at_end_only


def _exclusion_error(name: Pattern, exclusion: Pattern, name_text: str, exclusion_text: str) -> str | None:
    """What lttng refuses in an exclusion, None if nothing."""
    if not name.has_star:
        return f'expected a name with `*` to exclude from, got "{name_text}"'
    if _comparable(name) and exclusion.covers(name):
        return f'expected a pattern that leaves a part of "{name_text}", got "{exclusion_text}"'
    return None


def _level(rule: Rule) -> tuple[int | None, bool]:
    """The level of a rule and whether it is meant exactly; (None, False) if the rule has none."""
    if rule.log_level is not None and rule.log_level_only is not None:
        raise ParameterError("Malformed event rule: expected one of log_level and log_level_only, got both")
    exact = rule.log_level_only is not None
    name = rule.log_level_only if exact else rule.log_level
    if name is None:
        return None, False
    number = levels.number(name)
    if number is None:
        what = "log_level_only" if exact else "log_level"
        raise ParameterError(f'Malformed event rule: {what}: expected one of {", ".join(levels.NUMBERS)}, got "{name}"')
    return number, exact
