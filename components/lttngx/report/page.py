"""The HTML file: one page with its style, its script and its data inside, so that it opens anywhere and without a network."""

import html
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def render(data: dict[str, Any], generator: str) -> str:
    """Return the page of a document (see `document`). generator: what made it, for the reader."""
    # `<` is written as an escape: no text of a trace can end the element or begin another.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    page = (HERE / "page.html").read_text(encoding="utf-8")
    parts = {"title": html.escape(data["title"]), "generator": html.escape(generator), "data": text,
             "style": (HERE / "page.css").read_text(encoding="utf-8"), "script": (HERE / "page.js").read_text(encoding="utf-8")}
    pieces = page.split("@@")
    # Every second piece is the name of a part.
    return "".join(parts[piece] if index % 2 else piece for index, piece in enumerate(pieces))
