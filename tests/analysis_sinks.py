"""Runs sinks of analyses through babeltrace2, and the LTTng analysis tools beside them."""

import atexit
import functools
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from commands import babeltrace2
from recorded import unpacked


def documents(name, trace, params="", core="native"):
    """Return sink.lttngx.NAME's JSON documents, one a window."""
    run = babeltrace2(trace, "-c", f"sink.lttngx.{name}", "-p", f"format=json,{params}".rstrip(","), core=core)
    return [json.loads(line) for line in run.stdout.splitlines()]


def tables(name, trace, params="", core="native"):
    """Return the tables of its one window."""
    document, = documents(name, trace, params, core)
    return document["tables"]


@functools.cache
def without_descriptors(name):
    """Return a folder with an archived trace as the LTTng tools can read it: without the descriptors of LTTng-modules ≥ 2.12's
    statedump, which stop every one of them (defect 20)."""
    folder = Path(tempfile.mkdtemp(prefix="lttngx-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    babeltrace2(unpacked(name) / "kernel", "-c", "filter.lttngx.events", "-p", 'names="lttng_statedump_file_descriptor",mode=drop',
                "-c", "sink.ctf.fs", "-p", f'path="{folder}/all",quiet=yes')
    next(folder.rglob("metadata")).parent.rename(folder / "kernel")
    return folder


@functools.cache
def lami(tool, *options, folder=None):
    """Return the result tables of an LTTng analysis tool on kernel-asmall, or on a folder with another trace in `kernel`: (class name,
    title, rows of plain values)."""
    if shutil.which(f"{tool}-mi") is None:
        pytest.skip(f"{tool}-mi (Debian: python3-lttnganalyses) is not installed")
    run = subprocess.run([f"{tool}-mi", "--skip-validation", "--no-intersection", *options, str(folder or unpacked("kernel-asmall"))],
                         capture_output=True, text=True, timeout=300, check=True)
    return [(*class_of(table["class"]), [[plain(cell) for cell in row] for row in table["data"]])
            for table in json.loads(run.stdout)["results"]]


def class_of(value):
    return (value, "") if isinstance(value, str) else (value["inherit"], value["title"])


def plain(cell):
    """Return a cell as a plain value: a process as (name, tid), an interrupt as (number, name), a time range as (begin, end)."""
    if cell is None:
        return None
    kind = cell["class"]
    if kind == "process":
        return cell["name"], cell["tid"]
    if kind == "irq":
        return cell["nr"], cell["name"]
    if kind == "time-range":
        return cell["begin"]["value"], cell["end"]["value"]
    return next((cell[key] for key in ("value", "name", "id", "path", "fd") if key in cell), None)


def bins(rows):
    """Return the counts of a distribution's rows that are not 0, by lower bound in µs: both tools compute bounds in doubles."""
    return {round(lower / 1000): count for lower, _, count in rows if count}
