"""filter.lttngx.clocks."""

from lttngx.filters.clocks.component import ClocksFilter

__all__ = ["ClocksFilter"]
