"""A source component class for tests only: fields which depend on others, and every property a class, trace or stream can have.

It fits `graphs.chain` as the Scripted source does: obj is a `Links`. MIP 0 only (links are field classes there).
"""

import uuid
from dataclasses import dataclass
from typing import Any

import bt2

UUID = uuid.UUID("12345678-9abc-def0-1234-56789abcdef0")
# Members of the payload in order, with the value of each event.
VALUES: tuple[dict[str, Any], ...] = (
    {"len": 2, "list": [7, 8], "has": True, "maybe": "here", "kind": 1, "what": ("word", "w"), "sel": -1, "signed": ("neg", 5),
     "num": 3, "opt": 9, "headers": [{"n": 1, "addrs": [10]}, {"n": 0, "addrs": []}], "tail": 1},
    {"len": 0, "list": [], "has": False, "maybe": None, "kind": 5, "what": ("number", 6), "sel": 3, "signed": ("pos", "p"),
     "num": 0, "opt": None, "headers": [], "tail": 2},
)


@dataclass(frozen=True)
class Links:
    """What the stream class has."""

    clock: bool = True
    packets: bool = True


def _structure(make: Any, members: dict[str, Any]) -> Any:
    structure = make.create_structure_field_class(user_attributes={"of": "structure"})
    for name, field_class in members.items():
        structure.append_member(name, field_class, user_attributes={"member": name})
    return structure


def _payload(make: Any, shared: Any) -> Any:
    """shared: length field class of the common context, which `afar` depends on."""
    unsigned, signed, text = (make.create_unsigned_integer_field_class, make.create_signed_integer_field_class,
                              make.create_string_field_class)
    length, has, kind, sel, num, inner_length = (
        unsigned(8), make.create_bool_field_class(), make.create_unsigned_enumeration_field_class(8), signed(8), unsigned(8),
        unsigned(16))
    kind.add_mapping("low", bt2.UnsignedIntegerRangeSet([(0, 4)]))
    what = make.create_variant_field_class(kind)
    what.append_option("word", text(), bt2.UnsignedIntegerRangeSet([(0, 4)]), user_attributes={"option": 1})
    what.append_option("number", unsigned(32), bt2.UnsignedIntegerRangeSet([(5, 9)]))
    by_sign = make.create_variant_field_class(sel)
    by_sign.append_option("neg", unsigned(32), bt2.SignedIntegerRangeSet([(-9, -1)]))
    by_sign.append_option("pos", text(), bt2.SignedIntegerRangeSet([(0, 9)]))
    header = _structure(make, {"n": inner_length,
                               "addrs": make.create_dynamic_array_field_class(unsigned(32, 16), inner_length)})
    return _structure(make, {
        "len": length, "list": make.create_dynamic_array_field_class(unsigned(32), length), "has": has,
        "maybe": make.create_option_with_bool_selector_field_class(text(), has), "kind": kind, "what": what, "sel": sel,
        "signed": by_sign, "num": num,
        "opt": make.create_option_with_integer_selector_field_class(
            signed(16), num, bt2.UnsignedIntegerRangeSet([(1, 3)])),
        "headers": make.create_dynamic_array_field_class(header), "tail": unsigned(64),
        "afar": make.create_dynamic_array_field_class(unsigned(8), shared)})


class _Model:
    def __init__(self, component: Any, links: Links) -> None:
        make = component._create_trace_class(user_attributes={"of": "trace class"}, assigns_automatic_stream_class_id=False)
        clock = component._create_clock_class(
            frequency=1000, name="odd", description="a clock", precision=3, offset=bt2.ClockClassOffset(-2, 5),
            origin_is_unix_epoch=False, uuid=UUID, user_attributes={"of": "clock class"}) if links.clock else None
        packets = {"supports_packets": True, "packets_have_beginning_default_clock_snapshot": links.clock,
                   "packets_have_end_default_clock_snapshot": links.clock,
                   "packet_context_field_class": _structure(make, {
                       "cpu_id": make.create_unsigned_integer_field_class(32)})} if links.packets else {}
        length = make.create_unsigned_integer_field_class(8)
        self.stream_class = make.create_stream_class(
            id=3, name="linked", default_clock_class=clock, user_attributes={"of": "stream class"},
            event_common_context_field_class=_structure(make, {
                "shared": length, "comm": make.create_string_field_class()}),
            assigns_automatic_event_class_id=False, assigns_automatic_stream_id=False, **packets)
        self.event_class = self.stream_class.create_event_class(
            id=11, name="linked", log_level=bt2.EventClassLogLevel.DEBUG_UNIT, emf_uri="http://example.com/linked",
            user_attributes={"of": "event class"}, payload_field_class=_payload(make, length))
        self.stream_class.create_event_class(id=4, name="never emitted")
        trace = make(name="trace", uuid=UUID, environment={"version": -3, "host": "h"},
                     user_attributes={"of": "trace"})
        self.stream = trace.create_stream(self.stream_class, id=9, name="stream", user_attributes={"of": "stream"})
        self.links = links


def fill(field: Any, value: Any) -> None:
    """Set a field: dict = structure, list = array, (option name, value) = variant, None = empty option."""
    if isinstance(field, bt2._OptionField):
        field.has_field = value is not None
        if value is not None:
            fill(field.field, value)
    elif isinstance(field, bt2._VariantField):
        field.selected_option_index = [option.name for option in map(
            field.cls.option_at_index, range(len(field.cls)))].index(value[0])
        fill(field.selected_option, value[1])
    elif isinstance(value, dict):
        for name, inner in value.items():
            fill(field[name], inner)
    elif isinstance(value, list):
        field.length = len(value)
        for index, inner in enumerate(value):
            fill(field[index], inner)
    else:
        field.value = value


class LinkedIterator(bt2._UserMessageIterator):
    def __init__(self, config: Any, port: Any) -> None:
        self._messages = list(self._all(port.user_data))

    def _all(self, model: _Model) -> Any:
        def time(value: int) -> dict[str, int]:
            return {"default_clock_snapshot": value} if model.links.clock else {}

        yield self._create_stream_beginning_message(model.stream, **time(1))
        parent = model.stream
        if model.links.packets:
            parent = model.stream.create_packet()
            parent.context_field["cpu_id"] = 2
            yield self._create_packet_beginning_message(parent, **time(2))
        for number, values in enumerate(VALUES):
            message = self._create_event_message(model.event_class, parent, **time(10 + number))
            fill(message.event.common_context_field, {"shared": number, "comm": "thread"})
            fill(message.event.payload_field, {**values, "afar": [number] * number})
            yield message
        if model.links.packets:
            yield self._create_packet_end_message(parent, **time(20))
        yield self._create_stream_end_message(model.stream, **time(30))

    def __next__(self) -> Any:
        if not self._messages:
            raise StopIteration
        return self._messages.pop(0)


class LinkedSource(bt2._UserSourceComponent, message_iterator_class=LinkedIterator):
    """Emits the two events of VALUES."""

    def __init__(self, config: Any, params: Any, obj: Links) -> None:
        self._add_output_port("out", _Model(self, obj))
