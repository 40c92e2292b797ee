"""The words of the kernel state model, and what `prev_state` of sched_switch means on each kernel.

Since Linux 4.14 the tracepoint reports one of a few bits which do not change from release to release (include/linux/sched.h,
`TASK_REPORT`), and 256 (`TASK_REPORT_MAX`) for a preempted task. Before, it reported the task's own state bits, with the
preempted bit just above them: 1024 (3.10), 2048 (4.4), 4096 (4.11).
"""

import re

IDLE, USER, SYSCALL, KERNEL, RUNNING = "idle", "user", "syscall", "kernel", "running"
IRQ, SOFTIRQ, INTERRUPTED = "irq", "softirq", "interrupted"
WAIT_CPU, PREEMPTED = "wait-cpu", "preempted"
BLOCKED, UNINTERRUPTIBLE, STOPPED, PARKED, IDLE_WAIT, DEAD = (
    "blocked", "blocked-uninterruptible", "stopped", "parked", "blocked-idle", "dead")

CPU_STATES = (IDLE, USER, SYSCALL, KERNEL, RUNNING, IRQ, SOFTIRQ)
# A thread in one of these is the current thread of a CPU.
ON_CPU = (IDLE, USER, SYSCALL, KERNEL, RUNNING, INTERRUPTED)
OFF_CPU = (WAIT_CPU, PREEMPTED, BLOCKED, UNINTERRUPTIBLE, STOPPED, PARKED, IDLE_WAIT, DEAD)

# (bits, state): the first row with a bit of the value decides.
SINCE_4_14 = (
    (0x100, PREEMPTED), (0x10 | 0x20, DEAD), (0x01, BLOCKED), (0x80, IDLE_WAIT), (0x02, UNINTERRUPTIBLE),
    (0x04 | 0x08, STOPPED), (0x40, PARKED))
# 16 and 32: EXIT_ZOMBIE and EXIT_DEAD; 64: TASK_DEAD; 512: TASK_PARKED; 2 with 128 or alone: TASK_KILLABLE, uninterruptible.
BEFORE_4_14 = (
    (0x10 | 0x20 | 0x40, DEAD), (0x01, BLOCKED), (0x02, UNINTERRUPTIBLE), (0x04 | 0x08, STOPPED), (0x200, PARKED),
    (0x400 | 0x800 | 0x1000 | 0x2000, PREEMPTED))

# enum lttng_process_status of lttng-statedump-impl.c. A runnable thread of the fair class is told as "wait fork" (1).
STATEDUMP = {1: WAIT_CPU, 2: WAIT_CPU, 3: DEAD, 4: DEAD, 5: BLOCKED, 7: DEAD}

# Labels of a prev_state enumeration (LTTng-modules 2.12; later with CONFIG_LTTNG_EXPERIMENTAL_BITWISE_ENUM).
LABELS = {
    "TASK_RUNNING": WAIT_CPU, "TASK_INTERRUPTIBLE": BLOCKED, "TASK_UNINTERRUPTIBLE": UNINTERRUPTIBLE,
    "TASK_STOPPED": STOPPED, "TASK_TRACED": STOPPED, "EXIT_DEAD": DEAD, "EXIT_ZOMBIE": DEAD, "TASK_PARKED": PARKED,
    "TASK_DEAD": DEAD, "TASK_IDLE": IDLE_WAIT, "TASK_STATE_MAX": PREEMPTED, "TASK_REPORT_MAX": PREEMPTED}

_RELEASE = re.compile(r"(\d+)\.(\d+)")


class PrevStates(dict):
    """prev_state → state word of one trace's kernel; missing keys are computed once. None (field absent) gives None."""

    def __init__(self, kernel_release: str | None = None, labels: dict[str, int] | None = None) -> None:
        """kernel_release: the trace environment's, None if unknown (then a new kernel). labels: label → value of the field's
        enumeration, if it is one; its labels win."""
        found = _RELEASE.match(kernel_release or "")
        old = found is not None and (int(found[1]), int(found[2])) < (4, 14)
        named = tuple((value, LABELS[label]) for label, value in (labels or {}).items() if value and label in LABELS)
        self._rows = tuple(sorted(named, key=lambda row: row[1] != PREEMPTED)) + (BEFORE_4_14 if old else SINCE_4_14)
        super().__init__({None: None})

    def __missing__(self, prev_state: int) -> str:
        state = next((state for bits, state in self._rows if prev_state & bits), WAIT_CPU)
        self[prev_state] = state
        return state
