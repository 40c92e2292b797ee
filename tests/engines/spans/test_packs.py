"""Packs on recordings whose programs counted their own calls (tests/data/recording)."""

import subprocess
from collections import Counter

import bt2
import pytest

from lttngx.core.classes import EventClass
from lttngx.spans import packs
from lttngx.spans.engine import Engine
from lttngx.spans.span import BY_END, COMPLETE
from recorded import TRACES, unpacked
from span_feed import Feed
from spanning import find

FUNCTIONS, ROS2 = TRACES / "ust-functions", TRACES / "ust-ros2"


def truth(trace):
    """Return the lines which the traced program printed, as words."""
    return [line.split() for line in (trace / "truth.txt").read_text().splitlines()]


def symbols():
    """Return the functions of the traced program by their address in its file, by binutils' nm."""
    run = subprocess.run(["nm", FUNCTIONS / "calls"], capture_output=True, text=True, check=True)
    rows = (line.split() for line in run.stdout.splitlines())
    return {int(row[0], 16): row[2] for row in rows if len(row) == 3}


def test_functions_are_the_calls_the_program_counted(core):
    spans = find(core, FUNCTIONS / "ust", [], packs=["functions"])
    expected = {words[1]: int(words[2]) for words in truth(FUNCTIONS)}
    names, pages = symbols(), 0xfff
    # The program was loaded at a page; the low bits of an address are those in the file.
    by_page = {address & pages: name for address, name in names.items() if name in expected}
    assert Counter(by_page[span.captures()["addr"] & pages] for span in spans) == expected
    assert all(span.status == COMPLETE and span.title == hex(span.captures()["addr"]) for span in spans)


def test_recursive_calls_nest(core):
    """Each thread's calls in order of begin: at most one more open than before, and `recursive` at most 4 deep."""
    spans = find(core, FUNCTIONS / "ust", [], packs=["functions"])
    deepest = Counter()
    for span in spans:
        around = [other for other in spans if other.kept == span.kept and other.title == span.title
                  and other.begin_ns <= span.begin_ns and span.end_ns <= other.end_ns]
        deepest[span.title] = max(deepest[span.title], len(around))
    assert sorted(deepest.values()) == [1, 1, 1, 4]


def test_threads_of_user_space_are_those_of_contexts(core):
    """No kernel event tells who runs; the contexts vtid and vpid do."""
    own = {"span": "function", "begin": "*:func_entry", "end": "*:func_exit", "key": ["process", "thread"], "name": "addr"}
    found = find(core, FUNCTIONS / "ust", [own])
    expected = find(core, FUNCTIONS / "ust", [], packs=["functions"])
    assert [(span.title, span.begin_ns, span.end_ns, span.kept[:2]) for span in found] == [
        (span.title, span.begin_ns, span.end_ns, span.kept[:2]) for span in expected] and len({span.kept[:2] for span in found}) == 2


def test_callbacks_are_kept_apart_by_process_and_thread(core):
    spans = find(core, ROS2 / "ust", [], packs=["ros2"])
    complete = Counter((span.kept[0], span.title) for span in spans if span.status == COMPLETE)
    assert complete == {(int(words[1]), words[2]): int(words[3]) for words in truth(ROS2) if words[0] == "callback"}
    assert sorted((span.kept[0], span.title) for span in spans if span.status == BY_END) == sorted(
        (int(words[1]), words[2]) for words in truth(ROS2) if words[0] == "unfinished")


def test_reentrant_callbacks_end_on_their_own_thread(core):
    """The thread which began last sleeps shorter or longer: by address alone, each end would meet the other's begin."""
    spans = [span for span in find(core, ROS2 / "ust", [], packs=["ros2"]) if span.title == "0x5500c0"]
    durations = {}
    for span in spans:
        durations.setdefault(span.kept[:2], []).append(span.duration_ns)
    assert len(durations) == 4 and all(len(found) == 10 for found in durations.values())
    # 300 µs and 600 µs by usleep(3): one thread of each process never takes less than the longer one.
    shortest = sorted(min(found) for found in durations.values())
    assert shortest[0] >= 300_000 and shortest[1] < 600_000 <= shortest[2]


def test_probes_pair_by_name_and_thread():
    """User-space probes know no return: NAME_entry and NAME_return are two of them, inside each other or not."""
    feed = Feed(())
    feed.engine = Engine(packs.definitions(["functions"]), feed.spans.append, lambda name: lambda time_ns, cpu: 40 + cpu)
    for time, name, cpu in ((1, "up_a_entry", 0), (2, "up_b_entry", 0), (3, "up_a_entry", 1), (4, "up_a_return", 0),
                            (5, "up_b_exit", 0), (6, "up_a_return", 1), (7, "up_a_return", 1)):
        feed.event(time, name, cpu, ip=0x1000 + time)
    feed.event(8, "irq_handler_entry", 0, irq=1).event(9, "irq_handler_exit", 0, irq=1)
    assert [(span.title, span.begin_ns, span.end_ns) for span in feed.spans] == [("up_a", 1, 4), ("up_b", 2, 5), ("up_a", 3, 6)]
    assert feed.engine.kinds[1].unmatched_ends == 1


def test_kernel_functions_of_a_recording(core):
    """A kretprobe on do_sys_openat2(): each exit ends the last entry of its thread, which the context tid tells."""
    trace, expected, waiting = unpacked("kernel-callstacks") / "kernel", [], {}
    for message in bt2.TraceCollectionMessageIterator(str(trace)):
        if type(message) is not bt2._EventMessageConst:
            continue
        event, time = message.event, message.default_clock_snapshot.ns_from_origin
        if event.name == "krp_openat2_entry":
            waiting[int(event["tid"])] = time
        elif event.name == "krp_openat2_exit" and int(event["tid"]) in waiting:
            expected.append((waiting.pop(int(event["tid"])), time))
    spans = [span for span in find(core, trace, [], packs=["functions"]) if span.status == COMPLETE]
    assert [(span.begin_ns, span.end_ns) for span in spans] == expected and len(spans) > 500
    assert {span.title for span in spans} == {"krp_openat2"}


@pytest.mark.parametrize("name, stem", [
    ("f_entry", "f"), ("f_return", "f"), ("f_exit", "f"), ("app:f_begin", "app:f"), ("f_start", "f"), ("f_end", "f"),
    ("f", "f"), ("_entry", "_entry"), ("f_entry_x", "f_entry_x"), (None, None)])
def test_stem(name, stem):
    assert EventClass(name).stem == stem


def test_stem_in_guards_keys_and_names(core):
    definition = {"span": "handler", "begin": {"event": "*_entry", "if": '$event.stem in {"irq_handler", "irq_softirq"}'},
                  "end": "irq_*_exit", "key": ["cpu", "$event.stem"], "name": "$event.stem"}
    found = find(core, TRACES / "kernel-ctx", [definition])
    other = find(core, TRACES / "kernel-ctx", [], packs=["irq", "softirq"])
    names = Counter(span.title for span in found if span.status == COMPLETE)
    assert set(names) == {"irq_handler", "irq_softirq"}
    assert names.total() == sum(span.status == COMPLETE for span in other) > 500
