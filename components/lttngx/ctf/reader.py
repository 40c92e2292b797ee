"""Opens traces for decoding: metadata to blueprints, plans and packets. The compiled decoder asks this for everything rare."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from lttngx.core.blueprint import Packet, StreamBlueprint, StreamPrograms, TraceBlueprint
from lttngx.ctf.blueprints import Shift, describe_trace, roles_in
from lttngx.ctf.indexes import Extent, read_index
from lttngx.ctf.model import DataStreamClass, Role, Scope, TraceClass
from lttngx.ctf.operations import Program
from lttngx.ctf.plan import compile_root
from lttngx.ctf.quirks import Quirks, quirks_of
from lttngx.ctf.streams import StreamFiles, TraceFiles, add_packets, data_files, find_directories, find_traces, order_packets
from lttngx.ctf.subset import ALL, Subset
from lttngx.ctf.times import Clock
from lttngx.errors import TraceError

Locate = Callable[[int], tuple[int | None, int]]
Scan = Callable[[str, Extent | None], list[tuple]]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for, and what the host has.

    shift: of every clock. begin_ns, end_ns: packets wholly outside are not read. files: the data stream files to read, by absolute
    path, and of each the bytes whose packets are read; None: all. blobs: trace IR has BLOBs (interchange protocol 1). long_names:
    ports are named as by source.ctf.fs of Babeltrace 2.1, which tells namespace and name too.
    """

    inputs: tuple[str, ...]
    trace_name: str | None = None
    shift: Shift = Shift()
    force_epoch: bool = False
    subset: Subset = ALL
    begin_ns: int | None = None
    end_ns: int | None = None
    files: Mapping[str, Extent] | None = None
    blobs: bool = False
    long_names: bool = False


def programs_of(trace: TraceClass, stream: DataStreamClass, options: Options) -> StreamPrograms:
    """Return the programs of a stream class; those of event classes are compiled when asked for."""
    subset = options.subset

    def compiled(root, scope: Scope | None) -> Program:
        kept = None if root is None or scope is None else subset.root_members(scope, root)
        return compile_root(root, kept, options.blobs)

    common = compiled(stream.common_context, Scope.COMMON_CONTEXT)

    def event(event_id: int) -> tuple[Program, ...] | None:
        found = stream.event_record_classes.get(event_id)
        if found is None:
            return None
        if not subset.wants_event(found.name):
            roots = [root for root in (stream.common_context, found.specific_context, found.payload) if root is not None]
            return (joined([compiled(root, None) for root in roots]),)
        return (common, compiled(found.specific_context, Scope.SPECIFIC_CONTEXT), compiled(found.payload, Scope.PAYLOAD))

    only = next(iter(stream.event_record_classes)) if len(stream.event_record_classes) == 1 else None
    return StreamPrograms(compiled(trace.packet_header, None), compiled(stream.packet_context, Scope.PACKET_CONTEXT),
                          compiled(stream.packet_context, None), compiled(stream.event_record_header, None), event, only)


def joined(programs: Sequence[Program]) -> Program:
    """Return one program that does what several do in turn."""
    operations, table = [], []
    for program in programs:
        first, row = len(operations), len(table)
        operations += [operation._replace(next=operation.next + first, table=operation.table + row)
                       for operation in program.operations]
        table += [entry._replace(begin=entry.begin + first, end=entry.end + first) for entry in program.table]
    return Program(tuple(operations), tuple(table))


