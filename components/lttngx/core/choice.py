"""Chooses the core: native where it was built from the sources at hand, else portable.

LTTNGX_CORE=native or portable forces one. What is wrong with the compiled core is said once per process, through the
logger `lttngx`: without logging set up, a warning is a line on stderr.
"""

import importlib
import os
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from lttngx.core.native.fingerprint import fingerprint
from lttngx.errors import LttngxError

VARIABLE = "LTTNGX_CORE"
NATIVE, PORTABLE = "native", "portable"
# All extension modules of what a Core holds: one that is stale makes all of them so.
MODULES = ("classes", "fields", "match", "arithmetic", "evaluate", "lower", "batch", "select", "columns", "extract", "copying",
           "plans", "mirroring", "clock_map", "mirrors", "inject", "rewrite", "merge", "lines")


class Core(NamedTuple):
    """The operations of one core. `name` is "native" or "portable".

    Selector, Extractor, Rewriter, Injector, Merger, ClockMap: classes with the same interface in both; a native Selector or
    Rewriter has `next`, a portable one `__next__`.
    Columns: what an Extraction collects events in (`core.columns`).
    lines: rows of values to lines of aligned columns (`core.lines`).
    compile_predicate: `compile_predicate(predicate)(event message)` tells whether an event is accepted.
    """

    name: str
    Selector: type
    Extractor: type
    compile_predicate: Callable[[Any], Callable[[Any], bool]]
    Rewriter: type
    Columns: type
    Injector: type
    Merger: type
    ClockMap: type
    lines: Callable[..., tuple[str, Iterator[str]]]


@cache
def core() -> Core:
    """Return the core to use in this process.

    Raises LttngxError if LTTNGX_CORE is neither native nor portable, or native while that cannot be used.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", NATIVE, PORTABLE):
        raise LttngxError(f"Cannot choose a core: variable={VARIABLE}, expected=native or portable, got={wanted!r}")
    return portable() if wanted == PORTABLE else _native_if_possible(forced=wanted == NATIVE)


def _native_if_possible(forced: bool) -> Core:
    try:
        return native()
    except LttngxError as error:
        if forced:
            raise
        import logging
        logging.getLogger("lttngx").warning("%s; the portable core is used, which is several times slower", error)
        return portable()


def native() -> Core:
    """Return the native core. Raises LttngxError if it was not built, or from other sources than those beside it."""
    modules = load(*MODULES)
    return Core(NATIVE, modules["select"].Selector, modules["extract"].Extractor, modules["lower"].compile_predicate,
                modules["rewrite"].Rewriter, modules["columns"].Columns, modules["inject"].Injector, modules["merge"].Merger,
                modules["clock_map"].ClockMap, modules["lines"].lines)


def load(*names: str) -> dict[str, ModuleType]:
    """Return extension modules of core.native by name. Raises LttngxError if one was not built, or is older than its sources."""
    try:
        modules = {name: importlib.import_module(f"lttngx.core.native.{name}") for name in names}
    except ImportError as error:
        raise LttngxError(f"Cannot load the compiled core: {error}") from error
    sources = fingerprint()
    stale = [name for name, module in modules.items() if sources is not None and module.SOURCES != sources]
    if stale:
        raise LttngxError(f"Cannot use the compiled core, which is older than its sources: modules={', '.join(stale)}")
    return modules


def portable() -> Core:
    """Return the portable core."""
    from lttngx.core.clock_map import ClockMap
    from lttngx.core.lines import lines
    from lttngx.core.portable import columns, evaluate, extract, inject, merge, rewrite, select

    return Core(PORTABLE, select.Selector, extract.Extractor, evaluate.compile_predicate, rewrite.Rewriter,
                columns.Columns, inject.Injector, merge.Merger, ClockMap, lines)
