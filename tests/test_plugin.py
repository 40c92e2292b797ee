"""The plugin as Babeltrace sees it: it loads, lists its classes, and its help names every parameter."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commands import KERNEL
from recorded import unpacked

TOP = Path(__file__).parent.parent
# (component class id, module that holds it and its PARAMETERS table)
CLASSES = [
    ("source.lttngx.archive", "lttngx.sources.archive.parameters"),
    ("source.lttngx.ctf", "lttngx.sources.ctf.parameters"),
    ("source.lttngx.packets", "lttngx.sources.packets"),
    ("filter.lttngx.clocks", "lttngx.filters.clocks.component"),
    ("filter.lttngx.events", "lttngx.filters.events"),
    ("filter.lttngx.fields", "lttngx.filters.fields"),
    ("filter.lttngx.spans", "lttngx.filters.spans"),
    ("filter.lttngx.state", "lttngx.filters.state"),
    ("sink.lttngx.bandwidth", "lttngx.sinks.bandwidth"),
    ("sink.lttngx.cputop", "lttngx.sinks.cputop"),
    ("sink.lttngx.events", "lttngx.sinks.events"),
    ("sink.lttngx.flamegraph", "lttngx.sinks.flamegraph"),
    ("sink.lttngx.io", "lttngx.sinks.io"),
    ("sink.lttngx.irq", "lttngx.sinks.irq"),
    ("sink.lttngx.memory", "lttngx.sinks.memory"),
    ("sink.lttngx.otlp", "lttngx.sinks.otlp"),
    ("sink.lttngx.perfetto", "lttngx.sinks.perfetto"),
    ("sink.lttngx.report", "lttngx.sinks.report"),
    ("sink.lttngx.sched", "lttngx.sinks.sched"),
    ("sink.lttngx.spans", "lttngx.sinks.spans"),
    ("sink.lttngx.states", "lttngx.sinks.states"),
    ("sink.lttngx.watch", "lttngx.sinks.watch.component"),
    ("sink.lttngx.syscalls", "lttngx.sinks.syscalls"),
]


def babeltrace2(*arguments, **environment):
    return subprocess.run(
        ["babeltrace2", f"--plugin-path={TOP}", *arguments], capture_output=True, text=True, timeout=120,
        env=os.environ | environment)


def test_plugin_file_is_short():
    assert len((TOP / "bt_plugin_lttngx.py").read_text().splitlines()) <= 40


def test_loading_the_plugin_imports_no_engine():
    """Every babeltrace2 command pays for what this file imports."""
    script = ("import importlib.util, sys; spec = importlib.util.spec_from_file_location('p', 'bt_plugin_lttngx.py'); "
              "sys.modules['p'] = module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); "
              "print(*sys.modules)")
    run = subprocess.run([sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, check=True)
    rooms = {name.split(".")[1] for name in run.stdout.split() if name.startswith("lttngx.")}
    assert rooms <= {"sources", "filters", "sinks", "bt", "core", "errors"}


CYCLE = """
import bt2
class Cycle:
    def __init__(self): self.own = self
    def __del__(self): print("collected")
bt2.find_plugins_in_path({path!r}, recurse=False, fail_on_load_error=True)
cycle = Cycle()
{more}
"""


@pytest.mark.parametrize(("more", "said"), [("", "collected\n"), ("from lttngx.bt.collector import leave_at_once; leave_at_once()", "")],
                         ids=["a script of one's own", "a command"])
def test_scripts_end_as_without_the_plugin(more, said):
    """The search for cycles at the end is left out in commands only."""
    program = CYCLE.format(path=str(TOP), more=more)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (said, "")


def test_an_installed_plugin_finds_its_package(tmp_path):
    """Where pip puts both, whatever virtual environment is active."""
    plugins, packages = tmp_path / "lib/babeltrace2/plugins", tmp_path / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    for folder in (plugins, packages):
        folder.mkdir(parents=True)
    shutil.copy(TOP / "bt_plugin_lttngx.py", plugins)
    shutil.copytree(TOP / "components/lttngx", packages / "lttngx", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run(["babeltrace2", KERNEL, "-c", "sink.lttngx.cputop"], capture_output=True, text=True, cwd=tmp_path,
                         env=environment | {"BABELTRACE_PLUGIN_PATH": str(plugins), "VIRTUAL_ENV": "/another"})
    assert run.returncode == 0 and "Per-CPU Usage" in run.stdout, run.stderr


@pytest.mark.parametrize("core", ["native", "portable"])
def test_list_plugins_names_every_class_and_no_other(core):
    run = babeltrace2("list-plugins", LTTNGX_CORE=core)
    assert run.returncode == 0, run.stderr
    assert set(re.findall(r"'(\w+\.lttngx\.[\w-]+)'", run.stdout)) == {name for name, _ in CLASSES}


@pytest.mark.parametrize("class_id, module", CLASSES)
def test_help_names_every_parameter(class_id, module):
    run = babeltrace2("help", class_id)
    assert run.returncode == 0, run.stderr
    for parameter in importlib.import_module(module).PARAMETERS:
        assert f"\n  {parameter.name}" in run.stdout, parameter.name


@pytest.mark.parametrize("class_id, module", CLASSES)
def test_help_shows_a_command_line(class_id, module):
    assert f"-c {class_id}" in babeltrace2("help", class_id).stdout


@pytest.mark.parametrize("class_id, module", CLASSES)
def test_first_line_of_help_is_one_sentence(class_id, module):
    plugin_list = babeltrace2("list-plugins").stdout
    line = next(line for line in plugin_list.splitlines() if class_id in line)
    assert len(line) <= 120 and ": " in line


@pytest.mark.parametrize("class_id, module", CLASSES)
def test_each_class_has_a_test_folder(class_id, module):
    assert list((TOP / "tests/components" / class_id).glob("test_*.py"))


# What examples name, and what stands for it here. A session of the repository runs no more.
PLACES = {"TRACE": KERNEL, "lttng-traces/SESSION": unpacked("kernel-rotated"), "SESSION-DIR": unpacked("kernel-rotated"),
          "follow=yes": "follow=no", " | flamegraph.pl": ""}


@pytest.mark.parametrize("class_id, module", [one for one in CLASSES if one[0] != "filter.lttngx.clocks"])
def test_the_example_of_the_help_runs(class_id, module, tmp_path):
    """The first command of each. Those of filter.lttngx.clocks, which need two hosts, run in its own tests."""
    example = re.search(r"^EXAMPLE\n(.*)", babeltrace2("help", class_id).stdout, re.DOTALL | re.MULTILINE)[1].partition("\n\n")[0]
    line = re.split(r"\n  (?:python3|babeltrace2) ", example.strip())[0]
    # Only this recording has events of the memory subsystem.
    own = {"TRACE": unpacked("kernel-a2") / "kernel"} if class_id == "sink.lttngx.memory" else {}
    for name, place in (PLACES | own).items():
        line = line.replace(name, str(place))
    line = line.replace("babeltrace2 ", f"babeltrace2 --plugin-path={TOP} ", 1)
    run = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
