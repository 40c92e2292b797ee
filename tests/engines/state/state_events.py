"""Feeds an engine with events written by hand."""

from lttngx.core.classes import EventClass, FieldClass, FieldPath, Kind, Scope, Stream, Trace

KINDS = {int: Kind.SIGNED, str: Kind.STRING, float: Kind.DOUBLE, list: Kind.DYNAMIC_ARRAY}


def field_class(value) -> FieldClass:
    element = FieldClass(Kind.SIGNED, bits=64) if isinstance(value, list) else None
    return FieldClass(KINDS[type(value)], bits=64 if isinstance(value, int) else 0, element=element)


def structure(values) -> FieldClass | None:
    members = tuple((name, field_class(value)) for name, value in values.items())
    return FieldClass(Kind.STRUCTURE, members=members) if members else None


class Machine:
    """One traced machine: call it with time, cpu, event name, payload fields and `ctx`, the common context's fields."""

    def __init__(self, engine, **environment) -> None:
        self.engine = engine
        environment = {"domain": "kernel", "kernel_release": "6.1.0"} | environment
        self.trace = Trace("t", None, environment)
        self.stream = Stream(0, "k_0", trace=self.trace)
        self.bound = {}

    def __call__(self, time: int, cpu: int, event: str, /, ctx=None, **fields) -> None:
        ctx = ctx or {}
        key = event, tuple(fields), tuple(ctx)
        if key not in self.bound:
            scopes = (None, structure(ctx), None, structure(fields))
            self.bound[key] = self.engine.bind(EventClass(event, len(self.bound), scopes=scopes), self.stream)
        if (extraction := self.bound[key]) is not None:
            values = {Scope.COMMON_CONTEXT: list(ctx.values()), Scope.PAYLOAD: list(fields.values())}
            extraction.call(time, cpu, *(self._value(values, path) for path in extraction.paths))

    @staticmethod
    def _value(values, path: FieldPath | None):
        if path is None:
            return None
        value = values[path.scope][path.steps[0].index]
        for step in path.steps[1:]:
            value = value[step.index]
        return value

    def switch(self, time: int, cpu: int, prev: int, next: int, prev_state: int = 1, **more) -> None:
        """sched_switch between threads called t<tid>."""
        self(time, cpu, "sched_switch", prev_comm=f"t{prev}", prev_tid=prev, prev_prio=20, prev_state=prev_state,
             next_comm=f"t{next}", next_tid=next, next_prio=20, **more)

    def fork(self, time: int, cpu: int, parent: int, child: int, parent_pid=None, child_pid=None, **more) -> None:
        self(time, cpu, "sched_process_fork", parent_comm="p", parent_tid=parent, parent_pid=parent_pid or parent,
             child_comm="p", child_tid=child, child_pid=child_pid or child, **more)

    def call(self, time: int, cpu: int, name: str, ret: int, entry=None, exit=None) -> None:
        """A system call, entered at `time` and left 1 ns later."""
        self(time, cpu, f"syscall_entry_{name}", **(entry or {}))
        self(time + 1, cpu, f"syscall_exit_{name}", ret=ret, **(exit or {}))
