"""The tree of corrections: from each host to its group's reference along the pairs with the least bound."""

import heapq
from collections.abc import Callable, Iterable, Mapping

from lttngx.clocks.corrections import QUALITIES, Correction
from lttngx.clocks.fit import Fit

# Weight of a step which has no bound: worse than any with one (ns).
UNKNOWN_NS = 1 << 80


def groups(hosts: Iterable[int], edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the sets of hosts which edges connect, each in order, in order of their first host."""
    parent = {host: host for host in hosts}

    def root(host: int) -> int:
        while parent[host] != host:
            host = parent[host]
        return host
    for one, other in edges:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    found: dict[int, list[int]] = {}
    for host in parent:
        found.setdefault(root(host), []).append(host)
    return list(found.values())


def weight(fit: Fit, begin_ns: int, end_ns: int) -> int:
    """Return how far a step can be wrong within a host's trace; without a bound, by its quality."""
    bound_ns = fit.correction.widest_ns(begin_ns, end_ns)
    if bound_ns is None:
        return UNKNOWN_NS * (len(QUALITIES) - QUALITIES.index(fit.correction.quality))
    return bound_ns


def shortest(reference: int, neighbours: Mapping[int, Iterable[int]], step: Callable[[int, int], int]) -> dict[int, int]:
    """Return each host's next host towards the reference (Dijkstra). step(host, towards): weight of one step."""
    towards: dict[int, int] = {}
    done: set[int] = set()
    queue = [(0, reference, reference)]
    while queue:
        distance, host, nearer = heapq.heappop(queue)
        if host in done:
            continue
        done.add(host)
        if host != reference:
            towards[host] = nearer
        for other in neighbours.get(host, ()):
            if other not in done:
                heapq.heappush(queue, (distance + step(other, host), other, host))
    return towards


def corrections(reference: int, towards: Mapping[int, int], fits: Callable[[int, int], Fit],
                of_reference: Correction) -> dict[int, Correction]:
    """Return each host's correction, composed of the steps on its way; the reference's own is `of_reference`."""
    found = {reference: of_reference}

    def correction(host: int) -> Correction:
        if host not in found:
            step, rest = fits(host, towards[host]).correction, towards[host]
            found[host] = step if rest == reference else step.then(correction(rest))
        return found[host]
    for host in towards:
        correction(host)
    return found
