"""filter.lttngx.state: the adaptor. What states are is in `lttngx.state`, what is added to events in `lttngx.state.annotate`."""

from typing import Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.injecting import Injecting
from lttngx.bt.inventory import inventory
from lttngx.bt.parameters import LISTED, Parameter, boolean, listed, read, string
from lttngx.errors import ParameterError

OWNER = "filter.lttngx.state"
KERNEL = "kernel"

PARAMETERS = (
    Parameter("model", "`kernel` or a string", string, KERNEL),
    Parameter("annotate", LISTED, listed, ()),
    Parameter("changes", "a boolean", boolean, False),
    Parameter("containers", "a string", string),
)


class _StateIterator(Injecting, bt2._UserMessageIterator):
    """Rewrites events with their annotations; with `changes`, gives state changes behind the events that made them."""

    @one_line_errors
    def __init__(self, config: Any, port: Any) -> None:
        component = self._component
        self._annotations = component.annotations()
        if component.changes:
            self._inject(config, component._input_ports["in"], self._annotations, "state")
        else:
            self._rewrite(config, component._input_ports["in"], self._annotations, at_end=self._tell_recorded)

    def _conclude(self) -> None:
        self._tell_recorded()
        self._annotations.engine.finish()
        self._annotations.add_changes()

    def _user_can_seek_ns_from_origin(self, ns_from_origin: int) -> bool:
        """No: the state at a time is what came before it. The library then reads on from the beginning."""
        return False

    def _reset(self) -> None:
        super()._reset()
        self._annotations.restart()

    def _tell_recorded(self) -> None:
        for name in sorted(self._annotations.recorded):
            self._component._info(f"context {name} was recorded: the state value is left out")


@bt2.plugin_component_class
class StateFilter(Component, bt2._UserFilterComponent, message_iterator_class=_StateIterator, name="state"):
    """Put the state of a system on every event; or add its changes as events.

The kernel model knows, from the scheduler's, system call, interrupt and statedump events of
LTTng-modules 2.0 and later, what every CPU and thread is doing. Its values become members of each
event's common context, as if the tracer had recorded them: behind this filter,
filter.lttngx.events finds them as $ctx.procname, $ctx.container, ... on a trace without contexts.
An event shows the state it met: a sched_switch shows the thread that leaves the CPU.

PARAMETERS
  model (`kernel` or a string; default: kernel)
      `kernel`, or the path of a declarative model (TOML; docs/state-models.md).
  annotate (string or array; default: none)
      State values to add: tid, pid, prio (integers, -1 where unknown), procname, syscall,
      container, container-type, cpu-state (strings, empty where unknown or none); or a
      declarative model's attributes which belong to a CPU (strings). A `-` becomes `_` in the
      member's name: container_type. Where the trace has a context of that name, it is kept.
  changes (boolean; default: no)
      Add a trace with one stream, `state`, of an event state:change for each change: attribute,
      old, new (strings), since (ns: when the old value began, -1 if unknown).
  containers (string; default: names and types inferred from the trace)
      Path of a file which `python3 -m lttngx.inventory` wrote on the traced machine.

PORTS
  One input port, `in`; one output port, `out`.

EXAMPLE
  babeltrace2 TRACE -c filter.lttngx.state -p 'annotate=[procname,container]' \\
      -c filter.lttngx.events -p 'expr="$ctx.container == \\"web\\""'
"""

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self._add_input_port("in")
        self._add_output_port("out")
        self._values = read(PARAMETERS, params, OWNER)
        self.changes = self._values["changes"]
        if not self._values["annotate"] and not self.changes:
            raise ParameterError(f"{OWNER}: nothing to do: expected=at least one of annotate, changes")
        self._inventory = inventory(self._values["containers"])
        # Names of state values and the model are checked now rather than with the first message.
        self.annotations()

    def annotations(self) -> Any:
        """Return fresh plans. Raises LttngxError for a bad model or state value."""
        from lttngx.state.annotate import Annotations
        names = tuple(self._values["annotate"])
        return Annotations(lambda: self._engine(names), names, self._values["model"] == KERNEL)

    def _engine(self, names: tuple[str, ...]) -> Any:
        from lttngx.state.engines import engine
        wanted = None if self.changes else names
        return engine(self._values["model"], self._inventory, wanted, record=self.changes)
