"""The engine of declarative models: rules bound to event classes, applied to a state tree.

Rules of time: timers which are due before an event fire before it, at their own time; attributes of an event are read
as they were before the rule. What a rule's expression cannot tell changes nothing, and is counted.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.errors import ParameterError
from lttngx.language.messages import Diagnostic
from lttngx.state.expressions import Evaluate, Fields, Moment
from lttngx.state.modelfile import Attribute, Model, Rule
from lttngx.state.partial import Partial, merge, partial_of
from lttngx.state.patterns import matches
from lttngx.state.tree import ABSENT, UNKNOWN, Tree, Value

Path = Callable[[Moment], str | None]


@dataclass(slots=True)
class RuleReport:
    """What became of a rule: for `explain`.

    classes: event classes it matched, by name, with what the filter language had to say of each. events: events of
    these;
    applied: those its guard let through; untold: assignments whose value or path could not be told.
    """

    rule: Rule
    classes: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    events: int = 0
    applied: int = 0
    untold: int = 0


class ModelState:
    """A declarative model at work: a Consumer of `lttngx.core.predicate`.

    tree: the attributes; `tree.take()` gives the changes since the last call. reports: one a rule, in the file's order.
    touched: numbers of CPUs on which an event was applied; clear it after reading.
    """

    per_stream = False

    def __init__(self, model: Model, record: bool = True) -> None:
        """record: keep changes."""
        self.model, self.tree = model, Tree(record)
        self.reports = [RuleReport(rule) for rule in model.rules]
        self.touched: set[int] = set()
        self.lost_events = self.lost_packets = 0
        self._names = tuple(model.attributes)
        self._stacks: dict[int, list[Value]] = {}
        # (due, serial, attribute, generation, value); a timer is void if the attribute changed since.
        self._timers: list[tuple[int, int, int, int, Value]] = []
        self._generations: dict[int, int] = {}
        self._serial = 0

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """Return what to do with an event class, None if no rule matches it."""
        fields = Fields(event_class, stream, self._names, lambda name, moment: state(name, moment))
        found = [report for report in self.reports if matches(report.rule.patterns, event_class.name or "")]
        if not found:
            return None
        paths = _Paths(self.model, fields)
        state = partial(self._value, paths)
        rules = [_BoundRule(self, report, paths, fields) for report in found]
        apply = [rule.apply for rule in rules]
        timers, fire, touched = self._timers, self.fire, self.touched

        def call(time_ns: int, cpu: int, *values: Any) -> None:
            if timers and timers[0][0] <= time_ns:
                fire(time_ns)
            moment = Moment(time_ns, cpu, values)
            for rule in apply:
                rule(moment)
            touched.add(cpu)
        return Extraction(call, tuple(fields.paths))

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """Events were lost: every value is uncertain until a rule sets it."""
        time_ns = begin_ns if begin_ns is not None else end_ns or 0
        self.lost_events += count or 0
        self.fire(time_ns)
        self.tree.lose(time_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                          cpu: int = -1) -> None:
        """Whole packets were lost, with an unknown number of events."""
        self.lost_packets += count or 0
        self.discarded_events(stream, begin_ns, end_ns, None, cpu)

    def fire(self, time_ns: int) -> None:
        """Let the timers due by a time fire: call it as time goes on without events, too."""
        while self._timers and self._timers[0][0] <= time_ns:
            due, _, attribute, generation, value = heapq.heappop(self._timers)
            if self._generations.get(attribute, 0) == generation:
                self.put(due, attribute, value)

    def finish(self, time_ns: int | None = None) -> None:
        """The trace ends at a time: the timers due by then fire."""
        if time_ns is not None:
            self.fire(time_ns)

    def result(self, begin_ns: int | None, end_ns: int | None) -> Partial:
        """Return the changes since the last `tree.take` as a partial result of [begin_ns, end_ns)."""
        return partial_of(self.tree, begin_ns, end_ns)

    @staticmethod
    def merge(parts: Sequence[Partial]) -> Partial:
        """Return one result for those of parts of a trace in order of time. Stacks, timers and `@name` begin anew in
        each part."""
        return merge(parts)

    def annotator(self, names: Iterable[str]) -> Callable[[int], tuple[Value, ...]]:
        """Return `current(cpu)`: the values of named attributes on a CPU now, in order. Raises ParameterError.

        Only attributes whose path needs nothing of an event but `@cpu` have a value on every event.
        """
        rows = [self._of_cpu(name) for name in names]
        tree = self.tree

        def current(cpu: int) -> tuple[Value, ...]:
            found = []
            for attribute in rows:
                value = tree.value(attribute.path.of_cpu(cpu))
                found.append(value if attribute.initial is None or value not in (UNKNOWN, ABSENT) else attribute.initial)
            return tuple(found)
        return current

    def _of_cpu(self, name: str) -> Attribute:
        attribute = self.model.attributes.get(name)
        if attribute is None:
            raise ParameterError(f'unknown state value: name="{name}", known=[{", ".join(self._names)}]')
        if attribute.path.needs_event:
            raise ParameterError(f'state value is not one of a CPU: name="{name}", path="{attribute.path.text}", '
                                 'expected a path which needs nothing of an event but {@cpu}')
        return attribute

    # Used by rules

    def put(self, time_ns: int, attribute: int, value: Value) -> None:
        """Set an attribute: its timers are void."""
        if self._timers:
            self._generations[attribute] = self._generations.get(attribute, 0) + 1
        self.tree.put(time_ns, attribute, value)

    def start_timer(self, due_ns: int, attribute: int, value: Value) -> None:
        """Set an attribute at a time unless it is set before."""
        self._serial += 1
        heapq.heappush(self._timers, (due_ns, self._serial, attribute, self._generations.get(attribute, 0), value))

    def push(self, time_ns: int, attribute: int, value: Value) -> None:
        """Push a value: it becomes the attribute's, and that of its level."""
        stack = self._stacks.setdefault(attribute, [])
        stack.append(value)
        self.put(time_ns, self._level(attribute, len(stack)), value)
        self.put(time_ns, attribute, value)

    def pop(self, time_ns: int, attribute: int) -> bool:
        """Pop a value; return False if the stack is empty."""
        stack = self._stacks.get(attribute)
        if not stack:
            return False
        self.put(time_ns, self._level(attribute, len(stack)), ABSENT)
        stack.pop()
        self.put(time_ns, attribute, stack[-1] if stack else ABSENT)
        return True

    def clear(self, time_ns: int, attribute: int) -> None:
        """Take an attribute's value, and its stack, away."""
        while self._stacks.get(attribute):
            self.pop(time_ns, attribute)
        self.put(time_ns, attribute, ABSENT)

    def _level(self, attribute: int, level: int) -> int:
        return self.tree.attribute(f"{self.tree.paths[attribute]}/{level}")

    def _value(self, paths: "_Paths", name: str, moment: Moment) -> Any:
        """Return the value of `@name` at an event, its initial one (or None) if it is unknown or absent."""
        path = paths[name](moment)
        value = UNKNOWN if path is None else self.tree.value(path)
        return self.model.attributes[name].initial if value is UNKNOWN or value is ABSENT else value


