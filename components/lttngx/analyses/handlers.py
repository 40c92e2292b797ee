"""Interrupt handlers of one CPU: what runs, nested; what was raised; what a trace part cannot tell alone.

A trace part leaves open what ran at its beginning: an exit without an entry is a *head*, and so is a vector's first run,
whose raise may have come before. `append` closes the gap between two parts with the rules of `irq`, so that cutting a
trace changes nothing. Without anything before (`release`), or after a loss, nothing is held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

# What `leave` returns for an exit without an entry, which counts as such.
UNMATCHED = "unmatched"


@dataclass(slots=True)
class Run:
    """A handler that runs or ran. number: of the line or the vector, the name of an x86 vector. inner_ns: time of handlers
    inside. raised_ns: None if not raised, or not seen. is_first: the vector's first in the trace part, so that an earlier
    part may know a raise."""

    kind: str
    number: int | str
    begin_ns: int
    raised_ns: int | None = None
    is_first: bool = False
    inner_ns: int = 0


class Head(NamedTuple):
    """What is held: a run that ended, or for None an exit without an entry.

    inner_ns: time of handlers outside of all others since the exit before, which ran inside the one that ended."""

    run: Run | None
    kind: str
    number: int | str
    time_ns: int
    lost_until: int
    inner_ns: int = 0


class Outcome(NamedTuple):
    """What became of a head at a merge. run: counts; None: an exit without an entry, or, if is_lost, a run lost."""

    run: Run | None
    time_ns: int
    lost_until: int
    is_lost: bool = False


class HandlerCpu:
    """One CPU. stack: what runs, innermost last. raised: vector → first raise since its last entry."""

    def __init__(self, number: int, is_linked: bool = True) -> None:
        self.number = number
        self.stack: list[Run] = []
        self.raised: dict[int, int] = {}
        # Whether what came before the trace part may still matter; vectors which ran since then.
        self.is_linked = is_linked
        self.entered: set[int] = set()
        self.exits: list[Head] = []
        self.firsts: list[Head] = []
        self.base_inner_ns = 0
        # (time, end) of the loss which ended the link.
        self.lost: tuple[int, int] | None = None

    def enter(self, kind: str, number: int | str, time_ns: int) -> None:
        """A handler begins."""
        self.stack.append(Run(kind, number, time_ns))

    def enter_softirq(self, kind: str, vector: int, time_ns: int) -> None:
        """A softirq's handler begins: what was raised runs."""
        is_first = self.is_linked and vector not in self.entered
        if is_first:
            self.entered.add(vector)
        self.stack.append(Run(kind, vector, time_ns, self.raised.pop(vector, None), is_first))

    def leave(self, kind: str, number: int | str, time_ns: int, lost_until: int) -> "Run | str | None":
        """A handler ends: return its run, UNMATCHED if none began, None if it is held."""
        run = self._take(kind, number, time_ns)
        if run is None:
            if not self.is_linked:
                return UNMATCHED
            self.exits.append(Head(None, kind, number, time_ns, lost_until, self.base_inner_ns))
            self.base_inner_ns = 0
        elif run.is_first and self.is_linked:
            self.firsts.append(Head(run, kind, number, time_ns, lost_until))
            return None
        return run

    def _take(self, kind: str, number: int | str, time_ns: int) -> Run | None:
        """Remove the innermost run of a kind and number; what it took ran inside the one around it."""
        stack = self.stack
        for at in range(len(stack) - 1, -1, -1):
            run = stack[at]
            if run.number == number and run.kind == kind:
                del stack[at]
                self._ran_inside(at, time_ns - run.begin_ns)
                return run
        return None

    def _ran_inside(self, depth: int, duration_ns: int) -> None:
        if depth:
            self.stack[depth - 1].inner_ns += duration_ns
        else:
            self.base_inner_ns += duration_ns

    def lose(self, time_ns: int, lost_until: int) -> int:
        """Events were lost: forget all; return how many handlers ran."""
        if self.is_linked:
            self.lost = time_ns, lost_until
            self.is_linked = False
        number = len(self.stack)
        self.stack.clear()
        self.raised.clear()
        return number

    def release(self) -> Iterator[Head]:
        """Nothing came before this trace part: yield what was held."""
        yield from self.exits
        yield from self.firsts
        self.exits.clear()
        self.firsts.clear()
        self.is_linked = False

    def append(self, follower: "HandlerCpu") -> Iterator[Outcome]:
        """Join the same CPU of the trace part that follows; yield what is known now."""
        for head in follower.exits:
            yield from self._append_exit(head)
        for head in follower.firsts:
            self._find_raise(head.run)
            if head.run.is_first:
                self.firsts.append(head)
            else:
                yield Outcome(head.run, head.time_ns, head.lost_until)
        for run in follower.stack:
            if run.is_first:
                self._find_raise(run)
        for vector in follower.entered:
            self.raised.pop(vector, None)
        if self.is_linked:
            self.entered |= follower.entered
        if follower.lost is not None:
            for _ in range(len(self.stack)):
                yield Outcome(None, *follower.lost, True)
            self.lose(*follower.lost)
        else:
            self._ran_inside(len(self.stack), follower.base_inner_ns)
        self.stack += follower.stack
        self.raised = follower.raised | self.raised

    def _append_exit(self, head: Head) -> Iterator[Outcome]:
        self._ran_inside(len(self.stack), head.inner_ns)
        run = self._take(head.kind, head.number, head.time_ns)
        if run is not None and run.is_first and self.is_linked:
            self.firsts.append(head._replace(run=run, inner_ns=0))
        elif run is not None or not self.is_linked:
            yield Outcome(run, head.time_ns, head.lost_until)
        else:
            self.exits.append(head._replace(inner_ns=self.base_inner_ns))
            self.base_inner_ns = 0

    def _find_raise(self, run: Run) -> None:
        """A vector's first run in the part that follows was raised here, if it was; it may be the first here, too."""
        run.raised_ns = self.raised.pop(run.number, run.raised_ns)
        run.is_first = self.is_linked and run.number not in self.entered
