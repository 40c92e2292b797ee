"""Conditions on events: an event rule matched; more or fewer matches than so many in so long."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from lttngx.core.classes import EventClass, FieldPath, Scope, Stream
from lttngx.core.predicate import Predicate
from lttngx.language import Rule, RuleSet
from lttngx.spans.decided import Values, on_values
from lttngx.state.kernel.binding import Bound
from lttngx.watch.conditions import Condition

CONTEXT = "$ctx."
_CONTEXTS = (Scope.COMMON_CONTEXT, Scope.SPECIFIC_CONTEXT, Scope.PACKET_CONTEXT)


class EventRule:
    """An event rule which is asked about the events of an extraction, instead of selecting messages."""

    def __init__(self, rule: Rule) -> None:
        """Raises ParameterError or FilterSyntaxError if the rule is malformed."""
        self._rules = RuleSet([rule])
        self.per_stream = self._rules.per_stream

    def bind(self, event_class: EventClass, stream: Stream, call: Callable[..., None], paths: Sequence[FieldPath | None]) -> Bound | None:
        """Return what calls `call` for the events which the rule accepts; None if it can accept none of the class."""
        outcome = self._rules.bind(event_class, stream, None)
        if outcome is False:
            return None
        return (call, tuple(paths)) if outcome is True else _checked(outcome, call, tuple(paths))


def _checked(predicates: tuple[Predicate, ...], call: Callable[..., None], paths: tuple[FieldPath | None, ...]) -> Bound:
    (predicate,) = predicates
    accepts, needed = on_values(predicate)
    count = len(needed)

    def check(time_ns: int, cpu: int, *values: Any) -> None:
        if accepts(Values((*values[:count], time_ns))):
            call(time_ns, cpu, *values[count:])
    return check, (*needed, *paths)


def field_path(event_class: EventClass, name: str) -> FieldPath | None:
    """Return the path of `NAME` in the payload, or of `$ctx.NAME` in a context; `.` leads into structures. None if there is none."""
    scopes, name = (_CONTEXTS, name[len(CONTEXT):]) if name.startswith(CONTEXT) else ((Scope.PAYLOAD,), name)
    return next((path for scope in scopes if (path := event_class.path(scope, *name.split("."))) is not None), None)


def origin(event_class: EventClass, stream: Stream) -> dict[str, Any]:
    """Return what is told of where an event comes from."""
    environment = stream.trace.environment
    known = {"event": event_class.name, "hostname": environment.get("hostname"), "session": environment.get("trace_name")}
    return {name: value for name, value in known.items() if value is not None}


class EventMatches(Condition):
    """An event rule is matched. captures: names of fields to tell; None is told for one which an event does not have."""

    def __init__(self, rule: Rule, captures: Sequence[str] = ()) -> None:
        self._rule, self._captures = EventRule(rule), tuple(captures)
        self.per_stream = self._rule.per_stream

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        known, trigger, names = origin(event_class, stream), self.trigger, self._captures

        def matched(time_ns: int, cpu: int, *values: Any) -> None:
            captures = {"captures": dict(zip(names, values))} if names else {}
            trigger.fire(time_ns, known | ({"cpu": cpu} if cpu >= 0 else {}) | captures)
        return self._rule.bind(event_class, stream, matched, [field_path(event_class, name) for name in names])


class EventRate(Condition):
    """Matches within a stretch of time, (now − window, now].

    above: whether the condition is that there are `count` or more, else that there are no more than `count`, from the trace's begin on.
    release: it is over when there are no more than so many; of the other sort, when there are so many.
    """

    def __init__(self, rule: Rule, count: int, window_ns: int, release: int, above: bool) -> None:
        self._rule, self._window_ns, self._above = EventRule(rule), window_ns, above
        self.per_stream = self._rule.per_stream
        self._details = {"at_least" if above else "at_most": count, "window": window_ns}
        # Numbers of matches, of which it is asked whether there are as many.
        self._many, self._release = (count, release + 1) if above else (count + 1, release)
        # As many as decide: whether there are N is whether the N-th last one is in the window.
        self._times: deque[int] = deque(maxlen=max(self._many, self._release))
        self._begin_ns: int | None = None

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        def matched(time_ns: int, cpu: int) -> None:
            self._times.append(time_ns)
            self.advance(time_ns)
        return self._rule.bind(event_class, stream, matched, ())

    def advance(self, now_ns: int) -> None:
        self._begin_ns = now_ns if self._begin_ns is None else self._begin_ns
        many, released = self._has(self._many, now_ns), self._has(self._release, now_ns)
        if self._above:
            self.trigger.level(None, now_ns, many, not released, lambda: self._details)
        else:
            quiet = not many and now_ns - self._begin_ns >= self._window_ns
            self.trigger.level(None, now_ns, quiet, released, lambda: self._details)

    def _has(self, count: int, now_ns: int) -> bool:
        return len(self._times) >= count and now_ns - self._times[-count] < self._window_ns
