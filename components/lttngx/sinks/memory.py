"""sink.lttngx.memory: the adaptor. What is counted, and how, is in `lttngx.analyses.memory`."""

from typing import Any

import bt2

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
    """Show what memory the threads of a kernel trace allocate and free, in pages and by call site.

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
      Show what happened on these CPUs.
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
      json: one document a line, schema lttngx.memory/1, times in ns.
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
