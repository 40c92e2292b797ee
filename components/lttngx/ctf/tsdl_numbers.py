"""TSDL's `integer` and `floating_point` attributes to field classes (CTF 1.8 § 4.1.5, § 4.1.7).

Defaults are Babeltrace's: integers of whole bytes and floating point numbers are aligned on bytes, other integers on
bits; numbers are unsigned, decimal, in the trace's byte order. Unknown attributes are ignored.
"""

from lttngx.ctf import model
from lttngx.ctf.tsdl_lexer import Tokens, integer_value

BYTE_ORDERS = {"le": model.ByteOrder.LITTLE, "be": model.ByteOrder.BIG, "network": model.ByteOrder.BIG}
BASES = {
    base: value
    for value, bases in {
        2: "2 b binary",
        8: "8 o oct octal",
        10: "10 d i u dec decimal",
        16: "16 x X p hex hexadecimal",
    }.items()
    for base in bases.split()
}
TRUTHS = {"true": True, "TRUE": True, "1": True, "false": False, "FALSE": False, "0": False}
TEXT_ENCODINGS = {
    "UTF8": True,
    "utf8": True,
    "UTF-8": True,
    "utf-8": True,
    "ASCII": True,
    "ascii": True,
    "none": False,
    "NONE": False,
}
FLOATS = {(8, 24): 32, (11, 53): 64, (5, 11): 16, (15, 113): 128}

Attributes = dict[str, tuple[str, int]]


def power_of_two(tokens: Tokens, index: int, value: int) -> int:
    """Return an alignment after a check; `index` is its token."""
    if value <= 0 or value & (value - 1) or value >= 2**63:
        raise tokens.fault("an alignment which is a power of two", index)
    return value


class NumberParser:
    """Parses attributes. texts: integers with an encoding; clocks: integers mapped to a clock, by identity (object,
    clock name)."""

    def __init__(self, tokens: Tokens, byte_order: model.ByteOrder) -> None:
        self.tokens = tokens
        self.byte_order = byte_order
        self.texts: dict[int, model.FieldClass] = {}
        self.clocks: dict[int, tuple[model.FieldClass, str]] = {}

    def floating_point(self) -> model.FixedLengthFloat:
        index = self.tokens.index
        found = self.attributes()
        digits = tuple(self._number(found, key, index) for key in ("exp_dig", "mant_dig"))
        if digits not in FLOATS:
            raise self.tokens.fault(
                "exp_dig and mant_dig of an IEEE 754 format (8 and 24, 11 and 53, 5 and 11, 15 and 113)", index
            )
        order = self._byte_order(found)
        alignment = power_of_two(self.tokens, index, self._number(found, "align", index, 8))
        return model.FixedLengthFloat(
            length=FLOATS[digits], byte_order=order, bit_order=model.natural(order), alignment=alignment
        )

    def integer_block(self, text: str) -> model.FieldClass:
        """Parse an `integer { … }` block which is one token."""
        found: Attributes = {}
        for statement in text[text.index("{") + 1:-1].split(";"):
            key, equals, value = statement.partition("=")
            if not equals and key.strip():
                raise self.tokens.fault("integer attributes `name = value;`")
            if key.strip() in found:
                raise self.tokens.fault("unique integer attributes")
            if equals:
                found[key.strip()] = ("".join(value.split()), self.tokens.index)
        return self._make_integer(found, self.tokens.index)

    def integer(self) -> model.FieldClass:
        index = self.tokens.index
        return self._make_integer(self.attributes(), index)

    def _make_integer(self, found: Attributes, index: int) -> model.FieldClass:
        size = self._number(found, "size", index)
        if not 1 <= size <= 64:
            raise self.tokens.fault("a size of 1 to 64 bits", index)
        alignment = power_of_two(self.tokens, index, self._number(found, "align", index, 1 if size % 8 else 8))
        signed = self._choice(found, "signed", TRUTHS, False)
        order = self._byte_order(found)
        clock = self._clock(found)
        made = (model.FixedLengthSignedInteger if signed else model.FixedLengthUnsignedInteger)(
            length=size, byte_order=order, bit_order=model.natural(order), alignment=alignment,
            display_base=self._base(found),
            roles=frozenset({model.Role.DEFAULT_CLOCK_TIMESTAMP}) if clock and not signed else frozenset())
        if self.encoding(found):
            self.texts[id(made)] = made
        if clock:
            self.clocks[id(made)] = (made, clock)
        return made

    def attributes(self) -> Attributes:
        """Parse `{ name = value; … }` to (value's text, its token). Unknown attributes are kept and ignored."""
        tokens, found = self.tokens, {}
        tokens.expect("{")
        while not tokens.take("}"):
            if tokens.take(";"):
                continue
            key = tokens.name("an attribute name or \"}\"")
            if key in found:
                raise tokens.fault("unique attributes", tokens.index - 1)
            tokens.expect("=")
            index = tokens.index
            value = str(tokens.integer()) if tokens.is_integer() else tokens.string() if tokens.is_string() else \
                ".".join(tokens.dotted("a value"))
            found[key] = (value, index)
            if tokens.at != "}":
                tokens.expect(";")
        return found

    def _number(self, found: Attributes, key: str, index: int, default: int | None = None) -> int:
        text, where = found.get(key, (None, index))
        if text is None and default is not None:
            return default
        value = integer_value(text) if text is not None else None
        if value is None:
            raise self.tokens.fault(f"{key} with an integer value", where)
        return value

    def _choice(self, found: Attributes, key: str, choices: dict[str, object], default: object) -> object:
        text, where = found.get(key, (None, None))
        if text is not None and text not in choices:
            raise self.tokens.fault(f"{key} as one of " + ", ".join(choices), where)
        return default if text is None else choices[text]

    def _base(self, found: Attributes) -> int:
        text, where = found.get("base", ("10", None))
        value = integer_value(text)
        return self._choice({"base": (text if value is None else str(value), where)}, "base", BASES, 10)

    def _byte_order(self, found: Attributes) -> model.ByteOrder:
        orders = {**BYTE_ORDERS, "native": self.byte_order}
        return self._choice(found, "byte_order", orders, self.byte_order)

    def encoding(self, found: Attributes) -> bool:
        return self._choice(found, "encoding", TEXT_ENCODINGS, False)

    def _clock(self, found: Attributes) -> str | None:
        """Return the clock's name in `map = clock.NAME.value`."""
        text, where = found.get("map", (None, None))
        if text is None:
            return None
        parts = text.split(".")
        if len(parts) != 3 or parts[0] != "clock" or parts[2] != "value":
            raise self.tokens.fault("map as clock.NAME.value", where)
        return parts[1]
