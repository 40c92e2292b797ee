"""Messages as plain Python data which can be compared, and a sink that collects them."""

import bt2

# What `plain` makes of a CTF BLOB: message interchange protocol 0 has none, there it is an array of bytes.
BLOB = bytes if bt2.get_maximal_mip_version() else list


def plain(field):
    """Return a field as plain Python data; strings by their length, as the host's C string may be stale."""
    kind = type(field).__name__
    if "Blob" in kind:
        return bytes(field.data)
    if "Structure" in kind:
        return {name: plain(item) for name, item in field.items()}
    if "Array" in kind and "Bit" not in kind:
        return [plain(item) for item in field]
    if "Option" in kind:
        return None if field.field is None else plain(field.field)
    if "Variant" in kind:
        return (field.selected_option_index, plain(field.selected_option))
    if "Bool" in kind:
        return bool(field)
    if "BitArray" in kind:
        return field.value_as_integer
    if "Real" in kind:
        return float(field)
    return str(field)[:len(field)] if "String" in kind else int(field)


def time_of(message, name="default_clock_snapshot"):
    try:
        return getattr(message, name).value
    except (AttributeError, ValueError):
        return None


def summary(message):
    """Return a message as a tuple that can be compared."""
    kind = type(message).__name__.strip("_").removesuffix("MessageConst")
    if kind == "Event":
        event = message.event
        scopes = (event.packet.context_field, event.common_context_field, event.specific_context_field, event.payload_field)
        return (kind, time_of(message), event.cls.name, event.cls.id, event.stream.id,
                tuple(None if scope is None else plain(scope) for scope in scopes))
    if kind.startswith("Discarded"):
        return (kind, time_of(message, "beginning_default_clock_snapshot"), time_of(message, "end_default_clock_snapshot"),
                message.count, message.stream.id)
    if kind.startswith("Packet"):
        context = message.packet.context_field
        return (kind, time_of(message), message.packet.stream.id, None if context is None else plain(context))
    return (kind, message.stream.id)


class Collector(bt2._UserSinkComponent):
    def __init__(self, config, params, obj):
        self._keep, self._port = obj, self._add_input_port("in")

    def _user_graph_is_configured(self):
        self._iterator = self._create_message_iterator(self._port)

    def _user_consume(self):
        self._keep(next(self._iterator))
