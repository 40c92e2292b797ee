"""When a satisfied condition is told: rate policies as lttng-add-trigger(1) has them, a limit per time, and hysteresis."""

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from lttngx.watch.notification import CLEARED, RAISED, Notification


@dataclass(frozen=True, slots=True)
class Policy:
    """every: tell each N-th time only; once_after: tell the N-th time only. limit, per_ns: at most so many in any stretch of so long, by
    the trace's time. None: no such rule. clear: tell when the condition ends, too."""

    every: int = 1
    once_after: int | None = None
    limit: int | None = None
    per_ns: int = 60_000_000_000
    clear: bool = False


class Trigger:
    """A named condition of a kind, and how often it is told.

    satisfied: how often the condition was; told, suppressed: what of it was told, and what was not because of the policy."""

    def __init__(self, name: str, condition: str, policy: Policy, take: Callable[["Trigger", Notification], None]) -> None:
        self.name, self.condition, self.policy, self._take = name, condition, policy, take
        self.satisfied = self.told = self.suppressed = self._before = 0
        self._times: deque[int] = deque(maxlen=policy.limit)
        self._raised: set[Hashable] = set()

    def fire(self, time_ns: int, details: Mapping[str, Any], state: str = "") -> None:
        """The condition was satisfied."""
        self.satisfied += 1
        if not self._is_told(time_ns):
            self.suppressed += 1
            self._before += 1
            return
        self.told += 1
        before, self._before = self._before, 0
        self._take(self, Notification(self.name, self.condition, time_ns, state, self.told, before, details))

    def _is_told(self, time_ns: int) -> bool:
        policy = self.policy
        if policy.once_after is not None and self.satisfied != policy.once_after or self.satisfied % policy.every:
            return False
        if policy.limit is None:
            return True
        if len(self._times) == policy.limit and time_ns - self._times[0] < policy.per_ns:
            return False
        self._times.append(time_ns)
        return True

    def level(self, key: Hashable, time_ns: int, satisfied: bool, released: bool, details: Callable[[], Mapping[str, Any]]) -> None:
        """A quantity was measured. It is told when the condition becomes true, and not again before it has been released.

        key: what was measured, such as a channel. released: whether the quantity is back behind the threshold of hysteresis.
        """
        if key in self._raised:
            if released:
                self._raised.remove(key)
                if self.policy.clear:
                    self.fire(time_ns, details(), CLEARED)
        elif satisfied:
            self._raised.add(key)
            self.fire(time_ns, details(), RAISED)
