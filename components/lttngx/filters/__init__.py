"""The component classes of the plugin of this type, one a line: what bt_plugin_lttngx.py registers."""

from lttngx.filters.clocks import ClocksFilter
from lttngx.filters.events import EventsFilter
from lttngx.filters.fields import FieldsFilter
from lttngx.filters.spans import SpansFilter
from lttngx.filters.state import StateFilter
