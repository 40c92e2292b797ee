"""Command: writes the inventory of this machine's containers as JSON."""

import argparse
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

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


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m lttngx.inventory",
        description="Writes which container owns which pid name space, for the parameter `containers` of sink.lttngx.cputop. "
                    "Run it as root on the traced machine while the containers run.")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="file to write (default: standard output)")
    options = parser.parse_args(arguments)
    text = json.dumps(inventory(), indent=1, ensure_ascii=True) + "\n"
    try:
        options.output.write_text(text) if options.output else sys.stdout.write(text)
    except OSError as error:
        print(f"Cannot write container inventory: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
