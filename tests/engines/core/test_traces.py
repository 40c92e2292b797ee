"""Real traces read by src.ctf.fs: both cores select and extract the same, and select again after seeking."""

from pathlib import Path

import bt2
import pytest

import graphs
from lttngx.core import choice
from lttngx.core.classes import Scope
from lttngx.core.extraction import Extraction
from lttngx.core.predicate import Binary, Constant, Exists, Field, Glob, Or, Predicate

TRACES = Path(__file__).parents[2] / "data" / "traces"
FOLDERS = ["ctf18-kernel", "ctf18-ust"]


class Everything:
    """Wants every root structure of every event."""

    per_stream = False

    def __init__(self):
        self.rows = []

    def bind(self, event_class, stream):
        paths = tuple(event_class.path(scope) for scope in Scope)
        return Extraction(lambda *values: self.rows.append((event_class, stream.trace, *values)), paths)

    def discarded_events(self, stream, begin_ns, end_ns, count):
        self.rows.append((stream, begin_ns, end_ns, count))

    discarded_packets = discarded_events


def extract(core, folder):
    everything = Everything()
    graphs.run(graphs.chain(TRACES / folder, (
        graphs.ExtractingSink, lambda upstream, mip: core.Extractor(upstream, everything, mip=mip).consume)))
    return everything.rows


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_field_of_every_event_is_the_same(native_core, folder):
    rows = extract(native_core, folder)
    assert rows == extract(choice.portable(), folder)
    assert len(rows) > 1000


class Some:
    """Accepts events whose name starts as given, or whose common context has an odd `vtid`, or any `ret` below zero."""

    per_stream = False

    def bind(self, event_class, stream, first_ns):
        if event_class.name.endswith("s"):
            return True
        tests = [Binary("and_bits", Field(path), Constant(1)) for name in ("vtid", "tid", "pid")
                 if (path := event_class.path(Scope.COMMON_CONTEXT, name))]
        tests += [Or(Glob(Field(path), (b"", b"e", b"")), Exists(Field(path))) for name, member in (
            event_class.scopes[Scope.PAYLOAD].members if event_class.scopes[Scope.PAYLOAD] else ())
            if (path := event_class.path(Scope.PAYLOAD, name)) and member.kind.value == "string"]
        return tuple(Predicate(test, False) for test in tests)


def select(monkeypatch, core, folder):
    graphs.use(monkeypatch, core)
    seen, checker, graph = graphs.messages(TRACES / folder, (graphs.SelectingFilter, (Some(), True, [])))
    return [(message.event.name, message.default_clock_snapshot.value) for message in seen
            if type(message) is bt2._EventMessageConst], checker.counts


@pytest.mark.parametrize("folder", FOLDERS)
def test_selections_are_the_same(monkeypatch, native_core, folder):
    chosen, counts = select(monkeypatch, native_core, folder)
    assert (chosen, counts) == select(monkeypatch, choice.portable(), folder)
    assert 0 < len(chosen) < len(extract(native_core, folder))


def test_seeking_starts_again(monkeypatch, core):
    """Read some messages, seek the beginning and read all: nothing of the first reading is left."""
    graphs.use(monkeypatch, core)
    counts = []

    def make(upstream, mip):
        def consume():
            whole = sum(1 for _ in upstream)
            for partial in (1, 17, 300):
                assert upstream.can_seek_beginning()
                upstream.seek_beginning()
                for _ in range(partial):
                    next(upstream)
                upstream.seek_beginning()
                counts.append((whole, sum(1 for _ in upstream)))
            raise bt2.Stop
        return consume
    graphs.run(graphs.chain(TRACES / "ctf18-kernel", (graphs.SelectingFilter, (Some(), True, [])),
                            (graphs.ExtractingSink, make)))
    assert len(counts) == 3 and all(whole == again > 300 for whole, again in counts)
