"""Splits a recording of one machine into traces of two hosts, and changes their clocks by known amounts.

The loopback TCP traffic of kernel-a2 goes between servers on two ports and their clients. What a server queues and receives goes into
one trace, what the clients do into the other: each message is then sent in one and received in the other, as if they were two
machines. Their clock class is then changed in the plain text of the metadata, as different offset, frequency and UUID.
"""

import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import bt2
from recorded import unpacked

TOP = Path(__file__).parent.parent
NS_PER_S = 1_000_000_000
# Babeltrace 2.0 writes nothing but CTF 1.8, and does not know the parameter.
CTF_1 = ',ctf-version="1"' if hasattr(bt2, "ClockOrigin") else ""
# Of every packet of a little-endian data stream; the trace's UUID follows.
_MAGIC = bytes.fromhex("c11ffcc1")
_SOURCE, _DESTINATION = (f"network_header.transport_header.{side}_port" for side in ("source", "dest"))


def split(folder: Path) -> dict[str, Path]:
    """Write the traces `server` and `client` into a folder; return their directories."""
    ways = {"server": (_SOURCE, _DESTINATION), "client": (_DESTINATION, _SOURCE)}
    for name, (of_sent, of_received) in ways.items():
        def ports(field):
            return f"({field} == 7000 || {field} == 7001)"
        expression = (f'($event.name == "net_dev_queue" && {ports(of_sent)}) || '
                      f'($event.name == "net_if_receive_skb" && {ports(of_received)})')
        text = '"' + expression.replace('"', '\\"') + '"'
        subprocess.run(
            ["babeltrace2", f"--plugin-path={TOP}", unpacked("kernel-a2") / "kernel", "-c", "filter.lttngx.events",
             "-p", f'names=["net_dev_queue","net_if_receive_skb"],expr={text}',
             "-c", "sink.ctf.fs", "-p", f'path="{folder / name}",assume-single-trace=yes{CTF_1}'], check=True, capture_output=True)
    return {name: folder / name for name in ways}


@dataclass(frozen=True)
class ChangedClock:
    """What a clock class says after `change`: cycle 0 is origin_ns, a cycle lasts NS_PER_S / frequency."""

    origin_ns: int
    frequency: int

    def time_ns(self, cycle: int) -> Fraction:
        return self.origin_ns + Fraction(cycle * NS_PER_S, self.frequency)

    def cycle(self, time_ns: int) -> Fraction:
        return Fraction((time_ns - self.origin_ns) * self.frequency, NS_PER_S)


def change(trace: Path, *, add_s: int = 0, frequency: int = NS_PER_S, uuid: str | None = None, hostname: str | None = None) -> ChangedClock:
    """Change the clock class of a trace with plain metadata; return what it is now. Offsets are rewritten in whole seconds and the
    cycles which remain."""
    path = trace / "metadata"
    text = path.read_text()
    block = re.search(r"clock \{.*?\};", text, re.DOTALL)[0]

    def number(key):
        found = re.search(rf"\b{key} = (-?\d+);", block)
        return int(found[1]) if found else 0
    start_ns = number("offset_s") * NS_PER_S + number("offset")
    seconds, rest = divmod(start_ns, NS_PER_S)
    seconds += add_s
    cycles = rest * frequency // NS_PER_S
    new = re.sub(r"\s*\boffset(_s)? = -?\d+;", "", block)
    new = re.sub(r"freq = \d+;", f"freq = {frequency};\n\toffset_s = {seconds};\n\toffset = {cycles};", new)
    if uuid is not None:
        new = re.sub(r'uuid = "[^"]*"', f'uuid = "{uuid}"', new)
    text = text.replace(block, new)
    if hostname is not None:
        text = re.sub(r'hostname = "[^"]*"', f'hostname = "{hostname}"', text)
    path.write_text(text)
    origin = seconds * NS_PER_S + Fraction(cycles * NS_PER_S, frequency)
    assert abs(origin - (start_ns + add_s * NS_PER_S)) <= 2
    return ChangedClock(origin, frequency)


def renumber(trace: Path, number: int) -> None:
    """Make a trace with plain metadata another trace: its UUID, in the metadata and in every packet, ends in a number."""
    path = trace / "metadata"
    text = path.read_text()
    old = UUID(re.search(r'trace \{.*?uuid = "([^"]*)"', text, re.DOTALL)[1])
    new = UUID(bytes=old.bytes[:15] + bytes([number]))
    path.write_text(text.replace(str(old), str(new)))
    for stream in trace.iterdir():
        if stream.is_file() and stream != path:
            stream.write_bytes(stream.read_bytes().replace(_MAGIC + old.bytes, _MAGIC + new.bytes))
