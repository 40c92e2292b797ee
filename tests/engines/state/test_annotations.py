"""What is told of each event against the contexts the tracer recorded with it, the model not seeing them."""

from collections import Counter
from dataclasses import replace

from state_traces import TRACES

from lttngx.bt.reading import read
from lttngx.core.classes import Scope
from lttngx.core.extraction import Extraction
from lttngx.state.kernel.model import KernelState

NAMES = ("tid", "procname", "pid")


class Comparison:
    """Feeds an engine with the events as if they had no contexts, and compares those with its annotations before each
    event."""

    per_stream = False

    def __init__(self) -> None:
        self.engine = KernelState(NAMES, record=False)
        self.current = self.engine.annotator(NAMES)
        self.agree, self.differ, self.unknown = Counter(), Counter(), Counter()
        self.examples = []

    def bind(self, event_class, stream):
        bare = replace(event_class, scopes=(event_class.scopes[0], None, None, event_class.scopes[3]))
        inner = self.engine.bind(bare, stream) or Extraction(lambda time, cpu: None)
        contexts = tuple(event_class.path(Scope.COMMON_CONTEXT, name) for name in NAMES)

        def call(time, cpu, *values):
            self.compare(event_class.name, cpu, values[:3])
            inner.call(time, cpu, *values[3:])
        return Extraction(call, contexts + inner.paths)

    def compare(self, event, cpu, recorded) -> None:
        told = dict(zip(NAMES, self.current(cpu)))
        for name, expected in zip(NAMES, recorded):
            if told[name] is None:
                self.unknown[name] += 1
            elif told[name] == expected:
                self.agree[name] += 1
            else:
                self.differ[name] += 1
                self.examples.append((name, event, expected, told[name]))

    def discarded_events(self, *loss):
        self.engine.discarded_events(*loss)

    discarded_packets = discarded_events


def test_annotations_agree_with_recorded_contexts():
    compared = Comparison()
    read(compared, TRACES / "kernel-ctx")
    assert compared.differ["tid"] == 0 and compared.agree["tid"] > 8000
    # A thread's pid is not known before its fork or the statedump; what is told is right.
    assert compared.differ["pid"] == 0 and compared.agree["pid"] > 6500
    # execve() renames the thread a while before sched_process_exec is recorded, and a program may rename itself (the containers' busybox
    # shells do for their own commands): both show at the next sched_switch at the latest.
    assert compared.differ["procname"] < 0.02 * compared.agree["procname"]
