"""Usage over time in bounded memory: rows of equal steps; when there are too many, neighbours are joined and the step is doubled."""

from collections.abc import Hashable
from dataclasses import dataclass

STEPS = 600


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a chart draws. rows: (label, share of one CPU in each step), those with the most time first."""

    begin_ns: int
    step_ns: int
    rows: tuple[tuple[str, tuple[float, ...]], ...]


class Shares:
    """CPU time by key and step. step_ns: its length at first."""

    def __init__(self, step_ns: int, limit: int = 2 * STEPS) -> None:
        self.step_ns, self._limit = step_ns, limit
        # Steps of the first length which one step holds now.
        self._joined = 1
        self._times: dict[Hashable, dict[int, int]] = {}
        self._labels: dict[Hashable, str] = {}

    def add(self, index: int, key: Hashable, label: str, cpu_time_ns: int) -> None:
        """Count the CPU time of a key in a step of the first length."""
        while index // self._joined >= self._limit:
            self._double()
        if cpu_time_ns:
            times = self._times.setdefault(key, {})
            at = index // self._joined
            times[at] = times.get(at, 0) + cpu_time_ns
        self._labels[key] = label

    def _double(self) -> None:
        self._joined *= 2
        for key, times in self._times.items():
            halved: dict[int, int] = {}
            for at, cpu_time_ns in times.items():
                halved[at // 2] = halved.get(at // 2, 0) + cpu_time_ns
            self._times[key] = halved

    def timeline(self, begin_ns: int, end_ns: int, rows: int | None = None, ordered: bool = False) -> Timeline:
        """Return the chart of [begin_ns, end_ns). rows: at most so many; ordered: by key instead of by CPU time."""
        step_ns = self.step_ns * self._joined
        count = max(1, -(-(end_ns - begin_ns) // step_ns))
        keys = sorted(self._times) if ordered else sorted(self._times, key=lambda key: -sum(self._times[key].values()))
        # The last step may be cut by the end.
        widths = [min(step_ns, end_ns - begin_ns - at * step_ns) or step_ns for at in range(count)]
        found = tuple((self._labels[key], tuple(round(self._times[key].get(at, 0) / widths[at], 4) for at in range(count)))
                      for key in keys[:rows])
        return Timeline(begin_ns, step_ns, found)
