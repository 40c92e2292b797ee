"""sink.lttngx.memory: the adaptor. What is counted, and how, is in `lttngx.analyses.memory`."""

from typing import Any

import bt2

from lttngx.bt import helps
from lttngx.bt.analyses import (
    COMMON_PARAMETERS, THREAD_PARAMETERS, USAGE_VIEW, AnalysisSink, common_options, replaced, several_of, size, words)
from lttngx.bt.parameters import Parameter

# As in `lttngx.analyses.memory`, which is not imported before a component is made.
MEASURES = ("page-alloc", "page-free", "kmem-alloc", "kmem-free")
DIMENSIONS = ("total", "thread", "process", "container", "cpu", "order", "call-site")

PARAMETERS = (
    *replaced(COMMON_PARAMETERS, USAGE_VIEW, without=("min-duration", "max-duration")),
    *THREAD_PARAMETERS,
    Parameter("measure", words(MEASURES), several_of(*MEASURES), ()),
    Parameter("group-by", words(DIMENSIONS), several_of(*DIMENSIONS), ()),
    Parameter("min-size", "a number of pages, or a size such as 4KiB", size),
    Parameter("max-size", "a number of pages, or a size such as 1MiB", size),
)


@bt2.plugin_component_class
class MemorySink(AnalysisSink, bt2._UserSinkComponent, name="memory"):
    __doc__ = f"""Show what memory the threads of a kernel trace allocate and free, in pages and by call site.

Needs kmem_mm_page_alloc and kmem_mm_page_free (before LTTng-modules 2.7: mm_page_*), or kmem_kmalloc,
kmem_cache_alloc, kmem_kfree and kmem_cache_free: what is there is shown. Who ran is told by
sched_switch, or the context `tid`. Better with sched_process_fork, sched_process_exec and the
statedump, which name threads, processes and containers.

An allocation of order n is 2^n pages. A free of kernel memory has the size and the call site of
its allocation, found by the pointer; without one it counts as unmatched. Growth is what a thread
took less what it gave back, whoever took that. What happens while a CPU is idle, or while nobody
knows who runs, is shown as such: swapper, or a row without a name.

PARAMETERS
  view (string or array of `usage`, `log`, `top`, `stats`, `freq`; default: usage)
      usage: allocated, freed and growth by thread and by call site; log: every allocation and
      free; top: the largest; stats: statistics of sizes; freq: distribution of sizes.
  measure (string or array of `page-alloc`, `page-free`, `kmem-alloc`, `kmem-free`;
           default: what the trace tells of)
      What log, top, stats and freq are of: allocations and frees of pages, of the kernel's own
      memory.
  group-by (string or array of `total`, `thread`, `process`, `container`, `cpu`, `order`,
            `call-site`; default: total, and thread and call-site for usage)
      What the rows of usage, stats and freq are about; one table each. order is of pages,
      call-site of the kernel's own memory.
  min-size (number of pages of page-alloc and page-free, of bytes of the others; default: no limit)
      Leave out smaller sizes of log, top, stats and freq; lower bound of freq.
  max-size (as min-size)
      Leave out larger sizes of log, top, stats and freq; upper bound of freq.
  limit (integer; default: 10)
      Rows of usage and top; 0 = all.
{helps.BINS}
{helps.WINDOWS}
{helps.SPANS}
  cpu (integer or array; default: all)
      Show what happened on these CPUs.
{helps.THREADS}
{helps.output("memory")}

{helps.PORTS_AND_QUERIES}

LIMITS
  A group with more than 1,024 different sizes has percentiles and bins within 0.8 %.
  What an interrupt allocates is the interrupted thread's.
  A call site is an address: the trace does not tell its symbol.
  kmem_mm_page_free_batched follows the free of the same page: it is counted apart, and taken for
  the free only where kmem_mm_page_free was not recorded.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.memory -p 'group-by=["process","container"],limit=20'
"""

    OWNER = "sink.lttngx.memory"
    TITLE = "Memory"
    PARAMETERS = PARAMETERS

    @staticmethod
    def _make(values: dict[str, Any]) -> Any:
        from lttngx.analyses.memory import Memory, MemoryOptions
        options = common_options(values) | {"min_ns": values["min_size"], "max_ns": values["max_size"]}
        return Memory(MemoryOptions(**options))
