"""sink.lttngx.irq: the adaptor. What is counted, and how, is in `lttngx.analyses.irq`."""

from typing import Any

import bt2

from lttngx.bt import helps
from lttngx.bt.analyses import COMMON_PARAMETERS, AnalysisSink, common_options, several_of, words
from lttngx.bt.parameters import Parameter, integers

# As in `lttngx.analyses.irq`, which is not imported before a component is made.
MEASURES = ("hard", "softirq", "vector", "raise")
DIMENSIONS = ("total", "cpu")

PARAMETERS = (
    *COMMON_PARAMETERS,
    Parameter("measure", words(MEASURES), several_of(*MEASURES), ()),
    Parameter("group-by", words(DIMENSIONS), several_of(*DIMENSIONS), ("total",)),
    Parameter("irq", "an integer or an array of integers", integers, ()),
    Parameter("softirq", "an integer or an array of integers", integers, ()),
)


@bt2.plugin_component_class
class IrqSink(AnalysisSink, bt2._UserSinkComponent, name="irq"):
    __doc__ = f"""Show durations of interrupt handlers of a kernel trace, and softirqs' raise latency.

Needs irq_handler_entry and irq_handler_exit, irq_softirq_entry, irq_softirq_exit and
irq_softirq_raise (before LTTng-modules 2.7: softirq_*), or x86_irq_vectors_* events: what is there
is shown. Names of interrupt lines come from the events, else from lttng_statedump_interrupt.

Handlers nest: durations include the handlers which ran inside, the column Self does not. A
duration counts, whole, in the window in which the handler ends.

PARAMETERS
  view (string or array of `log`, `top`, `stats`, `freq`; default: stats)
      log: every handler; top: the longest; stats: statistics; freq: distribution.
  measure (string or array of `hard`, `softirq`, `vector`, `raise`; default: what
           the trace tells of)
      hard: handlers of interrupt lines. softirq: of softirq vectors. vector: of x86 interrupt
      vectors. raise: from a softirq's first raise to its handler.
  group-by (string or array of `total`, `cpu`; default: total)
      Whether stats and freq tell CPUs apart, too; one table each.
  irq (integer or array; default: all)
      Show these interrupt lines, and no softirqs unless they are asked for, too.
  softirq (integer or array; default: all)
      Show these softirq vectors, and no interrupt lines unless they are asked for, too.
{helps.LIMITS}
  limit (integer; default: 10)
      Rows of top; 0 = all.
{helps.BINS}
{helps.WINDOWS}
{helps.SPANS}
  cpu (integer or array; default: all)
      Show handlers of these CPUs.
{helps.output("irq")}

{helps.PORTS_AND_QUERIES}

LIMITS
  A group with more than 1,024 different durations has percentiles and bins within 0.8 %.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.irq -p 'view=["stats","top"],group-by=cpu'
"""

    OWNER = "sink.lttngx.irq"
    TITLE = "Interrupts"
    PARAMETERS = PARAMETERS

    @staticmethod
    def _make(values: dict[str, Any]) -> Any:
        from lttngx.analyses.irq import Irq, IrqOptions
        return Irq(IrqOptions(**common_options(values), irqs=frozenset(values["irq"]), softirqs=frozenset(values["softirq"])))
