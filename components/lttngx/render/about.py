"""What a report about one span says of it."""

from typing import Any

from lttngx.analyses.result import About

COMPLETE = "complete"


def line(about: About) -> str:
    """Return a span's name, key and captures as one line; how it ended, unless it is complete."""
    told = [f"{name} = {value}" if name else str(value) for name, value in (*about.key, *about.captures)]
    return ", ".join([about.name, *told]) + ("" if about.status == COMPLETE else f" ({about.status})")


def members(about: About | None) -> dict[str, Any]:
    """Return what a JSON document has about its span: nothing if it is about none. What has no name in a key is named by its place."""
    if about is None:
        return {}
    key = {name or str(at): value for at, (name, value) in enumerate(about.key)}
    return {"span": {"name": about.name, "status": about.status, "key": key, "captures": dict(about.captures)}}
