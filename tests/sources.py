"""A source component class for tests only: emits what a script says, with every kind of field class.

A script is a list of steps, each a tuple (word, …):

("stream", id)             begins a stream, or makes it the current one
("packet", cpu)            begins a packet of the current stream with that `cpu_id`, ending the one before
("event", time, values)    an event `all` with a payload of ALL's defaults changed by `values`
("plain", time, n)         an event `plain`
("lost events", begin, end, count)  ("lost packets", begin, end, count)   count may be None
("inactivity", time)
("again",)                 raises TryAgain once
("fail",)                  raises RuntimeError

What is open at the end of the script is ended. Times are ns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import bt2

from lttngx.bt.component import Interchange

Step = tuple


@dataclass(frozen=True)
class Setting:
    """What the stream class has, and the script."""

    script: Sequence[Step]
    packets: bool = True
    clock: bool = True
    frequency: int = 1_000_000_000
    offset_seconds: int = 0
    hostname: str = "here"
    uuid: str | None = None  # of the clock class
    unix_epoch: bool = True


ALL: dict[str, Any] = {
    "bool": True, "bits": 0x8001, "u8": 200, "u64": 2**64 - 1, "i8": -3, "i64": -2**63, "uenum": 3, "senum": -2,
    "single": 1.5, "double": -2.25, "text": "h\u00e9llo", "empty": "", "numbers": [1, 2, 300], "few": [7, 8, 9], "none": [],
    "bytes": [104, 105, 0, 120], "inner": {"a": 5, "b": "deep"}, "maybe": None, "choice": ("number", 42),
    "addr4": [10, 1, 2, 3], "texts": ["x", "", "yy"], "nested": [[1], [2, 3]], "flag": False,
}


def _payload(trace_class: Any, mip: int) -> Any:
    """Return a structure field class with a member of every kind."""
    make = trace_class
    unsigned, signed = make.create_unsigned_integer_field_class, make.create_signed_integer_field_class
    uenum, senum = make.create_unsigned_enumeration_field_class(8), make.create_signed_enumeration_field_class(32)
    uenum.add_mapping("low", bt2.UnsignedIntegerRangeSet([(0, 2), (5, 5)]))
    uenum.add_mapping("three", bt2.UnsignedIntegerRangeSet([(3, 3)]))
    senum.add_mapping("minus", bt2.SignedIntegerRangeSet([(-9, -1)]))
    inner = make.create_structure_field_class()
    inner += [("a", unsigned(16)), ("b", make.create_string_field_class())]
    choice = make.create_variant_field_class_without_selector_field() if mip else make.create_variant_field_class()
    choice.append_option("number", signed(32))
    choice.append_option("word", make.create_string_field_class())
    members = {
        "bool": make.create_bool_field_class(), "bits": make.create_bit_array_field_class(16), "u8": unsigned(8),
        "u64": unsigned(64), "i8": signed(8), "i64": signed(64), "uenum": uenum, "senum": senum,
        "single": make.create_single_precision_real_field_class(), "double": make.create_double_precision_real_field_class(),
        "text": make.create_string_field_class(), "empty": make.create_string_field_class(),
        "numbers": make.create_dynamic_array_field_class(unsigned(32)),
        "few": make.create_static_array_field_class(signed(16), 3),
        "none": make.create_dynamic_array_field_class(signed(16)),
        "bytes": make.create_static_array_field_class(unsigned(8), 4), "inner": inner,
        "maybe": make.create_option_without_selector_field_class(unsigned(32)), "choice": choice,
        "addr4": make.create_static_array_field_class(unsigned(8), 4),
        "texts": make.create_dynamic_array_field_class(make.create_string_field_class()),
        "nested": make.create_dynamic_array_field_class(make.create_dynamic_array_field_class(signed(64))),
        "flag": make.create_bool_field_class(),
    }
    payload = make.create_structure_field_class()
    payload += list(members.items())
    return payload


def _structure(trace_class: Any, **members: Any) -> Any:
    structure = trace_class.create_structure_field_class()
    structure += list(members.items())
    return structure


def _identity(component: Any, setting: Setting) -> dict[str, Any]:
    """Return what tells a clock class from others, as the graph's message interchange protocol has it."""
    if component._graph_mip_version:
        origin = {} if setting.unix_epoch else {"origin": bt2.unknown_clock_origin}
        return origin if setting.uuid is None else origin | {"uid": setting.uuid}
    return {"origin_is_unix_epoch": setting.unix_epoch, "uuid": None if setting.uuid is None else UUID(setting.uuid)}


class _Model:
    """The trace class, stream class, event classes and trace of a source component."""

    def __init__(self, component: Any, setting: Setting) -> None:
        make = component._create_trace_class(assigns_automatic_stream_class_id=False)
        clock = component._create_clock_class(
            name="monotonic", frequency=setting.frequency, offset=bt2.ClockClassOffset(setting.offset_seconds),
            **_identity(component, setting)) if setting.clock else None
        packets = {"supports_packets": True, "packet_context_field_class": _structure(
            make, cpu_id=make.create_unsigned_integer_field_class(32))} if setting.packets else {}
        self.stream_class = make.create_stream_class(
            id=7, name="channel", default_clock_class=clock, supports_discarded_events=True,
            discarded_events_have_default_clock_snapshots=setting.clock,
            supports_discarded_packets=setting.packets,
            discarded_packets_have_default_clock_snapshots=setting.clock and setting.packets,
            event_common_context_field_class=_structure(
                make, pid=make.create_signed_integer_field_class(32), comm=make.create_string_field_class()),
            assigns_automatic_stream_id=False, **packets)
        self.all = self.stream_class.create_event_class(
            name="all", log_level=bt2.EventClassLogLevel.INFO, emf_uri="http://example.com/all",
            specific_context_field_class=_structure(make, prio=make.create_signed_integer_field_class(8)),
            payload_field_class=_payload(make, component._graph_mip_version))
        self.plain = self.stream_class.create_event_class(
            name="plain", payload_field_class=_structure(make, n=make.create_signed_integer_field_class(64)))
        self.trace = make(name="traced", environment={"hostname": setting.hostname, "major": 2})
        self.setting = setting
        self._streams: dict[int, Any] = {}

    def stream(self, number: int) -> Any:
        """Return a stream, the same one for every message iterator."""
        if number not in self._streams:
            self._streams[number] = self.trace.create_stream(self.stream_class, id=number, name=f"s{number}")
        return self._streams[number]


