"""The alignment of hosts: groups, their references, every host's correction, and how it came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lttngx.clocks import tree
from lttngx.clocks.choice import choose, named
from lttngx.clocks.corrections import ABSENT, INCONSISTENT, ONE_SIDED, REFERENCE, Correction
from lttngx.clocks.figures import PairFigures, figures
from lttngx.clocks.fit import Fit, fit
from lttngx.clocks.hosts import Host, unique_names
from lttngx.clocks.matching import RECEIVE, SEND, Counts
from lttngx.clocks.polygon import LOWER, UPPER

# (send time on the sender's clock, receive time on the receiver's) by (sender, receiver).
Matches = Mapping[tuple[int, int], Sequence[tuple[int, int]]]
# Share of a trace outside of its matches from which on the user is warned.
MUCH_EXTRAPOLATED = 0.5


@dataclass(frozen=True, slots=True)
class Group:
    """Hosts which messages connect; reference: the one whose time the others get."""

    reference: Host
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class HostFigures:
    """Events of a host which send and receive messages, those whose other side was not seen; the range of its trace in
    ns."""

    host: Host
    sends: int
    receives: int
    unmatched_sends: int
    unmatched_receives: int
    begin_ns: int | None
    end_ns: int | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """Corrections of hosts to reference time.

    reference: the chosen clock, None without hosts. groups: of hosts which messages connect, the reference's first; each has a
    reference of its own, and nothing is known between them. local: messages within one host. ambiguous: keys seen twice,
    with ambiguous_events events. warnings: what the user should know, one line each.
    """

    reference: Host | None
    groups: tuple[Group, ...]
    corrections: Mapping[str, Correction]
    pairs: tuple[PairFigures, ...]
    hosts: tuple[HostFigures, ...]
    local: int
    ambiguous: int
    ambiguous_events: int
    warnings: tuple[str, ...]

    def correction(self, host: Host) -> Correction:
        """Return a host's correction to its group's reference; of a host never met, times as they are (absent)."""
        return self.corrections.get(host.key) or Correction.offset(0, ABSENT)

    @property
    def names(self) -> dict[str, str]:
        """What to call each host, by its key."""
        return unique_names(figures.host for figures in self.hosts)

    def group(self, host: Host) -> Group | None:
        """Return a host's group."""
        return next((group for group in self.groups if any(host.key == member.key for member in group.hosts)), None)


def align(hosts: Sequence[Host], ranges: Mapping[int, tuple[int, int]], matches: Matches, counts: Counts, max_rate_ppm: int,
          reference: str | None = None, priority: Sequence[str] = ()) -> Alignment:
    """Return the alignment of hosts. ranges: what the traces cover, by host. Raises ParameterError (see `choice.named`)."""
    return _Aligner(hosts, ranges, matches, counts, max_rate_ppm).align(reference, priority)


