"""Recounts from babeltrace2's text: nothing of the package is used here.

Times are ns from the clock's origin, events in the order in which babeltrace2 prints them. A cut trace's CPUs end at
different times: only the events before the first CPU's last one count.
"""

import functools
import re
import subprocess
from collections import defaultdict

LINE = re.compile(r"\[(\d+)\.(\d{9})\] \([^)]*\) (?:\S+ )?([\w:]+): \{ cpu_id = (\d+) \}(?:, \{[^{}]*\})?, \{(.*)\}$")
# The common context, where one was recorded, comes between; it holds no braces.


@functools.cache
def events(path) -> tuple[tuple[int, str, int, str], ...]:
    """Return (time in ns, name, cpu, payload text) of every event up to the time at which a CPU has its last."""
    text = subprocess.run(["babeltrace2", "--clock-seconds", str(path)], capture_output=True, text=True, check=True).stdout
    found = []
    for line in text.splitlines():
        match = LINE.match(line)
        assert match, line
        found.append((int(match[1]) * 10**9 + int(match[2]), match[3], int(match[4]), match[5]))
    end = min({cpu: time for time, _, cpu, _ in found}.values())
    return tuple(event for event in found if event[0] <= end)


def end(path) -> int:
    """Return the end of the time recounted, exclusive."""
    return events(path)[-1][0] + 1


def number(payload: str, field: str) -> int:
    return int(re.search(rf"\b{field} = (-?\d+)", payload)[1])


def handler_times(path, entry: str, exit: str, field: str) -> dict[tuple[int, int], int]:
    """Return (cpu, number) → ns spent between a handler's entries and exits."""
    begun, total = {}, defaultdict(int)
    for time, name, cpu, payload in events(path):
        if name == entry:
            begun[cpu, number(payload, field)] = time
        elif name == exit and (key := (cpu, number(payload, field))) in begun:
            total[key] += time - begun.pop(key)
    for key, time in begun.items():
        total[key] += end(path) - time
    return dict(total)


def call_times(path) -> dict[tuple[int, str], int]:
    """Return (tid, system call) → ns between entry and exit, of calls with both; a child is in its parent's call from
    the fork on."""
    current, begun, total, before = {}, {}, defaultdict(int), {}
    for time, name, cpu, payload in events(path):
        if name == "sched_switch":
            if cpu not in current and before.get(cpu):
                # Before the CPU's first switch its thread was not known: its call counts from the switch on.
                begun[number(payload, "prev_tid")] = time, before[cpu]
            current[cpu] = number(payload, "next_tid")
        elif name.startswith("syscall_") and cpu not in current:
            before[cpu] = name[14:] if name.startswith("syscall_entry_") else None
        elif name.startswith("syscall_entry_"):
            # rt_sigreturn (15 on x86-64) has no exit event.
            returns = name == "syscall_entry_unknown" and number(payload, "id") == 15
            begun.pop(current[cpu], None) if returns else begun.update({current[cpu]: (time, name[14:])})
        elif name.startswith("syscall_exit_") and current.get(cpu) in begun:
            since, call = begun.pop(current[cpu])
            total[current[cpu], call] += time - since
        elif name == "sched_process_fork":
            parent, child = number(payload, "parent_tid"), number(payload, "child_tid")
            begun.pop(child, None)
            if parent in begun:
                begun[child] = time, begun[parent][1]
    return dict(total)


def cpu_times(path) -> dict[tuple[int, int], int]:
    """Return (cpu, tid) → ns the thread was current there, from the CPU's first switch on."""
    since, total = {}, defaultdict(int)
    for time, name, cpu, payload in events(path):
        if name == "sched_switch":
            if cpu in since:
                total[cpu, number(payload, "prev_tid")] += time - since[cpu]
            since[cpu] = time
    return dict(total)


def waits(path) -> dict[tuple[int, int], int]:
    """Return (tid, prev_state) → how often a thread was switched out so, without each CPU's first switch."""
    total, seen = defaultdict(int), set()
    for _, name, cpu, payload in events(path):
        if name == "sched_switch" and (cpu in seen or seen.add(cpu)):
            total[number(payload, "prev_tid"), number(payload, "prev_state")] += 1
    return dict(total)
