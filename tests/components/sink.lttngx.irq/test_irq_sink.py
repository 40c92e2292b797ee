"""sink.lttngx.irq through babeltrace2, beside lttng-irqstats, -log and -freq on a whole recording."""

import pytest

from analysis_sinks import bins, lami, tables
from commands import KERNEL, LOST, NO_CONTEXT, babeltrace2, error_of
from recorded import unpacked


@pytest.fixture(scope="module")
def trace():
    return unpacked("kernel-asmall") / "kernel"


def test_hard_interrupts_are_those_of_lttng_irqstats(trace):
    (name, _, rows), = lami("lttng-irqstats")
    assert name == "hard-stats"  # And no table of softirqs at all: defect 6.
    theirs = {irq: (count, least, most) for irq, count, least, _, most, _ in rows}
    found = tables("irq", trace)
    ours = {(row["irq"], row["handler"]): (row["count"], row["min"], row["max"]) for row in found["hard_stats"]}
    assert ours == theirs and len(ours) == 6
    for irq, _, _, mean, _, deviation in rows:
        row = next(row for row in found["hard_stats"] if row["irq"] == irq[0])
        assert row["avg"] == pytest.approx(mean, abs=1e-2) and row["stdev"] == pytest.approx(deviation, rel=1e-6)


def test_log_is_that_of_lttng_irqlog(trace):
    (_, _, rows), = lami("lttng-irqlog")
    theirs = sorted((*span, cpu, irq[0]) for span, _, cpu, irq in rows)
    ours = sorted((row["begin"], row["end"], row["cpu"], row["irq"]) for row in tables("irq", trace, "view=log")["hard_log"])
    assert ours == theirs and len(ours) == 197


def test_distributions_are_those_of_lttng_irqfreq(trace):
    theirs = {int(title.rsplit("(", 1)[1].rstrip(")]")): list(bins(rows).values()) for _, title, rows in lami("lttng-irqfreq")}
    ours = {}
    for row in tables("irq", trace, "view=freq,measure=hard")["hard_freq"]:
        ours.setdefault(row["irq"], []).append((row["lower"], row["upper"], row["count"]))
    assert {irq: list(bins(rows).values()) for irq, rows in ours.items()} == theirs and len(ours) == 6


def test_defect_6_softirqs_are_paired_by_brute_force(trace):
    """Each handler: from an entry to the next exit of the vector on its CPU, as text of Babeltrace's own sink tells."""
    lines = babeltrace2(trace, "-c", "filter.lttngx.events", "-p", 'names="irq_softirq_*"', "-c", "sink.text.pretty", "-p",
                        "clock-seconds=yes,no-delta=yes").stdout.splitlines()
    open_runs, expected = {}, []
    for line in lines:
        time_ns, name = int(line[1:21].replace(".", "")), line.split()[2].rstrip(":")
        cpu, vec = line.split("cpu_id = ")[1].split(" ")[0], line.rsplit("vec = ", 1)[1].split(" ")[0].rstrip(",")
        if name == "irq_softirq_entry":
            open_runs[cpu, vec] = time_ns
        elif name == "irq_softirq_exit":
            expected.append((int(vec), int(cpu), open_runs.pop((cpu, vec)), time_ns))
    ours = [(row["irq"], row["cpu"], row["begin"], row["end"]) for row in tables("irq", trace, "view=log")["softirq_log"]]
    assert sorted(ours) == sorted(expected) and len(ours) == 4260


def test_raise_latencies_end_at_entries():
    """kernel-noctx has irq_softirq_raise."""
    found = tables("irq", NO_CONTEXT, "view=log")
    runs = {(row["cpu"], row["irq"], row["begin"]): row["raised"] for row in found["softirq_log"]}
    assert len(found["raise_log"]) > 100
    assert all(runs[row["cpu"], row["irq"], row["end"]] == row["begin"] for row in found["raise_log"])


def test_choice_of_lines_and_vectors(trace):
    assert tables("irq", trace, "irq=24").keys() == {"hard_stats", "outcomes"}
    assert {row["irq"] for row in tables("irq", trace, "softirq=[1,3],view=top")["softirq_top"]} == {1, 3}
    assert {row["cpu"] for row in tables("irq", trace, "cpu=2,group-by=cpu")["softirq_stats_by_cpu"]} == {2}


def test_losses_are_shown():
    text = babeltrace2(LOST, "-c", "sink.lttngx.irq").stdout
    assert "Tracer discarded 26464 events" in text
    outcome, = tables("irq", LOST)["outcomes"]
    assert outcome["lost"] > 0 and outcome["lossy"] > 0


@pytest.mark.parametrize("params, message", [
    ("measure=latency", "name=measure"), ("group-by=thread", "name=group-by"), ('irq="x"', "name=irq"), ("tid=3", "unknown parameter")])
def test_bad_parameters_are_one_line(params, message):
    assert message in error_of(KERNEL, "-c", "sink.lttngx.irq", "-p", params)


def test_a_trace_without_interrupts_says_what_to_record():
    text = error_of(KERNEL, "-c", "filter.lttngx.events", "-p", 'names="sched_switch"', "-c", "sink.lttngx.irq")
    assert "lttng enable-event --kernel" in text
