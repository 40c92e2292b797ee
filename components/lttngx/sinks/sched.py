"""sink.lttngx.sched: the adaptor. What is counted, and how, is in `lttngx.analyses.sched`."""

from typing import Any

import bt2

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
    """Show scheduling latencies of a kernel trace, and why threads were off the CPU.

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
  min-duration (duration such as 500us, or number of seconds; default: no limit)
      Leave out shorter durations; lower bound of freq.
  max-duration (as min-duration)
      Leave out longer durations; upper bound of freq.
  limit (integer; default: 10)
      Rows of top; 0 = all.
  freq-resolution (integer; default: 20)
      Bins of freq.
  freq-uniform (boolean; default: no)
      Whether all groups of a table of freq have the same bins.
  begin (integer ns since the clock's origin, or a time as babeltrace2 --begin takes it)
      Begin of the window; default: first event.
  end (as begin; default: last event)
      End of the window, itself not part of it.
  refresh (duration such as 500ms, or number of seconds; default: one window)
      Write a report for each stretch of this length, live sources included.
  cpu (integer or array; default: all)
      Show what ended on these CPUs.
  tid (integer or array; default: all)
      Show these threads.
  pid (integer or array; default: all)
      Show the threads of these processes.
  procname (string or array; default: all)
      Show threads of these names.
  container (string or array; default: all)
      Show the threads of containers by name, type or pid namespace.
  containers (string)
      Path of a file which `python3 -m lttngx.inventory` wrote on the traced machine.
  format (`text`, `json`, `csv` or `lami`; default: text)
      json: one document a line, schema lttngx.sched/1, times in ns.
      lami: LAMI 1.0, which Trace Compass reads, one document.
  path (string; default: standard output)
      File to write.
  utc (boolean; default: no)
      Whether times are written and read in UTC instead of local time.

PORTS
  One input port, `in`.

QUERY OBJECTS
  lami-metadata: LAMI's metadata document (JSON) of the results with the given parameters.

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
