"""Declarative models: notation and its errors, what rules do, and the two examples on recorded traces."""

from collections import Counter, defaultdict
from pathlib import Path

import bt2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from state_events import Machine
from state_traces import TRACES

from lttngx.bt.reading import read
from lttngx.errors import ParameterError
from lttngx.state.explain import check_lines, explain_lines
from lttngx.state.lines import line_of, lines_of
from lttngx.state.model import ModelState
from lttngx.state.modelfile import ModelError, read_model
from lttngx.state.kernel.model import KernelState
from lttngx.state.tree import ABSENT, ROOT, UNKNOWN

EXAMPLES = Path(__file__).parents[3] / "examples"

HEAD = """[attribute]
a = "A"
n = { path = "N", initial = 0 }
key = "Keys/{id}/{name}"
stack = "CPUs/{@cpu}/stack"
"""


def machine(rules: str) -> Machine:
    return Machine(ModelState(read_model(HEAD + rules, "m.toml")))


def value(found: Machine, path: str):
    return found.engine.tree.value(path)


# (file, error): every error begins with file:line.
ERRORS = [
    ("[model\n", "m.toml:1:7: Expected ']' at the end of a table declaration"),
    ('[attribute]\na = "A"\n', "m.toml:1: expected at least one [[rule]], got none"),
    ('[modle]\nname = "x"', 'm.toml:1: unknown key: name="modle", known=[model, alias, attribute, rule]'),
    (HEAD + '[[rule]]\nset = { a = 1 }', "m.toml:6: expected `on`, the events of the rule, got none"),
    (HEAD + '[[rule]]\non = "x"', "m.toml:6: expected one of set, push, pop, clear, timer, got a rule that does nothing"),
    (HEAD + '[[rule]]\non = "x"\nset = { b = 1 }', 'm.toml:8: unknown attribute: name="b", known=[a, n, key, stack]'),
    (HEAD + '[[rule]]\non = "x"\n[rule.set]\na = 1\nb = 2', 'm.toml:10: unknown attribute: name="b"'),
    (HEAD + '[[rule]]\non = "x"\nset.a = "@b + 1"', 'm.toml:8: unknown attribute: name="b"'),
    (HEAD + '[[rule]]\non = "x"\nwhen = "id =="\nset = { a = 1 }', "m.toml:8: Cannot compile filter expression: 1:6"),
    (HEAD + '[[rule]]\non = "x"\nset = { a = 1 }\n[[rule]]\non = "y"\nset = { a = "1 +" }', "m.toml:11: Cannot compile"),
    (HEAD + '[[rule]]\non = "x"\nset = { a = true }', "m.toml:8: bad value: expected an expression, an integer or a real, got True"),
    (HEAD + '[[rule]]\non = "x"\nset = 3', "m.toml:8: bad rule.0.set: expected a table of attributes and expressions, got 3"),
    (HEAD + '[[rule]]\non = "x | "\nset = { a = 1 }', 'm.toml:7: expected event names between "|", got "x | "'),
    (HEAD + '[[rule]]\non = "x"\ntimer = { after = "3 weeks", set = { a = 1 } }', 'm.toml:8: Invalid parameter: name=after, expected a duration'),
    (HEAD + '[[rule]]\non = "x"\nputs = { a = 1 }', 'm.toml:8: unknown key: name="puts"'),
    ('[attribute]\na = "A/{id"\n', "m.toml:2: bad attribute path: expected each { to be closed once"),
    ('[attribute]\n"a b" = "A"\n', 'm.toml:2: bad attribute name'),
    ('[attribute]\na = "A/"\n', "m.toml:2: bad attribute path: expected names between slashes"),
]


@pytest.mark.parametrize("text, expected", ERRORS)
def test_errors_name_file_and_line(text, expected):
    with pytest.raises(ModelError) as error:
        read_model(text, "m.toml")
    assert str(error.value).startswith(expected) and "\n" not in str(error.value)


def test_lines_are_found_behind_comments_strings_and_dotted_keys():
    text = '# a\n[alias]\nx = """\n[no]\ny = 1\n"""\n\n[[rule]]\non = "a"\n[rule.set]\n"q" = 1\n[[rule]]\nset.q = 2\n'
    lines = lines_of(text)
    assert lines[("alias", "x")] == 3 and ("no",) not in lines
    assert lines[("rule", 0, "set", "q")] == 11 and lines[("rule", 1, "set", "q")] == 13
    assert line_of(lines, ("rule", 1, "when")) == 12 and line_of(lines, ("model",)) == 1


