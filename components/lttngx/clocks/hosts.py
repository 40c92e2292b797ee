"""Hosts: the clocks which traces were recorded with.

Two traces are of one host if their clock classes have the same identity: by message interchange protocol 0 a clock class's UUID
(LTTng: the kernel's boot id), by 1 its name space, name and UID. A clock class without an identity belongs to its trace
alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Host:
    """A clock.

    key: what makes it the same clock as another. clock: name of the clock class. uuid: of the clock class (MIP 1: name space
    and UID). trace: name of the trace; hostname: the trace's environment entry; None or empty where unknown. frequency in Hz;
    precision and accuracy in cycles, None where unknown. known_origin: whether the origin is known (the Unix epoch,
    or MIP 1's custom one).
    """

    key: str
    clock: str = ""
    uuid: str | None = None
    trace: str | None = None
    hostname: str | None = None
    frequency: int = NS_PER_S
    precision: int | None = None
    accuracy: int | None = None
    known_origin: bool = True

    @property
    def resolution_ns(self) -> int:
        """How long one value of the clock lasts, at least 1 ns."""
        return -(-NS_PER_S // self.frequency)

    @property
    def precision_ns(self) -> int:
        """The precision; a cycle where it is unknown or 0."""
        return -(-max(self.precision or 0, 1) * NS_PER_S // self.frequency)

    @property
    def accuracy_ns(self) -> int | None:
        """The accuracy, None where it is unknown."""
        return None if self.accuracy is None else -(-self.accuracy * NS_PER_S // self.frequency)

    @property
    def names(self) -> tuple[str, ...]:
        """What the user may call it: hostname, trace name, clock class name, UUID."""
        return tuple(dict.fromkeys(name for name in (self.hostname, self.trace, self.clock, self.uuid) if name))

    def __str__(self) -> str:
        """The first name that is there, else the key; several hosts may have the same."""
        return self.names[0] if self.names else self.key


def unique_names(hosts: Iterable[Host]) -> dict[str, str]:
    """Return what to call each host, by its key: the first of its names which no other host has, else the key."""
    owners: dict[str, set[str]] = {}
    known = list(hosts)
    for host in known:
        for name in (*host.names, host.key):
            owners.setdefault(name, set()).add(host.key)
    return {host.key: next((name for name in host.names if len(owners[name]) == 1), host.key) for host in known}


def identity(clock: str, uuid: str | None = None, namespace: str | None = None, uid: str | None = None,
             trace: str | None = None) -> str:
    """Return the key of a clock class. trace: what tells its trace from others, for a clock class without identity."""
    if uuid is not None:
        return uuid
    if uid is not None:
        return "/".join((namespace or "", clock, uid))
    return f"{clock} of {trace or 'unnamed trace'}"
