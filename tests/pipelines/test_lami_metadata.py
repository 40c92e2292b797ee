"""LAMI of CPU usage and of spans: every table is of a class in the metadata, with its columns."""

import json

import pytest

from commands import KERNEL, babeltrace2, error_of

SPANS = ('spans=[{span="call",begin="syscall_entry_*",end="syscall_exit_*",key=["$ctx.tid"],capture={tid="$ctx.tid"}},'
         '{span="away",parent="call",begin="sched_switch",end="sched_switch",policy="one"}],select=["call","away"]')
CASES = {
    "threads": ("cputop", "", {"threads", "cpus", "processes", "containers"}),
    "windows": ("cputop", 'refresh="500ms"', {"threads", "cpus", "processes", "containers"}),
    "views": ("spans", f'{SPANS},view=["log","top","stats","freq","tree","explain"]',
              {"log", "top", "stats", "freq", "freq_times", "freq_counts", "freq_percents", "tree", "explain", "outcomes",
               "times_per_ancestor", "counts_per_ancestor", "percents_per_ancestor", "times_per_ancestor_all", "counts_per_ancestor_all",
               "percents_per_ancestor_all"}),
    "aggregates": ("spans", f'{SPANS},view="log",aggregate-by="call"', {"aggregates", "outcomes"}),
    "groups": ("spans", f'{SPANS},group-by="call.tid"', {
        "stats", "outcomes", "times_per_ancestor", "counts_per_ancestor", "percents_per_ancestor", "times_per_ancestor_all",
        "counts_per_ancestor_all", "percents_per_ancestor_all"}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_table_is_of_a_class(case):
    name, params, expected = CASES[case]
    result = json.loads(babeltrace2(KERNEL, "-c", f"sink.lttngx.{name}", "-p", f"format=lami,{params}".rstrip(",")).stdout)["results"]
    metadata = json.loads(babeltrace2("query", f"sink.lttngx.{name}", "lami-metadata", *(("-p", params) if params else ())).stdout)
    assert metadata["mi-version"] == {"major": 1, "minor": 0}
    classes, found = metadata["table-classes"], set()
    for table in result:
        kind = table["class"] if isinstance(table["class"], str) else table["class"]["inherit"]
        columns = classes[kind]["column-descriptions"]
        found.add(kind)
        for row in table["data"]:
            assert [cell["class"] for cell in row] == [
                column["class"] if cell["class"] != "unknown" else "unknown" for cell, column in zip(row, columns, strict=True)]
    assert found == expected


def test_titles_tell_what_a_table_is_about():
    result = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", f'format=lami,{SPANS},group-by="call.tid"').stdout)["results"]
    titles = [table["class"]["title"] for table in result if isinstance(table["class"], dict) and table["class"]["inherit"] == "stats"]
    assert len(titles) > 4 and all(title.startswith("Statistics [call.tid = ") for title in titles)


@pytest.mark.parametrize("name", ["cputop", "spans"])
def test_what_cannot_be_asked_is_an_error(name):
    message = error_of("query", f"sink.lttngx.{name}", "lami-metadata", "-p", "nope=1")
    assert f'sink.lttngx.{name}: unknown parameter: name="nope"' in message
    assert babeltrace2("query", f"sink.lttngx.{name}", "something", check=False).returncode == 1
