"""Metadata streams with other clock classes: everything else is kept as it was written.

CTF 1.8: the `clock` blocks of TSDL text, comments included. CTF 2: its clock class fragments, the final specification's only.
The metadata stream is written without packets.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lttngx.ctf.faults import MetadataError
from lttngx.ctf.detect import RECORD_SEPARATOR
from lttngx.ctf.json_upgrade import is_release_candidate
from lttngx.ctf.packets import unpack
from lttngx.ctf.tsdl_lexer import TOKEN, Tokens

SIGNATURE = "/* CTF 1.8 */\n"


@dataclass(frozen=True, slots=True)
class NewClock:
    """What replaces a clock class's frequency, offset and identity. namespace, name: CTF 2 only (in CTF 1.8 fields refer to the
    name). unix_epoch: whether its origin is the Unix epoch."""

    frequency: int
    offset_seconds: int
    offset_cycles: int
    uid: str | None
    unix_epoch: bool
    namespace: str | None = None
    name: str | None = None


# From a clock class's name to what replaces it, None to keep it.
Change = Callable[[str], NewClock | None]


def reclock(data: bytes, change: Change) -> bytes:
    """Return a metadata stream with changed clock classes. Raises MetadataError."""
    text = unpack(data)[0]
    if text.lstrip()[:1] == RECORD_SEPARATOR:
        return _reclock_json(text, change)
    return _reclock_tsdl(text.decode("utf-8", "surrogateescape"), change).encode("utf-8", "surrogateescape")


def _reclock_json(text: bytes, change: Change) -> bytes:
    if is_release_candidate(text):
        raise MetadataError("Cannot change clock classes: expected CTF 2, got its release candidate SPECRC-7.0")
    return RECORD_SEPARATOR.join(_fragment(part, change) for part in text.split(RECORD_SEPARATOR))


def _fragment(text: bytes, change: Change) -> bytes:
    fragment = json.loads(text) if text.strip() else {}
    new = change(fragment.get("name", "")) if fragment.get("type") == "clock-class" else None
    if new is None:
        return text
    for key in ("origin", "uid", "namespace", "name"):
        fragment.pop(key, None)
    fragment |= {"frequency": new.frequency,
                 "offset-from-origin": {"seconds": new.offset_seconds, "cycles": new.offset_cycles}}
    known = {"uid": new.uid, "namespace": new.namespace, "name": new.name, "origin": "unix-epoch" if new.unix_epoch else None}
    fragment |= {key: value for key, value in known.items() if value is not None}
    return json.dumps(fragment, indent=2).encode()


def _reclock_tsdl(text: str, change: Change) -> str:
    parts, position = [], 0
    for begin, end in _clock_blocks(text):
        parts += [text[position:begin], _block(text[begin:end], change)]
        position = end
    changed = "".join([*parts, text[position:]])
    return changed if changed.startswith("/* CTF") else SIGNATURE + changed


def _clock_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the insides of the clock blocks are."""
    depth, begin, last = 0, None, ""
    for match in TOKEN.finditer(text):
        token = match[1]
        if token == "{":
            begin = match.end(1) if depth == 0 and last == "clock" else begin
            depth += 1
        elif token == "}":
            depth -= 1
            if depth == 0 and begin is not None:
                yield begin, match.start(1)
                begin = None
        last = token


def _block(text: str, change: Change) -> str:
    """Return the inside of a clock block with new values."""
    statements = list(_statements(text))
    name = next((value for key, value, _, _ in statements if key == "name"), "")
    new = change(name)
    if new is None:
        return text
    kept, position = [], 0
    for key, _, begin, end in statements:
        if key in ("freq", "offset", "offset_s", "uuid", "absolute"):
            kept.append(text[position:begin])
            position = end
    values = {"freq": new.frequency, "offset_s": new.offset_seconds, "offset": new.offset_cycles,
              "uuid": None if new.uid is None else f'"{new.uid}"', "absolute": "true" if new.unix_epoch else None}
    lines = "".join(f"\t{key} = {value};\n" for key, value in values.items() if value is not None)
    # Lines which a statement alone was on go with it.
    rest = re.sub(r"\n[ \t]+(?=\n)", "", "".join([*kept, text[position:]]))
    return f"{rest.rstrip()}\n{lines}"


def _statements(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield key, value, begin and end of each `key = value;`."""
    matches = [match for match in TOKEN.finditer(text) if match[1]]
    for index, match in enumerate(matches[:-1]):
        if matches[index + 1][1] == "=" and (index == 0 or matches[index - 1][1] == ";"):
            end = next(other.end(1) for other in matches[index:] if other[1] == ";")
            value = matches[index + 2][1]
            yield match[1], Tokens(value).string() if value.endswith('"') else value, match.start(1), end
