"""Spans against lttng-periodstats 0.6.1 on whole recordings: tests/data/periods/record.py recorded what it says."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from lttngx.render.spans import document
from lttngx.render.times import format_time
from recorded import TRACES, unpacked
from spanning import analyse

PERIODS = Path(__file__).parents[2] / "data" / "periods"
DEFINITIONS = json.loads((PERIODS / "definitions.json").read_text())
GOLDENS = sorted(path.stem for path in PERIODS.glob("kernel-*.json"))
# The order of spans of parallel definitions changes there from run to run; so does that of two children which one
# event ends.
UNORDERED = ("kernel-a2-P5-0", "kernel-asmall-P5-0", "kernel-a2-P1-1")
VIEWS = ("stats", "log", "top", "freq")
PAIRS = {"per_parent_stats": "times", "per_parent_count": "counts", "per_parent_percentage": "percents"}
FREQUENCIES = {"freq_duration": "times", "freq_count": "counts", "freq_ratio": "percents"}
# Histogram bounds of counts and percentages are printed ×1000.
SCALES = {"times": 1, "counts": 1000, "percents": 1000}


def load_record():
    spec = importlib.util.spec_from_file_location("record", PERIODS / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECORD = load_record()


def options(variant: list[str]) -> dict:
    """Return a variant's command-line options as Options."""
    given = dict(zip(variant[::2], variant[1::2]))
    found: dict = {"views": VIEWS}
    if "--order-by" in given:
        found["order_by"] = given["--order-by"]
    if "--select" in given:
        found |= {"select": frozenset(given["--select"].split(",")), "aggregate_by": given["--aggregate-by"]}
    if "--group-by" in given:
        found["group_by"] = tuple(tuple(pair.strip().split(".")) for pair in given["--group-by"].split(","))
    if "--min-duration" in given:
        found |= {"min_ns": int(given["--min-duration"]) * 1000, "max_ns": int(given["--max-duration"]) * 1000}
    if "--limit" in given:
        found["limit"] = int(given["--limit"])
    return found


def close(one, other) -> bool:
    """Means and deviations are floats of ns there, rounded to the thousandth here."""
    return one == other if one is None or other is None else one == pytest.approx(other, rel=1e-9, abs=0.001)


def assert_rows(expected: list, got: list) -> None:
    assert len(expected) == len(got)
    for one, other in zip(expected, got):
        assert len(one) == len(other) and all(
            a == b if isinstance(a, str) else close(a, b) for a, b in zip(one, other)), (one, other)


def log_rows(tables: dict) -> list:
    return [[row["begin_ns"], row["end_ns"], "" if row["span"].startswith("(") else row["span"], row["captures"]]
            for row in tables["log"]]


def aggregate_rows(tables: dict) -> list:
    """Return the rows of the aggregated log as the tool prints them: times of day, durations in µs."""
    def micro(ns):
        return "?" if ns is None else f"{ns / 1000:.3f}"
    return sorted([format_time(row["begin"])[11:], format_time(row["end"])[11:], micro(row["duration"]), row["span"], row["inner"],
                   str(row["count"]), *(micro(row[name]) for name in ("min", "avg", "max", "stdev", "sum"))]
                  for row in tables["aggregates"])


def frequency_name(kind: str, title: str, tables: dict) -> str | None:
    """Return the name of the table here that a histogram there is; None for what differs on purpose."""
    label, _, about = title.replace(" -- ", " - ").rpartition(" - ")
    suffix = f" [{label[1:-1]}]" if label else ""
    if about.startswith("Duration of period: "):
        name = about.removeprefix("Duration of period: ")
        return next(known for known in tables if known.startswith("freq:") and known.endswith(suffix)
                    and known.removesuffix(suffix)[5:].split("/")[-1] == name and ("[" in known) is bool(suffix))
    # Those of all ancestors are not made here: their first bin is what has no such span.
    return None if about.startswith("Global") or suffix else f"freq_{FREQUENCIES[kind]}:{about.split(' of ', 1)[1]}"


