"""filter.lttngx.spans: its span events against the sink's log, the message sequence rules, CTF behind it."""

import json

import bt2
import pytest

from checks import CheckSink
from commands import KERNEL, LOST, TOP, babeltrace2
from graphs import messages, run, use
from lttngx.filters.spans import SpansFilter
from sources import Setting

# From Babeltrace 2.1 on, CTF 2 is what sink.ctf.fs writes unless told otherwise.
CTF_1_8 = ',ctf-version="1"' if bt2.get_maximal_mip_version() else ""
PACKS = ["syscalls", "irq", "wakeup"]
FILTER = ("-c", "filter.lttngx.spans", "-p")


def log():
    """Return the spans that the sink finds: (definition, name, begin, end, captures)."""
    params = f"packs={json.dumps(PACKS)},view=log,format=json"
    tables = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", params).stdout)["tables"]
    return [(row["span"], row["name"], row["begin_ns"], row["end_ns"], row["captures"]) for row in tables["log"]]


@pytest.fixture(autouse=True)
def on_each_core(core, monkeypatch):
    """Every test here runs on both cores."""
    use(monkeypatch, core)


def filtered(trace, **params):
    """Return the messages behind the filter as a sink that checks them got them, and its checker."""
    plugin = bt2.find_plugins_in_path(str(TOP), recurse=False)[0]
    seen: list = []
    graph = bt2.Graph()
    source = graph.add_component(bt2.find_plugin("ctf").source_component_classes["fs"], "source", {"inputs": [str(trace)]})
    muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
    spans = graph.add_component(plugin.filter_component_classes["spans"], "spans", {"packs": PACKS, **params})
    sink = graph.add_component(CheckSink, "sink", obj=seen)
    for index, port in enumerate(source.output_ports.values()):
        graph.connect_ports(port, muxer.input_ports[f"in{index}"])
    graph.connect_ports(muxer.output_ports["out"], spans.input_ports["in"])
    graph.connect_ports(spans.output_ports["out"], sink.input_ports["in"])
    run(graph)
    return seen[:-1], seen[-1], graph


def added(found):
    """Return the events which the filter has added."""
    return [message for message in found if type(message) is bt2._EventMessageConst
            and message.event.stream.trace.name == "spans"]


def span_events(found):
    """Return those of spans, without those about definitions and the range."""
    return [message for message in added(found) if not message.event.name.startswith("lttngx:")]


def test_the_events_are_the_spans_of_the_sink():
    found, checker, graph = filtered(KERNEL)
    rows = []
    for message in span_events(found):
        payload = message.event.payload_field
        if payload["status"] != "complete":
            continue
        assert message.default_clock_snapshot.ns_from_origin == payload["end"]
        assert payload["duration"] == payload["end"] - payload["begin"]
        captures = {name: (str if isinstance(payload[name], bt2._StringFieldConst) else int)(payload[name])
                    for name in list(payload)[9:]}
        rows.append((message.event.name, str(payload["name"]), int(payload["begin"]), int(payload["end"]), captures))
    expected = [(*row[:4], {key: value for key, value in row[4].items() if value is not None}) for row in log()]
    assert len(rows) > 1000 and sorted(map(repr, rows)) == sorted(map(repr, expected))


@pytest.mark.parametrize("trace", [KERNEL, LOST], ids=lambda path: path.name)
def test_all_other_messages_are_passed_on(trace):
    plain, _, _keep = messages(trace)
    found, checker, graph = filtered(trace)
    # The stream of spans has fewer events than a packet holds: one beginning and end of each.
    own = len(added(found)) + 4
    assert own > 100 and len(found) == len(plain) + own


def test_events_can_be_dropped():
    found, checker, graph = filtered(KERNEL, events="drop")
    assert checker.counts["Event"] == len(added(found)) > len(span_events(found)) > 1000


def test_ids_join_parents_and_children():
    definitions = ['a : $evt.$name == "sched_waking" : $evt.$name == "sched_wakeup" && $evt.tid == $begin.$evt.tid',
                   'b(a) : $evt.$name == "sched_waking" && $evt.tid == $parent.$begin.$evt.tid : $evt.$name == "sched_wakeup" '
                   "&& $evt.tid == $begin.$evt.tid"]
    found, checker, graph = filtered(KERNEL, packs=[], spans=definitions, captures=["a : $evt.tid"])
    events = [message.event for message in span_events(found)]
    parents = {int(event.payload_field["id"]): event for event in events if event.name == "a"}
    children = [event for event in events if event.name == "a/b"]
    assert len(children) == len(parents) > 400
    assert all(parents[int(child.payload_field["parent_id"])].payload_field["begin"] == child.payload_field["begin"]
               for child in children)
    assert all(event.payload_field["parent_id"] == -1 and "_evt_tid" in event.payload_field for event in parents.values())


def test_ctf_can_be_written_behind_it(tmp_path):
    babeltrace2(KERNEL, *FILTER, 'packs="softirq"', "-c", "sink.ctf.fs", "-p", f'path="{tmp_path}",quiet=yes{CTF_1_8}')
    found = [message.event for message in bt2.TraceCollectionMessageIterator(str(tmp_path))
             if type(message) is bt2._EventMessageConst]
    assert sum(event.name == "softirq" for event in found) == sum(event.name == "irq_softirq_exit" for event in found) > 500


def test_live_source_loses_nothing():
    """TryAgain between the events of a span: 10 to 40 ns, told behind its end event, before what comes later."""
    definition = 'p : $evt.$name == "plain" && $evt.n == 1 : $evt.$name == "plain" && $evt.n == 2'
    script = [("stream", 0), ("packet", 0), ("plain", 10, 1), ("again",), ("plain", 20, 7), ("inactivity", 30), ("again",),
              ("plain", 40, 2), ("again",), ("plain", 50, 7)]
    found, checker, graph = messages(Setting(script), (SpansFilter, None, {"spans": [definition]}))
    names = [message.event.name for message in found if type(message) is bt2._EventMessageConst]
    assert names == ["plain", "plain", "plain", "lttngx:span_definition", "p", "plain", "lttngx:span_totals", "lttngx:span_range"]
    span, = span_events(found)
    assert (int(span.event["begin"]), int(span.event["end"])) == (10, 40)
    assert checker.counts["MessageIteratorInactivity"] == 1