@dataclass
class OpenedTrace:
    """One trace ready to be decoded. `scan` reads packet headers: (path, extent) to rows of `indexes.Entry`."""

    files: TraceFiles
    options: Options
    name: str | None
    make_scan: Callable[["OpenedTrace"], Scan]
    streams: dict[object, StreamFiles] = field(default_factory=dict)

    @property
    def trace_class(self) -> TraceClass:
        return self.files.trace_class

    @property
    def slot_count(self) -> int:
        return self.trace_class.slot_count

    @property
    def uuid(self) -> bytes | None:
        return self.trace_class.uuid.bytes if self.trace_class.uuid else None

    @cached_property
    def blueprint(self) -> TraceBlueprint:
        return describe_trace(self.trace_class, self.options.subset, self.name, self.options.shift,
                              self.options.force_epoch)

    @cached_property
    def classes(self) -> dict[int, StreamPrograms]:
        return {stream.id: programs_of(self.trace_class, stream, self.options)
                for stream in self.trace_class.data_stream_classes.values()}

    @cached_property
    def quirks(self) -> Quirks:
        return quirks_of(self.trace_class.environment)

    def clock(self, class_id: int) -> Clock | None:
        """Return the clock of a stream class."""
        index = next(one.clock for one in self.blueprint.stream_classes if one.id == class_id)
        if index is None:
            return None
        clock = self.blueprint.clocks[index]
        return Clock(clock.frequency, clock.offset_seconds, clock.offset_cycles)

    def find_packets(self) -> None:
        """Find all packets of the trace, by index files where they fit, else by their headers."""
        for path, rows in self.packet_rows():
            add_packets(self.streams, path, rows)
        for stream in self.streams.values():
            order_packets(stream)

    def packet_rows(self) -> Iterator[tuple[Path, Sequence[tuple]]]:
        """Yield each data stream file with its packets: rows as of `indexes.Entry`."""
        scan = self.make_scan(self)
        for directory in self.files.directories:
            for path, extent in wanted_files(directory, self.options):
                yield path, self.indexed(path, extent) or checked(scan(str(path), extent), path)

    def indexed(self, path: Path, extent: Extent | None) -> list[tuple] | None:
        """Return a file's packets by its index, None where that cannot be trusted with them."""
        entries = read_index(path, extent)
        known = self.trace_class.data_stream_classes
        if not entries or any(entry.class_id not in known for entry in entries):
            return None
        if Role.DATA_STREAM_ID in roles_in(self.trace_class.packet_header):
            return entries
        # LTTng writes 2^64 − 1 where packets have no data stream ID: each file is a stream.
        return [entry._replace(stream_id=None) for entry in entries]

    @cached_property
    def ports(self) -> list[tuple[str, StreamBlueprint, Locate | None]]:
        """Return each stream with its port name, in the order of files, and how to find a time in it."""
        self.find_packets()
        return [self.port(stream) for stream in self.streams.values()]

    def port(self, stream: StreamFiles) -> tuple[str, StreamBlueprint, Locate | None]:
        """Return a stream as a port."""
        clock = self.clock(stream.class_id)
        packets = tuple(packet for packet in stream.packets if self.wanted(packet, clock))
        blueprint = StreamBlueprint(stream.class_id, stream.stream_id, stream.files[0], tuple(stream.files), packets,
                                    before(stream.packets, packets), self.quirks.end_is_last_event, self.quirks.begin_is_first_event)
        timed = clock is not None and all(packet.begin is not None and packet.end for packet in packets)
        return self.port_name(stream), blueprint, partial(locate, clock, packets) if timed else None

    def wanted(self, packet: Packet, clock: Clock | None) -> bool:
        """Return whether a packet reaches into the time asked for."""
        begin_ns, end_ns = self.options.begin_ns, self.options.end_ns
        if clock is None or packet.begin is None or not packet.end:
            return True
        return ((begin_ns is None or clock.ns(packet.end) >= begin_ns)
                and (end_ns is None or clock.ns(packet.begin) < end_ns))

    def port_name(self, stream: StreamFiles) -> str:
        """Return a port's name as source.ctf.fs gives it: trace, stream class ID, stream ID or file."""
        own, described = self.trace_class, self.blueprint
        trace = str(own.uuid or own.uid or self.files.directories[0])
        if self.options.long_names and own.uid is not None:
            trace = f"{{namespace: `{described.namespace or ''}`, name: `{own.name or ''}`, uid: `{own.uid}`}}"
        last = stream.files[0] if stream.stream_id is None else str(stream.stream_id)
        return f"{trace} | {stream.class_id} | {last}"


def wanted_files(directory: Path, options: Options) -> Iterator[tuple[Path, Extent | None]]:
    """Yield the data stream files to read of a directory, each with the bytes to read; None: all."""
    for path in data_files(directory):
        if options.files is None:
            yield path, None
        elif (extent := options.files.get(str(path))) is not None:
            yield path, extent


def before(packets: Sequence[Packet], wanted: Sequence[Packet]) -> tuple[Packet, ...]:
    """Return the packets before the first one wanted."""
    return tuple(packets[:packets.index(wanted[0])]) if wanted else ()


def locate(clock: Clock, packets: Sequence[Packet], time_ns: int) -> tuple[int | None, int]:
    """Return the clock value at `time_ns` and the index of the first packet which reaches it; None: no packet does."""
    floor = max(0, clock.value(time_ns))
    first = next((index for index, packet in enumerate(packets) if packet.end >= floor), None)
    return (None, 0) if first is None else (floor, first)


def checked(rows: list[tuple], path: Path) -> list[tuple]:
    """Return scanned packets; one which cannot be read is kept, to be refused when the packets before it have been.

    Raises TraceError where it is the file's first: nothing tells its stream.
    """
    if not rows or len(rows[-1]) > 2:
        return rows
    offset, text = rows[-1]
    if len(rows) == 1:
        raise TraceError(f'Cannot read packet: file="{path}", packet-offset={offset}, {text}')
    _, _, _, begin, _, _, _, class_id, stream_id = rows[-2]
    return [*rows[:-1], (offset, 0, 0, begin, None, None, None, class_id, stream_id)]


@dataclass
class OpenedSource:
    """The traces of a component's inputs."""

    traces: list[OpenedTrace]


def open_source(options: Options, make_scan: Callable[[OpenedTrace], Scan]) -> OpenedSource:
    """Open every trace under the inputs. Raises TraceError."""
    traces = find_traces(options.inputs)
    found = (str(path) for trace in traces for directory in trace.directories for path, _ in wanted_files(directory, options))
    if options.files is not None and (unknown := set(options.files).difference(found)):
        raise TraceError(f'No such data stream file: path="{min(unknown)}", expected one of a trace under the inputs')
    names = {id(trace): full_name(trace, options) for trace in traces}
    return OpenedSource([OpenedTrace(trace, options, names[id(trace)], make_scan) for trace in traces])


def full_name(trace: TraceFiles, options: Options) -> str | None:
    """Return a trace's name: host name, then the name given or, for one trace under an input, its path below that input."""
    host = trace.trace_class.environment.get("hostname")
    given = options.trace_name
    if given is None and len(trace.directories) == 1 and len(options.inputs) == 1:
        below = trace.directories[0].relative_to(Path(options.inputs[0]).absolute())
        given = None if below == Path(".") else str(below)
    parts = [part for part in (host, given) if isinstance(part, str) and part]
    return "/".join(parts) or None


__all__ = ["OpenedSource", "OpenedTrace", "Options", "find_directories", "open_source"]
