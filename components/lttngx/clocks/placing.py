"""Where hosts are put on a time line: by the offsets which are given, and by an alignment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lttngx.clocks.alignment import Alignment
from lttngx.clocks.choice import choose
from lttngx.clocks.corrections import ABSENT, Correction
from lttngx.clocks.given import Given, given_for
from lttngx.clocks.hosts import Host
from lttngx.clocks.synchronizer import Synchronizer
from lttngx.clocks.timeline import Placement
from lttngx.core.classes import ClockClass
from lttngx.errors import TraceError


def aligned(synchronizer: Synchronizer, given: Sequence[Given]) -> Alignment:
    """Return what a synchronizer says. Where the user has no wish, a clock for which an offset is given, which leads to the
    reference's time, is not the reference itself as long as there is another."""
    found = synchronizer.result()
    free = [figures.host for figures in found.hosts if given_for(figures.host, given) is None]
    if synchronizer.reference is not None or synchronizer.priority or not free or found.reference in free:
        return found
    def matches(host: Host) -> int:
        return sum(pair.matches for pair in found.pairs if host in (pair.own, pair.other))
    return synchronizer.result(choose(free, matches).key)


def with_given(alignment: Alignment, given: Sequence[Given]) -> tuple[Alignment, dict[str, Placement]]:
    """Return an alignment in which given corrections have replaced estimated ones, and the placement of each host by its key.

    A given correction leads to the time of the alignment's reference. Hosts of a group whose own reference has one follow it.
    """
    placements = {}
    for group in alignment.groups:
        moved = None if group.reference == alignment.reference else given_for(group.reference, given)
        for host in group.hosts:
            own, found = given_for(host, given), alignment.correction(host)
            if own is not None:
                placements[host.key] = Placement(own, alignment.reference)
            elif moved is not None:
                placements[host.key] = Placement(found.then(moved), alignment.reference)
            else:
                placements[host.key] = Placement(found, group.reference)
    corrections = {key: placement.correction for key, placement in placements.items()}
    return replace(alignment, corrections=corrections), placements


def late_placement(host: Host, given: Sequence[Given], reference: Host | None) -> Placement:
    """Return the placement of a host which came after the alignment: a given one, else its own time."""
    own = given_for(host, given)
    return Placement(Correction.offset(0, ABSENT), host) if own is None else Placement(own, reference or host)


def refuse_strangers(placements: Mapping[str, Placement], clocks: Mapping[str, ClockClass], main: Host | None) -> None:
    """Raise TraceError if times lead to two references which nothing connects: no messages, no given offset, and no common origin.

    clocks: the clock class of each host.
    """
    for placement in placements.values():
        if main is not None and placement.reference.key != main.key and not _same_origin(clocks[placement.reference.key], clocks[main.key]):
            raise TraceError(
                f"Cannot put two clocks on one time line: clock={_shown(placement.reference, clocks)}, "
                f"reference={_shown(main, clocks)}: their origins differ and no messages connect them: expected the parameter "
                f'offsets to tell one, as in offsets=[{{clock="{placement.reference}",offset="1.5s"}}], or the parameter pairs '
                "to tell which events are messages")


def _same_origin(one: ClockClass, other: ClockClass) -> bool:
    return (one.unix_epoch and other.unix_epoch) or (one.origin is not None and one.origin == other.origin)


def _shown(host: Host, clocks: Mapping[str, ClockClass]) -> str:
    clock = clocks[host.key]
    origin = "Unix epoch" if clock.unix_epoch else clock.origin[1] if clock.origin is not None else "unknown"
    return f'"{host}" (clock class "{clock.name or ""}", UUID {clock.uid or "none"}, origin {origin})'
