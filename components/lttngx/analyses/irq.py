"""Interrupt analysis: how long handlers ran, and how long softirqs waited for theirs.

Measures:
- `hard`: handlers of interrupt lines; several on a shared line are an interrupt each.
- `softirq`: handlers of softirq vectors.
- `vector`: handlers of x86 interrupt vectors (local timer, inter-processor interrupts, …).
- `raise`: from the raise of a softirq vector to its handler, told of the handlers which ended.

The rules:
1. Handlers nest on a CPU: an exit ends the innermost one of its kind and number. A duration is inclusive; *self* time is
   without the handlers that ran inside.
2. A raise of a vector that is raised already changes nothing. While its handler runs, a raise is for the next run.
3. What a trace part finds ended but not begun (exits, a vector's first run, which may have been raised before) is held.
4. A loss on a CPU ends what runs there: neither counted nor matched, but as `lost`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lttngx.analyses.grouping import durations
from lttngx.analyses.handlers import UNMATCHED, HandlerCpu, Run
from lttngx.analyses.measures import Measure, dimension_values
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.windowed import Options, Windowed
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel.layouts import resolve
from lttngx.kernel.softirqs import softirq_name
from lttngx.kernel.tracepoints import X86_VECTORS

HARD, SOFTIRQ, VECTOR, RAISE = "hard", "softirq", "vector", "raise"
_LABEL = ("kind", "irq", "handler")
MEASURES = {
    HARD: Measure("Hard interrupts", _LABEL, details=("cpu", "self"), part="self", of_threads=False),
    SOFTIRQ: Measure("Softirqs", _LABEL, details=("cpu", "self", "raised"), part="self", of_threads=False),
    VECTOR: Measure("Interrupt vectors", _LABEL, details=("cpu", "self"), part="self", of_threads=False),
    RAISE: Measure("Softirq raise latency", _LABEL, details=("cpu",), of_threads=False),
}
OUTCOMES = ("handlers", "unmatched_exits", "lost", "lossy")


@dataclass(frozen=True, slots=True)
class IrqOptions(Options):
    """irqs, softirqs: numbers to show; with one of them given, nothing is shown of the kinds which are not."""

    irqs: frozenset[int] = frozenset()
    softirqs: frozenset[int] = frozenset()


class Irq(Windowed):
    """The analysis; see the module."""

    TASK = "follow interrupts"
    MISSING = ("Cannot follow interrupts: event=irq_handler_entry, expected it or irq_softirq_entry or an x86_irq_vectors_* event, got "
               "none in the trace: enable them with `lttng enable-event --kernel 'irq_*'`")
    MEASURES = tuple(MEASURES)
    DIMENSIONS = ("total", "cpu")

    def __init__(self, options: Options = IrqOptions()) -> None:
        super().__init__(options)
        self.cpus: dict[int, HandlerCpu] = {}
        self.wanted = self._wanted()
        # Number → name of a line: of the statedump, else what the trace's events call it.
        self.names: dict[int, str] = {}
        self.seen_names: dict[int, list[str]] = {}

    def _wanted(self) -> frozenset[str]:
        chosen = set(self.options.measures or MEASURES)
        if self.options.irqs or self.options.softirqs:
            chosen &= ({HARD} if self.options.irqs else set()) | ({SOFTIRQ, RAISE} if self.options.softirqs else set())
        return frozenset(chosen)

    def _bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        layout = resolve(event_class)
        if layout is None:
            return None
        name = layout.tracepoint.name
        if name == "lttng_statedump_interrupt":
            return Extraction(self._name_line, layout.fields("irq", "action"))
        if (vector := _VECTORS.get(name)) is not None:
            self.relevant = True
            make = _entry if vector[1] == "entry" else _exit
            handler = make(self, VECTOR)
            label = vector[0]
            return Extraction(lambda time_ns, cpu, _: handler(time_ns, cpu, label), layout.fields("vector"))
        if (entry := _HANDLERS.get(name)) is not None:
            self.relevant = self.relevant or name != "irq_softirq_raise"
            return Extraction(entry[0](self), layout.fields(*entry[1]))
        return None

    def _name_line(self, _: int, __: int, irq: int, action: str) -> None:
        if action:
            self.names[irq] = action if irq not in self.names else self._joined(self.names[irq], action)

    @staticmethod
    def _joined(known: str, name: str) -> str:
        return known if name in known.split(", ") else f"{known}, {name}"

    def see_name(self, irq: int, name: str | None) -> None:
        """An event calls a line's handler so."""
        names = self.seen_names.setdefault(irq, [])
        if name and name not in names:
            names.append(name)

    def cpu(self, number: int) -> HandlerCpu:
        """Return a CPU, made on first sight."""
        if (cpu := self.cpus.get(number)) is None:
            cpu = self.cpus[number] = HandlerCpu(number, not self.settled)
        return cpu

    # Counting

    def ended(self, cpu: HandlerCpu, run: Run, time_ns: int) -> None:
        """A handler ended whose begin and raise are known."""
        if not self._accepts(cpu.number, run):
            return
        values = dimension_values(self.options.group_by, None, cpu.number, None)
        key = (None, (run.kind, run.number), values)
        if run.kind in self.wanted:
            alone = time_ns - run.begin_ns - run.inner_ns
            details = (cpu.number, alone, run.raised_ns) if run.kind == SOFTIRQ else (cpu.number, alone)
            if (cell := self.record(run.kind, key, run.begin_ns, time_ns, details)) is not None:
                cell.part_ns += alone
        if run.raised_ns is not None and RAISE in self.wanted:
            self.record(RAISE, key, run.raised_ns, run.begin_ns, (cpu.number,))

    def _accepts(self, cpu: int, run: Run) -> bool:
        options = self.options
        numbers = options.softirqs if run.kind == SOFTIRQ else options.irqs
        return (not options.filters.cpus or cpu in options.filters.cpus) and (not numbers or run.number in numbers)

    def _lose_on(self, cpu: int | None, begin_ns: int) -> None:
        for own in list(self.cpus.values()) if cpu is None else [self.cpu(cpu)]:
            self.count("lost", own.lose(begin_ns, self.lost_until))

    # Holding and merging

    def _release(self) -> None:
        for cpu in self.cpus.values():
            for head in cpu.release():
                with self.at(head.time_ns, head.lost_until):
                    if head.run is None:
                        self.count("unmatched_exits")
                    else:
                        self.ended(cpu, head.run, head.time_ns)

    def _join_later(self, later: "Irq") -> None:
        self.facts.merge(later.facts)
        for irq, name in later.names.items():
            for part in name.split(", "):
                self._name_line(0, 0, irq, part)
        for irq, names in later.seen_names.items():
            for name in names:
                self.see_name(irq, name)
        for number, follower in later.cpus.items():
            if (own := self.cpus.get(number)) is None:
                self.cpus[number] = follower
                continue
            for found in own.append(follower):
                with self.at(found.time_ns, found.lost_until):
                    if found.run is not None:
                        self.ended(own, found.run, found.time_ns)
                    else:
                        self.count("lost" if found.is_lost else "unmatched_exits")

    # Results

    def named(self, what: str, label: tuple) -> tuple:
        """See Windowed."""
        return self.label(*label)

    def label(self, kind: str, number: int | str) -> tuple:
        """Return (kind, number, name) of a handler."""
        if kind == HARD:
            return kind, number, ", ".join(sorted(self.seen_names.get(number, ()))) or self.names.get(number)
        return (kind, number, softirq_name(number)) if kind == SOFTIRQ else (kind, None, number)

    def _result(self, window, span: TimeRange, losses: Losses, is_last: bool):
        told = window.cells.keys() | window.logs.keys()
        handlers = sum(window.count(name) for name in told if name != RAISE)
        counted = {name: handlers if name == "handlers" else window.outcomes[name] for name in OUTCOMES}
        # What a trace tells nothing of is left out, unless it was asked for.
        shown = self.wanted if self.options.measures or not self.relevant else told
        measures = {name: measure for name, measure in MEASURES.items() if name in shown}
        return durations(self, "irq", measures, window, span, losses, usual=self.GROUPED_BY, outcomes=counted,
                         open_rows=self._open_runs(span) if is_last else ())

    def _open_runs(self, span: TimeRange) -> Iterable[tuple]:
        """Return (None, label …, begin, duration so far) of the handlers which run at the end."""
        runs = [run for _, cpu in sorted(self.cpus.items()) for run in cpu.stack if self._accepts(cpu.number, run)]
        return [(None, *self.label(run.kind, run.number), run.begin_ns, span.end_ns - run.begin_ns) for run in runs
                if run.kind in self.wanted and run.begin_ns < span.end_ns]


