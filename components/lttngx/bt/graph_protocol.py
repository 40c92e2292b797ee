"""Graphs which the collection makes itself speak the greatest message interchange protocol of their components, as those of the
babeltrace2 program do. A plain bt2.Graph() is of version 0, in which Babeltrace 2.1's sink.ctf.fs cannot write CTF 2, its default."""

from collections.abc import Iterable, Mapping
from typing import Any

import bt2

from lttngx.errors import LttngxError


def graph_for(components: Iterable[tuple[Any, Mapping[str, Any]]]) -> bt2.Graph:
    """Return an empty graph for components (class, parameters as plain values), which are not added yet.

    Raises LttngxError if no version suits all, or bt2's error where a component class refuses its parameters.
    """
    descriptors = [bt2.ComponentDescriptor(component_class, dict(params)) for component_class, params in components]
    version = bt2.get_greatest_operative_mip_version(descriptors)
    if version is None:
        raise LttngxError(f"Cannot make a graph: no message interchange protocol version suits all {len(descriptors)} components")
    return bt2.Graph(version)
