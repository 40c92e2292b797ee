"""ship: the completed chunks of a rotated session, packed, to a folder or URL; verified before anything is deleted."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from lttngx.archive.following import Coming, Follower
from lttngx.errors import LttngxError
from lttngx.render.times import parse_duration
from lttngx.transport.chunks import archives_of, has_ended
from lttngx.transport.destinations import destination
from lttngx.transport.packing import recipient
from lttngx.transport.shipping import Shipped, Shipper, clean

ABOUT = "pack the completed chunks of a session to a folder or URL, as they come"
POLL_S = 0.2
# Between attempts at a destination which cannot be reached; each waits twice as long.
FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 60.0


def add_parser(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("ship", help=ABOUT, description=__doc__.partition(": ")[2])
    add_common(parser, "folder, or URL which fsspec knows, to write to; made if missing")
    parser.add_argument("--follow", action="store_true", help="go on with new chunks until the session is destroyed")
    parser.add_argument("--until-idle", metavar="DURATION", help="with --follow: end, too, when no chunk came for so long (30s)")
    parser.add_argument("--delete-after-verify", action="store_true",
                        help="delete each chunk when what is at DEST was read back and is what its manifest says")
    parser.set_defaults(run=run)


def add_common(parser: argparse.ArgumentParser, dest: str) -> None:
    """Add what pack and ship share."""
    parser.add_argument("session", type=Path, metavar="SESSION-DIR", help="output folder of the session, or its archives")
    parser.add_argument("dest", metavar="DEST", help=dest)
    parser.add_argument("--recipient", action="append", default=[], metavar="KEY",
                        help="encrypt for this age or SSH public key; repeatable")


def run_once(options: argparse.Namespace) -> None:
    """Ship what is complete now. Raises LttngxError."""
    run(argparse.Namespace(**vars(options), follow=False, until_idle=None, delete_after_verify=False))


def run(options: argparse.Namespace) -> None:
    """Ship what is complete, and with --follow what will be. Raises LttngxError."""
    for text in options.recipient:
        recipient(text)
    idle_s = None if options.until_idle is None else parse_duration(options.until_idle) / 1e9
    follower = Follower(options.session.absolute(), -1, options.follow, idle_s, time.monotonic, _warn, expected=False)
    clean(archives_of(options.session.absolute()))
    shipper = Shipper(destination(options.dest), options.recipient, options.delete_after_verify)
    while (chunk := follower.next()) is not Coming.NEVER:
        if chunk is Coming.LATER:
            time.sleep(POLL_S)
        else:
            _report(_ship(shipper, chunk, patient=options.follow))
    if has_ended(options.session.absolute()):
        shipper.end()


def _ship(shipper: Shipper, chunk: Any, patient: bool) -> Shipped:
    """Ship a chunk; a patient one tries again, later and later, while the destination cannot be used."""
    delay_s = FIRST_DELAY_S
    while True:
        try:
            return shipper.ship(chunk)
        except OSError as error:
            if not patient:
                raise LttngxError(f"Cannot ship: chunk={chunk.name}: {error.strerror or error}") from error
            _warn(f"chunk {chunk.name}: {error.strerror or error}; trying again in {delay_s:.0f} s")
        time.sleep(delay_s)
        delay_s = min(2 * delay_s, LONGEST_DELAY_S)


def _report(shipped: Shipped) -> None:
    what = f"{shipped.content_bytes} to {shipped.packed_bytes} bytes" if shipped.packed_bytes else "was there"
    print(f"{shipped.name}: {what}{', chunk deleted' if shipped.deleted else ''}", flush=True)


def _warn(text: str) -> None:
    print(f"lttngx: WARNING: {text}", file=sys.stderr)
