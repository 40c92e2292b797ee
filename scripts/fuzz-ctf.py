#!/usr/bin/env python3
"""Reads damaged CTF traces with source.lttngx.ctf: every one must be read or refused with an error, in bounded time and memory.

    scripts/fuzz-ctf.py [--seconds N] [--seed N] [--metadata] TRACE...

TRACE are trace directories to damage: flipped bits, lying lengths, cuts, repeated and moved stretches. With --metadata the metadata are
damaged too. A case which ends the process stays in --work (default: a temporary folder) under its number; the seed repeats it.
LTTNGX_COMPONENTS names another folder to import the package from (scripts/sanitize.sh).
"""

import argparse
import faulthandler
import os
import random
import resource
import shutil
import struct
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, os.environ.get("LTTNGX_COMPONENTS") or str(ROOT / "components"))

import bt2  # noqa: E402

PLUGIN = "import bt2\nbt2.register_plugin(__name__, 'lttngx')\nfrom lttngx.sources.ctf import LttngxCtfSource\n"
CASE_SECONDS = 30
MEMORY = 4 << 30
# A message is named by what it lacks: the first words of our own errors.
REFUSALS = ("Cannot ", "No CTF trace", "Clock offset", "Bad ")


class Counter(bt2._UserSinkComponent):
    """Consumes messages and looks at each event's fields."""

    def __init__(self, config, params, obj):
        self._port = self._add_input_port("in")

    def _user_graph_is_configured(self):
        self._iterator = self._create_message_iterator(self._port)

    def _user_consume(self):
        next(self._iterator)


def flip(data, rng):
    for _ in range(rng.choice([1, 1, 3, 30])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def lie(data, rng):
    """Put a striking number where a length or selector may be, often into the first packet's header."""
    size = rng.choice([1, 2, 4, 8])
    number = rng.choice([0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), len(data), 8 * len(data), rng.randrange(2 ** (8 * size))])
    at = rng.randrange(max(1, min(len(data), rng.choice([100, len(data)])) - size))
    data[at:at + size] = struct.pack("<Q", number % 2 ** (8 * size))[:size]


def cut(data, rng):
    del data[rng.randrange(len(data)):]


def move(data, rng):
    begin, length, to = rng.randrange(len(data)), rng.randrange(1, 200), rng.randrange(len(data))
    part = data[begin:begin + length]
    if rng.random() < 0.5:
        del data[begin:begin + length]
    data[to:to] = part


DAMAGES = (flip, flip, lie, lie, cut, move)


def damage(path, rng):
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 1, 2, 4])):
        if len(data) > 8:
            rng.choice(DAMAGES)(data, rng)
    path.write_bytes(bytes(data))


def read(component_class, directory, params):
    """Read a trace with one sink per port; return the last cause of an error, None if it was read."""
    try:
        graph = bt2.Graph()
        source = graph.add_component(component_class, "source", {"inputs": [str(directory)], **params})
        for number, port in enumerate(source.output_ports.values()):
            graph.connect_ports(port, graph.add_component(Counter, f"sink{number}").input_ports["in"])
        if source.output_ports:
            graph.run()
    except bt2._Error as error:
        return error[0].message
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--metadata", action="store_true")
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="fuzz-ctf-"))
    work.mkdir(parents=True, exist_ok=True)
    (work / "bt_plugin_lttngx.py").write_text(PLUGIN)
    component_class = bt2.find_plugins_in_path(str(work))[0].source_component_classes["ctf"]
    if "LTTNGX_COMPONENTS" not in os.environ:  # Sanitizers reserve more address space than any limit allows.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    bad = cases = refused = 0
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        seed = options.seed + cases
        rng = random.Random(seed)
        directory = work / f"case-{seed}"
        shutil.copytree(rng.choice(options.traces), directory)
        files = [path for path in sorted(directory.rglob("*")) if path.is_file() and path.parent.name != "index"
                 and (path.name != "metadata" or options.metadata)]
        damage(rng.choice(files), rng)
        params = rng.choice([{}, {}, {"fields": ["payload.*"]}, {"events": ["*a*"]}, {"fields": []}])
        faulthandler.dump_traceback_later(CASE_SECONDS, exit=True)
        text = read(component_class, directory, params)
        faulthandler.cancel_dump_traceback_later()
        cases += 1
        refused += text is not None
        if text is not None and not text.startswith(REFUSALS) and "metadata" not in text:
            bad += 1
            print(f"seed {seed}: {text}", file=sys.stderr)
        else:
            shutil.rmtree(directory)
    print(f"cases={cases} refused={refused} bad={bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
