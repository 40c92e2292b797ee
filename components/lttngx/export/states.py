"""Slices of states: from the changes of a state tree to (begin, end, value) of each attribute."""

from collections.abc import Iterable, Iterator, Sequence

from lttngx.state.tree import ABSENT, ROOT, UNKNOWN, Change, Value, matcher

Slice = tuple[int, int, Value]


class StateSlices:
    """Keeps the slices of the attributes whose paths match one of some globs.

    A state ends where the next begins, and where the tracer lost events: from there on it is unknown until it is told
    again. ABSENT and UNKNOWN are no slices.
    """

    def __init__(self, globs: Iterable[str]) -> None:
        self._matches = [matcher(glob) for glob in globs]
        self._wanted: list[bool] = []
        self._open: dict[int, tuple[int, Value]] = {}
        self._slices: dict[int, list[Slice]] = {}

    def take(self, changes: Iterable[Change], paths: Sequence[str]) -> None:
        """Take further changes, in order of time. paths: of the attributes by number, which only grow."""
        for path in paths[len(self._wanted):]:
            self._wanted.append(any(matches(path) for matches in self._matches))
        wanted, current = self._wanted, self._open
        for time_ns, attribute, value in changes:
            if attribute == ROOT:
                self.end(time_ns)
            elif wanted[attribute]:
                self._close(attribute, time_ns)
                if value is not ABSENT and value is not UNKNOWN:
                    current[attribute] = (time_ns, value)

    def _close(self, attribute: int, time_ns: int) -> None:
        begun = self._open.pop(attribute, None)
        if begun is not None and begun[0] < time_ns:
            self._slices.setdefault(attribute, []).append((begun[0], time_ns, begun[1]))

    def end(self, time_ns: int) -> None:
        """End all states at a time."""
        for attribute in list(self._open):
            self._close(attribute, time_ns)

    def slices(self, paths: Sequence[str]) -> Iterator[tuple[str, list[Slice]]]:
        """Yield (path, slices in order of time) of each attribute which had a value, by path."""
        for attribute in sorted(self._slices, key=lambda number: paths[number]):
            yield paths[attribute], self._slices[attribute]
