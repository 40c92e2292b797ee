"""Memory by arithmetic on paper."""

import pytest
from kernel_events import event, lose, measure, only, play, switch

from lttngx.analyses.memory import Memory, MemoryOptions
from lttngx.errors import TraceError

ALL = {"views": ("usage", "stats", "log")}
RUN = [switch(10, 0, 0, 5), switch(11, 1, 0, 6)]


def result_of(events, **options):
    return only(Memory(MemoryOptions(**ALL | options)), events)


def usage(result, key, dimension):
    """Return the sums of each row by its fields."""
    found = next(usage for usage in result.usages if usage.key == key)
    numbers = len(found.usage.numbers)
    return {row[:-numbers]: row[-numbers:] for row in found.rows[dimension]}


def pages(time_ns, cpu, order, name="kmem_mm_page_alloc", page=0x1000, **context):
    return event(time_ns, cpu, name, context or None, page=page, pfn=1, order=order)


def free_pages(time_ns, cpu, order, name="kmem_mm_page_free"):
    return pages(time_ns, cpu, order, name)


def kmalloc(time_ns, cpu, ptr, requested, allocated, site=0xabc, name="kmem_kmalloc"):
    return event(time_ns, cpu, name, call_site=site, ptr=ptr, bytes_req=requested, bytes_alloc=allocated, gfp_flags=0)


def kfree(time_ns, cpu, ptr, name="kmem_kfree"):
    return event(time_ns, cpu, name, call_site=0xdef, ptr=ptr)


def test_defect_10_an_allocation_of_order_9_is_512_pages():
    """lttng-memtop: 1 page."""
    result = result_of([*RUN, pages(20, 0, 9), pages(30, 0, 0), free_pages(40, 0, 3)], group_by=("thread", "order"))
    assert usage(result, "pages", "thread") == {("t5", 5, None, None): (2, 513, 1, 8, 505)}
    assert usage(result, "pages", "order") == {(9,): (1, 512, 0, 0, 512), (3,): (0, 0, 1, 8, -8), (0,): (1, 1, 0, 0, 1)}


def test_defect_10_frees_count_before_any_allocation():
    """lttng-memtop drops a free while its counter is 0."""
    result = result_of([*RUN, free_pages(20, 0, 0), free_pages(21, 1, 1), pages(30, 0, 0)])
    assert usage(result, "pages", "thread") == {("t5", 5, None, None): (1, 1, 1, 1, 0), ("t6", 6, None, None): (0, 0, 1, 2, -2)}


def test_defect_10_nothing_vanishes_while_idle_or_where_nobody_knows_who_runs():
    """CPU 0 is idle from 50 on; nothing tells who runs on CPU 2; who ran on CPU 3 before its first switch is its prev_tid."""
    events = [*RUN, switch(50, 0, 5, 0), pages(60, 0, 0), pages(61, 2, 1), pages(62, 3, 2), switch(70, 3, 9, 0)]
    result = result_of(events)
    assert usage(result, "pages", "thread") == {
        ("swapper", 0, None, None): (1, 1, 0, 0, 1), (None, None, None, None): (1, 2, 0, 0, 2), ("t9", 9, None, None): (1, 4, 0, 0, 4)}
    assert (result.outcomes["while_idle"], result.outcomes["of_unknown"], result.outcomes["allocations"]) == (1, 1, 3)


def test_a_loss_makes_the_current_thread_unknown():
    events = [*RUN, pages(20, 0, 0), lose(25, 0, 26, 3), pages(30, 0, 0), pages(31, 1, 0)]
    assert usage(result_of(events), "pages", "thread") == {
        ("t5", 5, None, None): (1, 1, 0, 0, 1), ("t6", 6, None, None): (1, 1, 0, 0, 1), (None, None, None, None): (1, 1, 0, 0, 1)}


def test_the_context_tid_wins():
    events = [pages(20, 0, 0, tid=7), pages(30, 0, 0, tid=0)]
    assert {row[1]: sums[0] for row, sums in usage(result_of(events), "pages", "thread").items()} == {7: 1, 0: 1}


@pytest.mark.parametrize("prefix", ["kmem_", "", "kmem:"])
def test_names_of_all_tracers(prefix):
    """Before LTTng-modules 2.7, and perf's."""
    events = [*RUN, pages(20, 0, 1, f"{prefix}mm_page_alloc"), free_pages(30, 0, 0, f"{prefix}mm_page_free"),
              kmalloc(40, 0, 1, 10, 16, name=f"{prefix}kmalloc"), kfree(50, 0, 1, f"{prefix}kfree")]
    result = result_of(events, group_by=("total",))
    assert usage(result, "pages", "total") == {(): (1, 2, 1, 1, 1)}
    assert usage(result, "kmem", "total") == {(): (1, 10, 16, 1, 16, 0)}


