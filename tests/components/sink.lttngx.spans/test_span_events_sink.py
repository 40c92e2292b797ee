"""Sinks of spans behind filter.lttngx.spans give what they give with the definitions themselves."""

import json

import bt2
import pytest

from commands import CORES, KERNEL, LOST, TOP, babeltrace2, error_of

CTF_1_8 = ',ctf-version="1"' if bt2.get_maximal_mip_version() else ""
DEFINITIONS = json.loads((TOP / "tests/data/periods/definitions.json").read_text())
PACKS = 'packs=["syscalls","irq","softirq","wakeup"]'
VIEWS = 'view=["stats","log","top","freq","tree"]'
LIMITED = '''spans=[{span=wake,begin={event=sched_waking,key=tid},end={event=sched_switch,key=next_tid},policy=all,min="50us",
max="1ms",timeout="5ms"},{span=inner,parent=wake,begin={event=sched_wakeup,key=tid},end={event=sched_switch,key=next_tid}}]'''


def given(name: str) -> str:
    """Return a case of definitions.json as parameters."""
    case = DEFINITIONS[name]
    return ",".join(f"{key}=[{','.join(map(json.dumps, case[key]))}]" for key in ("spans", "captures") if case[key])


def both(trace, definitions, sink, params, events="keep", core="native"):
    """Return what a sink writes with the definitions, and behind the filter with them."""
    ending = ("-c", f"sink.lttngx.{sink}", "-p")
    direct = babeltrace2(trace, *ending, f"{definitions},{params}", core=core)
    behind = babeltrace2(trace, "-c", "filter.lttngx.spans", "-p", f"{definitions},events={events}", *ending, params, core=core)
    return direct.stdout, behind.stdout


@pytest.mark.parametrize("definitions, params", [
    *((given(name), VIEWS) for name in DEFINITIONS), (PACKS, VIEWS), (LIMITED, VIEWS),
    (given("P1"), 'view=["log"],order-by=hierarchy'), (given("P1"), 'view=["log","stats"],select=["sys","sirq"],aggregate-by=sw'),
    (given("P1"), 'view=["stats","freq"],group-by="sw.cpu"'), (given("P2"), 'group-by="wake.prio,wake.cpu",min-duration="20us"')])
def test_the_document_is_the_same(definitions, params):
    for form in ("json", "text"):
        direct, behind = both(KERNEL, definitions, "spans", f"{params},format={form},utc=yes")
        assert direct == behind and len(direct) > 300


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("events", ["keep", "drop"])
def test_losses_and_dropped_events(core, events):
    direct, behind = both(LOST, PACKS, "spans", "format=json", events, core)
    assert json.loads(direct)["discarded_events"] > 0 and direct == behind


@pytest.mark.parametrize("form", ["folded", "speedscope"])
def test_flamegraph_is_the_same(form):
    direct, behind = both(KERNEL, given("P1"), "flamegraph", f"format={form}")
    assert direct == behind and direct.count("sirq")


def test_otlp_is_the_same_in_another_order():
    """A span is written when the root around it has ended."""
    texts = both(KERNEL, given("P1"), "otlp", "service=x")
    direct, behind = ([span for line in text.splitlines() for span in json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]]
                      for text in texts)
    assert sorted(direct, key=json.dumps) == sorted(behind, key=json.dumps) and len(direct) > 1000


def test_perfetto_is_the_same(tmp_path):
    paths = [tmp_path / "direct", tmp_path / "behind"]
    babeltrace2(KERNEL, "-c", "sink.lttngx.perfetto", "-p", f'{PACKS},counters=yes,path="{paths[0]}"')
    babeltrace2(KERNEL, "-c", "filter.lttngx.spans", "-p", PACKS, "-c", "sink.lttngx.perfetto", "-p", f'counters=yes,path="{paths[1]}"')
    assert paths[0].read_bytes() == paths[1].read_bytes() and paths[0].stat().st_size > 100_000


def test_through_a_ctf_trace(tmp_path):
    babeltrace2(KERNEL, "-c", "filter.lttngx.spans", "-p", f"{given('P1')},events=drop",
                "-c", "sink.ctf.fs", "-p", f'path="{tmp_path}",quiet=yes{CTF_1_8}')
    direct = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", f"{given('P1')},format=json,{VIEWS}").stdout)
    behind = json.loads(babeltrace2(tmp_path, "-c", "sink.lttngx.spans", "-p", f"format=json,{VIEWS}").stdout)
    assert direct == behind and len(direct["tables"]["log"]) > 1000


def test_without_the_first_and_last_events():
    """A trimmer between them takes the definitions and the totals away: what is left is still shown."""
    run = babeltrace2("run", "--component=source:source.ctf.fs", f'--params=inputs=["{KERNEL}"]', "--component=muxer:filter.utils.muxer",
                      "--component=spans:filter.lttngx.spans", f"--params={given('P1')},events=drop",
                      "--component=cut:filter.lttngx.events", '--params=names="lttngx:*",mode=drop',
                      "--component=sink:sink.lttngx.spans", "--params=format=json",
                      "--connect=source:muxer", "--connect=muxer:spans", "--connect=spans:cut", "--connect=cut:sink")
    whole, _ = both(KERNEL, given("P1"), "spans", "format=json")
    rows, expected = ({row["span"]: row for row in json.loads(text)["tables"]["stats"]} for text in (run.stdout, whole))
    assert rows == expected and set(rows) == {"sw", "sw/sys", "sw/sys/sirq"}


def test_no_span_events_is_an_error():
    assert "no span is defined: expected at least one of spans, file, packs, or filter.lttngx.spans upstream" in error_of(
        KERNEL, "-c", "sink.lttngx.spans")
