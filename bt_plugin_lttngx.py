"""Babeltrace 2 plugin `lttngx`: finds the package and registers its component classes.

Every command that sees this folder loads this file, by path. It must be quick, and an exception would stop the command: it imports the
adaptors alone, which import engines and optional packages when a component is made.
"""
# flake8: noqa: E402, F403

import os
import sys
from pathlib import Path

import bt2

# In a checkout the package is in components/ beside this file, and what it can use besides is in the active or the checkout's own venv.
# Else pip has put this file and the package below one prefix.
here = Path(__file__).resolve().parent
in_checkout = (here / "components/lttngx").is_dir()
prefix = Path(os.environ.get("VIRTUAL_ENV") or here / ".venv") if in_checkout else here.parents[2]
sys.path.append(str(prefix / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"))
if in_checkout:
    sys.path.insert(0, str(here / "components"))

from lttngx.bt.collector import leave_at_once

# Sources
from lttngx.sources import *
# Filters
from lttngx.filters import *
# Sinks
from lttngx.sinks import *

if not sys.orig_argv:
    # babeltrace2 itself runs this interpreter, not a script.
    leave_at_once()
bt2.register_plugin(
    module_name=__name__, name="lttngx", author="The lttngx developers", license="MIT", version=(0, 1, 0),
    description="Filters, tracks and analyses LTTng traces and any other CTF trace")