def _fill(field: Any, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _fill(field[name], inner)
    elif isinstance(value, tuple):
        field.selected_option_index = [option.name for option in map(
            field.cls.option_at_index, range(len(field.cls)))].index(value[0])
        _fill(field.selected_option, value[1])
    elif isinstance(value, list):
        if isinstance(field, bt2._DynamicArrayField):
            field.length = len(value)
        for index, inner in enumerate(value):
            _fill(field[index], inner)
    elif isinstance(field, bt2._OptionField):
        field.has_field = value is not None
        if value is not None:
            field.field.value = value
    elif isinstance(field, bt2._BitArrayField):
        field.value_as_integer = value
    else:
        field.value = value


class ScriptedIterator(bt2._UserMessageIterator):
    """Turns each step of the script into messages."""

    def __init__(self, config: Any, port: Any) -> None:
        self._model: _Model = port.user_data
        self._rewind()

    def _rewind(self) -> None:
        self._steps = list(self._model.setting.script)
        self._streams: dict[int, Any] = {}
        self._packets: dict[int, Any] = {}
        self._current: int | None = None
        self._ready: list[Any] = []

    def __next__(self) -> Any:
        while not self._ready:
            if self._steps:
                word, *values = self._steps.pop(0)
                self._ready += getattr(self, "_do_" + word.replace(" ", "_"))(*values)
            elif self._streams:
                self._ready += self._end_stream(min(self._streams))
            else:
                raise StopIteration
        return self._ready.pop(0)

    def _time(self, time: int) -> dict[str, int]:
        return {"default_clock_snapshot": time} if self._model.setting.clock else {}

    def _do_stream(self, number: int) -> list[Any]:
        self._current = number
        if number in self._streams:
            return []
        stream = self._streams[number] = self._model.stream(number)
        return [self._create_stream_beginning_message(stream)]

    def _end_stream(self, number: int) -> list[Any]:
        ended = self._end_packet(number)
        return ended + [self._create_stream_end_message(self._streams.pop(number))]

    def _end_packet(self, number: int) -> list[Any]:
        packet = self._packets.pop(number, None)
        return [] if packet is None else [self._create_packet_end_message(packet)]

    def _do_packet(self, cpu: int) -> list[Any]:
        ended = self._end_packet(self._current)
        packet = self._packets[self._current] = self._streams[self._current].create_packet()
        packet.context_field["cpu_id"] = cpu
        return ended + [self._create_packet_beginning_message(packet)]

    def _event(self, event_class: Any, time: int, pid: int) -> Any:
        parent = self._packets[self._current] if self._model.setting.packets else self._streams[self._current]
        message = self._create_event_message(event_class, parent, **self._time(time))
        message.event.common_context_field["pid"] = pid
        message.event.common_context_field["comm"] = f"comm{pid}"
        return message

    def _do_event(self, time: int, values: dict[str, Any]) -> list[Any]:
        message = self._event(self._model.all, time, 1)
        message.event.specific_context_field["prio"] = -20
        _fill(message.event.payload_field, {**ALL, **values})
        return [message]

    def _do_plain(self, time: int, number: int) -> list[Any]:
        message = self._event(self._model.plain, time, number % 3)
        message.event.payload_field["n"] = number
        return [message]

    def _do_lost_events(self, begin: int, end: int, count: int | None) -> list[Any]:
        return [self._lost(self._create_discarded_events_message, begin, end, count)]

    def _do_lost_packets(self, begin: int, end: int, count: int | None) -> list[Any]:
        return self._end_packet(self._current) + [self._lost(self._create_discarded_packets_message, begin, end, count)]

    def _lost(self, create: Any, begin: int, end: int, count: int | None) -> Any:
        times = {"beg_clock_snapshot": begin, "end_clock_snapshot": end} if self._model.setting.clock else {}
        return create(self._streams[self._current], count=count, **times)

    def _do_inactivity(self, time: int) -> list[Any]:
        return [self._create_message_iterator_inactivity_message(
            self._model.stream_class.default_clock_class, time)]

    def _do_again(self) -> list[Any]:
        raise bt2.TryAgain

    def _do_fail(self) -> list[Any]:
        raise RuntimeError("the source fails on purpose")


class Scripted(Interchange, bt2._UserSourceComponent, message_iterator_class=ScriptedIterator):
    """Emits the script of the Setting given as `obj`."""

    def __init__(self, config: Any, params: Any, obj: Setting) -> None:
        self._add_output_port("out", _Model(self, obj))



class RewoundIterator(ScriptedIterator):
    """Can seek to the beginning."""

    def _user_seek_beginning(self) -> None:
        self._rewind()


class Rewound(Interchange, bt2._UserSourceComponent, message_iterator_class=RewoundIterator):
    """As Scripted, and its message iterators can seek to the beginning."""

    def __init__(self, config: Any, params: Any, obj: Setting) -> None:
        self._add_output_port("out", _Model(self, obj))
