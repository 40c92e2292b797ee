"""Records what lttng-periodstats says of the definitions in definitions.json: expected values of the span tests.

Usage: record.py TRACE_FOLDER OUTPUT_FOLDER PREFIX. The trace's folder holds a folder `kernel` whose trace has no event
lttng_statedump_file_descriptor (the tool stops at it). Needs Debian's python3-lttnganalyses, and pyparsing 2.2.2 on
PYTHONPATH for
definitions with parents. Logs are kept as a digest with their first rows.
"""

import ast
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

SECTIONS = ["--stats", "--log", "--top", "--freq"]
OPTIONS = ["--skip-validation", "--gmt", "--no-color", "--no-intersection"]
ROW = re.compile(r"\[(\S+), (\S+)\] +(\S+) (\S+) +\| (\S+) +(\d+) \| +(\S+) +(\S+) +(\S+) +(\S+) +(\S+) \|")


def arguments(case: dict, variant: list[str]) -> list[str]:
    found = [part for text in case["spans"] for part in ("--period", text)]
    return [*variant, *found, *(part for text in case["captures"] for part in ("--period-captures", text))]


def run(tool: str, options: list[str], trace: str) -> str:
    return subprocess.run([tool, *OPTIONS, *options, trace], capture_output=True, text=True, check=True).stdout


def value(cell: dict | None):
    return None if cell is None else cell.get("value")


def captures(text: str | None) -> dict:
    return ast.literal_eval(text) if text else {}


def log_row(row: list) -> list:
    """Return begin, end, path, captures: what both programs can say of a span."""
    return [row[0], row[1], row[3] or "", captures(row[4]) | captures(row[5])]


def digest(rows: list) -> dict:
    lines = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    return {"rows": len(rows), "sha256": hashlib.sha256(lines.encode()).hexdigest(), "first": rows[:5]}


def log_digests(rows: list) -> tuple[dict, dict]:
    """Return the digests of all rows, sorted, and of begins, ends and paths in order of the log."""
    return digest(sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))), digest([row[:3] for row in rows])


def tables(document: dict) -> dict:
    """Return the tables of a JSON document by class, with plain values."""
    found: dict = {}
    for result in document["results"]:
        name = result["class"]
        title = "" if isinstance(name, str) else re.sub(r"^.*?\[|\]$", "", name["title"])
        name = name if isinstance(name, str) else name["inherit"]
        rows = [[value(cell) for cell in row] for row in result["data"]]
        if name == "log":
            found["log"], found["order"] = log_digests([log_row(row) for row in rows])
        elif name == "top":
            found["top"] = [row[2] for row in rows]
        else:
            found[f"{name}:{title}"] = rows
    return found


def groups(text: str) -> dict:
    """Return the rows of "Period statistics" by group label: path, count, min, mean, max, deviation, sum in µs, as
    printed."""
    found: dict = {}
    for part in text.split("### Group: ")[1:]:
        label, body = part.split(" ###", 1)
        rows = re.search(r"Period statistics \(us\)\n.*\n((?:\S.*\n)*)", body)
        found[label] = sorted(line.split() for line in rows[1].splitlines())
    return found


def aggregates(text: str) -> list:
    return [list(match.groups()) for match in ROW.finditer(text)]


def record(trace: str, case: dict, variant: list[str]) -> dict:
    options = arguments(case, variant)
    found = {"command": ["lttng-periodstats-mi", *OPTIONS, *SECTIONS, *options],
             "tables": tables(json.loads(run("lttng-periodstats-mi", SECTIONS + options, trace)))}
    if "--group-by" in variant:
        found["groups"] = groups(run("lttng-periodstats", ["--no-progress", *options], trace))
    if "--aggregate-by" in variant:
        found["aggregates"] = digest(sorted(aggregates(run("lttng-periodstats", ["--no-progress", "--log", *options], trace))))
    return found


def main(trace: str, output: str, prefix: str) -> None:
    cases = json.loads((Path(__file__).parent / "definitions.json").read_text())
    for name, case in cases.items():
        for index, variant in enumerate([[], *case["variants"]]):
            path = Path(output) / f"{prefix}-{name}-{index}.json"
            path.write_text(json.dumps(record(trace, case, variant), indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
