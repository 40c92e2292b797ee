"""Values of predicates and the operations on them, as `predicate` defines them.

One definition serves constant folding in the filter language and the portable core. Representation: signed integer =
int, unsigned integer = U64, double = float, text = bytes, missing = MISSING; anything else is a field (an array, a
BLOB, …), of which only the length, the elements and the presence are of use. An operation gives MISSING for an
operand of a sort it does not take, and for MISSING itself.
"""

import math
import operator
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any

MASK = 2**64 - 1

Value = Any


class U64(int):
    """An unsigned 64-bit integer; a plain int is a signed one."""

    __slots__ = ()


class _Missing:
    """The type of MISSING, the only value without a truth of its own."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        raise TypeError("MISSING is neither true nor false")


MISSING = _Missing()


class Elements:
    """The value of an array field: its length and its elements' values, read on demand by `read(field)`."""

    __slots__ = ("_field", "_read")

    def __init__(self, field: Sequence, read: Callable[[Any], Value]) -> None:
        self._field, self._read = field, read

    def __len__(self) -> int:
        return len(self._field)

    def __iter__(self) -> Iterable[Value]:
        return map(self._read, self._field)


class Opaque:
    """The value of a structure or of another field which has nothing but its presence."""

    __slots__ = ()


OPAQUE = Opaque()


def signed(value: int) -> int:
    """Return the 64-bit pattern of `value` read as a signed integer."""
    return ((value + 2**63) & MASK) - 2**63


def truth(value: Value) -> bool | None:
    """Return whether a number is non-zero; None if the value is not a number."""
    return bool(value) if type(value) in _NUMBERS else None


_INTEGERS = frozenset((int, U64))
_NUMBERS = frozenset((int, U64, float))


def _integer(operation: Callable[[int], int]) -> Callable[[Value], Value]:
    """An operation on integers whose result wraps and keeps the operand's sort."""
    def apply(value: Value) -> Value:
        if type(value) is U64:
            return U64(operation(value) & MASK)
        return signed(operation(value)) if type(value) is int else MISSING
    return apply


def _number(of_integer: Callable[[Value], Value], of_float: Callable[[float], Value]) -> Callable[[Value], Value]:
    return lambda value: of_float(value) if type(value) is float else of_integer(value)


def _text(operation: Callable[[bytes], Value]) -> Callable[[Value], Value]:
    return lambda value: operation(value) if type(value) is bytes else MISSING


def _not(value: Value) -> Value:
    return int(value == 0) if type(value) in _NUMBERS else MISSING


def _popcount(value: Value) -> Value:
    return (int(value) & MASK).bit_count() if type(value) in _INTEGERS else MISSING


def _unsigned(value: Value) -> Value:
    return U64(value & MASK) if type(value) in _INTEGERS else MISSING


def _truncate(value: float) -> int:
    if math.isnan(value):
        return 0
    return int(max(-2.0**63, value)) if value < 2.0**63 else 2**63 - 1


def _length(value: Value) -> Value:
    return len(value) if isinstance(value, (bytes, Elements, memoryview)) else MISSING


UNARY: dict[str, Callable[[Value], Value]] = {
    "neg": _number(_integer(operator.neg), operator.neg),
    "not": _not,
    "invert": _integer(operator.invert),
    "abs": _number(_integer(abs), abs),
    "popcount": _popcount,
    "unsigned": _unsigned,
    "truncate": _number(lambda value: value if type(value) in _INTEGERS else MISSING, _truncate),
    "lower": _text(bytes.lower),
    "basename": _text(lambda text: text.rpartition(b"/")[2]),
    "length": _length,
}


