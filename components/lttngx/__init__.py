"""lttngx: Babeltrace 2 component classes which filter, track and analyse LTTng and other CTF traces.

Layers, each importing only the ones to its right: component classes (`sources`, `filters`, `sinks`) → adaptor kit
(`bt`) → engines (`language`, `kernel`, `analyses`, `render`, `ctf`, …) → `core`. Only component classes, `bt` and the
two cores (`core.native`, `core.portable`) import bt2.
"""

__version__ = "0.1.0"
