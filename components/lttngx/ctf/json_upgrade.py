"""Upgrades fragments of the release candidate SPECRC-7.0 of CTF 2 to the final specification.

The candidate has `user-attributes` for `attributes`; enumeration types of their own; field locations as one array whose
first item is the origin; a `uuid` array for trace and clock classes' `uid`; clock classes known by name, with `offset`
and `origin-is-unix-epoch`; the role `trace-class-uuid`. Traces of its time are in Trace Compass' collection.
"""

import re
from uuid import UUID

MARKS = re.compile(
    rb'"(?:user-attributes|default-clock-class-name|fixed-length-(?:un)?signed-enumeration|origin-is-unix-epoch'
    rb'|trace-class-uuid)"|-field-location"\s*:\s*\['
)
RENAMED = {
    "user-attributes": "attributes",
    "default-clock-class-name": "default-clock-class-id",
    "offset": "offset-from-origin",
}
LOCATIONS = ("length-field-location", "selector-field-location")
VERBATIM = ("attributes", "user-attributes", "environment", "mappings", "flags", "extensions")


def is_release_candidate(data: bytes) -> bool:
    """Return whether a metadata stream has what only SPECRC-7.0 has."""
    return MARKS.search(data) is not None


def upgrade(fragment: dict[str, object]) -> dict[str, object]:
    """Return the fragment in the final specification's terms; what is malformed stays and is reported by the reader."""
    kind = fragment.get("type")
    upgraded = _upgrade(fragment)
    if kind in ("trace-class", "clock-class") and "uuid" in upgraded:
        upgraded["uid"] = _uid(upgraded.pop("uuid"))
    if kind == "clock-class":
        upgraded.setdefault("id", upgraded.get("name"))
        if upgraded.pop("origin-is-unix-epoch", False) is True:
            upgraded["origin"] = "unix-epoch"
    return upgraded


def _upgrade(value: object) -> object:
    if isinstance(value, list):
        return [_upgrade(item) for item in value]
    if isinstance(value, dict):
        return {RENAMED.get(key, key): item if key in VERBATIM else _property(key, item) for key, item in value.items()}
    return value


def _property(key: str, value: object) -> object:
    if key == "type" and value in ("fixed-length-unsigned-enumeration", "fixed-length-signed-enumeration"):
        return value.replace("enumeration", "integer")
    if key in LOCATIONS and isinstance(value, list) and value:
        return {"path": value[1:]} if value[0] is None else {"origin": value[0], "path": value[1:]}
    if key == "roles" and isinstance(value, list):
        return ["metadata-stream-uuid" if role == "trace-class-uuid" else role for role in value]
    return _upgrade(value)


def _uid(value: object) -> object:
    """Return the text of a UUID given as 16 integers, anything else as it is."""
    try:
        return str(UUID(bytes=bytes(value)))
    except (TypeError, ValueError):
        return value