def test_guards_and_values_read_fields_context_cpu_and_state():
    found = machine('[[rule]]\non = "e*"\nwhen = "id > 2 && $ctx.procname == \'sh\'"\n'
                    'set = { n = "@n + id * 2", key = "$ctx.procname", a = "@cpu" }')
    found(1, 3, "event", ctx={"procname": "sh"}, id=5, name="x")
    found(2, 3, "event", ctx={"procname": "sh"}, id=1, name="x")
    found(3, 3, "event", ctx={"procname": "ls"}, id=9, name="x")
    found(4, 1, "event", ctx={"procname": "sh"}, id=4, name="y")
    found(5, 1, "other", ctx={"procname": "sh"}, id=4, name="z")
    assert value(found, "N") == 18 and value(found, "A") == 1
    assert value(found, "Keys/5/x") == "sh" and value(found, "Keys/4/y") == "sh" and value(found, "Keys/4/z") is UNKNOWN


def test_aliases_are_one_line_for_all_tracer_versions():
    found = machine('[[rule]]\non = "entry"\nset = { n = "@n + 1" }\n[alias]\nentry = "irq_softirq_entry | softirq_entry | sub_*"')
    for name in ("irq_softirq_entry", "softirq_entry", "sub_x", "entry_x"):
        found(1, 0, name, id=1, name="x")
    assert value(found, "N") == 3


def test_rules_apply_in_order_and_each_reads_what_was_before_it():
    found = machine('[[rule]]\non = "e"\nset = { n = "@n + 1", a = "@n" }\n[[rule]]\non = "e"\nset = { n = "@n * 10" }')
    found(1, 0, "e", id=1)
    assert value(found, "A") == 0 and value(found, "N") == 10


def test_stacks_push_pop_and_clear():
    found = machine('[[rule]]\non = "call"\npush = { stack = "name" }\n[[rule]]\non = "return"\npop = ["stack"]\n'
                    '[[rule]]\non = "reset"\nclear = ["stack"]')
    for time, name in enumerate(("main", "parse", "read")):
        found(time, 2, "call", name=name)
    assert [value(found, f"CPUs/2/stack{level}") for level in ("", "/1", "/2", "/3")] == ["read", "main", "parse", "read"]
    found(5, 2, "return", id=0)
    assert value(found, "CPUs/2/stack") == "parse" and value(found, "CPUs/2/stack/3") is ABSENT
    found(6, 2, "reset", id=0)
    assert value(found, "CPUs/2/stack") is ABSENT and value(found, "CPUs/2/stack/1") is ABSENT
    found(7, 2, "return", id=0)
    assert found.engine.reports[1].untold == 1


def test_a_timer_fires_at_its_time_unless_the_attribute_changes_before():
    rules = ('[[rule]]\non = "begin"\nset = { key = "\'open\'" }\ntimer = { after = "10ns", set = { key = "\'slow\'" } }\n'
             '[[rule]]\non = "end"\nset = { key = "\'done\'" }')
    found = machine(rules)
    found(100, 0, "begin", id=1, name="x")
    found(105, 0, "begin", id=2, name="x")
    found(108, 0, "end", id=1, name="x")
    found(200, 0, "end", id=3, name="x")
    paths = found.engine.tree.paths
    history = [(time, paths[attribute], value) for time, attribute, value in found.engine.tree.take()]
    assert history == [(100, "Keys/1/x", "open"), (105, "Keys/2/x", "open"), (108, "Keys/1/x", "done"),
                       (115, "Keys/2/x", "slow"), (200, "Keys/3/x", "done")]
    found(300, 0, "begin", id=4, name="x")
    found.engine.finish(310)
    assert value(found, "Keys/4/x") == "slow"


def test_what_cannot_be_told_changes_nothing_and_is_counted():
    found = machine('[[rule]]\non = "e"\nset = { a = "missing + 1", key = 1, n = "7 / id" }')
    found(1, 0, "e", id=0)
    assert value(found, "A") is UNKNOWN and value(found, "N") is UNKNOWN
    assert found.engine.reports[0].untold == 3
    text = "\n".join(explain_lines(found.engine, 1))
    assert 'm.toml:6: on "e": 1 events, 1 applied, 3 values not told' in text
    assert "m.toml:6: e: no payload field `missing`" in text and "m.toml:6: e: no payload field `name`" in text


