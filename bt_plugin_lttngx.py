"""Babeltrace 2 plugin `lttngx`: finds the package and registers its component classes.

Babeltrace loads this file by path, under a name of its own and without its folder on sys.path. An exception here stops
every babeltrace2 command which sees the file, so optional packages are imported by the component which needs them.
"""

import os
import sys
from pathlib import Path

import bt2


def _add_package() -> None:
    """Make `lttngx` importable: a checkout's components/, and what pip installed in the active or neighbouring venv."""
    here = Path(__file__).resolve().parent
    environment = Path(os.environ.get("VIRTUAL_ENV") or here / ".venv")
    site = environment / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    sys.path += [str(folder) for folder in (site,) if folder.is_dir() and str(folder) not in sys.path]
    if (here / "components/lttngx").is_dir():
        sys.path.insert(0, str(here / "components"))


_add_package()

# Sources
from lttngx.sources.ctf import LttngxCtfSource  # noqa: E402
# Filters
from lttngx.filters.events import EventsFilter  # noqa: E402
from lttngx.filters.fields import FieldsFilter  # noqa: E402
from lttngx.filters.spans import SpansFilter  # noqa: E402
# Sinks
from lttngx.sinks.cputop import CputopSink  # noqa: E402
from lttngx.sinks.flamegraph import FlamegraphSink  # noqa: E402
from lttngx.sinks.otlp import OtlpSink  # noqa: E402
from lttngx.sinks.perfetto import PerfettoSink  # noqa: E402
from lttngx.sinks.spans import SpansSink  # noqa: E402
from lttngx.sinks.states import StatesSink  # noqa: E402

bt2.register_plugin(
    module_name=__name__, name="lttngx", author="The lttngx developers", license="MIT", version=(0, 1, 0),
    description="Filters, tracks and analyses LTTng traces and any other CTF trace")
