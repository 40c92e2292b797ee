"""filter.lttngx.state: the component class, and the stream of state changes it can add."""

from lttngx.filters.state.component import StateFilter

__all__ = ["StateFilter"]
