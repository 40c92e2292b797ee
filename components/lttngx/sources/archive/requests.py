"""What source.lttngx.archive asks of Python: opening a session. Imported when first needed."""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from lttngx.archive.following import Follower
from lttngx.archive.journal import Position, check_journal, read_journal
from lttngx.archive.reader import ArchiveReader
from lttngx.sources.archive.parameters import SessionOptions, options_of
from lttngx.sources.ctf.requests import make_scan
from lttngx.transport.chunks import Chunk, archives_of, list_chunks
from lttngx.transport.packing import read_identities, unpack


def open_session(params: Mapping[str, object], mip: int, report: Callable[[str], None]) -> Callable[[], ArchiveReader]:
    """Check a component's parameters; return what makes a reader of the session, one for each message iterator."""
    options = options_of(params, mip)
    identities = [] if options.age_identity is None else read_identities(options.age_identity)
    follower_at(options, Position(), report)
    return partial(open_reader, options, identities, report)


def follower_at(options: SessionOptions, position: Position, report: Callable[[str], None]) -> Follower:
    return Follower(options.folder, position.consumed, options.follow, options.idle_s, time.monotonic, report)


def open_reader(options: SessionOptions, identities: list[str], report: Callable[[str], None]) -> ArchiveReader:
    """Make a reader which begins where the journal says."""
    start = Position() if options.journal is None else read_journal(options.journal)
    check_journal(options.journal, start, list_chunks(archives_of(options.folder)))
    return ArchiveReader(follower_at(options, start, report), options.decoding, make_scan, partial(unpack_aside, identities), start,
                         options.journal, report)


def unpack_aside(identities: list[str], chunk: Chunk) -> Path:
    """Unpack a chunk; return the temporary folder in which it is, under its name."""
    folder = Path(tempfile.mkdtemp(prefix="lttngx-chunk-"))
    try:
        unpack(chunk, folder, identities)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder
