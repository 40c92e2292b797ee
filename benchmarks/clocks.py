"""Figures of filter.lttngx.clocks: against the stock muxer on two hosts' traces, and of the engine which matches messages."""

import os
import random
import statistics
import subprocess
from pathlib import Path

import measure

SHIFT = "1h"
OFFSETS = f'method=offsets,reference="alpha",offsets=[{{clock="beta",offset="-{SHIFT}"}}]'


def two_hosts(trace: Path, scratch: Path) -> tuple[Path, Path]:
    """Write two trace directories with the streams of a recorded one, the second of another clock, one hour later."""
    from lttngx.ctf.metadata import read_metadata
    from lttngx.ctf.reclock import NewClock, reclock

    clock = read_metadata(trace).clock_classes[0]
    made = []
    for number, name in enumerate(("alpha", "beta")):
        folder = scratch / name
        folder.mkdir()
        for path in trace.iterdir():
            if path.is_file() and path.name != "metadata":
                (folder / path.name).symlink_to(path)
        new = NewClock(clock.frequency, clock.offset_seconds + 3600 * number, clock.offset_cycles,
                       f"00000000-0000-0000-0000-00000000000{number}", True)
        text = reclock((trace / "metadata").read_bytes(), lambda _: new).decode()
        host = read_metadata(trace).environment["hostname"]
        (folder / "metadata").write_text(text.replace(f'hostname = "{host}"', f'hostname = "{name}"'))
        made.append(folder)
    return made[0], made[1]


def joined(plugin: tuple[str, ...], hosts: tuple[Path, Path], merging: str, *params: str) -> tuple[str, ...]:
    """Return the command which reads two traces through a filter with several inputs."""
    sources = [word for number, host in enumerate(hosts)
               for word in (f"--component=source-{number}:source.ctf.fs", f'--params=inputs=["{host}"]')]
    return (*plugin, "run", *sources, f"--component=merging:{merging}", *(f"--params={text}" for text in params),
            "--component=sink:sink.utils.dummy", "--connect=source-0:merging", "--connect=source-1:merging", "--connect=merging:sink")


def events_of(plugin: tuple[str, ...], trace: Path) -> int:
    """Return how many events a trace has."""
    run = subprocess.run((*plugin, str(trace), "-c", "sink.utils.counter", "-p", "step=+0"), capture_output=True, text=True, check=True)
    return next(int(line.split()[0].replace(",", "")) for line in run.stdout.splitlines() if "Event messages" in line)


def matching(count: int = 50_000) -> tuple[float, float]:
    """Return events a second of user CPU which are matched between two hosts, and the seconds which the estimate then takes."""
    from lttngx.clocks.hosts import Host
    from lttngx.clocks.matching import RECEIVE, SEND
    from lttngx.clocks.synchronizer import Synchronizer

    source, synchronizer = random.Random(1), Synchronizer()
    for name in ("alpha", "beta"):
        synchronizer.number(Host(name))
    began = os.times().user
    for number in range(count):
        sender, time_ns = number % 2, number * 100_000
        synchronizer.matcher.see(sender, SEND, time_ns, (0, (number, 17)), None)
        synchronizer.matcher.see(1 - sender, RECEIVE, time_ns + source.randrange(20_000, 90_000), (0, (number, 17)), None)
    fed = os.times().user
    synchronizer.result()
    return 2 * count / (fed - began), os.times().user - fed


def lines(plugin: tuple[str, ...], trace: Path, scratch: Path, runs: int, core: str):
    """Yield the lines to print."""
    hosts, events = two_hosts(trace, scratch), 2 * events_of(plugin, trace)
    muxer = joined(plugin, hosts, "filter.utils.muxer")
    for title, params in (("offsets given, read once", (OFFSETS,)), ("offsets estimated, read twice", ())):
        pairs = measure.paired(joined(plugin, hosts, "filter.lttngx.clocks", *params), muxer, runs, {"LTTNGX_CORE": core})
        rate = events / statistics.median(one.user_s for one, _ in pairs)
        yield (f"filter.lttngx.clocks, {core}, two traces merged and rewritten, {title}: {rate / 1000:,.0f} k events/s of user CPU, "
               f"ratio to filter.utils.muxer {measure.ratio(pairs):.2f}")
    rate, seconds = matching()
    yield f"clocks: {rate / 1000:,.0f} k events/s of user CPU are matched; the estimate from 50,000 matches takes {seconds:.1f} s"