def _comparison(test: Callable[[Any, Any], bool]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        sorts = type(left), type(right)
        if sorts == (bytes, bytes):
            return int(test(left, right))
        if not _NUMBERS.issuperset(sorts):
            return MISSING
        return int(test(float(left), float(right))) if float in sorts else int(test(left, right))
    return apply


def _bits(operation: Callable[[int, int], int]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        if type(left) not in _INTEGERS or type(right) not in _INTEGERS:
            return MISSING
        result = operation(left & MASK, right & MASK)
        return U64(result & MASK) if type(left) is U64 else signed(result)
    return apply


def _shift(operation: Callable[[int, int], int]) -> Callable[[Value, Value], Value]:
    shifted = _bits(operation)

    def apply(left: Value, right: Value) -> Value:
        return shifted(left, right) if type(right) in _INTEGERS and 0 <= right <= 63 else MISSING
    return apply


def _arithmetic(of_integers: Callable[[int, int], int | None],
                of_floats: Callable[[float, float], float]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        sorts = type(left), type(right)
        if not _NUMBERS.issuperset(sorts):
            return MISSING
        if float in sorts:
            return of_floats(float(left), float(right))
        unsigned = U64 in sorts
        result = of_integers(left & MASK, right & MASK) if unsigned else of_integers(left, right)
        if result is None:
            return MISSING
        return U64(result & MASK) if unsigned else signed(result)
    return apply


def _divide(left: int, right: int) -> int | None:
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _modulo(left: int, right: int) -> int | None:
    if right == 0:
        return None
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def _divide_floats(left: float, right: float) -> float:
    if right:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _modulo_floats(left: float, right: float) -> float:
    try:
        return math.fmod(left, right)
    except ValueError:
        return math.nan


def _texts(operation: Callable[[bytes, bytes], bool]) -> Callable[[Value, Value], Value]:
    return lambda left, right: int(operation(left, right)) if type(left) is bytes is type(right) else MISSING


BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "eq": _comparison(operator.eq),
    "ne": _comparison(operator.ne),
    "lt": _comparison(operator.lt),
    "le": _comparison(operator.le),
    "gt": _comparison(operator.gt),
    "ge": _comparison(operator.ge),
    "and_bits": _bits(operator.and_),
    "or_bits": _bits(operator.or_),
    "xor_bits": _bits(operator.xor),
    "shift_left": _shift(operator.lshift),
    "shift_right": _shift(operator.rshift),
    "add": _arithmetic(operator.add, operator.add),
    "sub": _arithmetic(operator.sub, operator.sub),
    "mul": _arithmetic(operator.mul, operator.mul),
    "div": _arithmetic(_divide, _divide_floats),
    "mod": _arithmetic(_modulo, _modulo_floats),
    "starts_with": _texts(bytes.startswith),
    "ends_with": _texts(bytes.endswith),
    "contains": _texts(lambda text, part: part in text),
}


def glob(text: bytes, parts: Sequence[bytes]) -> bool:
    """Return whether `text` is the literal runs `parts` with anything between them, anchored at both ends."""
    if len(parts) == 1:
        return text == parts[0]
    first, *inner, last = parts
    begin, end = len(first), len(text) - len(last)
    if end < begin or not text.startswith(first) or not text.endswith(last):
        return False
    for part in inner:
        found = text.find(part, begin, end)
        if found < 0:
            return False
        begin = found + len(part)
    return True


def in_ranges(value: Value, ranges: Iterable[tuple[int | float, int | float]]) -> Value:
    """Return 1 if a number lies in one of the inclusive ranges, else 0; MISSING for other values."""
    if type(value) not in _NUMBERS:
        return MISSING
    at_least, at_most = BINARY["ge"], BINARY["le"]
    return int(any(at_least(value, lower) and at_most(value, upper) for lower, upper in ranges))


def in_networks(value: Value, networks: Iterable[tuple[bytes, int]]) -> Value:
    """Return 1 if an address lies in one of the networks, else 0; MISSING if the value is no address."""
    address = _address(value)
    if address is None:
        return MISSING
    return int(any(len(network) == len(address) and _same_prefix(address, network, length)
                   for network, length in networks))


def _same_prefix(left: bytes, right: bytes, length: int) -> bool:
    spare = 8 * len(left) - length
    return int.from_bytes(left) >> spare == int.from_bytes(right) >> spare


def _address(value: Value) -> bytes | None:
    if type(value) in _INTEGERS:
        return value.to_bytes(4) if 0 <= value < 2**32 else None
    if type(value) is bytes:
        return _parse_address(value)
    if isinstance(value, (Elements, memoryview)):
        return _join_address(list(value)) if len(value) in (4, 8, 16) else None
    return None


def _join_address(elements: list[Value]) -> bytes | None:
    width = 2 if len(elements) == 8 else 1
    if all(type(element) is int and 0 <= element < 256**width for element in elements):
        return b"".join(element.to_bytes(width) for element in elements)
    return None


def _parse_address(text: bytes) -> bytes | None:
    family = socket.AF_INET6 if b":" in text else socket.AF_INET
    try:
        return socket.inet_pton(family, text.decode("ascii"))
    except (OSError, ValueError):
        return None