class _Paths(dict):
    """Attribute name → `path(moment)` for one event class, linked on first use; `noted` holds the diagnostics."""

    def __init__(self, model: Model, fields: Fields) -> None:
        super().__init__()
        self._model, self._fields = model, fields
        self.noted: dict[str, tuple[Diagnostic, ...]] = {}

    def __missing__(self, name: str) -> Path:
        path, self.noted[name] = self._model.attributes[name].path.link(self._fields)
        self[name] = path
        return path


Assignment = tuple[Path, Evaluate]


class _BoundRule:
    """One rule on one event class."""

    def __init__(self, engine: ModelState, report: RuleReport, paths: _Paths, fields: Fields) -> None:
        self._engine, self._report, self._fields, self._paths = engine, report, fields, paths
        self._noted: list[Diagnostic] = []
        rule = report.rule
        self._guard = self._linked(rule.when) if rule.when else None
        self._clear = [self._path(name) for name in rule.clear]
        self._pop = [self._path(name) for name in rule.pop]
        self._push = self._assignments(rule.push)
        self._set = self._assignments(rule.set)
        self._after_ns = rule.timer.after_ns if rule.timer else 0
        self._timer = self._assignments(rule.timer.set) if rule.timer else []
        report.classes[fields.event_class.name or ""] = tuple(dict.fromkeys(self._noted))

    def _linked(self, expression: Any) -> Evaluate:
        # Paths of what an expression refers to are linked before the fields are final.
        for name in expression.names:
            self._path(name)
        evaluate, noted = expression.link(self._fields)
        self._noted += noted
        return evaluate

    def _path(self, name: str) -> Path:
        path = self._paths[name]
        self._noted += self._paths.noted[name]
        return path

    def _assignments(self, rows: Iterable[tuple[str, Any]]) -> list[Assignment]:
        return [(self._path(name), self._linked(expression)) for name, expression in rows]

    def apply(self, moment: Moment) -> None:
        """Apply the rule to an event. All values are those of before the rule."""
        report = self._report
        report.events += 1
        if self._guard is not None and not self._guard(moment):
            return
        report.applied += 1
        engine, time_ns, number = self._engine, moment.ns_from_origin, self._number
        pushed, assigned, timed = (self._told(rows, moment) for rows in (self._push, self._set, self._timer))
        for path in self._clear:
            if (attribute := number(path(moment))) is not None:
                engine.clear(time_ns, attribute)
        for path in self._pop:
            if (attribute := number(path(moment))) is None or not engine.pop(time_ns, attribute):
                report.untold += attribute is not None
        for attribute, value in pushed:
            engine.push(time_ns, attribute, value)
        for attribute, value in assigned:
            engine.put(time_ns, attribute, value)
        for attribute, value in timed:
            engine.start_timer(time_ns + self._after_ns, attribute, value)

    def _told(self, rows: list[Assignment], moment: Moment) -> list[tuple[int, Value]]:
        """Return (attribute, value) of the assignments whose path and value can be told."""
        found = []
        for path, evaluate in rows:
            value = evaluate(moment)
            if value is None:
                self._report.untold += 1
            elif (attribute := self._number(path(moment))) is not None:
                found.append((attribute, value))
        return found

    def _number(self, path: str | None) -> int | None:
        if path is None:
            self._report.untold += 1
            return None
        return self._engine.tree.attribute(path)
