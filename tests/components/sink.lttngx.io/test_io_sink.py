"""sink.lttngx.io through babeltrace2, beside the LTTng I/O tools on a whole recording, and the trace counted by hand.

Those tools stop at the trace as it is (defect 20): they get it without the descriptors of the statedump, so that they know fewer
files' names.
"""

import bt2
import pytest

from analysis_sinks import bins, documents, lami, tables, without_descriptors
from commands import KERNEL, LOST, babeltrace2, error_of
from recorded import unpacked

# What the tools count: defect 12 has the rest.
THEIRS = {"open": ("open", "openat", "socket", "dup", "dup2", "dup3", "fcntl"),
          "read": ("read", "recvmsg", "recvfrom", "readv", "pread64"), "write": ("write", "sendmsg", "sendto", "writev", "pwrite64"),
          "sync": ("sync", "sync_file_range", "fsync", "fdatasync"), "close": ("close",)}


@pytest.fixture(scope="module")
def trace():
    return unpacked("kernel-a2") / "kernel"


@pytest.fixture(scope="module")
def log(trace):
    """The system calls which the tools know, too."""
    return [row for row in tables("io", trace, 'view=log,measure=call')["call_log"] if row["syscall"] in THEIRS.get(row["category"], ())]


def theirs(tool, *options):
    return lami(tool, *options, folder=without_descriptors("kernel-a2"))


def test_latencies_are_those_of_lttng_iolatencystats(trace, log):
    calls, disks = theirs("lttng-iolatencystats")
    for name, count, least, mean, most, _ in calls[2][1:]:
        # Opens: see below.
        durations = [row["duration"] for row in log if row["category"] == name.lower()]
        assert (len(durations), min(durations), max(durations)) == (count, least, most), name
        assert sum(durations) / count == pytest.approx(mean)
    rows = tables("io", trace, "view=stats,measure=device")["device_stats"]
    row = next(row for row in rows if row["operation"] == "write")
    (name, count, least, mean, most, deviation), = disks[2]
    assert (row["device"], row["count"], row["min"], row["max"]) == (name, count, least, most) == ("vda", 225, 89909, 39548295)
    assert row["avg"] == pytest.approx(mean) and row["stdev"] == pytest.approx(deviation)
    # The tool leaves out requests without sectors.
    assert {row["operation"]: row["count"] for row in rows} == {"write": 225, "flush": 36, "other": 5}


def test_every_call_is_that_of_lttng_iolog(log):
    """Time range, call, size, thread. The tool knows fcntl(F_DUPFD), but not F_DUPFD_CLOEXEC."""
    (_, _, rows), = theirs("lttng-iolog")
    found = sorted((begin, end, call, size, who[1]) for (begin, end), _, _, call, size, who, _, _ in rows if call != "fcntl")
    assert len(found) > 10000
    assert sorted((row["begin"], row["end"], row["syscall"], row["bytes"], row["tid"]) for row in log if row["syscall"] != "fcntl") == found


def test_files_are_those_of_lttng_iolog_where_it_knows_them(log):
    (_, _, rows), = theirs("lttng-iolog")
    named = {(times, who[1]): path for times, _, _, _, _, who, path, _ in rows if path and path.startswith("/")}
    ours = {((row["begin"], row["end"]), row["tid"]): row["file"] for row in log}
    assert len(named) > 5000 and {key: ours[key] for key in named} == named


def test_the_longest_are_those_of_lttng_iolatencytop(trace):
    found = next(rows for _, title, rows in theirs("lttng-iolatencytop", "--limit", "5") if "[sync]" in title)
    # Defect 28: it gives one row more.
    ours = tables("io", trace, 'view=top,measure=call,limit=40')["call_top"]
    assert [row["duration"] for row in ours if row["category"] == "sync"][:5] == [row[2] for row in found][:5]


@pytest.mark.parametrize("category", ["read", "write", "sync"])
def test_distributions_are_those_of_lttng_iolatencyfreq(trace, category):
    found = next(rows for _, title, rows in theirs("lttng-iolatencyfreq") if f"[{category}]" in title)
    ours = [(row["lower"], row["upper"], row["count"]) for row in tables("io", trace, "view=freq,measure=call")["call_freq"]
            if row["category"] == category]
    counts, expected = [count for _, _, count in ours], [count for _, _, count in found]
    assert sum(counts) == sum(expected) and len(bins(ours)) >= 4
    # Beyond 1,024 durations, those at a bin's edge may be in its neighbour: they are within 0.8 %.
    assert sum(abs(one - other) for one, other in zip(counts, expected)) <= 0.01 * sum(counts)


def test_bytes_of_threads_are_those_of_lttng_iousagetop(log):
    for title, category in (("[read]", "read"), ("[written]", "write")):
        rows = next(rows for _, known, rows in theirs("lttng-iousagetop", "--limit", "10000")
                    if known.startswith("Per-process top I/O") and title in known)
        expected = {who[1]: size for who, size, *_ in rows if size}
        sums = {}
        for row in log:
            if row["category"] == category and row["bytes"]:
                sums[row["tid"]] = sums.get(row["tid"], 0) + row["bytes"]
        # The tool counts a process's calls as its first thread's, where it knows of it.
        assert sum(sums.values()) == sum(expected.values()) and len(sums) >= len(expected) > 20