def check(expected: dict, tables: dict, ordered: bool, filtered: bool) -> set[str]:
    """Compare all tables; return the kinds of tables that were compared."""
    compared = set()
    for name, rows in expected.items():
        kind, _, title = name.partition(":")
        if kind == "log":
            assert rows == RECORD.log_digests(log_rows(tables))[0]
        elif kind == "order":
            assert not ordered or rows == RECORD.log_digests(log_rows(tables))[1]
        elif kind == "top":
            assert rows == [row["end_ns"] - row["begin_ns"] for row in tables["top"]]
        elif kind == "per_period_stats":
            assert_rows(sorted(rows), sorted([row[key] for key in ("span", "count", "min", "avg", "max", "stdev", "sum")]
                                             for row in tables["stats"] if not row["span"].startswith("(")))
        elif kind in PAIRS:
            if title in ("Globally", "With active children"):
                own = tables[f"{PAIRS[kind]}_per_ancestor{'_all' * (title == 'Globally')}"]
                assert_rows(sorted(rows), sorted([row[key] for key in ("span", "ancestor", "min", "avg", "max", "stdev")]
                                                 for row in own))
        elif not (filtered and kind != "freq_duration"):
            # With limits of duration the tool also filters counts and percentages by them.
            own = frequency_name(kind, title, tables)
            if own is None or own not in tables:
                continue
            scale = SCALES[FREQUENCIES[kind]] if " per " in title else 1
            assert_rows(rows, [[row["lower"] * scale, row["upper"] * scale, row["count"]] for row in tables[own]])
        compared.add(kind)
    return compared


def close_printed(one: str, other) -> bool:
    return one == "?" and other is None or abs(float(one) * 1000 - other) < 0.6


@pytest.mark.parametrize("golden", GOLDENS)
def test_as_lttng_periodstats(golden, native_core):
    trace, name, index = golden.rsplit("-", 2)
    case, expected = DEFINITIONS[name], json.loads((PERIODS / f"{golden}.json").read_text())
    variant = [[], *case["variants"]][int(index)]
    result = analyse(native_core, unpacked(trace) / "kernel", case["spans"], case["captures"], **options(variant))
    tables = document(result)["tables"]
    compared = check(expected["tables"], tables, golden not in UNORDERED, filtered="--min-duration" in variant)
    assert not expected["tables"] or {"per_period_stats", "top"} <= compared
    for label, rows in expected.get("groups", {}).items():
        own = sorted([row["span"], str(row["count"]), *(row[key] for key in ("min", "avg", "max", "stdev", "sum"))]
                     for row in tables[f"stats[{label}]"])
        assert len(rows) == len(own)
        assert all(one[:2] == other[:2] and all(map(close_printed, one[2:], other[2:])) for one, other in zip(sorted(rows), own))
    if "aggregates" in expected:
        assert RECORD.digest(aggregate_rows(tables)) == expected["aggregates"]


@pytest.mark.parametrize("name", ["P2", "P3", "P5"])
def test_as_the_installed_tool(name, core, tmp_path):
    """Definitions without parents, which need no old pyparsing."""
    if shutil.which("lttng-periodstats-mi") is None:
        pytest.skip("lttng-periodstats-mi (Debian: python3-lttnganalyses) is not installed")
    shutil.copytree(TRACES / "kernel-ctx", tmp_path / "kernel")
    case = DEFINITIONS[name]
    run = subprocess.run(["lttng-periodstats-mi", *RECORD.OPTIONS, *RECORD.SECTIONS, *RECORD.arguments(case, []), str(tmp_path)],
                         capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    result = analyse(core, tmp_path / "kernel", case["spans"], case["captures"], views=VIEWS)
    compared = check(RECORD.tables(json.loads(run.stdout)), document(result)["tables"], name != "P5", False)
    assert {"log", "top", "per_period_stats", "freq_duration"} <= compared
