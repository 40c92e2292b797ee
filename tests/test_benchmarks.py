"""The benchmarks can be started: everything they measure with is imported."""

import subprocess
import sys

from commands import TOP


def test_the_program_says_how_it_is_used():
    run = subprocess.run([sys.executable, TOP / "benchmarks/ratios.py", "--help"], capture_output=True, text=True, check=True)
    assert "--rounds" in run.stdout
