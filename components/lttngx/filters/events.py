"""filter.lttngx.events: the adaptor. What an event rule means is in `lttngx.language.rules`."""

from typing import TYPE_CHECKING, Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.iterators import Selecting
from lttngx.bt.parameters import Parameter, one_of, read
from lttngx.bt.rules import RULE_PARAMETERS, maps
from lttngx.errors import ParameterError

if TYPE_CHECKING:
    from lttngx.language import Rule, RuleReport

OWNER = "filter.lttngx.events"


PARAMETERS = (
    *RULE_PARAMETERS,
    Parameter("rules", "an array of maps", maps),
    Parameter("mode", "`keep` or `drop`", one_of("keep", "drop"), "keep"),
    Parameter("dialect", "`extended` or `lttng`", one_of("extended", "lttng"), "extended"),
    Parameter("missing", "`strict` or `lenient`", one_of("strict", "lenient")),
)


class _EventsIterator(Selecting, bt2._UserMessageIterator):
    """Asks the component's rules about each event."""

    def __init__(self, config: Any, port: Any) -> None:
        component = self._component
        self._select(config, component._input_ports["in"], component.rules, component.keep, at_end=component.tell_outcome)


@bt2.plugin_component_class
class EventsFilter(Component, bt2._UserFilterComponent, message_iterator_class=_EventsIterator, name="events"):
    r"""Keep or drop events by name, log level, context and payload.

Works as LTTng's event rules do when a trace is recorded, on a trace that exists. An event is
kept if at least one rule accepts it; a rule accepts an event if its name, its log level and its
expression do. Only event messages are dropped: packets, discarded events, ... pass. Live
sources and seeking work as far as the source does.

PARAMETERS
  names (string or array of strings; default: every name)
      Event names. `*` stands for any run of characters, anywhere, any number of times. One
      string may list several names with commas: names="sched_*,irq_*".
  exclude (string or array of strings; default: none)
      Patterns of names that are not accepted.
  log-level (string)
      Accept events at least as severe as this level: EMERG, ALERT, CRIT, ERR, WARNING,
      NOTICE, INFO, DEBUG_SYSTEM ... DEBUG_LINE, DEBUG (lttng-enable-event(1)).
  log-level-only (string)
      Accept events of exactly this level.
  expr (string)
      Filter expression, for example
          $ctx.vpid == 1234 && (fd in {3, 7..9} || filename =~ "\.so(\.|$)")
      Operators, by precedence: - + ! ~, (* / %), (+ -), << >>, &, ^, |, < <= > >=,
      == != in =~ !~, && (and), || (or). docs/filter-language.md is the manual.
  rules (array of maps of the parameters above)
      Several rules at once: rules=[{names="sched_*"},{names="syscall_*",expr="ret < 0"}].
  mode (`keep` or `drop`; default: keep)
      Whether the accepted events are kept or dropped.
  dialect (`extended` or `lttng`; default: extended)
      lttng: exactly the language of lttng-enable-event(1) and its errors.
  missing (`strict` or `lenient`; default: lenient, in dialect lttng strict)
      What a field means that an event does not have. strict: the expression rejects the
      event. lenient: the comparison is neither true nor false, and an expression which
      stays so rejects.

PORTS
  One input port, `in`; one output port, `out`.

MESSAGES
  At log level INFO (babeltrace2 --log-level=I): why an event class can never match. At
  WARNING: a filter that matched no event class at all.

EXAMPLE
  babeltrace2 TRACE -c filter.lttngx.events -p 'names="syscall_exit_*",expr="ret < 0"'
"""

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self._add_input_port("in")
        self._add_output_port("out")
        values = read(PARAMETERS, params, OWNER)
        self.keep = values["mode"] == "keep"
        from lttngx.language import RuleSet
        self.rules = RuleSet(_rules(values), values["dialect"], values["missing"])
        self._told = False
        for report in self.rules.report():
            for warning in report.warnings:
                self._warn(warning)

    def tell_outcome(self) -> None:
        """Say, once, which event classes can never match, and whether no event class matched at all."""
        if self._told:
            return
        self._told = True
        reports = self.rules.report()
        for report in reports:
            for name, diagnostics in report.diagnostics.items():
                for diagnostic in diagnostics:
                    self._info(f"event class {name}: {diagnostic}")
        if all(_accepts_nothing(report) for report in reports):
            self._warn(_no_match(reports))


def _rules(values: dict[str, Any]) -> "list[Rule]":
    """Return the rules which the parameters describe. Raises ParameterError."""
    from lttngx.language import Rule

    own = {parameter.name.replace("-", "_") for parameter in RULE_PARAMETERS}
    given = {name: values[name] for name in own if values[name] is not None}
    if values["rules"] is None:
        return [Rule(**given)]
    if given:
        raise ParameterError(f"{OWNER}: conflicting parameters: expected either rules or single ones, "
                             f"got=[rules, {', '.join(sorted(given)).replace('_', '-')}]")
    if not values["rules"]:
        raise ParameterError(f"{OWNER}: bad parameter: name=rules, expected=at least one rule, got=[]")
    described = [read(RULE_PARAMETERS, rule, f"{OWNER}: rules[{index}]") for index, rule in enumerate(values["rules"])]
    return [Rule(**{name: value for name, value in rule.items() if value is not None}) for rule in described]


def _accepts_nothing(report: "RuleReport") -> bool:
    return set(report.matched) <= set(report.never)


def _no_match(reports: "tuple[RuleReport, ...]") -> str:
    """Return why nothing matched: no name did, or an expression which no class can satisfy."""
    named = [report for report in reports if report.matched]
    if not named:
        return "no event class of the trace has a name and a log level that a rule accepts"
    reasons = {str(diagnostic) for report in named for found in report.diagnostics.values() for diagnostic in found}
    shown = "; ".join(sorted(reasons)[:3]) or "its expression is false for every class"
    return f"no event class of the trace can match: {shown}"
