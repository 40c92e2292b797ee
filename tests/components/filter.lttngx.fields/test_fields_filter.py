"""filter.lttngx.fields through babeltrace2, held against the unfiltered text of the same trace."""

import re

import bt2
import pytest

import graphs
import plain
from commands import CORES, KERNEL, LOST, babeltrace2, error_of, pretty
from linked import Links
from lttngx.core import pseudonyms
from lttngx.filters.fields import FieldsFilter
from recorded import TRACES
from test_support_fields import IDENTITY_TRACES, same_details, settled

FILTER = ("-c", "filter.lttngx.fields", "-p")
# Keeps what there is: an identity rewrite by the product's own means.
EVERYTHING = (*FILTER, 'keep="payload.*"')


@pytest.fixture(scope="module")
def everything():
    return pretty(KERNEL)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("trace", IDENTITY_TRACES)
def test_keeping_everything_changes_no_detail(trace, core):
    if core == "portable" and trace == "kernel-noctx":
        pytest.skip("40,000 events take the portable core too long; four other traces are compared")
    details = [babeltrace2(TRACES / trace, *components, "-c", "sink.text.details", core=core).stdout.splitlines()
               for components in ((), EVERYTHING)]
    assert len(details[0]) > 1000
    assert same_details(*details, unordered_streams=core == "portable")


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("params, pattern, becomes", [
    ('drop="context.hostname"', None, None),
    ('drop=["context.procname"]', r' procname = "[^"]*",', ""),
    ('drop="packet-context.*"', r" \{ cpu_id = \d+ \},", ""),
    ('drop="context.*"', r"(\{ cpu_id = \d+ \}), \{[^}]*\}", r"\1"),
    ('keep="packet-context.cpu_id"', None, None),
    ('keep=["context.vpid","context.vtid"]', r"procname = .*?, (vpid = \d+).*?(vtid = \d+)[^}]*?( \}, \{)", r"\1, \2\3"),
    ('redact="context.procname",by=constant,constant="who"', r'procname = "[^"]*"', 'procname = "who"'),
    ('redact="context.v*id",by=constant,constant=7', r"(vp|vt)id = \d+", r"\1id = 7"),
])
def test_text_is_the_unfiltered_one_without_the_fields(everything, core, params, pattern, becomes):
    expected = everything if pattern is None else [re.sub(pattern, becomes, line, count=2 if "7" in becomes else 1)
                                                   for line in everything]
    assert pattern is None or expected != everything
    found = pretty(KERNEL, *FILTER, params, core=core)
    assert found == settled(expected, found)


@pytest.mark.parametrize("core", CORES)
def test_pseudonyms_are_one_to_one_and_join_fields(everything, core):
    def comms(lines):
        return [match.groups() for line in lines
                if (match := re.search(r'procname = "([^"]*)".*prev_comm = "([^"]*)".*next_comm = "([^"]*)"', line))]

    redacted = comms(pretty(KERNEL, *FILTER, 'redact=["context.procname","payload.*_comm"],key="k7"', core=core))
    clear = comms(everything)
    assert len(redacted) == len(clear) > 500
    pairs = {(one, other) for row in zip(clear, redacted) for one, other in zip(*row)}
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs}) > 20
    assert all(other == pseudonyms.of_text(pseudonyms.key_of("k7"), one.encode()) for one, other in pairs)


def test_without_a_key_pseudonyms_are_of_this_run_only():
    one, other = (pretty(LOST, *FILTER, 'redact="payload.*comm"')[:500] for _ in range(2))
    assert one != other


@pytest.mark.parametrize("core", CORES)
def test_names_restrict_the_change(everything, core):
    def changed(line):
        without = re.sub(r',? \w*comm = "[^"]*"', "", line).replace("{, ", "{ ")
        return re.sub(r'procname = "[^"]*"', 'procname = ""', without) if re.search(r" sched_\w+: ", line) else line

    found = pretty(KERNEL, *FILTER, 'names="sched_*",drop="payload.*comm",redact="context.procname",by=constant', core=core)
    assert found == settled(list(map(changed, everything)), found)
    assert sum(map(str.__ne__, found, everything)) > 1000


