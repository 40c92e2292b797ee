"""sink.lttngx.io: the adaptor. What is counted, and how, is in `lttngx.analyses.io`."""

from typing import Any

import bt2

from lttngx.bt import helps
from lttngx.bt.analyses import (
    COMMON_PARAMETERS, THREAD_PARAMETERS, USAGE_VIEW, AnalysisSink, common_options, replaced, several_of, size, words)
from lttngx.bt.parameters import Parameter

# As in `lttngx.analyses.io`, which is not imported before a component is made.
MEASURES = ("call", "queue", "device")
DIMENSIONS = ("total", "thread", "process", "container", "cpu", "syscall", "file")

PARAMETERS = (
    *replaced(COMMON_PARAMETERS, USAGE_VIEW),
    *THREAD_PARAMETERS,
    Parameter("measure", words(MEASURES), several_of(*MEASURES), ()),
    Parameter("group-by", words(DIMENSIONS), several_of(*DIMENSIONS), ()),
    Parameter("min-size", "a size such as 64KiB", size),
    Parameter("max-size", "a size such as 1MiB", size),
)


@bt2.plugin_component_class
class IoSink(AnalysisSink, bt2._UserSinkComponent, name="io"):
    __doc__ = f"""Show what threads of a kernel trace read and write, by file, block device, network interface.

Needs system call events (and sched_switch, unless the context `tid` was recorded), block_rq_issue
and block_rq_complete, or net_dev_xmit and net_if_receive_skb: what is there is shown. Better with
sched_process_fork, sched_process_exec, sched_process_exit and the statedump, which name threads
and files, and with block_bio_queue or block_rq_insert, which tell whose a request is.

System calls are of the categories open (openat, socket, accept, pipe, dup, ...), close, read
(pread64, readv, recvmsg, ...), write (sendto, ...), copy (splice, sendfile, copy_file_range),
sync (fsync, ...) and submit (io_uring_enter, io_submit). Their size is what they returned. A copy
reads from one file and writes to another. A file has the name which the call that opened it, or
the statedump, gave it. 32-bit calls of a 64-bit kernel count, too.

Block requests are followed from the submission of their first part to their completion, pieces
included; reads, writes, discards and flushes apart. A request is the thread's which submitted it.

Calls and requests count, whole, in the window in which they end. A table of outcomes tells what
could not be matched.

PARAMETERS
  view (string or array of `usage`, `log`, `top`, `stats`, `freq`; default: usage)
      usage: bytes and counts by process and file, by device, by interface; log: every call and
      request; top: the longest; stats: statistics and errors; freq: distribution.
  measure (string or array of `call`, `queue`, `device`; default: what the trace tells
           of)
      What log, top, stats and freq are of. call: system calls; queue: block requests until they
      are issued; device: from then to completion.
  group-by (string or array of `total`, `thread`, `process`, `container`, `cpu`,
            `syscall`, `file`; default: total, and process and file for usage)
      What the rows of usage, stats and freq are about; one table each.
  min-size (size such as 64KiB, or number of bytes; default: no limit)
      Leave out calls, requests and packets of fewer bytes, or without a size.
  max-size (as min-size)
      Leave out calls, requests and packets of more bytes, or without a size.
  min-duration (duration such as 500us, or number of seconds; default: no limit)
      Leave out shorter durations of log, top, stats and freq; lower bound of freq.
  max-duration (as min-duration)
      Leave out longer durations of log, top, stats and freq; upper bound of freq.
  limit (integer; default: 10)
      Rows of usage and top; 0 = all.
{helps.BINS}
{helps.WINDOWS}
{helps.SPANS}
  cpu (integer or array; default: all)
      Show what happened on these CPUs.
{helps.THREADS}
{helps.output("io")}

{helps.PORTS_AND_QUERIES}

LIMITS
  A group with more than 1,024 different durations has percentiles and bins within 0.8 %.
  What io_uring reads and writes is not told by system calls: it shows at devices and interfaces.
  Of sockets' and other files' bytes (`Of files`, ...) those count as others which were moved
  before anything named their descriptor.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.io -p 'view=["usage","top"],group-by=["process","file"]'
"""

    OWNER = "sink.lttngx.io"
    TITLE = "I/O"
    SETTLES = True
    PARAMETERS = PARAMETERS

    @staticmethod
    def _make(values: dict[str, Any]) -> Any:
        from lttngx.analyses.io import Io, IoOptions
        return Io(IoOptions(**common_options(values), min_bytes=values["min_size"], max_bytes=values["max_size"]))
