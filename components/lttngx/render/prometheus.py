"""Bandwidth in Prometheus' text format, version 0.0.4: one sample a buffer and figure.

Counters count from the first packet that was read; a scraper makes rates of them.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lttngx.analyses.bandwidth_counts import Counts, Key
from lttngx.analyses.bandwidth_result import BandwidthUsage, Usage


class Metric(NamedTuple):
    """A metric: name without prefix, type, help, and its value of a buffer: `total` over all windows or of the last window."""

    name: str
    type: str
    help: str
    total: Callable[[Counts], int] | None = None
    last: Callable[[Usage], float] | None = None


METRICS = (
    Metric("packets_total", "counter", "Packets recorded.", lambda counts: counts.packets),
    Metric("packet_bytes_total", "counter", "Size of packets, padding included.", lambda counts: counts.packet_bytes),
    Metric("content_bytes_total", "counter", "Size of packets without padding.", lambda counts: counts.content_bytes),
    Metric("discarded_events_total", "counter", "Event records discarded by the tracer.", lambda counts: counts.discarded),
    Metric("lost_packets_total", "counter", "Packets overwritten or missing.", lambda counts: counts.lost_packets),
    Metric("sequence_gaps_total", "counter", "Runs of missing packets.", lambda counts: counts.gaps),
    Metric("sub_buffer_bytes", "gauge", "Size of the largest packet.", lambda counts: counts.largest),
    Metric("mean_bytes_per_second", "gauge", "Content per second in the last window.", last=lambda usage: usage.mean),
    Metric("peak_bytes_per_second", "gauge", "Content per second in the fullest bin of the last window.", last=lambda usage: usage.peak),
)


class Exposition:
    """Adds windows up and gives the text."""

    def __init__(self) -> None:
        self._totals: dict[Key, Counts] = {}
        self._last: dict[Key, Usage] = {}

    def add(self, result: BandwidthUsage) -> None:
        """Count a window."""
        self._last = {usage.key: usage for usage in result.streams}
        for usage in result.streams:
            total = self._totals.setdefault(usage.key, Counts())
            total.merge(usage.counts)
            # Only sums are wanted: what they were made of would grow without end.
            total.bins.clear()
            total.losses.clear()

    def text(self) -> str:
        """Return all samples."""
        return "".join(line + "\n" for metric in METRICS for line in self._lines(metric))

    def _lines(self, metric: Metric) -> Iterator[str]:
        yield f"# HELP lttngx_{metric.name} {metric.help}"
        yield f"# TYPE lttngx_{metric.name} {metric.type}"
        for key in sorted(self._totals):
            labels = ",".join(f'{name}="{_escaped(str(value))}"' for name, value in zip(Key._fields, key))
            value = metric.total(self._totals[key]) if metric.total else self._gauge(metric, key)
            yield f"lttngx_{metric.name}{{{labels}}} {value}"

    def _gauge(self, metric: Metric, key: Key) -> float:
        usage = self._last.get(key)
        return 0 if usage is None else metric.last(usage)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
