"""Span definitions given as parameters: texts in period syntax, maps which are tables, after those of packs and files.

What reads tables, and with it the filter language, is loaded only where there is a table.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from lttngx.spans import period_syntax
from lttngx.spans.definitions import Definition, check, parents_first


def definitions(items: Iterable[Any], captures: Sequence[str] = (), packs: Sequence[str] = (), file: str | None = None
                ) -> tuple[Definition, ...]:
    """Return the definitions of packs, of a TOML file and of items, parents before children, with captures in period syntax.

    items: strings in period syntax and maps. Raises LttngxError, OSError, UnicodeDecodeError."""
    items = list(items)
    found = [*_of_packs(packs), *_of_file(file), *_of_tables([item for item in items if not isinstance(item, str)]),
             *period_syntax.definitions([item for item in items if isinstance(item, str)])]
    return check(parents_first(period_syntax.with_captures(found, captures)))


def _of_packs(names: Sequence[str]) -> Iterable[Definition]:
    if not names:
        return ()
    from lttngx.spans import packs
    return packs.definitions(names)


def _of_file(path: str | None) -> Iterable[Definition]:
    if path is None:
        return ()
    from lttngx.spans import table_syntax
    return table_syntax.read_file(path)


def _of_tables(items: list[Any]) -> Iterable[Definition]:
    if not items:
        return ()
    from lttngx.spans import table_syntax
    return table_syntax.given_tables(items)