@pytest.mark.parametrize("core", CORES)
def test_packets_and_losses_pass(core, monkeypatch):
    graphs.use(monkeypatch, graphs.choice.native() if core == "native" else graphs.choice.portable())
    counts = []
    for filters in ((), ((FieldsFilter, {"drop": "payload.*"}),)):
        messages, checker, _graph = run(LOST, *filters)
        counts.append(checker.counts)
    assert counts[0] == counts[1] and counts[0]["DiscardedEvents"] > 50


def run(source, *filters):
    """Return messages, Checker and graph behind filters (class, params)."""
    seen = []
    graph = bt2.Graph()
    ports = graphs._source_ports(graph, source)
    if len(ports) > 1:
        muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
        for index, port in enumerate(ports):
            graph.connect_ports(port, muxer.input_ports[f"in{index}"])
        ports = [muxer.output_ports["out"]]
    for index, (component_class, params) in enumerate(filters):
        component = graph.add_component(component_class, f"filter-{index}", params)
        graph.connect_ports(ports[0], component.input_ports["in"])
        ports = list(component.output_ports.values())
    sink = graph.add_component(graphs.CheckSink, "sink", obj=seen)
    graph.connect_ports(ports[0], sink.input_ports["in"])
    graphs.run(graph)
    return seen[:-1], seen[-1], graph


def payloads(monkeypatch, core, source, **params):
    graphs.use(monkeypatch, core)
    messages, _, graph = run(source, (FieldsFilter, params))
    return [plain.event(message.event) for message in messages if isinstance(message, bt2._EventMessageConst)]


@pytest.mark.parametrize("drop, gone", [
    ("payload.len", {"len", "list"}),
    ("payload.has", {"has", "maybe"}),
    ("payload.kind", {"kind", "what"}),
    ("payload.sel", {"sel", "signed"}),
    ("payload.num", {"num", "opt"}),
    ("payload.list", {"list"}),
    ("common-context.shared", {"afar"}),
    ("payload.headers", {"headers"}),
])
def test_what_depends_on_a_dropped_field_goes_too(monkeypatch, core, drop, gone):
    (before, _), (after, _) = (payloads(monkeypatch, core, Links(), drop=[pattern]) for pattern in ("payload.nope", drop))
    assert before["payload_field"].keys() - after["payload_field"].keys() == gone


def test_lengths_inside_array_elements_take_their_arrays_along(monkeypatch, core):
    (event, _) = payloads(monkeypatch, core, Links(), drop=["payload.headers.n"])
    assert event["payload_field"]["headers"] == [{}, {}]


@pytest.mark.parametrize("keep, left", [
    ("payload.list", {"len", "list"}),
    ("payload.what", {"kind", "what"}),
    ("payload.what.word", {"kind", "what"}),
    ("payload.headers.addrs", {"headers"}),
    ("payload.*s*l*", {"sel"}),
])
def test_what_a_kept_field_depends_on_stays(monkeypatch, core, keep, left):
    (event, _) = payloads(monkeypatch, core, Links(), keep=[keep])
    assert event["payload_field"].keys() == left


def test_redaction_leaves_lengths_and_selectors(monkeypatch, core):
    (event, other) = payloads(monkeypatch, core, Links(), redact=["payload.*", "context.*"], by="constant", constant=0)
    assert [one["common_context_field"] for one in (event, other)] == [
        {"shared": 0, "comm": "0"}, {"shared": 1, "comm": "0"}]
    assert event["payload_field"] == {
        "len": 2, "list": [0, 0], "has": True, "maybe": "0", "kind": 1, "what": "0", "sel": -1, "signed": 0, "num": 3,
        "opt": 0, "headers": [{"n": 1, "addrs": [0]}, {"n": 0, "addrs": []}], "tail": 0, "afar": []}


