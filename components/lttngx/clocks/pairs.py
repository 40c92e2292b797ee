"""Pairs: which events are the sending and the receiving of one message, and by which key.

A pair is declared in the filter language. As a map of a parameter or a table of TOML:

    name = "rpc"
    send = "app:send"                    patterns of event names, or {event = "PATTERN, …", if = "EXPRESSION", key = …}
    receive = {event = "app:received", if = "status == 0", key = "request"}
    key = "id"                           an expression or several, whose values must be equal; of both sides unless a side has its own

A key must be the message's alone: one which a host sends or receives twice is ambiguous, dropped and counted.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lttngx.errors import ParameterError
from lttngx.language.patterns import Pattern, name_pattern
from lttngx.language.values import compile_value
from lttngx.language import FilterSyntaxError, compile_filter

_KEYS = ("name", "send", "receive", "key")
_SIDE_KEYS = ("event", "if", "key")


@dataclass(frozen=True, slots=True)
class Side:
    """The events which send, or receive. condition: an expression, "" for none. key: expressions.

    place: an expression for where in the host the message is seen: forwarding shows it once at each place. "" for none.
    """

    names: tuple[Pattern, ...]
    key: tuple[str, ...]
    condition: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A sending and a receiving side, whose keys have as many values."""

    name: str
    send: Side
    receive: Side


def _patterns(text: str) -> tuple[Pattern, ...]:
    return tuple(name_pattern(part.strip()) for part in re.split(r"[,|]", text))


def _built_in(name: str, send: str, receive: str, key: tuple[str, ...], place: str = "") -> Pair:
    return Pair(name, Side(_patterns(send), key, place=place), Side(_patterns(receive), key, place=place))


# LTTng-modules ≥ 2.9 (receiving: netif_receive_skb before 2.8): TCP headers, IPv4 and IPv6. `name` is the network interface. The
# sequence number comes first, for other protocols have none.
TCP = _built_in(
    "tcp", "net_dev_queue", "net_if_receive_skb, netif_receive_skb",
    (*(f"network_header.transport_header.{field}" for field in ("seq", "ack_seq", "flags", "source_port", "dest_port")),
     "network_header.saddr", "network_header.daddr"), "name")
# The probes of LTTng's "addons" of 2012 and 2013.
INET_SOCK = _built_in("inet-sock", "inet_sock_local_out", "inet_sock_local_in", ("seq", "ack_seq", "flags"))
BUILT_IN = (TCP, INET_SOCK)


def user_pairs(items: Iterable[Any]) -> tuple[Pair, ...]:
    """Return the pairs which maps declare. Raises ParameterError; LttngxError with line and column for expressions."""
    return tuple(_user_pair(item, at) for at, item in enumerate(items))


def _user_pair(item: Any, at: int) -> Pair:
    name = item.get("name", f"pair {at + 1}") if isinstance(item, Mapping) else None
    if not isinstance(name, str) or not {"send", "receive"} <= item.keys() <= set(_KEYS):
        raise ParameterError(f"bad pair: expected a map with send, receive, key and, optionally, name, got={item!r}")
    send, receive = (_side(name, side, item[side], item.get("key")) for side in ("send", "receive"))
    if len(send.key) != len(receive.key):
        raise ParameterError(f'bad pair: name="{name}", expected as many key values of both sides, got={len(send.key)}, {len(receive.key)}')
    return Pair(name, send, receive)


def _side(name: str, side: str, given: Any, key: Any) -> Side:
    parts = {"event": given} if isinstance(given, str) else given
    if not isinstance(parts, Mapping) or not isinstance(parts.get("event"), str) or not parts.keys() <= set(_SIDE_KEYS):
        raise ParameterError(
            f'bad pair: name="{name}", {side}: expected event name patterns, or a map with event and, optionally, if and key, '
            f"got={given!r}")
    key = parts.get("key", key)
    texts = [key] if isinstance(key, str) else key
    if not isinstance(texts, (list, tuple)) or not texts or not all(isinstance(text, str) for text in texts):
        raise ParameterError(f'bad pair: name="{name}", {side}: key: expected an expression or an array of them, got={key!r}')
    condition = parts.get("if", "")
    if not isinstance(condition, str):
        raise ParameterError(f'bad pair: name="{name}", {side}: if: expected an expression, got={condition!r}')
    _check(name, side, condition, texts)
    return Side(_patterns(parts["event"]), tuple(texts), condition)


def _check(name: str, side: str, condition: str, key: Iterable[str]) -> None:
    try:
        if condition:
            compile_filter(condition)
        for text in key:
            compile_value(text)
    except FilterSyntaxError as error:
        raise ParameterError(f'bad pair: name="{name}", {side}: {error.summary}') from None
