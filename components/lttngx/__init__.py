"""lttngx: Babeltrace 2 component classes which filter, track and analyse LTTng and other CTF traces.

Layers, each importing only the ones to its right: component classes (`sources`, `filters`, `sinks`) → adaptor kit
(`bt`) → engines (`language`, `kernel`, `analyses`, `render`, `ctf`, …) → `core`. Only component classes, `bt` and the
two cores (`core.native`, `core.portable`) import bt2.
"""

__version__ = "0.1.0"


def __getattr__(name: str):
    """Give `lttngx.read` when it is asked for: the plugin imports this package for every babeltrace2 command."""
    if name == "read":
        from lttngx.reading import read
        return read
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
