"""Pieces of binding: fields with several names, one call for several handlers."""

from collections.abc import Callable
from typing import Any

from lttngx.core.classes import EventClass, FieldPath, Scope
from lttngx.core.extraction import Extraction

Call = Callable[..., None]
Bound = tuple[Call, tuple[FieldPath | None, ...]]


def alternative(event_class: EventClass, field: str) -> FieldPath | None:
    """Return the path of a payload field, written `name` or `name|other`, None if the class has none of them."""
    return next((path for name in field.split("|") if (path := event_class.path(Scope.PAYLOAD, name)) is not None), None)


def join(bound: list[Bound]) -> Extraction:
    """Return one extraction which calls several handlers in order, each with its own values."""
    if len(bound) == 1:
        return Extraction(*bound[0])
    paths = tuple(path for _, fields in bound for path in fields)
    if len(bound) == 2:
        (first, wanted), (second, _) = bound
        split = len(wanted)

        def both(time: int, cpu_id: int, *values: Any) -> None:
            first(time, cpu_id, *values[:split])
            second(time, cpu_id, *values[split:])
        return Extraction(both, paths)
    slices, start = [], 0
    for call, fields in bound:
        slices.append((call, slice(start, start + len(fields))))
        start += len(fields)

    def every(time: int, cpu_id: int, *values: Any) -> None:
        for call, part in slices:
            call(time, cpu_id, *values[part])
    return Extraction(every, paths)
