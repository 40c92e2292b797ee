"""Hard and soft interrupt handlers: which ones run on a CPU, nested.

Rules
1. Entries push, exits pop the innermost handler of the same number; an exit without entry changes nothing (its entry was lost
   or came before the trace).
2. A softirq vector is raised until its entry; it may be raised again while it runs.
3. Several handlers on one interrupt line follow each other: each is an entry and an exit of the same number.
"""

from lttngx.state.kernel.states import INTERRUPTED, IRQ, SOFTIRQ
from lttngx.state.kernel.world import Cpu, World
from lttngx.state.tree import ABSENT

RUNNING, RAISED, BOTH = "running", "raised", "running+raised"


class Interrupts:
    """Handlers of interrupt tracepoints."""

    def __init__(self, world: World) -> None:
        self.world = world

    def irq_entry(self, time: int, cpu_id: int, irq: int | str, name: str | None) -> None:
        world = self.world
        cpu = world.cpus.get(cpu_id) or world.cpu(cpu_id)
        if irq not in cpu.irq_at:
            self._meet(time, cpu, irq, name)
        cpu.irqs.append(irq)
        put = world.put
        put(time, cpu.irq_at[irq], RUNNING)
        put(time, cpu.status_at, IRQ)
        if cpu.current is not None:
            put(time, cpu.current.status_at, INTERRUPTED)
        world.touched.add(cpu_id)

    def irq_exit(self, time: int, cpu_id: int, irq: int | str) -> None:
        cpu = self.world.cpu(cpu_id)
        if irq in cpu.irqs:
            _remove_last(cpu.irqs, irq)
            if irq not in cpu.irqs:
                self.world.put(time, cpu.irq_at[irq], ABSENT)
            self.world.settle(time, cpu)
            self.world.touched.add(cpu_id)

    def _meet(self, time: int, cpu: Cpu, irq: int | str, name: str | None) -> None:
        cpu.irq_at[irq] = self.world.tree.attribute(f"{cpu.path}irqs/{irq}")
        if name:
            self.world.put(time, self.world.tree.attribute(f"IRQs/{irq}/name"), name)

    def name_irq(self, time: int, cpu_id: int, irq: int, action: str) -> None:
        """The statedump's name of an interrupt line: its handler's."""
        if action:
            self.world.put(time, self.world.tree.attribute(f"IRQs/{irq}/name"), action)

    def raised(self, time: int, cpu_id: int, vec: int) -> None:
        cpu = self.world.cpus.get(cpu_id) or self.world.cpu(cpu_id)
        cpu.raised.add(vec)
        self.world.put(time, self._vector(cpu, vec), BOTH if vec in cpu.softirqs else RAISED)

    def softirq_entry(self, time: int, cpu_id: int, vec: int) -> None:
        world = self.world
        cpu = world.cpus.get(cpu_id) or world.cpu(cpu_id)
        cpu.raised.discard(vec)
        cpu.softirqs.append(vec)
        world.put(time, self._vector(cpu, vec), RUNNING)
        if not cpu.irqs:
            world.put(time, cpu.status_at, SOFTIRQ)
            if cpu.current is not None:
                world.put(time, cpu.current.status_at, INTERRUPTED)
        world.touched.add(cpu_id)

    def softirq_exit(self, time: int, cpu_id: int, vec: int) -> None:
        world = self.world
        cpu = world.cpus.get(cpu_id) or world.cpu(cpu_id)
        if vec in cpu.softirqs:
            _remove_last(cpu.softirqs, vec)
            world.put(time, self._vector(cpu, vec), RAISED if vec in cpu.raised else ABSENT)
            world.settle(time, cpu)
            world.touched.add(cpu_id)

    def _vector(self, cpu: Cpu, vec: int) -> int:
        attribute = cpu.softirq_at.get(vec)
        if attribute is None:
            attribute = cpu.softirq_at[vec] = self.world.tree.attribute(f"{cpu.path}softirqs/{vec}")
        return attribute

    def vector_entry(self, time: int, cpu_id: int, name: str) -> None:
        """An x86 interrupt vector, known by name."""
        self.irq_entry(time, cpu_id, name, None)


def _remove_last(items: list, item: int | str) -> None:
    """Remove the last occurrence of an item which is in the list."""
    del items[len(items) - 1 - items[::-1].index(item)]


# Tracepoint → handler, its fields. The x86 vectors' tracepoints are bound by name in `model`.
HANDLERS = {
    "irq_handler_entry": (Interrupts.irq_entry, ("irq", "name")),
    "irq_handler_exit": (Interrupts.irq_exit, ("irq",)),
    "irq_softirq_raise": (Interrupts.raised, ("vec",)),
    "irq_softirq_entry": (Interrupts.softirq_entry, ("vec",)),
    "irq_softirq_exit": (Interrupts.softirq_exit, ("vec",)),
    "lttng_statedump_interrupt": (Interrupts.name_irq, ("irq", "action")),
}
