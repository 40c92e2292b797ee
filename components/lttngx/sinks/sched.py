"""sink.lttngx.sched: the adaptor. What is counted, and how, is in `lttngx.analyses.sched`."""

from typing import Any

import bt2

from lttngx.bt import helps
from lttngx.bt.analyses import COMMON_PARAMETERS, THREAD_PARAMETERS, AnalysisSink, common_options, several_of, words
from lttngx.bt.parameters import Parameter

# As in `lttngx.analyses.sched`, which is not imported before a component is made.
MEASURES = ("latency", "path", "queue", "preemption", "off-cpu")
DIMENSIONS = ("total", "thread", "process", "container", "priority", "cpu", "waker")

PARAMETERS = (
    *COMMON_PARAMETERS,
    *THREAD_PARAMETERS,
    Parameter("measure", words(MEASURES), several_of(*MEASURES), ("latency",)),
    Parameter("group-by", words(DIMENSIONS), several_of(*DIMENSIONS), ("thread",)),
)


@bt2.plugin_component_class
class SchedSink(AnalysisSink, bt2._UserSinkComponent, name="sched"):
    __doc__ = f"""Show scheduling latencies of a kernel trace, and why threads were off the CPU.

Needs sched_switch, and sched_waking, sched_wakeup, sched_wakeup_new for latencies; better with
sched_process_fork, sched_process_exec, sched_process_exit and the statedump, which name threads,
processes and containers, and with irq_handler_* and irq_softirq_*, which tell whether an interrupt
handler woke a thread.

A duration counts, whole, in the window in which the thread gets the CPU. The latency is the
one of lttng-schedstats: from the first wake-up event since the thread last ran; wake-ups of a
running thread change nothing.

PARAMETERS
  view (string or array of `log`, `top`, `stats`, `freq`; default: stats)
      log: every duration; top: the longest; stats: statistics; freq: distribution.
  measure (string or array; default: latency)
      latency: from the first wake-up event to the CPU.
      path: from sched_waking to sched_wakeup, the way to a run queue.
      queue: from sched_wakeup to the CPU, the wait on the run queue.
      preemption: from the switch from a thread which could have gone on to the switch to it.
      off-cpu: from the switch from a thread to the switch to it, by reason (prev_state).
  group-by (string or array of `total`, `thread`, `process`, `container`, `priority`, `cpu`,
            `waker`; default: thread)
      What the rows of stats and freq are about; one table each.
{helps.LIMITS}
  limit (integer; default: 10)
      Rows of top; 0 = all.
{helps.BINS}
{helps.WINDOWS}
{helps.SPANS}
  cpu (integer or array; default: all)
      Show what ended on these CPUs.
{helps.THREADS}
{helps.output("sched")}

{helps.PORTS_AND_QUERIES}

LIMITS
  A group with more than 1,024 different durations has percentiles and bins within 0.8 %.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.sched -p 'measure=["latency","queue"],view=["stats","top"]'
"""

    OWNER = "sink.lttngx.sched"
    TITLE = "Scheduling latencies"
    PARAMETERS = PARAMETERS

    @staticmethod
    def _make(values: dict[str, Any]) -> Any:
        from lttngx.analyses.sched import Sched
        from lttngx.analyses.windowed import Options
        return Sched(Options(**common_options(values)))
