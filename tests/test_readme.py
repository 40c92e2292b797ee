"""What README.md and docs/ print is what the commands print.

A fenced block marked `console` holds `$ command` lines, each followed by its output. A line `…` stands for any number of lines.
Commands run in the repository's top folder with TZ=UTC.
"""

import os
import re
import subprocess
from pathlib import Path

import bt2
import pytest

TOP = Path(__file__).parent.parent
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


def commands():
    """Yield (id, command, expected output lines) of every `$` line in every console block."""
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
            for part in parts:
                # A command goes on after a backslash at the end of a line, and in lines with the shell's second prompt, `> `.
                command, _, output = re.match(r"((?:[^\n]*\\\n)*[^\n]*(?:\n> [^\n]*)*)(\n)?(.*)", part, re.DOTALL).groups()
                command = command.replace("\n> ", "\n")
                yield pytest.param(command, output.rstrip("\n").split("\n"), id=f"{page.name}: {command[:60]}")


def matches(expected: list[str], got: list[str]) -> bool:
    """Return whether the lines agree, `…` standing for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in got)) is not None


@pytest.mark.parametrize("command, expected", list(commands()))
def test_command_prints_what_the_page_says(command, expected):
    if "ctf2-ust-blob" in command and bt2.get_maximal_mip_version():
        pytest.skip("the page shows BLOBs as Babeltrace 2.0 has them, arrays; 2.1 prints bytes (test_equality compares those)")
    if "--cluster" in command:
        pytest.importorskip("distributed")
    environment = os.environ | {"TZ": "UTC", "PATH": f"{TOP}/.venv/bin:{os.environ['PATH']}"}
    run = subprocess.run(command, shell=True, cwd=TOP, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    got = run.stdout.rstrip("\n").split("\n")
    assert matches(expected, got), "\n".join(["got:", *got])


def test_matching_knows_a_difference():
    assert matches(["a", "…", "c"], ["a", "b", "b", "c"])
    assert not matches(["a", "…", "c"], ["a", "b"])
    assert not matches(["a"], ["b"])
