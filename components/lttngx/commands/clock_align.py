"""python3 -m lttngx.clocks align: shadow traces, which any CTF reader shows by the reference clock.

A shadow trace is a directory with links to a trace's data streams and index, and with metadata of its own.
"""

import argparse
import os
from collections.abc import Iterator, Mapping
from math import ceil
from pathlib import Path

from lttngx.clocks.alignment import Alignment
from lttngx.clocks.corrections import REFERENCE
from lttngx.clocks.given import Given
from lttngx.clocks.hosts import Host
from lttngx.clocks.placing import aligned, refuse_strangers, with_given
from lttngx.clocks.shadow import ShadowClock, shadow_clock
from lttngx.clocks.synchronizer import Synchronizer
from lttngx.clocks.targets import origin_ns
from lttngx.clocks.timeline import Placement
from lttngx.commands.clocks import add_trace_arguments, synchronizer_of
from lttngx.core.classes import ClockClass, Stream
from lttngx.ctf.reclock import NewClock, reclock
from lttngx.errors import LttngxError, ParameterError
from lttngx.render.text import format_duration
from lttngx.render.times import parse_offset

# Clock classes of a trace by name, with their hosts.
Clocks = Mapping[str, tuple[Host, ClockClass]]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    about = "write shadow traces: links to the data streams, metadata with corrected clocks"
    parser = commands.add_parser("align", help=about, description=about)
    parser.set_defaults(run=_align)
    add_trace_arguments(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="a new directory for the shadow traces")
    parser.add_argument("--offset", action="append", default=[], metavar="CLOCK=OFFSET", dest="offsets",
                        help="what to add to a clock's time, e.g. beta=-2h; nothing is estimated for it")


def _align(options: argparse.Namespace) -> Iterator[str]:
    given = tuple(map(_given, options.offsets))
    if options.output.exists():
        raise ParameterError(f'cannot write shadow traces: path="{options.output}" exists, expected a new directory')
    folders, synchronizer, traces = _survey(options)
    alignment = aligned(synchronizer, given)
    if alignment.reference is None:
        raise ParameterError("no stream of the traces has a clock and events")
    alignment, placements = with_given(alignment, given)
    clocks = {host.key: clock for trace in traces.values() for host, clock in reversed(trace.values())}
    refuse_strangers(placements, clocks, alignment.reference)
    yield from (f"Warning: {warning}" for warning in alignment.warnings)
    for folder, target in zip(folders, _targets(folders, options)):
        shadows = {name: _shadow(host, clock, placements[host.key], alignment) for name, (host, clock) in traces[folder].items()}
        _write(Path(folder), target, shadows, traces[folder], placements, clocks)
        yield from (_line(target, traces[folder][name][0], shadow, placements, alignment) for name, shadow in shadows.items())


def _given(text: str) -> Given:
    clock, equals, offset = text.rpartition("=")
    if not equals or not clock:
        raise ParameterError(f"--offset: expected CLOCK=OFFSET, got={text}")
    return Given(clock, parse_offset(offset, "--offset"))


def _survey(options: argparse.Namespace) -> tuple[list[str], Synchronizer, dict[str, Clocks]]:
    """Read all traces; return their directories, what was seen, and the clock classes of each."""
    from lttngx.bt.streams import feed_streams, trace_directories
    from lttngx.clocks.streams import host_of

    synchronizer = synchronizer_of(options)
    folders, traces = trace_directories(options.traces), {}
    for folder in folders:
        found = traces[folder] = {}

        def consumer(stream: Stream) -> object:
            host = host_of(stream)
            found[stream.clock] = (host, stream.clock_class)
            return synchronizer.consumer(host)
        feed_streams(folder, consumer)
    return folders, synchronizer, traces


def _targets(folders: list[str], options: argparse.Namespace) -> Iterator[Path]:
    """Yield where to write each shadow trace: below the output, as below the trace arguments."""
    taken: set[Path] = set()
    for folder in folders:
        argument = max((trace for trace in options.traces if Path(folder).is_relative_to(trace)), key=len)
        path = options.output / Path(os.path.abspath(argument)).name / Path(folder).relative_to(argument)
        names = (path, *(path.with_name(f"{path.name}-{number}") for number in range(2, len(folders) + 2)))
        chosen = next(name for name in names if name not in taken)
        taken.add(chosen)
        yield chosen


def _shadow(host: Host, clock: ClockClass, placement: Placement, alignment: Alignment) -> ShadowClock:
    begin_ns, end_ns = next((one.begin_ns or 0, one.end_ns or 0) for one in alignment.hosts if one.host.key == host.key)
    return shadow_clock(clock.frequency, origin_ns(clock), placement.correction, begin_ns, end_ns)


def _write(folder: Path, target: Path, shadows: Mapping[str, ShadowClock], trace: Clocks, placements: Mapping[str, Placement],
           clocks: Mapping[str, ClockClass]) -> None:
    """Write one shadow trace. Raises LttngxError."""
    def change(name: str) -> NewClock | None:
        if name not in shadows:
            return None
        shadow, reference = shadows[name], clocks[placements[trace[name][0].key].reference.key]
        return NewClock(shadow.frequency, shadow.offset_seconds, shadow.offset_cycles, reference.uid, reference.unix_epoch,
                        reference.namespace, reference.name)

    try:
        metadata = reclock((folder / "metadata").read_bytes(), change)
        target.mkdir(parents=True)
        for path in sorted(folder.iterdir()):
            if path.name != "metadata":
                (target / path.name).symlink_to(path.resolve(), path.is_dir())
        (target / "metadata").write_bytes(metadata)
    except OSError as error:
        raise LttngxError(f'cannot write shadow trace: path="{target}", reason={error.strerror}') from None


def _line(target: Path, host: Host, shadow: ShadowClock, placements: Mapping[str, Placement], alignment: Alignment) -> str:
    """Return what is said of one shadow trace."""
    correction = placements[host.key].correction
    begin_ns, end_ns = next((one.begin_ns or 0, one.end_ns or 0) for one in alignment.hosts if one.host.key == host.key)
    if correction.quality == REFERENCE:
        return f"{target}: {host}: as it is"
    bound_ns = correction.widest_ns(begin_ns, end_ns)
    bound = "unknown" if bound_ns is None else format_duration(bound_ns)
    middle_ns = (begin_ns + end_ns) // 2
    offset_ns = correction.apply(middle_ns) - middle_ns
    rounding = ceil(shadow.error_ns)
    return (f"{target}: {host}: {correction.quality}, offset {offset_ns} ns in the middle, bound ± {bound}; {shadow.frequency} Hz, "
            f"rounding at most {format_duration(rounding)}")
