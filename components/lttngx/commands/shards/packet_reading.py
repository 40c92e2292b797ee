"""Feeding the packets of recordings to an engine outside of a graph: what source.lttngx.packets would tell of them.

A graph would only make events of what is taken to pieces again in Python: this leaves it out.
"""

from collections.abc import Callable, Mapping, Sequence

from lttngx.bt.packet_events import PACKET, PACKET_FIELDS, ROTATION, ROTATION_FIELDS, row
from lttngx.core.classes import EventClass, FieldClass, Kind, Stream
from lttngx.core.extraction import Consumer
from lttngx.packets.record import Packet, Record
from lttngx.packets.recording import Recording
from lttngx.sources.packets import scan_headers

Files = Mapping[str, tuple[int, int]]
Feed = Callable[[Record], None]


def read_packets(consumer: Consumer, traces: Sequence[str], begin_ns: int | None = None, end_ns: int | None = None,
                 files: Files | None = None) -> Recording:
    """Feed an engine with the packets of traces which end in [begin, end), and with the rotations then; None: no limit.

    files: the data stream files to read, and which bytes of them. For each stream they have to hold the packets beside those in the
    range, too: the one before tells what was lost, the one behind that its chunk goes on. Returns the recording, for what could not
    be read. Raises TraceError.
    """
    recording = Recording(sorted(traces), scan_headers, files=files)
    feeds: dict[bool, Feed | None] = {}
    for record in recording.poll():
        if (begin_ns is None or record.end_ns >= begin_ns) and (end_ns is None or record.end_ns < end_ns):
            kind = isinstance(record, Packet)
            if kind not in feeds:
                feeds[kind] = _feed(consumer, kind)
            if (feed := feeds[kind]) is not None:
                feed(record)
    return recording


def first_packet(traces: Sequence[str], files: Files | None = None) -> Packet | None:
    """Return the packet of traces which ends first, None without any. Raises TraceError."""
    records = Recording(sorted(traces), scan_headers, files=files).poll()
    return next((record for record in records if isinstance(record, Packet)), None)


def _feed(consumer: Consumer, is_packet: bool) -> Feed | None:
    """Return what tells an engine of a packet, or of a rotation; None if it does not want to know."""
    name, fields = (PACKET, PACKET_FIELDS) if is_packet else (ROTATION, ROTATION_FIELDS)
    members = tuple((field, FieldClass(kind, bits=64 if kind is Kind.SIGNED else 0)) for field, kind in fields.items())
    payload = FieldClass(Kind.STRUCTURE, members=members)
    wanted = consumer.bind(EventClass(name, scopes=(None, None, None, payload)), Stream())
    if wanted is None:
        return None
    places = [path.steps[0].index for path in wanted.paths]

    def tell(record: Record) -> None:
        values = row(record)
        wanted.call(record.end_ns, -1, *(values[place] for place in places))
    return tell