@pytest.mark.parametrize("params, error", [
    ("keep=[]", "filter.lttngx.fields: nothing to do: expected=at least one of keep, drop, redact"),
    ('drop="addr"', 'filter.lttngx.fields: parameter drop: bad field pattern: expected=SCOPE.NAME with SCOPE one of '
                    'packet-context, common-context, specific-context, context, payload, got="addr"'),
    ('drop="payload.a",by=md5', "filter.lttngx.fields: bad parameter: name=by, expected=`hash` or `constant`, got='md5' (string)"),
    ('drop="payload.a",by=constant,key="k"', "filter.lttngx.fields: conflicting parameters: key is for by=hash, got by=constant"),
    ('drop="payload.a",constant=1', "filter.lttngx.fields: conflicting parameters: constant is for by=constant, got by=hash"),
    ('names="a",drop="packet-context.cpu_id"', 'conflicting parameters: names restricts to some events, '
     '"packet-context.cpu_id" is about what all events of a packet or stream class share; leave out names'),
    ('names="sched_switch",drop="context.procname"', "Cannot drop a field for some events only: "
     "field=common-context.procname, which all events of a stream class share; leave out `names`, or redact it"),
    ('redact="payload.prev_prio",by=constant,constant=4294967296', "Cannot redact a field, the constant is outside its range: "
     "field=payload.prev_prio, kind=signed integer, bits=32, constant=4294967296"),
])
def test_errors_are_one_line(params, error):
    assert error in error_of(KERNEL, *FILTER, params, *("-c", "sink.utils.dummy"))


@pytest.mark.parametrize("params, error", [
    ({"keep": ["payload.list"], "drop": ["payload.len"]}, "Cannot keep a field without its length or selector field, or "
     'without what it is in: field=payload.list, kept by="payload.list"'),
    ({"redact": ["payload.kind"]}, "Cannot redact a length or selector field: field=payload.kind"),
    ({"drop": ["payload.*word"]}, "Cannot drop an option of a variant: field=payload.what.word"),
])
def test_impossible_plans_are_refused(monkeypatch, core, params, error):
    with pytest.raises(bt2._Error) as failure:
        payloads(monkeypatch, core, Links(), **params)
    assert error in " ".join(str(failure.value).split())


@pytest.mark.parametrize("core", CORES)
def test_a_pattern_which_names_nothing_is_told_once(core):
    run = babeltrace2(KERNEL, *FILTER, 'drop=["payload.adr","payload.fd"]', "-c", "sink.utils.dummy", core=core)
    warnings = [line for line in run.stderr.splitlines() if "lttngx" in line]
    assert warnings == [
        'lttngx: WARNING: filter.lttngx.fields: a pattern names no field of any event class: pattern="payload.adr"']


@pytest.mark.parametrize("core", CORES)
def test_begin_and_end_times_apply_behind_the_filter(everything, core):
    """The trimmer behind the filter makes it seek."""
    begin, end = everything[100][1:19], everything[300][1:19]
    run = babeltrace2(
        "run", "--component=src:src.ctf.fs", f'--params=inputs=["{KERNEL}"]', "--component=mux:flt.utils.muxer",
        "--component=f:filter.lttngx.fields", '--params=drop="payload.nothing"', "--component=trim:flt.utils.trimmer",
        f'--params=begin="2026-11-22 {begin}",end="2026-11-22 {end}",gmt=yes', "--component=out:sink.text.pretty",
        "--params=clock-gmt=yes,no-delta=yes", "--connect=src:mux", "--connect=mux:f", "--connect=f:trim",
        "--connect=trim:out", core=core)
    assert [re.sub(r', hostname = "[^"]*"', "", line) for line in run.stdout.splitlines()] == everything[100:301]
