"""examples/*.py run as their help says, and print what Babeltrace's own text, or arithmetic, tells."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from commands import KERNEL, TOP, babeltrace2
from cores import NATIVE
from recorded import TRACES

pytestmark = pytest.mark.skipif(isinstance(NATIVE, str), reason=f"source.lttngx.ctf needs the compiled core: {NATIVE}")
EXAMPLES = TOP / "examples"
RAN = {"events_of_one_thread.py", "reads_by_name.py", "spans_of_two_hosts.py"}


def example(name, *arguments):
    return subprocess.run([sys.executable, EXAMPLES / name, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=True,
                          env=os.environ | {"TZ": "UTC", "PYTHONPATH": str(TOP / "components")}).stdout


def recorded(name):
    """Return the lines of Babeltrace's text about events of kernel-ctx whose name begins so."""
    return [line for line in babeltrace2(KERNEL).stdout.splitlines() if re.search(rf" {name}\w*: {{", line)]


def test_every_script_is_tested():
    assert {path.name for path in EXAMPLES.glob("*.py")} == RAN


def test_events_of_one_thread():
    expected = [re.search(r" (syscall_\w+): ", line)[1] for line in recorded("syscall_") if " tid = 600," in line]
    lines = example("events_of_one_thread.py", KERNEL, 600).splitlines()
    assert [line.split()[1] for line in lines] == expected and len(lines) > 200


def test_reads_by_name():
    pytest.importorskip("pyarrow")
    sums = {}
    for line in recorded("syscall_exit_read:"[:-1]):
        name, returned = re.search(r'procname = "(.*?)"', line)[1], int(re.search(r" ret = (-?\d+)", line)[1])
        if returned > 0:
            sums[name] = sums.get(name, 0) + returned
    printed = re.findall(r"^(.{20}) +([\d,]+) bytes", example("reads_by_name.py", KERNEL), re.MULTILINE)
    assert {name.strip(): int(number.replace(",", "")) for name, number in printed} == sums and len(sums) > 5


def test_spans_of_two_hosts(tmp_path):
    """What a wrong offset adds to a request it takes from the reply: their sum is that of the traces before one clock was changed."""
    shutil.copytree(TRACES / "ust-pong", tmp_path / "pong")
    metadata = tmp_path / "pong" / "metadata"
    text = metadata.read_text()
    assert "= 1795853925" in text
    metadata.write_text(text.replace("809777f9", "00000001").replace("= 1795853925", "= 1795879125").replace('"vm"', '"pong"'))
    sent, got = ({}, {})
    pattern = re.compile(r'^\[(\d+)\.(\d+)\].*app:(sent|got): .* (?:id|message) = (\d+), kind = "(\w+)"')
    for line in babeltrace2("--clock-seconds", TRACES / "ust-ping", TRACES / "ust-pong").stdout.splitlines():
        seconds, ns, event, number, kind = pattern.match(line).groups()
        (sent if event == "sent" else got)[kind, number] = int(seconds) * 10**9 + int(ns)
    expected_ms = sum(got[key] - sent[key] for key in sent) / 1e6
    sums = re.findall(r"^(?:request|reply) +200 .* (\S+) ms +\S+ ms +\S+ ms$",
                      example("spans_of_two_hosts.py", TRACES / "ust-ping", tmp_path / "pong", "vm"), re.MULTILINE)
    assert len(sums) == 2 and sum(map(float, sums)) == pytest.approx(expected_ms, abs=0.002)
