"""Built-in span definitions, by name of their pack."""

from collections.abc import Iterable
from dataclasses import replace

from lttngx.errors import ParameterError
from lttngx.spans.definitions import Definition
from lttngx.spans.table_syntax import read_text

# A thread's system calls: one at a time; an exit names its entry.
_SYSCALLS = """
[span.syscall]
begin = "syscall_entry_*, compat_syscall_entry_*, sys_*"
end = "syscall_exit_*, compat_syscall_exit_*, exit_syscall"
key = "thread"
policy = "one"
name = "$event.name"
capture = {ret = "$end.ret"}
"""

# Handlers nest on a CPU; the line's number tells them apart.
_IRQ = """
[span.irq]
begin = "irq_handler_entry"
end = "irq_handler_exit"
key = ["cpu", "irq"]
name = "$begin.name"
capture = {irq = "irq", ret = "$end.ret"}
"""

_SOFTIRQ = """
[span.softirq]
begin = "softirq_entry, irq_softirq_entry"
end = "softirq_exit, irq_softirq_exit"
key = ["cpu", "vec"]
policy = "one"
capture = {vec = "vec"}
"""

# From the first wake-up to the switch to the thread.
_WAKEUP = """
[span.wakeup]
begin = {event = "sched_waking", key = "tid"}
end = {event = "sched_switch", key = "next_tid"}
policy = "all"
name = "comm"
capture = {tid = "tid", prio = "prio", cpu = "$end.cpu"}
"""

_BLOCK = """
[span.block]
begin = {event = "block_rq_issue", if = "nr_sector != 0"}
end = "block_rq_complete"
key = ["dev", "sector"]
policy = "one"
capture = {dev = "dev", sector = "sector", sectors = "nr_sector", error = "$end.error"}
"""

# A packet in the transmit queue, by its socket buffer's address.
_NET = """
[span.net]
begin = {event = "net_dev_queue", key = "skbaddr"}
end = {event = "net_dev_xmit", key = "skbaddr"}
policy = "one"
name = "name"
capture = {len = "len", rc = "$end.rc"}
"""

# Calls nest on a thread, recursive ones too. User space: liblttng-ust-cyg-profile, whose fast variant tells no call
# site and no address at the exit. Kernel: `lttng enable-event --kernel --function` records NAME_entry and NAME_exit
# with the function's address `ip`; --userspace-probe records entries only, so a pair of them is told by names:
# NAME_entry and NAME_return (or NAME_exit).
_FUNCTIONS = """
[span.function]
begin = "lttng_ust_cyg_profile:func_entry, lttng_ust_cyg_profile_fast:func_entry"
end = "lttng_ust_cyg_profile:func_exit, lttng_ust_cyg_profile_fast:func_exit"
key = ["$ctx.vpid", "$ctx.vtid"]
name = "addr"
capture = {addr = "addr", call_site = "call_site"}

[span.probe]
begin = {event = "*_entry", if = "exists(ip)"}
end = {event = "*_exit, *_return", if = "exists(ip)"}
key = ["thread", "$event.stem"]
name = "$event.stem"
capture = {ip = "ip", parent_ip = "parent_ip"}
"""

# A callback begins and ends on one thread. Its address is unique in a process only, and a reentrant one runs on several
# threads at once. ros2_tracing adds the contexts vpid and vtid by itself.
_ROS2 = """
[span.callback]
begin = "ros2:callback_start"
end = "ros2:callback_end"
key = ["$ctx.vpid", "$ctx.vtid", "callback"]
name = "callback"
capture = {callback = "callback", intra_process = "is_intra_process"}
"""

PACKS = {"syscalls": _SYSCALLS, "irq": _IRQ, "softirq": _SOFTIRQ, "wakeup": _WAKEUP, "block": _BLOCK, "net": _NET,
         "functions": _FUNCTIONS, "ros2": _ROS2}


def definitions(names: Iterable[str]) -> list[Definition]:
    """Return the definitions of some packs. Raises ParameterError for an unknown one."""
    found: list[Definition] = []
    for name in dict.fromkeys(names):
        if name not in PACKS:
            raise ParameterError(f'no such pack: name="{name}", known=[{", ".join(PACKS)}]')
        # Threads, CPUs, devices, addresses: all are of one machine.
        found += [replace(definition, on_one_host=True) for definition in read_text(PACKS[name], f"pack {name}")]
    return found
