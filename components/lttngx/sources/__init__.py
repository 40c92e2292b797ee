"""The component classes of the plugin of this type, one a line: what bt_plugin_lttngx.py registers."""

from lttngx.sources.archive import LttngxArchiveSource
from lttngx.sources.ctf import LttngxCtfSource
from lttngx.sources.packets import PacketsSource