def test_usage_is_what_the_log_sums_up_to(trace):
    rows = tables("io", trace, "view=log,measure=call")["call_log"]
    usage = tables("io", trace, "limit=0,group-by=thread")["file_usage_by_thread"]
    expected = {}
    for row in rows:
        counts = expected.setdefault(row["tid"], [0, 0, 0, 0])
        if row["category"] in ("read", "copy"):
            counts[0] += 1
            counts[1] += row["bytes"] or 0
        if row["category"] in ("write", "copy"):
            counts[2] += 1
            counts[3] += row["bytes"] or 0
    assert {row["tid"]: [row["reads"], row["bytes_read"], row["writes"], row["bytes_written"]] for row in usage} == expected


def test_devices_and_interfaces_counted_by_hand(trace):
    """Over bt2's messages: packets and their bytes, completed sectors. lttng-iousagetop has no received bytes (defect 6)."""
    counts = {"net_dev_xmit": [0, 0], "net_if_receive_skb": [0, 0], "block_rq_complete": [0, 0]}
    for message in bt2.TraceCollectionMessageIterator(str(trace)):
        if type(message) is bt2._EventMessageConst and message.event.name in counts:
            payload = message.event.payload_field
            amount = payload["len"] if "len" in payload else payload["nr_sector"]
            counts[message.event.name][0] += 1
            counts[message.event.name][1] += int(amount)
    found = tables("io", trace)
    lo, = found["net_usage"]
    assert lo == {"interface": "lo", "packets_received": counts["net_if_receive_skb"][0], "bytes_received": counts["net_if_receive_skb"][1],
                  "packets_sent": counts["net_dev_xmit"][0], "bytes_sent": counts["net_dev_xmit"][1]}
    sent, = next(rows for _, title, rows in theirs("lttng-iousagetop") if "[sent]" in title)
    received, = next(rows for _, title, rows in theirs("lttng-iousagetop") if "[received]" in title)
    assert sent == ["lo", lo["bytes_sent"]] and received == ["lo", 0] and lo["bytes_received"] > 1_000_000
    assert sum(row["sectors"] for row in found["block_usage"]) == counts["block_rq_complete"][1] == 33512
    # Each of 18 writes with a flush around it completes a second time, without sectors.
    assert sum(row["requests"] for row in found["block_usage"]) == counts["block_rq_complete"][0] - 18
    assert found["outcomes"][0]["unmatched_completions"] == 0


def test_block_requests_are_whose_processes_submitted_them(trace):
    """lttng-iousagetop blames who issued them: kworker/1:1H, which sends a journal's writes behind their flushes."""
    rows = tables("io", trace, "group-by=process,limit=0")["block_usage_by_process"]
    assert "kworker/1:1H" in {who[0] for _, title, found in theirs("lttng-iousagetop", "--limit", "100") for who, *_ in found
                              if title.startswith("Per-process top block")}
    assert not [row for row in rows if row["name"] == "kworker/1:1H" and row["operation"] == "write"]
    dd = sum(row["bytes_moved"] for row in rows if row["name"] == "dd")
    assert dd >= 4 * (1 << 20)


def test_containers_have_their_shares(trace):
    rows = tables("io", trace, "group-by=container,limit=0")["file_usage_by_container"]
    whole, = tables("io", trace, "group-by=total")["file_usage"]
    assert len(rows) > 3 and sum(row["bytes_read"] for row in rows) == whole["bytes_read"]
    one = next(row for row in rows if row["container"] != "[HOST]")
    only, = tables("io", trace, f'group-by=total,container="{one["container"]}"')["file_usage"]
    assert only["bytes_read"] == one["bytes_read"]


def test_defect_11_windows_add_up(trace):
    """Descriptors outlive windows."""
    windows = documents("io", trace, 'refresh="1s",limit=0,group-by=file')
    whole, = documents("io", trace, "limit=0,group-by=file")
    sums = {}
    for window in windows:
        for row in window["tables"]["file_usage_by_file"]:
            sums[row["file"]] = sums.get(row["file"], 0) + row["bytes_written"]
    assert len(windows) == 11
    # What was used before the statedump named it has no name in a window which was over by then.
    named = {row["file"]: row["bytes_written"] for row in whole["tables"]["file_usage_by_file"]}
    assert sum(sums.values()) == sum(named.values()) and sums["/data/h"] == named["/data/h"] > 0


def test_sizes_and_losses(trace):
    rows = tables("io", trace, 'view=log,measure=["call","device"],min-size="64KiB"')
    assert min(row["bytes"] for name in ("call_log", "device_log") for row in rows[name]) == 65536
    text = babeltrace2(LOST, "-c", "sink.lttngx.io").stdout
    assert "Tracer discarded 26464 events" in text


@pytest.mark.parametrize("params, message", [
    ("min-size=-1", "name=min-size"), ('min-size="4 parsecs"', "name=min-size"), ("group-by=waker", "name=group-by"),
    ("view=tree", "name=view"), ("measure=net", "name=measure"), ("min-size=9,max-size=2", "name=min-size")])
def test_bad_parameters_are_one_line(params, message):
    assert message in error_of(KERNEL, "-c", "sink.lttngx.io", "-p", params)


def test_a_trace_without_io_says_what_to_record():
    text = error_of(KERNEL, "-c", "filter.lttngx.events", "-p", 'names="sched_switch"', "-c", "sink.lttngx.io")
    assert "--syscall --all" in text
