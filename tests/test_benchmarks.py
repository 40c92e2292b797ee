"""The benchmarks can be started: everything they measure with is imported."""

import subprocess
import sys

from commands import TOP


def test_the_program_says_how_it_is_used():
    run = subprocess.run([sys.executable, TOP / "benchmarks/ratios.py", "--help"], capture_output=True, text=True, check=True)
    assert "--rounds" in run.stdout


def test_new_times_leave_the_rest_of_a_row_alone(monkeypatch):
    monkeypatch.syspath_prepend(str(TOP / "benchmarks"))
    from old_commands import written

    page = "# Page\n\n## Commands\n\n| `lttng-a TRACE` | `lttngx filter TRACE --expr 'a \\|\\| b'` | 3.9 | 0.24 | 0.061 | a \\| in words |\n\nEnd.\n"
    assert written(page, "lttng-a TRACE", ("4.0", "0.20", "0.050")) == page.replace("3.9 | 0.24 | 0.061", "4.0 | 0.20 | 0.050")
    assert written(page, "lttng-a TRACE", ("stops", "0.20", "")) == page.replace("3.9 | 0.24 | 0.061 |", "stops | 0.20 | |")
