"""The attribute tree: named values which change in time.

Rules
- An attribute is a path such as `CPUs/0/status`. It has one value at a time: an int, a float, a str, ABSENT or UNKNOWN.
- UNKNOWN: no fact was seen yet. ABSENT: a fact says that there is no value (no system call is open, the thread is dead).
- A change is (time in ns, attribute, value); it holds until the next change of the attribute. Times never decrease.
- A change of the root (attribute 0) is a loss: the tracer lost that many events. Every value of before the loss is then
  *uncertain* until a fact renews it; a renewal is a change even if the value is the same.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from fnmatch import translate
from typing import NamedTuple
import re


class Absent(Enum):
    """The value of an attribute which is known to have none."""

    ABSENT = "(none)"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent.ABSENT
UNKNOWN = None
Value = int | float | str | Absent | None
Change = tuple[int, int, Value]
ROOT = 0
# Never equal to a value: what `put` compares with where no certain value is known.
_RENEW = object()


class Fact(NamedTuple):
    """A value and since when it holds (ns; None where that is before the first fact). `certain` is False after a loss."""

    value: Value
    since_ns: int | None = None
    certain: bool = True


class Tree:
    """Attributes by number, their values now, and the changes since the last `take`.

    paths: path of each attribute, by number. values: value of each attribute now, by number; read only.
    `put(time_ns, attribute, value)` states a fact; it is a closure because it is called several times an event.
    """

    def __init__(self, record: bool = True) -> None:
        """record: keep changes for `take`; False saves time and memory if only the values now are wanted."""
        self.paths: list[str] = [""]
        self.values: list[Value] = [UNKNOWN]
        self._known: list[object] = [_RENEW]
        self._numbers: dict[str, int] = {"": ROOT}
        self._changes: list[Change] = []
        self._record = record
        self.losses = 0
        self.put: Callable[[int, int, Value], None] = self._make_put()

    def _make_put(self) -> Callable[[int, int, Value], None]:
        known, values, append = self._known, self.values, self._changes.append

        def put(time_ns: int, attribute: int, value: Value) -> None:
            if known[attribute] != value:
                known[attribute] = values[attribute] = value
                append((time_ns, attribute, value))

        def put_only(time_ns: int, attribute: int, value: Value) -> None:
            known[attribute] = values[attribute] = value
        return put if self._record else put_only

    def attribute(self, path: str) -> int:
        """Return the number of the attribute at `path`, which is made if it is new."""
        number = self._numbers.get(path)
        if number is None:
            number = self._numbers[path] = len(self.paths)
            self.paths.append(path)
            self.values.append(UNKNOWN)
            self._known.append(UNKNOWN)
        return number

    def find(self, path: str) -> int | None:
        """Return the number of the attribute at `path`, None if there is none."""
        return self._numbers.get(path)

    def value(self, path: str) -> Value:
        """Return the value now of the attribute at `path`, UNKNOWN if there is none; uncertain ones too."""
        number = self._numbers.get(path)
        return UNKNOWN if number is None else self.values[number]

    def certain(self, path: str) -> bool:
        """Return whether a fact on the attribute at `path` was seen, and no loss since."""
        number = self._numbers.get(path)
        return number is not None and self.is_certain(number)

    def is_certain(self, attribute: int) -> bool:
        """Return whether a fact on the attribute was seen, and no loss since."""
        return self._known[attribute] is not _RENEW and self._known[attribute] is not UNKNOWN

    def remove(self, time_ns: int, attributes: tuple[int, ...] | list[int]) -> None:
        """State that attributes have no value any more; those of which nothing was known stay unknown."""
        for attribute in attributes:
            if self.values[attribute] is not UNKNOWN:
                self.put(time_ns, attribute, ABSENT)

    def lose(self, time_ns: int, count: int | None) -> None:
        """State that events were lost at a time: every value becomes uncertain.

        count: lost events, None if their number is unknown.
        """
        self.losses += 1
        if self._record:
            self._changes.append((time_ns, ROOT, ABSENT if count is None else count))
        self._known[:] = [_RENEW] * len(self._known)

    def take(self) -> list[Change]:
        """Return the changes since the last call, oldest first, and forget them."""
        taken = self._changes[:]
        self._changes.clear()
        return taken

    def __len__(self) -> int:
        return len(self.paths)


def matcher(glob: str | None) -> Callable[[str], bool]:
    """Return a test of paths against a glob, case-sensitive: `*` and `?` do not stop at slashes; None matches all."""
    if glob is None:
        return lambda path: True
    match = re.compile(translate(glob)).match
    return lambda path: match(path) is not None


def facts_now(tree: Tree, glob: str | None = None) -> Iterator[tuple[str, Fact]]:
    """Yield (path, fact) of every attribute whose value is not UNKNOWN, in order of first mention; times are not kept."""
    matches = matcher(glob)
    for number, (path, value) in enumerate(zip(tree.paths, tree.values)):
        if number and value is not UNKNOWN and matches(path):
            yield path, Fact(value, None, tree.is_certain(number))
