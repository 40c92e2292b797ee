"""The typed result of the CPU usage analysis. Times are ns; a usage is a fraction of one CPU (1 = one CPU all the
time)."""

from dataclasses import dataclass

from lttngx.analyses.result import Losses, TimeRange
from lttngx.kernel.containers import Container


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread. pid, name, container: None if the trace does not tell. priorities: those seen, ascending."""

    tid: int
    pid: int | None
    name: str | None
    container: Container | None
    cpu_time_ns: int
    usage: float
    migrations: int
    priorities: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process: the sum of its threads. pid: None for a thread of which no process is known."""

    pid: int | None
    name: str | None
    container: Container | None
    threads: int
    cpu_time_ns: int
    usage: float


@dataclass(frozen=True, slots=True)
class CpuRow:
    """A CPU. cpu_time_ns + idle_ns + unknown_ns is the range's length."""

    cpu: int
    cpu_time_ns: int
    idle_ns: int
    unknown_ns: int
    usage: float


@dataclass(frozen=True, slots=True)
class ContainerRow:
    """A container: the sum of the threads whose innermost pid name space it is; nested containers are not in it."""

    container: Container
    cpu_time_ns: int
    usage: float


@dataclass(frozen=True, slots=True)
class CpuUsage:
    """One window's result. Rows are sorted by CPU time, descending, then by number or name; CPUs by number; the host
    is the first container.

    total_usage: CPU time of all CPUs over (CPUs with facts × range); no filter changes it.
    """

    range: TimeRange
    threads: tuple[ThreadRow, ...]
    processes: tuple[ProcessRow, ...]
    cpus: tuple[CpuRow, ...]
    containers: tuple[ContainerRow, ...]
    total_usage: float
    losses: Losses


NOTHING = CpuUsage(TimeRange(0, 0), (), (), (), (), 0.0, Losses())