def test_batched_frees_are_those_of_frees_unless_these_were_not_recorded():
    """free_unref_page_list() tells of each page twice."""
    batched = [event(time_ns, 0, "kmem_mm_page_free_batched", page=1, pfn=1) for time_ns in (41, 42)]
    both = result_of([*RUN, pages(20, 0, 1), free_pages(40, 0, 0), free_pages(41, 0, 0), *batched], group_by=("total",))
    assert usage(both, "pages", "total") == {(): (1, 2, 2, 2, 0)} and both.outcomes["batched_frees"] == 2
    alone = result_of([*RUN, pages(20, 0, 1), *batched], group_by=("total",))
    assert usage(alone, "pages", "total") == {(): (1, 2, 2, 2, 0)} and alone.outcomes["batched_frees"] == 0
    for view in ("log", "top"):
        found = measure(result_of([*RUN, pages(20, 0, 1), *batched], views=(view,)), "page-free")
        assert [(row.begin_ns, row.duration_ns) for row in getattr(found, view)] == [(41, 1), (42, 1)]
    assert measure(alone, "page-free").stats["total"][0].figures.count == 2


def test_a_failed_allocation_is_none():
    result = result_of([*RUN, pages(20, 0, 4, page=0), kmalloc(21, 0, 0, 10, 16), pages(22, 0, 0)])
    assert result.outcomes["failed_allocations"] == 2 and result.outcomes["allocations"] == 1


def test_a_free_has_the_size_and_the_call_site_of_its_allocation():
    """5 allocates 32 and 64 bytes at 0xa and 8 at 0xb; 6 frees the 64 bytes; nobody saw the allocation of what 5 frees last."""
    events = [*RUN, kmalloc(20, 0, 0x100, 30, 32, 0xa), kmalloc(21, 0, 0x200, 60, 64, 0xa),
              kmalloc(22, 0, 0x300, 8, 8, 0xb, "kmem_cache_alloc"), kfree(30, 1, 0x200), kfree(31, 0, 0x999), kfree(32, 0, 0)]
    result = result_of(events, group_by=("thread", "call-site"))
    assert usage(result, "kmem", "thread") == {
        ("t5", 5, None, None): (3, 98, 104, 1, 0, 104), ("t6", 6, None, None): (0, 0, 0, 1, 64, -64)}
    assert usage(result, "kmem", "call-site") == {
        ("0x000000000000000a",): (2, 90, 96, 1, 64, 32), ("0x000000000000000b",): (1, 8, 8, 0, 0, 8), (None,): (0, 0, 0, 1, 0, 0)}
    assert result.outcomes["unmatched_frees"] == 1
    assert [row.duration_ns for row in measure(result, "kmem-free").log] == [64]
    assert measure(result, "kmem-free").log[0].details == ("0x000000000000000a", None, "0x0000000000000200", 1)


def test_kernel_addresses_are_unsigned():
    result = result_of([*RUN, kmalloc(20, 0, -256, 8, 8, -1)], group_by=("call-site",))
    assert list(usage(result, "kmem", "call-site")) == [("0xffffffffffffffff",)]


def test_sizes_are_limited_in_pages():
    result = result_of([*RUN, pages(20, 0, 0), pages(21, 0, 3), pages(22, 0, 4)], min_ns=2, max_ns=8)
    assert [row.duration_ns for row in measure(result, "page-alloc").log] == [8]
    assert usage(result, "pages", "thread") == {("t5", 5, None, None): (3, 25, 0, 0, 25)}


PARTS = [*RUN, kmalloc(20, 0, 1, 8, 8), kmalloc(21, 0, 2, 16, 16), kfree(30, 0, 1), kfree(31, 0, 3), kmalloc(40, 1, 1, 4, 4),
         kfree(50, 1, 2), kfree(51, 1, 1), kfree(52, 1, 1), kmalloc(60, 0, 3, 2, 2), kfree(61, 0, 3)]


@pytest.mark.parametrize("first", range(1, len(PARTS)))
@pytest.mark.parametrize("second", range(1, len(PARTS)))
def test_parts_merge_to_the_whole(first, second):
    """Frees find their allocations across any two cuts, whichever parts are joined first."""
    whole = result_of(PARTS, group_by=("thread", "call-site"))
    assert whole.outcomes["unmatched_frees"] == 2
    cuts = sorted((first, second))
    for last_first in (False, True):
        parts = [play(Memory(MemoryOptions(**ALL, group_by=("thread", "call-site"))), PARTS[begin:end])
                 for begin, end in zip((0, *cuts), (*cuts, None))]
        if last_first:
            merged = parts[0].merge(parts[1].merge(parts[2]))
        else:
            merged = parts[0].merge(parts[1]).merge(parts[2])
        assert merged.results() == [whole]


def test_a_trace_without_memory_is_an_error():
    with pytest.raises(TraceError, match="kmem_mm_page_alloc"):
        play(Memory(), RUN).results()
