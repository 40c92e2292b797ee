"""sink.lttngx.watch: `component` is the class, `triggers` reads what it is to watch, `actions` does what is to be done."""

from lttngx.sinks.watch.component import WatchSink

__all__ = ["WatchSink"]
