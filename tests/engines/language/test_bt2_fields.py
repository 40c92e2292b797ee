"""The portable readers on bt2's own field objects: one event with a field of every kind, sent through a graph."""

import bt2
import pytest
from language_doubles import structure

from lttngx.core.classes import EventClass
from lttngx.core.portable.evaluate import compile_predicate
from lttngx.language import compile_filter

TYPES = {"u64": "u64", "s8": "s8", "flag": "bool", "bits": "b8", "single": "f32", "double": "f64", "text": "string",
         "empty": "string", "colour": "enum<u8>{RED=0..1,BLUE=2}", "pair": "u16[2]",
         "many": "seq<string>", "inner": "struct{u8 x;}",
         "some": "optional<u8>",
         "none": "optional<u8>", "choice": "variant<t>{u8 number; string word;}"}
CONTEXTS = [{"cpu_id": "u32"}, {"vpid": "s32"}, {"own": "u8"}]
EVENT_CLASS = EventClass("tp:every", scopes=tuple(map(structure, [*CONTEXTS, TYPES])))


def option(trace_class: "bt2._TraceClass") -> "bt2._OptionFieldClass":
    return trace_class.create_option_without_selector_field_class(trace_class.create_unsigned_integer_field_class(8))


def payload_class(trace_class: "bt2._TraceClass") -> "bt2._StructureFieldClass":
    colour = trace_class.create_unsigned_enumeration_field_class(8)
    colour.add_mapping("RED", bt2.UnsignedIntegerRangeSet([(0, 1)]))
    colour.add_mapping("BLUE", bt2.UnsignedIntegerRangeSet([(2, 2)]))
    inner = trace_class.create_structure_field_class()
    inner += [("x", trace_class.create_unsigned_integer_field_class(8))]
    choice = trace_class.create_variant_field_class()
    choice.append_option("number", trace_class.create_unsigned_integer_field_class(8))
    choice.append_option("word", trace_class.create_string_field_class())
    made = trace_class.create_structure_field_class()
    made += [
        ("u64", trace_class.create_unsigned_integer_field_class()),
        ("s8", trace_class.create_signed_integer_field_class(8)),
        ("flag", trace_class.create_bool_field_class()), ("bits", trace_class.create_bit_array_field_class(8)),
        ("single", trace_class.create_single_precision_real_field_class()),
        ("double", trace_class.create_double_precision_real_field_class()),
        ("text", trace_class.create_string_field_class()), ("empty", trace_class.create_string_field_class()),
        ("colour", colour),
        ("pair", trace_class.create_static_array_field_class(trace_class.create_unsigned_integer_field_class(16), 2)),
        ("many", trace_class.create_dynamic_array_field_class(trace_class.create_string_field_class())),
        ("inner", inner),
        ("some", option(trace_class)),
        ("none", option(trace_class)),
        ("choice", choice),
    ]
    return made


class _Iterator(bt2._UserMessageIterator):
    def __init__(self, config, port):
        stream_class, event_class, trace = port.user_data
        self._stream = trace.create_stream(stream_class)
        self._messages = self._make(event_class)

    def _make(self, event_class):
        yield self._create_stream_beginning_message(self._stream)
        packet = self._stream.create_packet()
        packet.context_field["cpu_id"] = 3
        yield self._create_packet_beginning_message(packet)
        message = self._create_event_message(event_class, packet, default_clock_snapshot=1500)
        message.event.common_context_field["vpid"] = 12
        message.event.specific_context_field["own"] = 5
        fill(message.event.payload_field)
        yield message
        yield self._create_packet_end_message(packet)
        yield self._create_stream_end_message(self._stream)

    def __next__(self):
        return next(self._messages)


def fill(fields) -> None:
    fields["u64"], fields["s8"], fields["flag"] = 2**64 - 1, -1, True
    fields["bits"].value_as_integer = 0x81
    fields["single"], fields["double"], fields["text"], fields["empty"], fields["colour"] = 0.5, 0.1, "h\u00e9", "", 1
    fields["pair"] = [7, 9]
    fields["many"] = ["alpha", "beta"]
    fields["inner"]["x"] = 4
    fields["some"].has_field = True
    fields["some"].field.value = 6
    fields["none"].has_field = False
    fields["choice"].selected_option_index = 1
    fields["choice"].selected_option.value = "w"


class _Source(bt2._UserSourceComponent, message_iterator_class=_Iterator):
    def __init__(self, config, params, obj):
        trace_class = self._create_trace_class()
        clock = self._create_clock_class(frequency=10**9, origin_is_unix_epoch=True)
        roots = [trace_class.create_structure_field_class() for _ in CONTEXTS]
        roots[0] += [("cpu_id", trace_class.create_unsigned_integer_field_class(32))]
        roots[1] += [("vpid", trace_class.create_signed_integer_field_class(32))]
        roots[2] += [("own", trace_class.create_unsigned_integer_field_class(8))]
        stream_class = trace_class.create_stream_class(default_clock_class=clock, supports_packets=True,
                                                       packet_context_field_class=roots[0],
                                                       event_common_context_field_class=roots[1])
        event_class = stream_class.create_event_class(name="tp:every", specific_context_field_class=roots[2],
                                                      payload_field_class=payload_class(trace_class))
        self._add_output_port("out", (stream_class, event_class, trace_class()))


EXPRESSIONS = {
    "u64 == -1 && s8 == -1 && flag == 1 && bits == 0x81": True,
    "single == 0.5 && double == 0.1": True,
    "text == 'h\u00e9' && len(text) == 3 && empty == '' && text == 'h*'": True,
    "colour == 'RED' && colour == 1 && colour != 'BLUE'": True,
    "pair[1] == 9 && pair[-2] == 7 && any(pair, == 9) && len(pair) == 2": True,
    "many[1] == 'beta' && any(many, =~ 'a$') && !exists(many[2])": True,
    "inner.x == 4 && some == 6 && !exists(none) && exists(some)": True,
    "none == 6": False,
    "choice == 'w' && choice.word == 'w' && !exists(choice.number)": True,
    "choice == 1": False,
    "$packet.cpu_id == 3 && $ctx.cpu_id == 3 && $ctx.vpid == 12 && $ctx.own == 5": True,
    "$time == 1500 && $time == 1.5us": True,
}


class _Sink(bt2._UserSinkComponent):
    def __init__(self, config, params, obj):
        self._add_input_port("in")
        self._results = obj

    def _user_graph_is_configured(self):
        self._upstream = self._create_message_iterator(self._input_ports["in"])

    def _user_consume(self):
        message = next(self._upstream)
        if isinstance(message, bt2._EventMessageConst):
            for expr in EXPRESSIONS:
                outcome = compile_filter(expr).link(EVENT_CLASS).outcome
                self._results[expr] = compile_predicate(outcome)(message)


@pytest.fixture(scope="module")
def results() -> dict[str, bool]:
    graph, found = bt2.Graph(), {}
    source = graph.add_component(_Source, "source")
    sink = graph.add_component(_Sink, "sink", obj=found)
    graph.connect_ports(source.output_ports["out"], sink.input_ports["in"])
    graph.run()
    return found


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_expression(expr: str, results: dict[str, bool]) -> None:
    assert results[expr] is EXPRESSIONS[expr]
