"""Interrupts by arithmetic on paper. Times are ns."""

import pytest
from kernel_events import event, lose, measure, only, play

from lttngx.analyses.filters import Filters
from lttngx.analyses.irq import Irq, IrqOptions
from lttngx.errors import TraceError

STATS = {"views": ("stats", "log")}


def hard(time_ns, cpu, irq, edge, name="disk"):
    fields = {"irq": irq, "name": name} if edge == "entry" else {"irq": irq, "ret": 1}
    return event(time_ns, cpu, f"irq_handler_{edge}", **fields)


def soft(time_ns, cpu, vec, what, prefix="irq_softirq_"):
    return event(time_ns, cpu, prefix + what, vec=vec)


def result_of(events, **options):
    return only(Irq(IrqOptions(**STATS | options)), events)


def log(result, key):
    """Return (number, begin, end, …details) of each."""
    return [(row.label[1], row.begin_ns, row.end_ns, *row.details) for row in measure(result, key).log]


@pytest.mark.parametrize("prefix", ["softirq_", "irq_softirq_"])
def test_defect_6_both_spellings_of_softirqs(prefix):
    events = [soft(100, 0, 3, "raise", prefix), soft(130, 0, 3, "entry", prefix), soft(150, 0, 3, "exit", prefix)]
    result = result_of(events)
    assert log(result, "softirq") == [(3, 130, 150, 0, 20, 100)]
    assert log(result, "raise") == [(3, 100, 130, 0)]
    assert measure(result, "softirq").log[0].label == ("softirq", 3, "NET_RX")


def test_defect_7_a_raise_while_the_handler_runs_is_for_the_next_run():
    """Raised twice while it runs, and once again before its next run: the first of them counts. lttng-analyses takes the second
    for pending ever after: its next latency begins there."""
    events = [soft(100, 0, 9, "raise"), soft(110, 0, 9, "entry"), soft(112, 0, 9, "raise"), soft(115, 0, 9, "raise"),
              soft(120, 0, 9, "exit"), soft(130, 0, 9, "raise"), soft(140, 0, 9, "entry"), soft(150, 0, 9, "exit"),
              soft(1000, 0, 9, "raise"), soft(1001, 0, 9, "entry"), soft(1002, 0, 9, "exit")]
    assert [row[2] - row[1] for row in log(result_of(events), "raise")] == [10, 28, 1]


def test_defect_8_nested_handlers_are_both_counted():
    """Line 20 interrupts line 10, which interrupted a softirq; self times are without what ran inside."""
    events = [soft(100, 0, 1, "entry"), hard(110, 0, 10, "entry"), hard(120, 0, 20, "entry"), hard(125, 0, 20, "exit"),
              hard(140, 0, 10, "exit"), soft(200, 0, 1, "exit")]
    result = result_of(events)
    assert log(result, "hard") == [(10, 110, 140, 0, 25), (20, 120, 125, 0, 5)]
    assert log(result, "softirq") == [(1, 100, 200, 0, 70, None)]


def test_cpus_do_not_mix():
    events = [hard(100, 0, 10, "entry"), hard(105, 1, 10, "entry"), hard(110, 0, 10, "exit"), hard(130, 1, 10, "exit")]
    result = result_of(events, group_by=("cpu", "total"))
    assert {group.values: group.figures.total_ns for group in measure(result, "hard").stats["cpu"]} == {
        (0, "hard", 10, "disk"): 10, (1, "hard", 10, "disk"): 25}
    assert len(log(result_of(events, filters=Filters(cpus=frozenset({1}))), "hard")) == 1


def test_handlers_of_a_shared_line_are_an_interrupt_each():
    """As in lttng-irqstats: names are joined."""
    events = [hard(100, 0, 10, "entry", "b"), hard(110, 0, 10, "exit"), hard(110, 0, 10, "entry", "a"), hard(115, 0, 10, "exit")]
    group, = measure(result_of(events), "hard").stats["total"]
    assert (group.values, group.figures.count, group.figures.total_ns) == (("hard", 10, "a, b"), 2, 15)


def test_names_from_the_statedump():
    events = [event(1, 0, "lttng_statedump_interrupt", irq=10, name="chip", action="ahci"),
              event(100, 0, "irq_handler_entry", irq=10), hard(110, 0, 10, "exit")]
    assert measure(result_of(events), "hard").log[0].label == ("hard", 10, "ahci")


def test_x86_vectors():
    events = [event(100, 0, "x86_irq_vectors_local_timer_entry", vector=236), event(107, 0, "x86_irq_vectors_local_timer_exit", vector=236)]
    row, = measure(result_of(events), "vector").log
    assert (row.label, row.duration_ns) == (("vector", None, "local_timer"), 7)


def test_unmatched_exits_open_handlers_and_losses():
    events = [hard(90, 0, 10, "exit"), hard(100, 0, 10, "entry"), lose(105, 0, 108, 2), hard(110, 0, 10, "exit"),
              hard(200, 1, 11, "entry"), hard(230, 0, 10, "entry"), hard(240, 0, 10, "exit")]
    result = result_of(events)
    assert result.outcomes == {"handlers": 1, "unmatched_exits": 2, "lost": 1, "lossy": 0}
    assert result.losses.events == 2 and result.unfinished == (("hard", 11, "disk", 200, 40),)


def test_choice_of_numbers():
    events = [hard(100, 0, 10, "entry"), hard(110, 0, 10, "exit"), hard(120, 0, 11, "entry"), hard(130, 0, 11, "exit"),
              soft(140, 0, 3, "entry"), soft(150, 0, 3, "exit")]
    assert {measure.key for measure in result_of(events, irqs=frozenset({11})).measures} == {"hard"}
    assert [row[0] for row in log(result_of(events, irqs=frozenset({11})), "hard")] == [11]
    assert {measure.key for measure in result_of(events, softirqs=frozenset({3})).measures} == {"softirq"}


def test_a_trace_without_interrupts_is_an_error():
    with pytest.raises(TraceError, match="irq_handler_entry"):
        play(Irq(), [soft(1, 0, 3, "raise")]).results()
