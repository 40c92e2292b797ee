"""The CPU usage result as text, CSV, LAMI and JSON: one list of tables for all but the last, which has a document."""

import json
from collections.abc import Callable, Sequence

from lttngx.analyses.cputop_result import CpuUsage
from lttngx.errors import ParameterError
from lttngx.kernel.containers import Container
from lttngx.render import csv, lami, text
from lttngx.render.about import members
from lttngx.render.tables import Column, Report, Table, Unit

SCHEMA = "lttngx.cputop/1"

USAGE = Column("usage", "Usage", Unit.SHARE)
CPU_TIME = Column("cpu_time", "CPU time", Unit.DURATION)
CONTAINER = Column("container", "Container")


def report(result: CpuUsage) -> Report:
    """Return a window's tables."""
    lost = result.losses
    remarks = [f"Tracer discarded {lost.events} events and {lost.packets} packets: "
               "the time in which it did counts as unknown."] if lost.events or lost.packets else []
    return Report(result.range.begin_ns, result.range.end_ns,
                  (_threads(result), _cpus(result), _processes(result), _containers(result)),
                  (f"Total CPU Usage: {result.total_usage * 100:.2f} %",), tuple(remarks), result.range.about)


def _name(container: Container | None) -> str | None:
    return None if container is None else container.name


def _threads(result: CpuUsage) -> Table:
    columns = (USAGE, CPU_TIME, Column("name", "Process"), Column("tid", "TID", Unit.ID), Column("pid", "PID", Unit.ID), CONTAINER,
               Column("migrations", "Migrations", Unit.COUNT), Column("priorities", "Priorities", Unit.LIST))
    rows = tuple((row.usage, row.cpu_time_ns, row.name, row.tid, row.pid, _name(row.container), row.migrations, row.priorities)
                 for row in result.threads)
    return Table("threads", "Per-TID Usage", columns, rows, "usage")


def _cpus(result: CpuUsage) -> Table:
    columns = (USAGE, CPU_TIME, Column("cpu", "CPU", Unit.ID), Column("idle", "Idle", Unit.DURATION),
               Column("unknown", "Unknown", Unit.DURATION))
    rows = tuple((row.usage, row.cpu_time_ns, row.cpu, row.idle_ns, row.unknown_ns) for row in result.cpus)
    return Table("cpus", "Per-CPU Usage", columns, rows, "usage")


def _processes(result: CpuUsage) -> Table:
    columns = (USAGE, CPU_TIME, Column("name", "Process"), Column("pid", "PID", Unit.ID), CONTAINER,
               Column("threads", "Threads", Unit.COUNT))
    rows = tuple((row.usage, row.cpu_time_ns, row.name, row.pid, _name(row.container), row.threads) for row in result.processes)
    return Table("processes", "Per-Process Usage", columns, rows, "usage")


def _containers(result: CpuUsage) -> Table:
    columns = (USAGE, CPU_TIME, CONTAINER, Column("type", "Type"), Column("pid_ns", "PID namespace", Unit.ID),
               Column("parent", "Parent"))
    names = {row.container.pid_ns: row.container.name for row in result.containers}
    rows = tuple((row.usage, row.cpu_time_ns, row.container.name, row.container.type, row.container.pid_ns,
                  "" if row.container.parent is None else names.get(row.container.parent, str(row.container.parent)))
                 for row in result.containers)
    return Table("containers", "Per-Container Usage", columns, rows, "usage")


def document(result: CpuUsage) -> dict:
    """Return a window's JSON document. A usage is 0 … 1, where 1 is one CPU; times are ns."""
    return {
        "schema": SCHEMA, **members(result.range.about),
        "range": {"begin": result.range.begin_ns, "end": result.range.end_ns},
        "threads": [{"tid": row.tid, "pid": row.pid, "name": row.name, "container": _name(row.container),
                     "cpu_time_ns": row.cpu_time_ns, "usage": row.usage, "migrations": row.migrations,
                     "priorities": list(row.priorities)} for row in result.threads],
        "processes": [{"pid": row.pid, "name": row.name, "container": _name(row.container), "threads": row.threads,
                       "cpu_time_ns": row.cpu_time_ns, "usage": row.usage} for row in result.processes],
        "cpus": [{"cpu": row.cpu, "cpu_time_ns": row.cpu_time_ns, "idle_ns": row.idle_ns, "unknown_ns": row.unknown_ns,
                  "usage": row.usage} for row in result.cpus],
        "containers": [_container(row) for row in result.containers],
        "total_usage": result.total_usage,
        "discarded_events": result.losses.events,
        "discarded_packets": result.losses.packets,
    }


def _container(row) -> dict:
    """Return a container's object; "parent" (a pid name space) only if another container encloses it."""
    container = row.container
    entry = {"name": container.name, "type": container.type, "pid_ns": container.pid_ns, "cpu_time_ns": row.cpu_time_ns,
             "usage": row.usage}
    return entry if container.parent is None else entry | {"parent": container.parent}


def render_text(results: Sequence[CpuUsage], utc: bool = True, colour: bool = False) -> str:
    """Return the windows' tables with bars, an empty line between windows."""
    return "\n".join(text.render_report(report(result), utc, colour) for result in results)


def render_json(results: Sequence[CpuUsage]) -> str:
    """Return one JSON document a line, one line a window."""
    return "".join(json.dumps(document(result), ensure_ascii=False) + "\n" for result in results)


def render_csv(results: Sequence[CpuUsage]) -> str:
    """Return the windows' tables as CSV."""
    return "".join(csv.render_report(report(result)) for result in results)


def render_lami(results: Sequence[CpuUsage]) -> str:
    """Return the windows as one LAMI document."""
    return lami.render([report(result) for result in results])


FORMATS: dict[str, Callable[[Sequence[CpuUsage]], str]] = {
    "text": render_text, "json": render_json, "csv": render_csv, "lami": render_lami}


def render(results: Sequence[CpuUsage], format: str = "text") -> str:
    """Return the windows in a format. Raises ParameterError if there is no such format."""
    if format not in FORMATS:
        raise ParameterError(f'Invalid parameter: name=format, expected {", ".join(FORMATS)}, got "{format}"')
    return FORMATS[format](results)
