"""python3 -m lttngx.inventory: writes the inventory of this machine's containers as JSON."""

import argparse
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from lttngx.commands.frame import EXIT, exit_status
from lttngx.errors import LttngxError
from lttngx.inventory.collect import Inventory
from lttngx.inventory.proc import read_processes

TIMEOUT_S = 20


def run(*command: str) -> str | None:
    """Return a command's output, None if it is absent, fails or hangs."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="surrogateescape",
                              timeout=TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def inventory() -> dict:
    """Return the inventory of the machine that runs this."""
    processes = read_processes()
    reader = processes[os.getpid()]
    first = processes.get(1, reader)
    host = first if first.pid_ns is not None else reader
    return Inventory(processes, run, socket.gethostname(), host).document()


def main(arguments: list[str] | None = None, prog: str = "python3 -m lttngx.inventory") -> int:
    """Run the command; return its exit status. prog: how it is called."""
    parser = argparse.ArgumentParser(
        prog=prog, epilog=EXIT,
        description="Writes which container owns which pid name space, for the parameter `containers` of sink.lttngx.cputop. "
                    "Run it as root on the traced machine while the containers run.")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="file to write (default: standard output)")
    options = parser.parse_args(arguments)
    return exit_status(lambda: _write(options.output))


def _write(output: Path | None) -> None:
    text = json.dumps(inventory(), indent=1, ensure_ascii=True) + "\n"
    try:
        output.write_text(text) if output else sys.stdout.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise LttngxError(f'Cannot write container inventory: path="{output or "-"}", reason={error.strerror}') from None
