"""sink.lttngx.syscalls: the adaptor. What is counted, and how, is in `lttngx.analyses.syscalls`."""

from typing import Any

import bt2

from lttngx.bt import helps
from lttngx.bt.analyses import COMMON_PARAMETERS, THREAD_PARAMETERS, AnalysisSink, common_options, several_of, words
from lttngx.bt.parameters import Parameter, strings

# As in `lttngx.analyses.syscalls`, which is not imported before a component is made.
DIMENSIONS = ("total", "thread", "process", "container", "cpu")


def _arguments(value: Any) -> tuple[tuple[str, str], ...]:
    """Accept CALL.ARGUMENT, or an array of such strings."""
    pairs = tuple(tuple(item.split(".", 1)) for item in strings(value))
    if not all(len(pair) == 2 and all(pair) for pair in pairs):
        raise ValueError
    return pairs


PARAMETERS = (
    *COMMON_PARAMETERS,
    *THREAD_PARAMETERS,
    Parameter("group-by", words(DIMENSIONS), several_of(*DIMENSIONS), ("total",)),
    Parameter("argument", "CALL.ARGUMENT, or an array of such strings", _arguments, ()),
)


@bt2.plugin_component_class
class SyscallsSink(AnalysisSink, bt2._UserSinkComponent, name="syscalls"):
    __doc__ = f"""Show durations, time off the CPU and errors of the system calls of a kernel trace.

Needs system call events; and, unless the context `tid` was recorded, sched_switch, which tells who
ran. With sched_switch, the time off the CPU (blocked, or waiting for a CPU) is told of each call.
Better with sched_process_fork, sched_process_exec, sched_process_exit and the statedump, which
name threads, processes and containers. 32-bit calls of a 64-bit kernel are counted apart. Calls
which the tracer knows by number only (rseq, membarrier, clone3, ...) are named.

A call counts, whole, in the window in which it ends. A table of outcomes follows: calls whose exit
was not seen (unfinished), exits which name another call (mismatched), exits without an entry
(unmatched), and a table of the calls which are open at the end.

PARAMETERS
  view (string or array of `log`, `top`, `stats`, `freq`; default: stats)
      log: every call; top: the longest; stats: statistics and errors; freq: distribution.
  group-by (string or array of `total`, `thread`, `process`, `container`, `cpu`; default: total)
      What the rows of stats and freq are about, beside the call; one table each.
  argument (CALL.ARGUMENT, or an array; example: membarrier.cmd)
      Count a call apart for each value of an argument. Arguments have the names of the entry
      event's fields; those of calls known by number only: membarrier cmd, flags, cpu_id; rseq
      rseq, rseq_len, flags, sig; arch_prctl code, addr; clone3 uargs, size.
{helps.LIMITS}
  limit (integer; default: 10)
      Rows of top; 0 = all.
{helps.BINS}
{helps.WINDOWS}
{helps.SPANS}
  cpu (integer or array; default: all)
      Show calls which ended on these CPUs.
{helps.THREADS}
{helps.output("syscalls")}

{helps.PORTS_AND_QUERIES}

LIMITS
  A group with more than 1,024 different durations has percentiles and bins within 0.8 %.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.syscalls -p 'group-by=thread,argument="membarrier.cmd"'
"""

    OWNER = "sink.lttngx.syscalls"
    TITLE = "System calls"
    PARAMETERS = PARAMETERS

    @staticmethod
    def _make(values: dict[str, Any]) -> Any:
        from lttngx.analyses.syscalls import SyscallOptions, Syscalls
        return Syscalls(SyscallOptions(**common_options(values), arguments=values["argument"]))
