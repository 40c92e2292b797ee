"""CPU power tracepoints: frequency and idle state. Their CPU is the payload's, which may differ from the event's own."""

from lttngx.state.kernel.world import World
from lttngx.state.tree import ABSENT

# PWR_EVENT_EXIT of include/trace/events/power.h, as 32 bits: the CPU leaves its idle state.
AWAKE = 0xFFFFFFFF


class Power:
    """Handlers of power tracepoints."""

    def __init__(self, world: World) -> None:
        self.world = world

    def frequency(self, time: int, cpu_id: int, state: int, cpu: int) -> None:
        self.world.put(time, self.world.tree.attribute(f"CPUs/{cpu}/frequency"), state)

    def idle(self, time: int, cpu_id: int, state: int, cpu: int) -> None:
        value = ABSENT if state & AWAKE == AWAKE else state
        self.world.put(time, self.world.tree.attribute(f"CPUs/{cpu}/idle-state"), value)


# Tracepoint → handler, its fields.
HANDLERS = {
    "power_cpu_frequency": (Power.frequency, ("state", "cpu_id")),
    "power_cpu_idle": (Power.idle, ("state", "cpu_id")),
}
