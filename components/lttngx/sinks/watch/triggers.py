"""Triggers as tables: a row per kind of condition says its parameters and how it is made.

A trigger's table has `condition`, the parameters of that condition, and those of all triggers (ALL).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lttngx.bt.inventory import inventory
from lttngx.bt.parameters import Parameter, boolean, integer, read, string, strings
from lttngx.bt.reports import duration
from lttngx.bt.rules import RULE_PARAMETERS
from lttngx.bt.spans import DEFINITION_PARAMETERS, needed_definitions
from lttngx.errors import LttngxError, ParameterError
from lttngx.language import Rule
from lttngx.watch.conditions import Condition
from lttngx.watch.durations import HeldState, LongSpan
from lttngx.watch.events import EventMatches, EventRate
from lttngx.watch.packets import ConsumedSize, Discarded, PacketFill, RotationFinished
from lttngx.watch.trigger import Policy

Values = Mapping[str, Any]
_SIZE = re.compile(r"(\d+)\s*([kKMG]?)(?:iB)?")
_FACTORS = {"": 1, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def size(value: Any) -> int:
    """Accept a size: bytes, or text with a suffix k, M or G, which count 1024 as in lttng(1); KiB, MiB, GiB as well."""
    match = _SIZE.fullmatch(str(value)) if isinstance(value, (int, str)) and not isinstance(value, bool) else None
    if match is None or int(match[1]) == 0:
        raise ValueError
    return int(match[1]) * _FACTORS[match[2]]


def fraction(value: Any) -> float:
    """Accept a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError
    return float(value)


