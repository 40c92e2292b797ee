"""What source.lttngx.ctf asks of Python: opening, queries. Imported when first needed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lttngx.core.native.decode_source import host_version
from lttngx.core.native.decode_readers import make_class_reader, scan_file
from lttngx.ctf.packets import is_packetized, unpack
from lttngx.ctf.reader import OpenedSource, OpenedTrace, open_source
from lttngx.errors import LttngxError, ParameterError
from lttngx.sources.ctf.parameters import options_of

def make_scan(trace: OpenedTrace):
    """Return the function which lists the packets of a data stream file of a trace."""
    readers = {one.id: make_class_reader(None, one, trace.classes[one.id]) for one in trace.blueprint.stream_classes}
    if not readers:
        return lambda path, extent: [(0, "the metadata has no data stream class")]
    first = next(iter(readers.values()))
    return lambda path, extent: scan_file(first, path, trace.uuid, trace.slot_count, readers, extent)


def stream_info(name: str, blueprint, clock) -> dict[str, object]:
    """Return one stream of babeltrace.trace-infos."""
    info: dict[str, object] = {"port-name": name}
    begins = [packet.begin for packet in blueprint.packets if packet.begin is not None]
    ends = [packet.end for packet in blueprint.packets if packet.end]
    if clock is not None and begins and ends:
        info["range-ns"] = {"begin": clock.ns(begins[0]), "end": clock.ns(max(ends))}
    return info


def trace_infos(params: Mapping[str, object]) -> list[object]:
    """Answer babeltrace.trace-infos."""
    source = open_source(options_of(params), make_scan)
    return [{"stream-infos": [stream_info(name, blueprint, trace.clock(blueprint.class_id))
                              for name, blueprint, _ in trace.ports]} for trace in source.traces]


def metadata_info(params: Mapping[str, object]) -> dict[str, object]:
    """Answer metadata-info: the metadata stream's text; from Babeltrace 2.1 on, TSDL from packets begins with its signature."""
    if not isinstance(params.get("path"), str):
        raise ParameterError(f"Wrong parameter: name='path', expected a string, got {params.get('path')!r}")
    try:
        data = (Path(params["path"]) / "metadata").read_bytes()
    except OSError as error:
        raise LttngxError(f"Cannot read metadata: path={params['path']!r}: {error.strerror}") from error
    text, packetized = unpack(data)[0].decode("utf-8", "replace"), is_packetized(data)
    if packetized and host_version() >= (2, 1) and not text.startswith(("/* CTF", "\x1e")):
        text = f"/* CTF 1.8 */\n\n{text}"
    return {"text": text, "is-packetized": packetized}


QUERIES = {"babeltrace.trace-infos": trace_infos, "metadata-info": metadata_info}


def open_inputs(params: Mapping[str, object], mip: int) -> OpenedSource:
    """Open the traces which a component's parameters name. mip: the graph's interchange protocol version."""
    return open_source(replace(options_of(params), blobs=mip > 0), make_scan)
