"""sink.lttngx.events and lttngx.read: every value of every event, against what bt2 itself reads."""

import contextlib
import csv
import functools
import json
import sqlite3

import bt2
import pytest

import lttngx
from commands import CORES, KERNEL, LOST, NO_CONTEXT, babeltrace2, error_of
from graphs import chain
from lttngx.errors import LttngxError
from lttngx.sinks.events import EventsSink
from plain import field
from recorded import TRACES
from stutter import StutteringFilter

SINK = ("-c", "sink.lttngx.events", "-p")
UST = TRACES / "ctf18-ust"


def without(value):
    """Return a field's value as JSON has it: what is absent is left out."""
    if isinstance(value, dict):
        inner = {name: without(item) for name, item in value.items() if item is not None}
        return {name: item for name, item in inner.items() if item != {}}
    return [without(item) for item in value] if isinstance(value, list) else value


@functools.cache
def described(trace):
    """Return (name, time, CPU, contexts, payload) of each event, by bt2's own iterator; a variant is its option's name and value."""
    rows = []
    for message in bt2.TraceCollectionMessageIterator(str(trace)):
        if type(message) is bt2._EventMessageConst:
            event = message.event
            contexts = {}
            for scope in (event.common_context_field, event.specific_context_field):
                contexts |= named(scope) or {}
            rows.append((event.name, message.default_clock_snapshot.ns_from_origin, int(event.packet.context_field["cpu_id"]),
                         without(contexts), without(named(event.payload_field) or {})))
    return rows


def named(value):
    """Return a bt2 field as a plain value in which a variant tells its option's name."""
    if value is None:
        return None
    if isinstance(value, bt2._StructureFieldConst):
        return {name: named(member) for name, member in value.items()}
    if isinstance(value, bt2._VariantFieldConst):
        return {value.cls.option_at_index(value.selected_option_index).name: named(value.selected_option)}
    if isinstance(value, bt2._OptionFieldConst):
        return named(value.field)
    return field(value)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("trace", [NO_CONTEXT, UST], ids=lambda path: path.name)
def test_json_lines_tell_every_value(trace, core):
    found = [json.loads(line) for line in babeltrace2(trace, *SINK, "format=json", core=core).stdout.splitlines()]
    rows = [(one["name"], one["time_ns"], one["cpu"], one.get("context", {}), one.get("payload", {}))
            for one in found if "name" in one]
    expected = described(trace)
    assert len(rows) == len(expected) > 1000
    for row, wanted in zip(rows, expected):
        assert row == wanted


def test_losses_stand_where_they_happened():
    lines = [json.loads(line) for line in babeltrace2(LOST, *SINK, "format=json").stdout.splitlines()]
    counts = [line["discarded"]["count"] for line in lines if "discarded" in line]
    expected = [message.count for message in bt2.TraceCollectionMessageIterator(str(LOST))
                if isinstance(message, bt2._DiscardedEventsMessageConst)]
    assert counts == expected and len(counts) > 10
    times = [line["time_ns"] if "time_ns" in line else line["discarded"]["begin_ns"] for line in lines]
    assert times == sorted(times)


def tables(trace):
    """Return the rows (time, fields) that bt2 reads, by event name."""
    found = {}
    for name, time, _, contexts, payload in described(trace):
        found.setdefault(name, []).append((time, {f"ctx.{key}": value for key, value in contexts.items()} | payload))
    return found


def test_sqlite_has_a_table_per_event_name(tmp_path):
    babeltrace2(KERNEL, *SINK, f'format=sqlite,path="{tmp_path}/e.sqlite"')
    database = sqlite3.connect(tmp_path / "e.sqlite")
    database.row_factory = sqlite3.Row
    expected = tables(KERNEL)
    names = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == set(expected)
    for name in ("sched_switch", "sched_waking", "syscall_entry_openat"):
        rows = [dict(row) for row in database.execute(f'SELECT * FROM "{name}" ORDER BY rowid')]
        assert [(row["time_ns"], {key: row[key] for key in row if key not in ("time_ns", "cpu", "trace")}) for row in rows] == \
            expected[name]
    assert database.execute("SELECT count(*), min(trace) FROM sched_switch").fetchone()[:] == (len(expected["sched_switch"]), "lxhost")


