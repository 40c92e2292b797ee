"""filter.lttngx.fields: the adaptor. What patterns mean and what depends on what is in `lttngx.fields`."""

from typing import Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.iterators import Rewriting
from lttngx.bt.parameters import Parameter, one_of, read, string, strings
from lttngx.errors import ParameterError

OWNER = "filter.lttngx.fields"
HASH, CONSTANT = "hash", "constant"


def patterns(value: Any) -> list:
    """Accept an array of field patterns, or one."""
    from lttngx.fields import parse_pattern

    return [parse_pattern(text) for text in strings(value)]


def names(value: Any) -> list:
    """Accept an array of event name patterns, or one."""
    from lttngx.language.patterns import name_pattern

    return [name_pattern(text) for text in strings(value)]


def string_or_integer(value: Any) -> str | int:
    """Accept a string or an integer."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError
    return value


PARAMETERS = (
    Parameter("keep", "an array of field patterns", patterns, []),
    Parameter("drop", "an array of field patterns", patterns, []),
    Parameter("redact", "an array of field patterns", patterns, []),
    Parameter("names", "an array of event name patterns", names),
    Parameter("by", "`hash` or `constant`", one_of(HASH, CONSTANT), HASH),
    Parameter("key", "a string", string),
    Parameter("constant", "a string or an integer", string_or_integer),
)


class _FieldsIterator(Rewriting, bt2._UserMessageIterator):
    """Rewrites by the component's plans."""

    @one_line_errors
    def __init__(self, config: Any, port: Any) -> None:
        component = self._component
        self._rewrite(config, component._input_ports["in"], component.plans, at_end=component.tell_unmatched)


@bt2.plugin_component_class
class FieldsFilter(Component, bt2._UserFilterComponent, message_iterator_class=_FieldsIterator, name="fields"):
    """Keep, drop or redact fields of events and packets.

A field pattern is SCOPE.NAME. SCOPE is `payload`, `specific-context`, `common-context`, `context`
(both contexts) or `packet-context`. NAME is the field's name, dotted inside structures; `*`
stands for any run of characters: payload.*addr*, context.procname. A pattern that names a
structure, array, option or variant means all of it.

The length field of an array and the selector field of an option or variant stay if what depends
on them is kept; if they are dropped, what depends on them is dropped too. A redacted array keeps
its length. A scope from which all fields are dropped disappears.

PARAMETERS
  keep (array of field patterns; default: all fields)
      Fields to keep. In the scopes which these patterns name, all other fields are dropped;
      other scopes stay as they are.
  drop (array of field patterns; default: none)
      Fields to drop.
  redact (array of field patterns; default: none)
      Fields whose values to replace. A length or selector field stays as it is, and is an
      error if it is named without a star.
  names (array of event name patterns; default: all events)
      Change these events only. The common context and the packet context are common to all
      events: with `names` the first can only be redacted, the second not changed.
  by (`hash` or `constant`; default: hash)
      hash: replace a value by a pseudonym, the same one for the same value: 16 hexadecimal
      digits for a string, a number in the field's range for a number (fields of few bits
      have few pseudonyms), false for a boolean. An array of numbers is hashed as a whole.
      constant: replace every value by `constant`.
  key (string; default: a random key for this run)
      Key of the pseudonyms: runs with the same key give the same pseudonyms. Who knows it can
      find out values by trying them.
  constant (string or integer; default: "", and 0 in numbers)
      What to put in place of values: a string into strings, with 0 into numbers; an integer
      into numbers, with its digits into strings. Only with by=constant.

PORTS
  One input port, `in`; one output port, `out`.

MESSAGES
  At log level WARNING: a pattern which names no field of the trace.

EXAMPLE
  babeltrace2 TRACE -c filter.lttngx.fields -p 'drop=["payload.*addr*"],redact=["context.procname"],key="k7"'
"""

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.fields import FieldPlans, Redaction
        self._add_input_port("in")
        self._add_output_port("out")
        values = read(PARAMETERS, params, OWNER)
        _refuse_conflicts(values)
        constant = (values["constant"] if values["constant"] is not None else "") if values["by"] == CONSTANT else None
        self.plans = FieldPlans(values["keep"], values["drop"], values["redact"], values["names"],
                                Redaction(constant, values["key"]))
        # The core asks these while messages flow.
        self.plans.stream_class = one_line_errors(self.plans.stream_class)
        self.plans.event_class = one_line_errors(self.plans.event_class)
        self._told = False

    def tell_unmatched(self) -> None:
        """Say, once, which patterns named no field of the trace."""
        if not self._told and self.plans.classes_seen:
            self._told = True
            for text in self.plans.unmatched():
                self._warn(f'a pattern names no field of any event class: pattern="{text}"')


def _refuse_conflicts(values: dict[str, Any]) -> None:
    """Raise ParameterError for parameters which do not go together."""
    if not (values["keep"] or values["drop"] or values["redact"]):
        raise ParameterError(f"{OWNER}: nothing to do: expected=at least one of keep, drop, redact")
    if values["by"] == CONSTANT and values["key"] is not None:
        raise ParameterError(f"{OWNER}: conflicting parameters: key is for by=hash, got by=constant")
    if values["by"] == HASH and values["constant"] is not None:
        raise ParameterError(f"{OWNER}: conflicting parameters: constant is for by=constant, got by=hash")