def _entry(engine: Irq, kind: str) -> Callable[..., None]:
    def enter(time_ns, number, irq, name=None):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        if name is not None and name not in engine.seen_names.get(irq, ()):
            engine.see_name(irq, name)
        (engine.cpus.get(number) or engine.cpu(number)).enter(kind, irq, time_ns)
    return enter


def _softirq_entry(engine: Irq) -> Callable[..., None]:
    def enter(time_ns, number, vec):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        (engine.cpus.get(number) or engine.cpu(number)).enter_softirq(SOFTIRQ, vec, time_ns)
    return enter


def _exit(engine: Irq, kind: str) -> Callable[..., None]:
    def leave(time_ns, number, irq):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        cpu = engine.cpus.get(number) or engine.cpu(number)
        run = cpu.leave(kind, irq, time_ns, engine.lost_until)
        if run is UNMATCHED:
            engine.count("unmatched_exits")
        elif run is not None:
            engine.ended(cpu, run, time_ns)
    return leave


def _raise(engine: Irq) -> Callable[..., None]:
    def raised(time_ns, number, vec):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        (engine.cpus.get(number) or engine.cpu(number)).raised.setdefault(vec, time_ns)
    return raised


_VECTORS = {f"x86_irq_vectors_{vector}_{edge}": (vector, edge) for vector in X86_VECTORS for edge in ("entry", "exit")}
# Canonical tracepoint → handler maker, fields it takes.
_HANDLERS: dict[str, tuple[Callable[[Irq], Callable[..., None]], tuple[str, ...]]] = {
    "irq_handler_entry": (lambda engine: _entry(engine, HARD), ("irq", "name")),
    "irq_handler_exit": (lambda engine: _exit(engine, HARD), ("irq",)),
    "irq_softirq_raise": (_raise, ("vec",)),
    "irq_softirq_entry": (_softirq_entry, ("vec",)),
    "irq_softirq_exit": (lambda engine: _exit(engine, SOFTIRQ), ("vec",)),
}
