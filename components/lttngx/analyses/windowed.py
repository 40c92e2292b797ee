"""The base of analyses of durations: windows, cells, losses, results, merging.

An analysis follows the kernel's state and records *durations* of one or more measures, each under a key (thread,
label, values of dimensions). One cell holds the distribution of one key in one window, so memory grows with the
number of keys, not of events; only the view `log` keeps every sample.

The rules:
1. A duration belongs to the window in which it ends, whole.
2. What a part of a trace cannot tell for want of its past is *held* (a head), and recorded when the past is known:
   at a merge, or when `settle` says that there is none.
3. Threads are named by what the whole trace tells, so a filter chooses cells when a result is made, not before.
4. Where nothing in a result depends on threads, cells are of none (`owner`): there are few of them, however many threads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lttngx.analyses.cells import Cell, Key, Window
from lttngx.analyses.filters import Filters
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.windows import BEFORE, BEYOND, FOREVER, Cuts, Grid
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.errors import ParameterError, TraceError
from lttngx.kernel.facts import Facts
from lttngx.kernel.layouts import is_kernel
from lttngx.kernel.streams import StreamCpus
from lttngx.kernel.threads import Thread, Threads

VIEWS = ("log", "top", "stats", "freq")
# Of analyses which tell, too, what was used up.
USAGE = "usage"
# Dimensions whose rows are about threads.
OF_THREADS = frozenset({"thread", "process", "container"})


@dataclass(frozen=True, slots=True)
class Options:
    """What to compute. begin_ns, end_ns: ints, or functions from the first event's time to one.

    refresh_ns: length of the windows, aligned to multiples from the begin; None: one window. measures: those to show;
    empty: the analysis's usual ones. group_by: dimensions, one table each; empty: the usual ones. min_ns, max_ns: limits
    of durations (of sizes, where the measure is one), inclusive, and bounds of `freq` where given. limit: rows of `top` and
    `usage`, 0 = all. resolution: bins of `freq`.
    uniform: all tables of `freq` have the bounds of the whole measure. per_decade: logarithmic bins beside each row of
    `stats`, 0 = none. inventory: containers by pid name space.
    """

    begin_ns: int | Callable[[int], int] | None = None
    end_ns: int | Callable[[int], int] | None = None
    refresh_ns: int | None = None
    views: tuple[str, ...] = ("stats",)
    measures: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    filters: Filters = Filters()
    min_ns: int | None = None
    max_ns: int | None = None
    limit: int = 10
    resolution: int = 20
    uniform: bool = False
    per_decade: int = 0
    inventory: Mapping[int, Mapping] = field(default_factory=dict)

    def kept_samples(self) -> int | None:
        """Return how many samples a cell keeps: None for none, 0 for all, else the longest so many."""
        if "log" in self.views or ("top" in self.views and not self.limit):
            return 0
        return self.limit if "top" in self.views else None


class Windowed:
    """The base class. Feed an analysis through `bind` and the calls it returns, then read `results`; `closed` gives
    windows while it runs. A subclass defines `_bind`, `_lose_on`, `_release`, `_join_later` and `_result`."""

    per_stream = False
    # What its windows are made with: (begin, end, length) to them.
    make_grid: Callable[..., Grid | Cuts] = Grid
    # Error text of a trace without the events which the analysis is about.
    MISSING: ClassVar[str]
    # What it does, for errors: "follow system calls".
    TASK: ClassVar[str]
    VIEWS: ClassVar[tuple[str, ...]] = VIEWS
    # What min_ns and max_ns limit.
    LIMITED: ClassVar[str] = "duration"
    MEASURES: ClassVar[tuple[str, ...]]
    DIMENSIONS: ClassVar[tuple[str, ...]]
    # Dimensions if none were asked for.
    GROUPED_BY: ClassVar[tuple[str, ...]] = ("total",)

    def __init__(self, options: Options, threads: Threads | None = None) -> None:
        """Raises ParameterError if the options do not fit."""
        self.options = options
        self._check()
        self.keep = options.kept_samples()
        # Whether all samples are kept, in order, and whether a view needs cells.
        self.logs = self.keep == 0
        self.has_cells = not ({"stats", "freq"}.isdisjoint(options.views) and self.logs)
        self.tells_threads = (self.keep is not None or options.filters.of_threads
                              or not OF_THREADS.isdisjoint(options.group_by or self.GROUPED_BY))
        self.facts = Facts(threads)
        if options.refresh_ns is not None:
            self.facts.before = self.advance
        self.grid: Grid | Cuts | None = None
        self.windows: dict[int, Window] = {}
        # Current window: events at or after `high` belong to a later one. None: nothing is counted now.
        self.current: int = BEFORE
        self.window: Window | None = None
        self.high = -FOREVER
        self.given = 0
        self.first_ns: int | None = None
        self.last_ns = self.covered_ns = -FOREVER
        # End of the last loss: durations which began before it are lossy.
        self.lost_until = -FOREVER
        self.relevant = self.settled = False
        # Results of windows which have ended, once somebody takes them while the analysis runs.
        self._ready: list[Any] | None = None
        self.streams = StreamCpus()
        self._early_losses: list[tuple] = []

    def _check(self) -> None:
        options = self.options
        if options.refresh_ns is not None and options.refresh_ns <= 0:
            raise ParameterError(f"Invalid parameter: name=refresh, expected more than 0 ns, got {options.refresh_ns}")
        for name, given, known in (("group-by", options.group_by, self.DIMENSIONS), ("measure", options.measures, self.MEASURES),
                                   ("view", options.views, self.VIEWS)):
            for word in given:
                if word not in known:
                    raise ParameterError(f'Invalid parameter: name={name}, expected one of {", ".join(known)}, got "{word}"')
        self._check_limits(self.LIMITED, options.min_ns, options.max_ns)

    @staticmethod
    def _check_limits(what: str, least: int | None, most: int | None) -> None:
        if None not in (least, most) and least > most:
            unit = " ns" if what == "duration" else ""
            raise ParameterError(f"Invalid parameter: name=min-{what}, expected at most max-{what} ({most}{unit}), got {least}{unit}")

    # What the core calls

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """Return what to do with the events of a class, None for those that tell nothing here.

        Raises TraceError if a class lacks a field that it must have."""
        if not is_kernel(stream):
            return None
        self.facts.see_host(stream)
        return self._bind(event_class, stream)

    def _bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        raise NotImplementedError

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """The tracer lost events of a stream: on the given CPU, else the one its packets told, else its name's number,
        else on every CPU."""
        self._lose(stream, begin_ns, end_ns, cpu, 1 if count is None else count, 0)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                          cpu: int = -1) -> None:
        """The tracer lost packets of a stream; see discarded_events."""
        self._lose(stream, begin_ns, end_ns, cpu, 0, 1 if count is None else count)

    def packet_begins(self, stream: Stream, cpu: int, time_ns: int | None) -> None:
        """A packet of a CPU begins: its stream is that CPU's."""
        self.streams.see(stream, cpu)

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell the times of the first and the last event of all, of which the analysis sees but some."""
        if first_ns is not None:
            self.first_ns = first_ns if self.first_ns is None else min(first_ns, self.first_ns)
        if last_ns is not None:
            self.covered_ns = max(last_ns, self.covered_ns)

    def advance(self, now_ns: int | None) -> None:
        """Go to a time, event or not: windows which end before it are complete."""
        if now_ns is None:
            return
        if self.grid is None:
            self._begin(now_ns)
        if now_ns >= self.high:
            self._open(self.grid.index(now_ns))

    def _begin(self, time_ns: int) -> None:
        """The first event of all: the windows are known from now on."""
        self.cover(time_ns, time_ns)
        first = self.first_ns
        begin, end = (value(first) if callable(value) else value for value in (self.options.begin_ns, self.options.end_ns))
        if begin is None and self.options.refresh_ns is not None:
            begin = first
        if begin is not None and end is not None and end <= begin:
            raise ParameterError(f"Invalid time range: expected begin before end, got begin={begin}, end={end} (ns)")
        self.grid = self.make_grid(begin, end, self.options.refresh_ns)
        self._open(self.grid.index(time_ns))
        self._account_early_losses(self)

    def _open(self, index: int) -> None:
        if self._ready is not None:
            self._ready += self._ended(index)
        self.current = index
        self.high = self.grid.bounds(index)[1]
        self.window = None if index in (BEFORE, BEYOND) else self.windows.setdefault(index, Window())

    def see(self, time_ns: int | None) -> None:
        """Go to an event's time. Raises TraceError if it has none."""
        if time_ns is None:
            raise TraceError(f"Cannot {self.TASK}: expected events with a default clock snapshot, got none")
        if time_ns >= self.high:
            self.advance(time_ns)
        self.last_ns = max(self.last_ns, time_ns)

    # Counting

    def owner(self, thread: Thread) -> Thread | None:
        """Return whose cell a thread's durations go to (rule 4)."""
        return thread if self.tells_threads else None

    def record(self, measure: str, key: Key, begin_ns: int, end_ns: int, details: tuple = ()) -> Cell | None:
        """Count a duration that ends now; return its cell, None if it is not wanted here, or but logged."""
        return self.record_value(measure, key, end_ns - begin_ns, begin_ns, end_ns, details)

    def record_value(self, measure: str, key: Key, value: int, begin_ns: int, end_ns: int, details: tuple = ()) -> Cell | None:
        """Count a value of what happened in [begin_ns, end_ns], which is now; see `record`."""
        window, options = self.window, self.options
        if window is None or (options.min_ns is not None and value < options.min_ns) or (
                options.max_ns is not None and value > options.max_ns):
            return None
        if begin_ns < self.lost_until:
            window.outcomes["lossy"] += 1
        if self.logs:
            window.logs[measure].append((begin_ns, end_ns, value, key[0], key[1], *details))
            if not self.has_cells:
                return None
        cells = window.cells[measure]
        cell = cells.get(key)
        if cell is None:
            cell = cells[key] = Cell()
        cell.add(value)
        if self.keep and value > cell.floor:
            cell.keep((value, begin_ns, end_ns, *details), self.keep)
        return cell

    def named(self, what: str, label: tuple) -> tuple:
        """Return the label of a measure or usage as results show it, at the end."""
        return label

    def at(self, time_ns: int, lost_until: int) -> "_At":
        """Return a context in which durations and outcomes count as at a time past, when the last loss was over at
        `lost_until`."""
        return _At(self, time_ns, lost_until)

    def count(self, outcome: str, number: int = 1) -> None:
        """Count an outcome now."""
        if self.window is not None:
            self.window.outcomes[outcome] += number

    # Losses

    def _lose(self, stream: Stream, begin_ns: int | None, end_ns: int | None, cpu: int, events: int, packets: int) -> None:
        if is_kernel(stream):
            loss = begin_ns, end_ns, self.streams.cpu_of(stream, cpu), events, packets
            if self.grid is None:
                # A loss does not say when tracing began: it waits for the first event.
                self._early_losses.append(loss)
            else:
                self._account_loss(*loss)

    def _account_early_losses(self, part: "Windowed") -> None:
        for loss in part._early_losses:
            self._account_loss(*loss)
        part._early_losses.clear()

    def _account_loss(self, begin_ns: int | None, end_ns: int | None, cpu: int | None, events: int, packets: int) -> None:
        """Count a loss in the first window that it touches; what is open on its CPU is not followed further."""
        begin = self.last_ns if begin_ns is None else begin_ns
        end = begin if end_ns is None else end_ns
        if begin >= self.high:
            self.advance(begin)
        start = self.grid.begin_ns
        touched = begin if start is None or end < start else max(begin, start)
        index = self.grid.index(touched)
        if index not in (BEFORE, BEYOND):
            # No event may have opened it.
            window = self.windows.setdefault(max(index, self.given), Window())
            window.discarded_events += events
            window.discarded_packets += packets
        self.lost_until = max(self.lost_until, end)
        if events or packets:
            # Else the loss began in the trace part before, which was told: there it cut what was open.
            self._lose_on(cpu, begin)

    def _lose_on(self, cpu: int | None, begin_ns: int) -> None:
        """Forget what a loss makes unknown on a CPU, or on all for None."""
        raise NotImplementedError

    # Results

    def settle(self) -> None:
        """Tell that nothing comes before this part of the trace: what was held is recorded (rule 2)."""
        if not self.settled:
            self.settled = True
            self._release()

    def _release(self) -> None:
        """Record what was held."""
        raise NotImplementedError

    def closed(self) -> list[Any]:
        """Return the results of windows that are complete and not yet given; their memory is freed.

        From the first call on, which may be before the first event, a window's result is made as it ends: it does not depend on when
        it is asked for."""
        if self.options.refresh_ns is None:
            return []
        self.settle()
        ready, self._ready = [*(self._ready or ()), *(() if self.grid is None else self._ended(self.current))], []
        return ready

    def _ended(self, index: int) -> list[Any]:
        """Return the results of the windows before one which were not given yet."""
        last = index if index != BEYOND else max(self.windows, default=self.given - 1) + 1
        return [self._give(False) for _ in range(self.given, last)]

    def results(self) -> list[Any]:
        """Return the results of all windows not yet given; to be called at the end.

        Raises TraceError if the trace has none of the events it needs, ParameterError if the range holds nothing."""
        self.require()
        if self.grid is None:
            self.advance(self.first_ns)
        self.settle()
        self.advance(max(self.last_ns, self._end_ns() - 1))
        last = max(self.windows, default=0)
        ready, self._ready = self._ready or [], None
        return ready + [self._give(index == last) for index in range(self.given, last + 1)]

    def require(self) -> None:
        """Raise TraceError if the trace has none of the events it needs."""
        if not self.relevant:
            raise TraceError(self.MISSING)

    def nothing(self) -> Any:
        """Return the result of an empty trace: its tables, without rows."""
        return self._result(Window(), TimeRange(0, 0), Losses(), False)

    def _give(self, is_last: bool) -> Any:
        """Return the next window's result and forget the window."""
        index, self.given = self.given, self.given + 1
        window = self.windows.pop(index, None) or Window()
        return self._result(window, self._span(index, is_last), Losses(window.discarded_events, window.discarded_packets), is_last)

    def _result(self, window: Window, span: TimeRange, losses: Losses, is_last: bool) -> Any:
        raise NotImplementedError

    def _end_ns(self) -> int:
        return max(self.last_ns, self.covered_ns)

    def _span(self, index: int, is_last: bool) -> TimeRange:
        """Return a window's range: as requested, else from the first to the last event, which the last window ends with."""
        begin, end = self.grid.bounds(index)
        begin = self.first_ns if begin == -FOREVER else begin
        if is_last and self.grid.end_ns is None:
            # A loss may begin a window behind the last event: an empty one.
            end = max(min(end, self._end_ns()), begin if index else -FOREVER)
        if end < begin:
            raise ParameterError(f"Invalid time range: expected a begin before the last event ({self._end_ns()} ns), got {begin} ns")
        return TimeRange(begin, end)

    # Windows which are spans (`per_span`): of Cuts

    def cut(self, time_ns: int) -> None:
        """Let a window end, and the next one begin."""
        if self.grid is None:
            self._begin(time_ns)
        self.settle()
        if self.grid.cut(time_ns):
            self.high = time_ns
            self.advance(time_ns)

    def knows(self, time_ns: int) -> bool:
        """Return whether nothing more can become known of what was before a time."""
        return True

    def between(self, span: TimeRange) -> Any:
        """Return the result of a range between two cuts."""
        window = Window()
        for index in range(self.grid.index(span.begin_ns), self.grid.index(span.end_ns)):
            if (part := self.windows.get(index)) is not None:
                window.merge(part, self.keep)
        return self._result(window, span, Losses(window.discarded_events, window.discarded_packets), False)

    def forget(self, time_ns: int) -> None:
        """Forget the windows before the one which holds a time."""
        self.grid.forget(time_ns, self.windows)

    # Merging

    def merge(self, later: "Windowed") -> "Windowed":
        """Join what another analysis with the same options made of the part of the trace that follows; return self.

        With refresh_ns, begin_ns must be given, as both must use the same windows. A loss that spans the cut must be
        told to both (count 0 to the later one). Neither may have given windows away. The later part is used up."""
        if self.options != later.options or self.settled or later.settled:
            raise ValueError(f"Cannot merge parts: expected analyses with the same options and no result given, to {self.TASK}")
        self.relevant = self.relevant or later.relevant
        self.cover(later.first_ns, later._end_ns() if later._end_ns() > -FOREVER else None)
        if self.grid is None and later.grid is not None:
            self.grid = later.grid
            self._account_early_losses(self)
        if self.grid is not None:
            for index in later.windows:
                self.windows.setdefault(index, Window())
        self._join_later(later)
        for index, window in later.windows.items():
            self.windows[index].merge(window, self.keep)
        self.lost_until = max(self.lost_until, later.lost_until)
        if self.grid is None:
            self._early_losses += later._early_losses
        else:
            self._open(max(self.current, later.current))
            self._account_early_losses(later)
        return self

    def _join_later(self, later: "Windowed") -> None:
        """Join the state and the facts of the part that follows. What stands for its threads here, they `became`."""
        raise NotImplementedError


class _At:
    """Counts in another window for a while."""

    def __init__(self, analysis: Windowed, time_ns: int, lost_until: int) -> None:
        self._analysis, self._time_ns, self._lost_until = analysis, time_ns, lost_until

    def __enter__(self) -> None:
        analysis = self._analysis
        self._before = analysis.window, analysis.lost_until
        index = analysis.grid.index(self._time_ns)
        # A window given away cannot take more: the current one does.
        analysis.window = None if index in (BEFORE, BEYOND) else analysis.windows.get(index, analysis.window)
        analysis.lost_until = max(analysis.lost_until, self._lost_until)

    def __exit__(self, *_: Any) -> None:
        self._analysis.window, self._analysis.lost_until = self._before