def test_csv_has_a_file_per_event_name(tmp_path):
    babeltrace2(KERNEL, *SINK, f'format=csv,path="{tmp_path}/out",events=["sched_*"],fields=["payload.*tid","context.pid"]')
    expected = {name: rows for name, rows in tables(KERNEL).items() if name.startswith("sched_")}
    assert {path.stem for path in (tmp_path / "out").iterdir()} == set(expected)
    rows = list(csv.DictReader((tmp_path / "out/sched_switch.csv").open()))
    assert list(rows[0]) == ["time_ns", "cpu", "trace", "ctx.pid", "prev_tid", "next_tid"]
    assert [(int(row["time_ns"]), int(row["next_tid"])) for row in rows] == [
        (time, values["next_tid"]) for time, values in expected["sched_switch"]]


def test_read_and_parquet_give_the_same_columns(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow (extra `columns`) is not installed")
    found = lttngx.read(NO_CONTEXT)
    expected = tables(NO_CONTEXT)
    assert {name: table.num_rows for name, table in found.items()} == {name: len(rows) for name, rows in expected.items()}
    for name, rows in expected.items():
        assert found[name]["time"].cast("int64").to_pylist() == [time for time, _ in rows]
    switches = {name: found["sched_switch"][name].to_pylist() for name in ("prev_comm", "next_tid", "prev_state")}
    assert [dict(zip(switches, row)) for row in zip(*switches.values())] == [
        {key: values[key] for key in switches} for _, values in expected["sched_switch"]]
    ports = found["net_dev_queue"]["network_header.ipv4.transport_header.tcp.dest_port"].to_pylist()
    assert ports == [values["network_header"].get("ipv4", {}).get("transport_header", {}).get("tcp", {}).get("dest_port")
                     for _, values in expected["net_dev_queue"]]
    babeltrace2(NO_CONTEXT, *SINK, f'format=parquet,path="{tmp_path}/out"')
    for name in ("sched_switch", "net_dev_queue", "syscall_entry_openat"):
        assert columns_of(parquet.read_table(tmp_path / f"out/{name}.parquet")) == columns_of(found[name])


def columns_of(table):
    """Return a table's values by column; datetime has no ns."""
    return {name: (table[name].cast("int64") if name == "time" else table[name]).to_pylist() for name in table.column_names}


def test_read_takes_a_part():
    pytest.importorskip("pyarrow", reason="pyarrow (extra `columns`) is not installed")
    (name, table), = lttngx.read(KERNEL, events="sched_switch", fields=["payload.next_*", "context.vpid"]).items()
    assert (name, table.column_names) == ("sched_switch", ["time", "cpu", "trace", "ctx.vpid", "next_comm", "next_tid", "next_prio"])
    assert set(table["cpu"].to_pylist()) == {0, 1, 2, 3}
    lost = lttngx.read(LOST, events="nothing")
    assert set(lost) == {"discarded"} and lost["discarded"].num_rows > 10
    with pytest.raises(LttngxError, match="no such directory"):
        lttngx.read("/does/not/exist")
    with pytest.raises(LttngxError, match="bad field pattern"):
        lttngx.read(KERNEL, fields="prev_comm")


def test_files_which_are_there_are_kept(tmp_path):
    (tmp_path / "there").write_text("mine")
    for form in ("csv", "sqlite", "parquet"):
        message = error_of(KERNEL, *SINK, f'format={form},path="{tmp_path}"')
        assert "path is in use" in message and (tmp_path / "there").read_text() == "mine"


@pytest.mark.parametrize("params, message", [
    ("format=xml", "name=format"), ("format=sqlite", "parameter is missing: name=path"),
    ('fields=["comm"]', "bad field pattern"), ('format=json,path="/no/such/folder/x"', "cannot write")])
def test_errors_are_one_line(params, message):
    assert message in error_of(KERNEL, *SINK, params)


@pytest.mark.parametrize("form, count", [
    ("json", lambda path: len(path.read_text().splitlines())),
    ("csv", lambda path: len((path / "sched_switch.csv").read_text().splitlines()) if path.exists() and any(path.iterdir()) else 0),
    ("sqlite", lambda path: _rows(path)),
])
def test_what_came_before_a_pause_can_be_read(form, count, tmp_path):
    """Behind a live source, by another reader, at each pause."""
    path = tmp_path / "out"
    graph = chain(KERNEL, (StutteringFilter, None), (EventsSink, None, {"format": form, "path": str(path), "events": "sched_switch"}))
    seen = []
    while True:
        try:
            graph.run()
            break
        except bt2.TryAgain:
            seen.append(count(path))
    assert seen == sorted(seen) and len(set(seen)) > 40 and count(path) >= seen[-1]


def _rows(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("SELECT count(*) FROM sched_switch").fetchone()[0]
        except sqlite3.OperationalError as error:
            assert "no such table" in str(error)
            return 0
