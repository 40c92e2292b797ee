"""The component classes of the plugin of this type, one a line: what bt_plugin_lttngx.py registers."""

from lttngx.sinks.bandwidth import BandwidthSink
from lttngx.sinks.cputop import CputopSink
from lttngx.sinks.events import EventsSink
from lttngx.sinks.flamegraph import FlamegraphSink
from lttngx.sinks.io import IoSink
from lttngx.sinks.irq import IrqSink
from lttngx.sinks.memory import MemorySink
from lttngx.sinks.otlp import OtlpSink
from lttngx.sinks.perfetto import PerfettoSink
from lttngx.sinks.report import ReportPageSink
from lttngx.sinks.sched import SchedSink
from lttngx.sinks.spans import SpansSink
from lttngx.sinks.states import StatesSink
from lttngx.sinks.watch import WatchSink
from lttngx.sinks.syscalls import SyscallsSink
