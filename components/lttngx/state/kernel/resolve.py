"""What the part of a trace before tells of states which a part by itself could not: see `lttngx.state.partial`.

A thread of which no system call entry or exit was seen is "running" in a part; the part before may know its open call,
or that it is a kernel thread.
"""

from collections.abc import Callable

from lttngx.state.kernel.states import KERNEL, RUNNING, SYSCALL, USER
from lttngx.state.tree import ABSENT, UNKNOWN, Value


def resolve(path: str, value: Value, value_of: Callable[[str], Value]) -> Value:
    """Return the state to tell for `path`: what "running" is where the thread's system call is known."""
    if value != RUNNING or not path.endswith("/status"):
        return value
    owner = path.removesuffix("/status")
    if owner.startswith("CPUs/"):
        owner = f"Threads/{value_of(owner + '/thread')}"
    if value_of(owner + "/kind") == KERNEL:
        return KERNEL
    call = value_of(owner + "/syscall")
    return value if call is UNKNOWN else USER if call is ABSENT else SYSCALL
