"""Times whole commands, in turn, by the operating system's own account of each finished process."""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What one finished command used: user CPU in seconds."""

    user_s: float


# With it, all modules would be compiled in every run: an installed package's are not.
NOT_INHERITED = "PYTHONDONTWRITEBYTECODE"


def run(command: Sequence[str], environment: Mapping[str, str] = {}) -> Usage:
    """Run a command to its end, its output thrown away. Raises RuntimeError with its last error line if it fails."""
    inherited = {name: value for name, value in os.environ.items() if name != NOT_INHERITED}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=inherited | environment)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = errors.decode(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(f"command failed: status={process.returncode}, command={' '.join(command)}, said={tail}")
    return Usage(usage.ru_utime)


# Runs a command, then says the peak memory of its largest process.
_PEAK = ("import resource, subprocess, sys; status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); "
         "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(status)")


def peak_mib(command: Sequence[str]) -> float:
    """Return the peak memory of a command, of its largest process.

    The kernel tells of a process at least what the one held which has started it: a small one starts it here."""
    done = subprocess.run([sys.executable, "-S", "-c", _PEAK, *command], stderr=subprocess.PIPE, text=True, check=True)
    return int(done.stderr.split()[-1]) / 1024


def paired(one: Sequence[str], other: Sequence[str], runs: int, environment: Mapping[str, str] = {}, warm: bool = True
           ) -> list[tuple[Usage, Usage]]:
    """Run two commands in turn, `runs` times each after one uncounted round, so that both meet the same noise. warm: whether the other
    command, too, runs uncounted first."""
    run(one, environment)
    if warm:
        run(other, environment)
    return [(run(one, environment), run(other, environment)) for _ in range(runs)]


def ratio(pairs: Sequence[tuple[Usage, Usage]]) -> float:
    """Return the median over pairs of user CPU, first command over second."""
    return statistics.median(one.user_s / max(other.user_s, 1e-9) for one, other in pairs)
