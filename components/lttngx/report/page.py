"""The HTML file: one page with its style, its script and its data inside, so that it opens anywhere and without a network."""

import html
import json
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"
# The script's parts, in the order in which they build on each other.
SCRIPTS = ("values.js", "range.js", "canvas.js", "timelines.js", "distributions.js", "tables.js", "page.js")


def render(data: dict[str, Any], generator: str) -> str:
    """Return the page of a document (see `document`). generator: what made it, for the reader."""
    # `<` is written as an escape: no text of a trace can end the element or begin another.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = {"title": html.escape(data["title"]), "generator": html.escape(generator), "data": text,
             "style": _asset("page.css"), "script": "\n".join(map(_asset, SCRIPTS))}
    # Every second piece is the name of a part.
    return "".join(parts[piece] if index % 2 else piece for index, piece in enumerate(_asset("page.html").split("@@")))


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
