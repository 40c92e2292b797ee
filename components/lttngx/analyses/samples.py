"""From samples to rows of `MeasureResult`: begin, end, duration, who the thread is where the measure is about threads, label, details."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from lttngx.analyses.cells import Cell, Sample
from lttngx.analyses.identities import Identities, waker_fields
from lttngx.analyses.measures import FILE, WAKER, Measure
from lttngx.kernel.files import name_of
from lttngx.kernel.running import final


def kept(cells: Iterable[tuple[tuple | None, tuple, Cell]], measure: Measure) -> list[tuple]:
    """Return the samples which cells have kept. cells: (who the thread is, label, cell)."""
    return [(sample[1], sample[2], sample[0], *((*row[:4], *label) if measure.of_threads else label), *_details(sample[3:], measure))
            for row, label, cell in cells for sample in cell.samples]


def logged(samples: Sequence[Sample], measure: Measure, identities: Identities, named: Callable[[tuple], tuple]) -> list[tuple]:
    """Return all samples of a window's log. named: gives a label as results show it."""
    rows = {thread: identities.row(final(thread)) if measure.of_threads else () for thread in {sample[3] for sample in samples}}
    threads = {thread: row[:4] for thread, row in rows.items() if row is not None}
    labels = {label: named(label) for label in {sample[4] for sample in samples}}
    # Logs have many rows: no call of Python's for each, if it can be.
    if WAKER in measure.details or not measure.part_known:
        return [(*sample[:3], *threads[thread], *labels[sample[4]], *_details(sample[5:], measure))
                for sample in samples if (thread := sample[3]) in threads]
    end = 5 + len(measure.details)
    if FILE not in measure.details:
        return [(*sample[:3], *threads[thread], *labels[sample[4]], *sample[5:end])
                for sample in samples if (thread := sample[3]) in threads]
    at = 5 + measure.details.index(FILE)
    files = {file: name_of(file) for file in {sample[at] for sample in samples}}
    return [(*sample[:3], *threads[thread], *labels[sample[4]], *sample[5:at], files[sample[at]], *sample[at + 1:end])
            for sample in samples if (thread := sample[3]) in threads]


in_order = itemgetter(0, 1)


def longest_first(row: tuple) -> tuple:
    """Sort key of rows: by duration, descending, then by begin."""
    return -row[2], row[0]


def _details(values: tuple, measure: Measure) -> tuple:
    """Return the details of a sample as results show them."""
    details = []
    for field, value in zip(measure.details, values):
        known = field != measure.part or measure.part_known
        details += (waker_fields(value) if field == WAKER else (name_of(value) if field == FILE else value if known else None,))
    return tuple(details)
