"""The journal of an archive's reader: what was consumed, so that a new reader goes on there.

A position is the ID of the last chunk of which every message was consumed, how many messages of later chunks were, too (chunks
overlap by milliseconds, as a rotation switches stream by stream), and the last packet of each stream in the consumed chunks,
whose counters the next packet's are compared with. The file is JSON, replaced by rename(2).
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lttngx.core.blueprint import Packet
from lttngx.errors import LttngxError
from lttngx.transport.chunks import Chunk

SCHEMA = "lttngx.archive.journal/1"
# A stream: the trace's UUID (or path in the chunk), data stream class ID, data stream ID (or file name).
StreamKey = tuple[str, int, int | str]


@dataclass(frozen=True, slots=True)
class Position:
    """consumed: chunk ID, -1 for none. delivered: messages of later chunks, stream beginnings not counted. streams: last packets.
    name: of the chunk `consumed`."""

    consumed: int = -1
    delivered: int = 0
    streams: dict[StreamKey, Packet] = field(default_factory=dict)
    name: str = ""


def read_journal(path: Path) -> Position:
    """Return the position in a journal; the beginning if there is no journal yet. Raises LttngxError for another file."""
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError:
        return Position()
    except (OSError, ValueError) as error:
        raise LttngxError(f'Cannot read journal: path="{path}", reason={error}') from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise LttngxError(f'Cannot read journal: path="{path}", expected schema {SCHEMA}')
    streams = {tuple(key): Packet(0, 0, 0, 0, *counters) for key, counters in document["streams"]}
    return Position(document["consumed"], document["delivered"], streams, document["name"])


def check_journal(path: Path, position: Position, chunks: Iterable[Chunk]) -> None:
    """Raise LttngxError if the chunks are not those which the journal is about, as far as the last consumed one is still there."""
    for chunk in chunks:
        if chunk.id == position.consumed and chunk.name != position.name:
            raise LttngxError(f'Journal of another session: path="{path}", chunk={chunk.name}, expected {position.name}')


def write_journal(path: Path, position: Position) -> None:
    """Replace a journal. Raises LttngxError if that cannot be done."""
    streams = [[key, [packet.begin, packet.end, packet.discarded, packet.sequence]] for key, packet in position.streams.items()]
    document = {"schema": SCHEMA, "consumed": position.consumed, "name": position.name, "delivered": position.delivered, "streams": streams}
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        temporary.write_text(json.dumps(document) + "\n")
        os.replace(temporary, path)
    except OSError as error:
        raise LttngxError(f'Cannot write journal: path="{path}", reason={error.strerror}') from error