class _Aligner:
    def __init__(self, hosts: Sequence[Host], ranges: Mapping[int, tuple[int, int]], matches: Matches, counts: Counts,
                 max_rate_ppm: int) -> None:
        self._hosts, self._ranges, self._matches, self._counts = hosts, ranges, matches, counts
        self._max_rate_ppm = max_rate_ppm
        self._numbers = {host.key: number for number, host in enumerate(hosts)}
        self._edges = sorted({(min(pair), max(pair)) for pair in matches})
        self._fits: dict[tuple[int, int], Fit] = {}

    def align(self, reference: str | None, priority: Sequence[str]) -> Alignment:
        corrections: dict[str, Correction] = {}
        used: dict[int, int] = {}
        main = self._main(reference, priority)
        groups = []
        for members in sorted(tree.groups(range(len(self._hosts)), self._edges), key=lambda members: main not in members):
            root = main if main in members else self._numbers[self._choose(members, priority).key]
            groups.append(Group(self._hosts[root], tuple(self._hosts[member] for member in members)))
            towards = tree.shortest(root, self._neighbours(), self._step)
            used |= towards
            known = REFERENCE if len(members) > 1 or root == main else ABSENT
            found = tree.corrections(root, towards, self._fit, Correction.offset(0, known))
            corrections |= {self._hosts[number].key: correction for number, correction in found.items()}
        pairs = tuple(self._figures(edge, used) for edge in self._edges)
        hosts, counts = tuple(map(self._host, range(len(self._hosts)))), self._counts
        return Alignment(
            None if main is None else self._hosts[main], tuple(groups), corrections, pairs, hosts, counts.local, counts.ambiguous,
            counts.ambiguous_events, tuple(warnings(groups, pairs, unique_names(self._hosts))))

    def _main(self, reference: str | None, priority: Sequence[str]) -> int | None:
        if not self._hosts:
            return None
        if reference is not None:
            return self._numbers[named(self._hosts, reference).key]
        return self._numbers[self._choose(range(len(self._hosts)), priority).key]

    def _choose(self, members: Sequence[int], priority: Sequence[str]) -> Host:
        def count(host: Host) -> int:
            return sum(len(found) for pair, found in self._matches.items() if self._numbers[host.key] in pair)
        return choose([self._hosts[member] for member in members], count, priority)

    def _neighbours(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for one, other in self._edges:
            found.setdefault(one, []).append(other)
            found.setdefault(other, []).append(one)
        return found

    def _fit(self, own: int, other: int) -> Fit:
        """Return the fit from a host's clock to another's.

        A clock shows a time for `resolution_ns`: a receive was up to that much later, and so was the own time of a receive.
        """
        if (own, other) not in self._fits:
            late_ns, own_late_ns = self._hosts[other].resolution_ns, self._hosts[own].resolution_ns
            messages = [(send_ns, receive_ns + late_ns, UPPER) for send_ns, receive_ns in self._matches.get((own, other), ())]
            messages += [(receive_ns + own_late_ns, send_ns, LOWER) for send_ns, receive_ns in self._matches.get((other, own), ())]
            self._fits[own, other] = fit(messages, self._max_rate_ppm)
        return self._fits[own, other]

    def _step(self, own: int, other: int) -> int:
        return tree.weight(self._fit(own, other), *self._range(own, self._fit(own, other)))

    def _range(self, number: int, of_fit: Fit) -> tuple[int, int]:
        """What a host's trace covers; at least its matches."""
        times = [*self._ranges.get(number, ()), *(of_fit.messages[at][0] for at in (0, -1) if of_fit.messages)]
        return (min(times), max(times)) if times else (0, 0)

    def _figures(self, edge: tuple[int, int], used: Mapping[int, int]) -> PairFigures:
        """Figures from the host farther from the reference to the nearer one."""
        one, other = edge
        own, nearer = (one, other) if used.get(one) == other else (other, one)
        found = self._fit(own, nearer)
        return figures(self._hosts[own], self._hosts[nearer], used.get(own) == nearer, found, *self._range(own, found))

    def _host(self, number: int) -> HostFigures:
        counts = self._counts
        begin_ns, end_ns = self._ranges.get(number, (None, None))
        return HostFigures(self._hosts[number], counts.events[number, SEND], counts.events[number, RECEIVE],
                           counts.unmatched[number, SEND], counts.unmatched[number, RECEIVE], begin_ns, end_ns)


def warnings(groups: Sequence[Group], pairs: Sequence[PairFigures], names: Mapping[str, str]) -> list[str]:
    """Return what the user should know, one line each. names: of hosts by key."""
    found = []
    if len(groups) > 1:
        shown = "; ".join(f"[{', '.join(names[host.key] for host in group.hosts)}] by the clock of {names[group.reference.key]}"
                          for group in groups)
        found.append(f"no messages connect {len(groups)} groups of clocks, each has a reference of its own: {shown}")
    for pair in pairs:
        if pair.used:
            found += [f"{names[pair.own.key]} to {names[pair.other.key]}: {text}" for text in _doubts(pair)]
    return found


def _doubts(pair: PairFigures) -> list[str]:
    doubts = []
    if pair.quality == ONE_SIDED:
        doubts.append("messages one way only: the offset has a bound on one side, and the quickest message is taken as instant")
    if pair.quality == INCONSISTENT:
        doubts.append("the messages contradict each other: wrong matches, or clocks which differ by more than max-rate-ppm")
    if pair.extrapolated > MUCH_EXTRAPOLATED:
        doubts.append(f"messages cover only {1 - pair.extrapolated:.1%} of the trace: the bound grows outside of them")
    if pair.strays:
        doubts.append(f"{pair.strays} messages contradict those around them and were left out")
    return doubts