def policy(value: Any) -> tuple[str, int]:
    """Accept `every:N` or `once-after:N`."""
    match = re.fullmatch(r"(every|once-after):([1-9]\d*)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError
    return match[1], int(match[2])


ALL = (
    Parameter("name", "a string", string),
    Parameter("condition", "a string", string),
    Parameter("actions", "a string or an array of strings", strings),
    Parameter("rate-policy", "`every:N` or `once-after:N`", policy),
    Parameter("limit", "an integer of at least 1", integer(1)),
    Parameter("per", "a duration such as 1min", duration, 60_000_000_000),
    Parameter("clear", "a boolean", boolean, False),
)
_SESSION = Parameter("session", "a string or an array of strings", strings, ["*"])
_CHANNEL = Parameter("channel", "a string or an array of strings", strings, ["*"])
_COUNT, _RELEASE = Parameter("count", "an integer of at least 1", integer(1)), Parameter("release", "an integer of at least 0", integer(0))
_WINDOW, _DURATION = Parameter("window", "a duration such as 10s", duration), Parameter("duration", "a duration such as 10ms", duration)
_LOSS = (Parameter("count", "an integer of at least 1", integer(1), 1), Parameter("window", "a duration such as 10s", duration, 10**9),
         Parameter("release", "an integer of at least 0", integer(0), 0), _SESSION)
_FILL = (Parameter("fill", "a number from 0 to 1", fraction), Parameter("release", "a number from 0 to 1", fraction),
         Parameter("packets", "an integer of at least 1", integer(1), 1), _SESSION, _CHANNEL)
_RATE = (*RULE_PARAMETERS, _COUNT, _WINDOW, _RELEASE)


class Kind(NamedTuple):
    """A kind of condition. needed: parameters without which it means nothing."""

    parameters: tuple[Parameter, ...]
    needed: tuple[str, ...]
    make: Callable[[Values], Condition]


def _rule(values: Values) -> Rule:
    names = [parameter.name.replace("-", "_") for parameter in RULE_PARAMETERS]
    return Rule(**{name: values[name] for name in names if values[name] is not None})


def _matches(values: Values) -> Condition:
    return EventMatches(_rule(values), values["capture"])


def _rate(above: bool) -> Callable[[Values], Condition]:
    def make(values: Values) -> Condition:
        count, release = values["count"], values["release"]
        if release is None:
            release = count - 1 if above else count + 1
        if (release >= count) if above else (release <= count):
            raise ParameterError(f"expected release {'below' if above else 'above'} count, got release={release}, count={count}")
        return EventRate(_rule(values), count, values["window"], release, above)
    return make


def _fill(above: bool) -> Callable[[Values], Condition]:
    def make(values: Values) -> Condition:
        release = values["fill"] if values["release"] is None else values["release"]
        return PacketFill(values["fill"], release, above, values["packets"], values["session"], values["channel"])
    return make


def _discarded(what: str) -> Callable[[Values], Condition]:
    return lambda values: Discarded(what, values["count"], values["window"], values["release"], values["session"])


def _consumed(per_channel: bool) -> Callable[[Values], Condition]:
    return lambda values: ConsumedSize(values["size"], per_channel, values["session"], values.get("channel", ["*"]))


def _span(values: Values) -> Condition:
    return LongSpan(needed_definitions(values), values["duration"], values["select"])


def _state(values: Values) -> Condition:
    from lttngx.state.engines import engine
    return HeldState(engine(values["model"], inventory(values["containers"])), values["attribute"], values["value"], values["duration"])


_SIZE_PARAMETER = Parameter("size", "a size such as 100M", size)
# Names are those of lttng-add-trigger(1) where it has the condition, and like them where not.
KINDS: dict[str, Kind] = {
    "event-rule-matches": Kind((*RULE_PARAMETERS, Parameter("capture", "a string or an array of strings", strings, [])), (), _matches),
    "event-rate-ge": Kind(_RATE, ("count", "window"), _rate(True)),
    "event-rate-le": Kind((*RULE_PARAMETERS, Parameter("count", "an integer of at least 0", integer(0), 0), _WINDOW, _RELEASE),
                          ("window",), _rate(False)),
    "packet-fill-ge": Kind(_FILL, ("fill",), _fill(True)),
    "packet-fill-le": Kind(_FILL, ("fill",), _fill(False)),
    "discarded-events-ge": Kind(_LOSS, (), _discarded("events")),
    "discarded-packets-ge": Kind(_LOSS, (), _discarded("packets")),
    "session-consumed-size-ge": Kind((_SIZE_PARAMETER, _SESSION), ("size",), _consumed(False)),
    "channel-consumed-size-ge": Kind((_SIZE_PARAMETER, _SESSION, _CHANNEL), ("size",), _consumed(True)),
    "session-rotation-finishes": Kind((_SESSION,), (), lambda values: RotationFinished(values["session"])),
    "span-duration-ge": Kind((*DEFINITION_PARAMETERS, _DURATION, Parameter("select", "a string or an array of strings", strings, ["*"])),
                             ("duration",), _span),
    "state-duration-ge": Kind((Parameter("model", "`kernel` or a string", string, "kernel"), Parameter("attribute", "a string", string),
                               Parameter("value", "a string", string), _DURATION, Parameter("containers", "a string", string)),
                              ("attribute", "value", "duration"), _state),
}


class TriggerTable(NamedTuple):
    """A trigger as it was given, checked. actions: names, None for all."""

    name: str
    kind: str
    condition: Condition
    policy: Policy
    actions: list[str] | None


def trigger(given: Mapping[str, Any], owner: str) -> TriggerTable:
    """Return a trigger of its table, which has a name. owner: for errors. Raises LttngxError."""
    where, kind = f"{owner}: trigger {given['name']}", given.get("condition")
    if kind not in KINDS:
        raise ParameterError(f"{where}: bad parameter: name=condition, expected=one of {', '.join(KINDS)}, got={kind!r}")
    values = read((*ALL, *KINDS[kind].parameters), given, where)
    for name in KINDS[kind].needed:
        if values[name] is None:
            raise ParameterError(f"{where}: missing parameter: name={name}, condition={kind}")
    try:
        condition = KINDS[kind].make(values)
    except LttngxError as error:
        raise ParameterError(f"{where}: {error}") from None
    return TriggerTable(values["name"], kind, condition, _policy(values), values["actions"])


def _policy(values: Values) -> Policy:
    word, count = values["rate_policy"] or ("every", 1)
    return Policy(count if word == "every" else 1, count if word == "once-after" else None, values["limit"], values["per"], values["clear"])


