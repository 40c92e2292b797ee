"""pack: the completed chunks of a rotated session as compressed, if wanted encrypted files in a folder."""

import argparse
from typing import Any

from lttngx.commands.shards.ship import add_common, run_once

ABOUT = "compress (and encrypt) the completed chunks of a session into a folder"


def add_parser(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("pack", help=ABOUT, description=__doc__.partition(": ")[2])
    add_common(parser, "folder to write to; made if missing")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Pack what is complete. Raises LttngxError."""
    run_once(options)
