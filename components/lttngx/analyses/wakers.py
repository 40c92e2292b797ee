"""Who woke a thread: the thread of the CPU which recorded the wake-up, and the context that it ran in.

A waker is (thread, context). At the beginning of a trace part, and after a loss, it is not known whether an interrupt
handler runs on a CPU: the context is a `Moment`, which later events tell, or, if there is one, the part before.
"""

from lttngx.kernel.running import Cpu, Traced

IN_THREAD = "thread"


class Moment:
    """A context not known yet. told: by an earlier part; same: the moment of an earlier part that this is; guess: what
    later events say, if no earlier part says anything."""

    __slots__ = ("told", "same", "guess")

    def __init__(self) -> None:
        self.told: str | None = None
        self.guess: str | None = None
        self.same: Moment | None = None

    def final(self) -> str | None:
        """Return the context, None if nothing told it."""
        moment = self
        while moment.same is not None:
            moment = moment.same
        return moment.guess if moment.told is None else moment.told


class SchedCpu(Cpu):
    """A CPU with the handlers that run on it, innermost last.

    moment: the context outside of them; None once a switch told that it is the thread's. opening: the moment, not told
    yet, of the part's beginning, outside of the handlers in `left`; those ended, but had begun before: (moment inside,
    context) of each. is_opening: neither a switch nor a loss has come yet."""

    __slots__ = ("stack", "moment", "opening", "left", "is_opening")

    def __init__(self, number: int, ghost: Traced):
        super().__init__(number, ghost)
        self.stack: list[str] = []
        self.moment: Moment | None = Moment()
        self.opening = self.moment
        self.left: list[tuple[Moment, str]] = []
        self.is_opening = True

    def waker(self) -> tuple:
        """Return who would wake a thread now."""
        if self.stack:
            return self.thread, self.stack[-1]
        return self.thread, IN_THREAD if self.moment is None else self.moment

    def leave(self, context: str) -> None:
        """A handler ends, which may have begun before the trace part, or unseen."""
        if self.stack:
            self.stack.pop()
        elif self.moment is not None:
            self.moment.guess = context
            if self.is_opening:
                self.left.append((self.moment, context))
            self.moment = Moment()
            if self.is_opening:
                self.opening = self.moment

    def synchronise(self) -> None:
        """A switch: no handler runs, and none did since the last one ended."""
        if self.moment is not None:
            self.moment.guess = IN_THREAD
            self.moment = None
        self.is_opening = False
        self.stack.clear()

    def forget(self) -> None:
        """Events were lost: handlers may have begun and ended."""
        self.moment = Moment()
        self.is_opening = False
        self.stack.clear()

    def meet_moments(self, follower: "SchedCpu") -> None:
        """The part that follows tells of, and is told, the handlers at its beginning."""
        for moment, context in follower.left:
            self._tell(moment)
            self.leave(context)
        self._tell(follower.opening)
        if follower.is_opening:
            self.stack = self.stack + follower.stack
            return
        if follower.opening.guess is None:
            self.forget()
        else:
            self.synchronise()
        self.moment, self.stack = follower.moment, follower.stack

    def _tell(self, moment: Moment) -> None:
        """Say what the context is where this part ends."""
        if self.stack:
            moment.told = self.stack[-1]
        elif self.moment is None:
            moment.told = IN_THREAD
        else:
            moment.same = self.moment
