"""The choice of the reference clock.

In this order: the clock which `reference` names; the first of the ordered patterns of `priority` which names one; else the clock with
a known origin, then the best precision (a finer clock wins where none is stated), then the best accuracy, then the most matches with other
clocks, then the one which came first.
"""

from collections.abc import Callable, Iterable, Sequence

from lttngx.clocks.hosts import Host
from lttngx.errors import ParameterError
from lttngx.language.patterns import encode, name_pattern


def named(hosts: Sequence[Host], reference: str) -> Host:
    """Return the host which a clock class name, UUID, trace name or hostname means. Raises ParameterError if not exactly one."""
    found = [host for host in hosts if reference in (host.key, *host.names)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(dict.fromkeys(f'"{name}"' for host in hosts for name in host.names or (host.key,)))
    if found:
        raise ParameterError(
            f'reference: "{reference}" names {len(found)} clocks: expected a name which only one has, known=[{known}]')
    raise ParameterError(f'reference: no clock is called "{reference}": known=[{known}]')


def choose(hosts: Sequence[Host], matches: Callable[[Host], int], priority: Iterable[str] = ()) -> Host:
    """Return the reference among some hosts, at least one. matches: how many a host has with other clocks."""
    ordered = sorted(hosts, key=lambda host: rank(host, matches(host)))
    for pattern in map(name_pattern, priority):
        for host in ordered:
            if any(pattern.matches(encode(name)) for name in (*host.names, host.key)):
                return host
    return ordered[0]


def rank(host: Host, matches: int) -> tuple:
    """Return what hosts are sorted by where the user has no wish: the least comes first."""
    accuracy_ns = host.accuracy_ns
    return (not host.known_origin, host.precision_ns, accuracy_ns is None, accuracy_ns or 0, -matches)