def test_lost_events_make_values_uncertain():
    found = machine('[[rule]]\non = "e"\nset = { a = "id" }')
    found(1, 0, "e", id=4)
    found.engine.discarded_events(found.stream, 2, 3, None)
    assert not found.engine.tree.certain("A")
    found(4, 0, "e", id=4)
    assert found.engine.tree.certain("A") and (2, ROOT, ABSENT) in found.engine.tree.take()


def test_annotations_are_those_of_a_cpu():
    found = machine('[[rule]]\non = "call"\npush = { stack = "name" }')
    found(1, 2, "call", name="main")
    current = found.engine.annotator(["stack", "n"])
    assert current(2) == ("main", 0) and current(1) == (UNKNOWN, 0) and found.engine.touched == {2}
    with pytest.raises(ParameterError, match='not one of a CPU: name="key", path="Keys/{id}/{name}"'):
        found.engine.annotator(["key"])


def test_check_warns_of_attributes_nothing_sets():
    model = read_model(HEAD + '[[rule]]\non = "e"\nset = { a = 1, n = 2 }\npush = { stack = 1 }', "m.toml")
    assert list(check_lines(model)) == ["m.toml: model m.toml: 4 attributes, 1 rules",
                                        "m.toml:4: warning: no rule sets attribute key"]


@given(st.text(max_size=200))
def test_any_text_is_a_model_or_an_error_with_its_file(text):
    try:
        read_model(text, "m.toml")
    except ModelError as error:
        assert str(error).startswith("m.toml:")


def test_the_model_in_the_documentation_is_right():
    text = (EXAMPLES.parent / "docs/state-models.md").read_text()
    model = read_model(text.partition("```toml\n")[2].partition("```")[0], "docs")
    assert len(model.rules) == 2 and model.rules[0].timer.after_ns == 30_000_000


# The examples

def example(name: str, trace: str) -> ModelState:
    engine = ModelState(read_model((EXAMPLES / name).read_text(), name))
    engine.finish(read(engine, TRACES / trace).last_ns)
    return engine


def test_the_interrupts_example_tells_what_the_built_in_model_tells():
    kernel, model = KernelState(), example("interrupts.toml", "kernel-noctx")
    read(kernel, TRACES / "kernel-noctx")
    told = [[(time, engine.tree.paths[attribute], value) for time, attribute, value in engine.tree.take()
             if "/irqs/" in engine.tree.paths[attribute] or "/softirqs/" in engine.tree.paths[attribute]]
            for engine in (kernel, model)]
    assert len(told[0]) > 2000 and told[0] == told[1]
    assert all(report.classes and not report.untold for report in model.reports)


def test_the_requests_example_agrees_with_the_events():
    engine = example("requests.toml", "ust-spans")
    begun, ended, thread = {}, {}, defaultdict(Counter)
    for message in bt2.TraceCollectionMessageIterator(str(TRACES / "ust-spans")):
        if type(message) is bt2._EventMessageConst and message.event.name in ("app:begin", "app:end"):
            time, event = message.default_clock_snapshot.ns_from_origin, message.event
            if event.name == "app:begin" and event["parent_id"] == 0:
                begun[int(event["span_id"])] = time, int(event["vtid"])
            elif event.name == "app:end" and int(event["span_id"]) in begun:
                ended[int(event["span_id"])] = time
                thread[int(event["vtid"])]["served"] += 1
    assert len(begun) == 120
    for span, (time, vtid) in begun.items():
        assert engine.tree.value(f"Requests/{span}/thread") == vtid
        assert (engine.tree.value(f"Requests/{span}/state") is ABSENT) == (span in ended)
    for vtid, counted in thread.items():
        assert engine.tree.value(f"Workers/{vtid}/served") == counted["served"]
    assert engine.tree.value("Open requests") == len(begun) - len(ended)
    slow = {path for time, attribute, value in engine.tree.take() if value == "slow" for path in [engine.tree.paths[attribute]]}
    assert slow == {f"Requests/{span}/state" for span, (time, _) in begun.items()
                    if span not in ended or ended[span] - time > 30_000_000}
    assert 0 < len(slow) < 120
