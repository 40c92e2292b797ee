"""babeltrace.support-info: asked of every source for every argument of every command, so it is quiet and imports little."""

import os
from collections.abc import Mapping

from lttngx.core.native.decode_source import host_version
from lttngx.ctf.detect import holds_ctf2, is_trace_directory


def support_info(params: Mapping[str, object]) -> object:
    """Answer babeltrace.support-info: claim what source.ctf.fs of this host cannot read, quietly and cheaply."""
    path, kind = str(params.get("input", "")), params.get("type")
    always = os.environ.get("LTTNGX_CTF") == "always"
    try:
        if kind == "string" and (always or host_version() < (2, 1)) and holds_ctf2(path, any_version=always):
            return {"weight": 1.0, "group": path}
        if kind == "directory" and always and is_trace_directory(path):
            from lttngx.ctf.metadata import read_metadata
            return {"weight": 1.0, "group": str(read_metadata(path).uuid or path)}
    except (OSError, ValueError):
        pass
    return {"weight": 0.0}
