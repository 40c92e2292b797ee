"""Call stacks of a recording with callstack contexts, against a plain reading of its events."""

import json
from bisect import bisect_right
from collections import Counter, defaultdict

import bt2
import pytest

from commands import babeltrace2
from cores import NATIVE
from lttngx.core import choice
from lttngx.core.together import Together
from lttngx.errors import LttngxError
from lttngx.export.callstacks import CPU, EVENTS, OFF_CPU, CallStacks
from lttngx.export.frames import Frames
from lttngx.export.images import Images
from lttngx.export.symbols import Symbols, kernel_symbols
from lttngx.state.kernel.model import KernelState
from recorded import unpacked
from spanning import drive


FASTEST = choice.portable() if isinstance(NATIVE, str) else NATIVE


@pytest.fixture(scope="module")
def recording():
    return unpacked("kernel-callstacks")


@pytest.fixture(scope="module")
def events(recording):
    """Return (time, CPU, name, TID, kernel stack, user stack, previous TID, next TID) of every event with stacks."""
    found = []
    for message in bt2.TraceCollectionMessageIterator(str(recording / "kernel")):
        if type(message) is bt2._EventMessageConst and "callstack_kernel" in (message.event.common_context_field or ()):
            event, context = message.event, message.event.common_context_field
            switch = event.name == "sched_switch"
            found.append((message.default_clock_snapshot.ns_from_origin, int(event.packet.context_field["cpu_id"]), event.name,
                          int(context["tid"]), tuple(map(int, context["callstack_kernel"])),
                          tuple(map(int, context["callstack_user"])), int(event["prev_tid"]) if switch else None,
                          int(event["next_tid"]) if switch else None))
    return found


class Taken:
    """Feeds a recording to CallStacks; `found` is what it took."""

    def __init__(self, core, recording, weight, subsystems=("pid", "procname")) -> None:
        self.found, self.state = [], KernelState(subsystems, record=False)
        self.images = Images(self.state)
        self.stacks = CallStacks(weight, lambda stack, weight: self.found.append((stack, weight)), self.state, self.images)
        self.consumer = Together(self.stacks, self.state, self.images)
        self.consumer.cover = self._cover
        drive(core, recording / "kernel", self.consumer)

    def _cover(self, first_ns, last_ns):
        self.last_ns = last_ns
        self.stacks.finish(last_ns)


@pytest.fixture(scope="module")
def stacks(recording):
    """Return the stacks of all events, with all that the kernel model knows."""
    return [stack for stack, _ in Taken(FASTEST, recording, EVENTS, subsystems=None).found]


def test_every_event_has_its_stack(core, recording, events):
    taken = Taken(core, recording, EVENTS)
    end = 2**64 - 1
    assert [(stack.tid, stack.kernel, stack.user, weight) for stack, weight in taken.found] == [
        (tid, kernel, tuple(address for address in user if address != end), 1) for _, _, _, tid, kernel, user, *_ in events]


def test_cpu_time_by_thread(recording, events):
    """Each CPU from its first event with a stack to the end: the context tells who runs, after a switch the event."""
    taken, expected, since = Taken(FASTEST, recording, CPU), Counter(), {}
    for time, cpu, name, tid, *_, following in [*events, *((taken.last_ns, cpu, "", 0, None) for cpu in range(4))]:
        if cpu in since:
            expected[since[cpu][1]] += time - since[cpu][0]
        since[cpu] = (time, following if name == "sched_switch" else tid)
    found = Counter()
    for stack, weight in taken.found:
        found[stack.tid] += weight
    del expected[0]
    assert found == +expected and len(found) > 50


def test_off_cpu_time_by_thread(recording, events):
    taken, expected, left = Taken(FASTEST, recording, OFF_CPU), defaultdict(list), {}
    for time, _, name, *_, kernel, user, before, following in events:
        if name == "sched_switch":
            if following in left and following:
                expected[following].append((left[following][1], time - left[following][0]))
            left[before] = (time, kernel)
    found = defaultdict(list)
    for stack, weight in taken.found:
        found[stack.tid].append((stack.kernel, weight))
    assert found == expected and sum(map(len, found.values())) > 1000


def test_kernel_frames_are_those_of_kallsyms(recording, stacks):
    text = (recording / "gt/kallsyms").read_text().splitlines()
    rows = sorted((int(line.split()[0], 16), line.split()[2]) for line in text if line.split()[1] in "tTwW")
    starts, names = [row[0] for row in rows], defaultdict(set)
    for address, name in rows:
        names[address].add(name)
    frames = Frames(kernel_symbols(text, "kallsyms"))
    for stack in stacks[::7]:
        expected = [names[starts[bisect_right(starts, address - 1) - 1]] for address in reversed(stack.kernel)]
        found = [frame.split()[0] for frame in frames.of(stack)[1 + len(stack.user):]]
        assert all(frame in accepted for frame, accepted in zip(found, expected))
        # What was left out is the tracer's: its probes and below.
        assert len(expected) - len(found) >= 2 and (not found or "[lttng" not in frames.of(stack)[-1])
    assert not frames.unresolved_kernel


def test_images_follow_openat_and_mmap(stacks):
    """`membar-dyn` opens libc.so.6 as descriptor 3 and maps it; its threads sleep in it, at 0xdb545 of its text."""
    asleep = [stack for stack in stacks if stack.name == "membar-w1" and 0x7FB396265545 in stack.user]
    assert len(asleep) > 100
    mapping = asleep[0].image.find(0x7FB396265545)
    assert mapping.path == "/lib/x86_64-linux-gnu/libc.so.6" and mapping.offset is not None
    # /opt/lx/membar-dyn itself was mapped by execve(), of which no event tells.
    assert asleep[0].image.find(0x55FB924F34B0) is None


def test_symbols():
    table = Symbols([(100, 10, "b"), (50, 0, "a"), (200, 0, "c"), (100, 10, "alias"), (300, 5, "d")])
    assert [table.name(address) for address in (49, 50, 99, 100, 109, 110, 200, 299, 300, 304, 305)] == [
        None, "a", "a", "alias", "alias", None, "c", "c", "d", "d", None]
    assert Symbols([(1, 0, "last")]).name(5) is None


def test_kernel_symbols_without_addresses():
    with pytest.raises(LttngxError, match='no address in kernel symbols: path="x"'):
        kernel_symbols(["0000000000000000 T _text"], "x")


def test_speedscope_obeys_its_rules(recording):
    """speedscope's file format: sampled profiles hold as many weights as samples, frames by index, time from start to end."""
    kernel = recording / "kernel"
    run = babeltrace2(kernel, "-c", "sink.lttngx.flamegraph", "-p", 'callstacks="off-cpu",format=speedscope')
    document = json.loads(run.stdout)
    assert document["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames = document["shared"]["frames"]
    assert all(set(frame) == {"name"} and frame["name"] for frame in frames)
    for profile in document["profiles"]:
        assert profile["type"] == "sampled" and profile["unit"] == "nanoseconds"
        assert len(profile["samples"]) == len(profile["weights"]) > 0
        assert profile["endValue"] - profile["startValue"] == sum(profile["weights"]) and min(profile["weights"]) > 0
        assert all(0 <= index < len(frames) for sample in profile["samples"] for index in sample)
    assert len(document["profiles"]) > 30
