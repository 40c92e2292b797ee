"""The CPU usage result as text, JSON and CSV, letter by letter where a person reads it."""

import csv
import io
import json

import pytest
from feeding import Recording
from recorded import TRACES

from lttngx.analyses.cputop import CpuTop
from lttngx.analyses.cputop_result import ContainerRow, CpuRow, CpuUsage, ProcessRow, ThreadRow
from lttngx.analyses.result import Losses, TimeRange
from lttngx.errors import ParameterError
from lttngx.kernel.containers import Container
from lttngx.render.cputop import render
from lttngx.render.text import BAR, format_duration, format_value
from lttngx.render.tables import Unit

HOST = Container("[HOST]", "host", 1)
BOX = Container("box", "docker", 2)
NESTED = Container("3", "unshare", 3, 2)
RESULT = CpuUsage(
    TimeRange(0, 1_000_000_000),
    (ThreadRow(7, 7, "sh", BOX, 500_000_000, 0.5, 3, (-3, 20)), ThreadRow(8, None, None, None, 1_250, 0.00000125, 0, ())),
    (ProcessRow(7, "sh", BOX, 1, 500_000_000, 0.5),),
    (CpuRow(0, 500_001_250, 400_000_000, 99_998_750, 0.50000125),),
    (ContainerRow(HOST, 0, 0.0), ContainerRow(BOX, 500_000_000, 0.5), ContainerRow(NESTED, 0, 0.0)),
    0.50000125, Losses(5, 1))

TEXT = """\
Timerange: [1970-01-01 00:00:00.000000000, 1970-01-01 00:00:01.000000000]
Per-TID Usage""" + " " * 68 + """  Usage    CPU time  Process  TID  PID  Container  Migrations  Priorities
""" + "#" * 80 + """
""" + BAR * 80 + """ 50.00 %  500.000 ms  sh         7    7  box                 3  [-3, 20]
""" + " " * 80 + """  0.00 %    1.250 µs  ?          8    ?  ?                   0  []

Per-CPU Usage""" + " " * 68 + """  Usage    CPU time  CPU        Idle    Unknown
""" + "#" * 80 + """
""" + BAR * 80 + """ 50.00 %  500.001 ms    0  400.000 ms  99.999 ms

Per-Process Usage""" + " " * 64 + """  Usage    CPU time  Process  PID  Container  Threads
""" + "#" * 80 + """
""" + BAR * 80 + """ 50.00 %  500.000 ms  sh         7  box              1

Per-Container Usage""" + " " * 62 + """  Usage    CPU time  Container  Type     PID namespace  Parent
""" + "#" * 80 + """
""" + " " * 80 + """  0.00 %        0 ns  [HOST]     host                 1
""" + BAR * 80 + """ 50.00 %  500.000 ms  box        docker               2
""" + " " * 80 + """  0.00 %        0 ns  3          unshare              3  box

Total CPU Usage: 50.00 %
Tracer discarded 5 events and 1 packets: the time in which it did counts as unknown.
"""


def test_text():
    assert render([RESULT]) == TEXT


def test_json():
    document = json.loads(render([RESULT], "json"))
    assert document["schema"] == "lttngx.cputop/1"
    assert document["range"] == {"begin": 0, "end": 1_000_000_000}
    assert document["threads"][0] == {"tid": 7, "pid": 7, "name": "sh", "container": "box", "cpu_time_ns": 500_000_000, "usage": 0.5,
                                      "migrations": 3, "priorities": [-3, 20]}
    assert document["containers"] == [
        {"name": "[HOST]", "type": "host", "pid_ns": 1, "cpu_time_ns": 0, "usage": 0.0},
        {"name": "box", "type": "docker", "pid_ns": 2, "cpu_time_ns": 500_000_000, "usage": 0.5},
        {"name": "3", "type": "unshare", "pid_ns": 3, "cpu_time_ns": 0, "usage": 0.0, "parent": 2}]
    assert (document["total_usage"], document["discarded_events"], document["discarded_packets"]) == (0.50000125, 5, 1)


def test_json_is_one_line_a_window():
    assert [json.loads(line)["schema"] for line in render([RESULT, RESULT], "json").splitlines()] == ["lttngx.cputop/1"] * 2


def test_csv():
    rows = list(csv.reader(io.StringIO(render([RESULT], "csv"))))
    assert rows[0] == ["table", "begin_ns", "end_ns", "usage", "cpu_time_ns", "name", "tid", "pid", "container", "migrations",
                       "priorities"]
    assert rows[1] == ["threads", "0", "1000000000", "0.5", "500000000", "sh", "7", "7", "box", "3", "-3 20"]
    assert rows[2][5:] == ["", "8", "", "", "0", ""]


def test_unknown_format():
    with pytest.raises(ParameterError, match='name=format, expected text, json, csv, lami, got "html"'):
        render([RESULT], "html")


def test_names_cannot_forge_lines():
    assert format_value("a\nb\x1b[31m", Unit.TEXT) == "a\\nb\\x1b[31m"
    assert format_value("naïve", Unit.TEXT) == "naïve"


@pytest.mark.parametrize("duration_ns, expected", [(0, "0 ns"), (999, "999 ns"), (1_000, "1.000 µs"), (1_234_567, "1.235 ms"),
                                                  (90_000_000_000, "90.000 s")])
def test_durations(duration_ns, expected):
    assert format_duration(duration_ns) == expected


def test_formats_of_a_recorded_trace_say_the_same():
    results = Recording(TRACES / "kernel-ctx", CpuTop).play(CpuTop()).results()
    threads = json.loads(render(results, "json"))["threads"]
    from_csv = [row for row in csv.reader(io.StringIO(render(results, "csv"))) if row[0] == "threads"]
    assert [(row["tid"], row["cpu_time_ns"], row["name"]) for row in threads] == [
        (int(row[6]), int(row[4]), row[5]) for row in from_csv]
    lines = render(results).splitlines()
    assert len(lines[3:lines.index("")]) == len(threads) > 50
