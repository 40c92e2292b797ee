"""sink.lttngx.states through babeltrace2, and what python3 -m lttngx.state reads back."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from commands import CORES, KERNEL, LOST, NO_CONTEXT, babeltrace2, error_of
from recorded import TRACES

from lttngx.commands.state import main
from lttngx.state.query import History

TOP = Path(__file__).parents[3]
SINK = ("-c", "sink.lttngx.states")


def history_of(trace, folder, core="native", **parameters):
    path = folder / f"{Path(trace).name}-{core}.states"
    given = ",".join(f'{name}="{value}"' for name, value in ({"path": path} | parameters).items())
    babeltrace2(trace, *SINK, "-p", given, core=core)
    return path


@pytest.fixture(scope="module")
def noctx(tmp_path_factory):
    return history_of(NO_CONTEXT, tmp_path_factory.mktemp("states"))


def printed(capsys, *arguments):
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("trace", [KERNEL, NO_CONTEXT, LOST])
def test_both_cores_write_the_same_history(trace, tmp_path):
    assert len({history_of(trace, tmp_path, core).read_bytes() for core in CORES}) == 1


def test_two_to_three_bytes_a_change(noctx):
    with open(noctx, "rb") as file:
        history = History(file)
        assert history.notes["events"] == 39365 and history.complete and history.description == {"model": "kernel"}
        assert noctx.stat().st_size / history.changes_count < 3


def test_at_tells_the_state_of_a_time(noctx, capsys):
    lines = printed(capsys, "at", noctx, "2026-11-22 20:59:01.5", "CPUs/*/thread", "--utc")
    assert lines == ["CPUs/3/thread = 7074  since 2026-11-22 20:59:01.485000644",
                     "CPUs/2/thread = 7069  since 2026-11-22 20:59:01.471087911",
                     "CPUs/1/thread = 7073  since 2026-11-22 20:59:01.496066204",
                     "CPUs/0/thread = 5483  since 2026-11-22 20:59:01.492725349"]
    rows = [json.loads(line) for line in printed(capsys, "at", noctx, 1795381141500000000, "Threads/7074/*", "--json")]
    assert {"path": "Threads/7074/status", "value": "user", "certain": True}.items() <= rows[0].items() or any(
        row["path"] == "Threads/7074/status" and row["value"] == "user" for row in rows)


def test_range_tells_intervals_cut_to_the_range(noctx, capsys):
    rows = [json.loads(line) for line in printed(
        capsys, "range", noctx, "20:59:01.5", "20:59:01.6", "CPUs/*/status", "--utc", "--json")]
    for cpu in range(4):
        own = [row for row in rows if row["path"] == f"CPUs/{cpu}/status"]
        assert own[0]["begin_ns"] == 1795381141500000000 and own[-1]["end_ns"] == 1795381141600000000
        assert sum(row["end_ns"] - row["begin_ns"] for row in own) == 100_000_000


def test_absent_values_are_shown_on_demand(noctx, capsys):
    shown = printed(capsys, "at", noctx, "20:59:01.5", "CPUs/*/softirqs/*", "--utc")
    everything = printed(capsys, "at", noctx, "20:59:01.5", "CPUs/*/softirqs/*", "--utc", "--all")
    assert len(shown) < len(everything) and any("(none)" in line for line in everything)


def test_uncertain_values_say_so(tmp_path, capsys):
    path = history_of(LOST, tmp_path)
    with open(path, "rb") as file:
        time, _ = History(file).losses()[3]
    assert any(line.endswith("  uncertain") for line in printed(capsys, "at", path, time, "Threads/*/name"))


def test_sqlite_holds_every_interval(noctx, tmp_path, capsys):
    table = tmp_path / "states.sqlite"
    (line,) = printed(capsys, "export", noctx, table)
    connection = sqlite3.connect(table)
    count, = connection.execute("SELECT count(*) FROM states").fetchone()
    assert line == f"{table}: {count} intervals" and count > 50_000
    asked = connection.execute("SELECT value FROM states WHERE path = 'CPUs/3/thread' AND begin_ns <= ? AND end_ns > ?",
                               (1795381141500000000,) * 2).fetchall()
    assert asked == [(7074,)]


def test_parquet_holds_every_interval(noctx, tmp_path, capsys):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra [columns] is not installed")
    table = tmp_path / "states.parquet"
    (line,) = printed(capsys, "export", noctx, table)
    rows = parquet.read_table(table)
    assert line == f"{table}: {rows.num_rows} intervals"
    assert "user" in set(rows.column("text").to_pylist())


def test_a_declarative_model(tmp_path, capsys):
    path = history_of(TRACES / "ust-spans", tmp_path, model=TOP / "examples/requests.toml")
    with open(path, "rb") as file:
        end = History(file).end_ns
    assert printed(capsys, "at", path, end, "Open requests", "--utc")[0].startswith("Open requests = 0  since ")


ERRORS = [
    ((), "sink.lttngx.states: missing parameter: name=path, expected=a string"),
    (("-p", 'path="/nowhere/x"'), 'sink.lttngx.states: cannot write history: path="/nowhere/x", reason=No such file or directory'),
    (("-p", 'path="/dev/null",model="/nowhere/x"'), 'cannot read model: path="/nowhere/x", reason=No such file or directory'),
    (("-p", 'path="/dev/null",modle="x"'), 'sink.lttngx.states: unknown parameter: name="modle", known=[containers, model, path]'),
    (("-p", "path=3"), "sink.lttngx.states: bad parameter: name=path, expected=a string, got=3 (integer)"),
]


@pytest.mark.parametrize("parameters, expected", ERRORS)
def test_errors(parameters, expected):
    assert expected in error_of(KERNEL, *SINK, *parameters)


# The command

COMMAND_ERRORS = [
    (("at", "/nowhere", "1"), 'Error: cannot read state history: path="/nowhere", reason=No such file or directory'),
    (("at", __file__, "1"), "Error: not a state history: file="),
    (("check", "/nowhere"), 'Error: cannot read model: path="/nowhere", reason=No such file or directory'),
    (("explain", TOP / "examples/requests.toml", "/nowhere"), "Error: Cannot read trace: path=/nowhere"),
]


@pytest.mark.parametrize("arguments, expected", COMMAND_ERRORS)
def test_command_errors_are_one_line(arguments, expected, capsys):
    assert main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr().err
    assert said.startswith(expected) and said.count("\n") == 1


def test_bad_times_and_formats_are_refused(noctx, tmp_path, capsys):
    assert main(["at", str(noctx), "noon"]) == 1
    assert "name=TIME, expected integer ns" in capsys.readouterr().err
    assert main(["export", str(noctx), str(tmp_path / "x.csv")]) == 1
    assert "expected a name ending in .sqlite or .parquet" in capsys.readouterr().err


def test_the_command_runs_as_a_module_without_bt2_for_histories(noctx):
    code = ("import sys; sys.modules['bt2'] = None; import runpy; sys.argv = ['state', 'at', sys.argv[1], '20:59:01.5', 'CPUs/0/*']; "
            "runpy.run_module('lttngx.state', run_name='__main__')")
    run = subprocess.run([sys.executable, "-c", code, noctx], capture_output=True, text=True,
                         env=os.environ | {"PYTHONPATH": str(TOP / "components"), "TZ": "UTC"})
    assert run.returncode == 0 and "CPUs/0/thread = 5483" in run.stdout, run.stderr


def test_check_and_explain(capsys):
    model = TOP / "examples/interrupts.toml"
    assert printed(capsys, "check", model) == [f"{model}: model interrupts: 5 attributes, 8 rules"]
    lines = printed(capsys, "explain", model, NO_CONTEXT)
    assert lines[0] == "model interrupts: 39365 events, 41 attributes, 0 events lost"
    assert f'{model}:21: on "irq_entry": 110 events, 110 applied' in lines
