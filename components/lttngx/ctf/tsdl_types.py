"""TSDL types to field classes (CTF 1.8 § 4, § 7.3): type specifiers, declarators, and their named scopes.

Field classes of integers are shared: equal `integer` blocks and aliases give one object, which is how later steps know
text integers (`encoding`) and integers mapped to a clock. Names lose one leading underscore, as Babeltrace's do.
"""

from typing import NamedTuple

from lttngx.ctf import model
from lttngx.ctf.faults import fault
from lttngx.ctf.locations import unprotected
from lttngx.ctf.tsdl_lexer import Tokens
from lttngx.ctf.tsdl_numbers import NumberParser, power_of_two

C_WORDS = frozenset(
    "unsigned signed int long short char float double void const volatile _Bool _Complex _Imaginary".split()
)
SCOPES = {
    ("trace", "packet", "header"): model.Scope.PACKET_HEADER,
    ("stream", "packet", "context"): model.Scope.PACKET_CONTEXT,
    ("stream", "event", "header"): model.Scope.EVENT_RECORD_HEADER,
    ("stream", "event", "context"): model.Scope.COMMON_CONTEXT,
    ("event", "context"): model.Scope.SPECIFIC_CONTEXT,
    ("event", "fields"): model.Scope.PAYLOAD,
}

Options = tuple[model.Option, ...]


class TypeParser:
    """Parses types. texts: integers with an encoding; clocks: integers mapped to a clock, by identity (object, clock
    name)."""

    def __init__(self, tokens: Tokens, byte_order: model.ByteOrder) -> None:
        self.tokens = tokens
        self.numbers = NumberParser(tokens, byte_order)
        self.texts = self.numbers.texts
        self.clocks = self.numbers.clocks
        self._blocks: dict[str, model.FieldClass] = {}
        self._scopes: list[dict[str, model.FieldClass | Options]] = [{}]
        self._makers = {"floating_point": self.numbers.floating_point, "string": self._string, "struct": self._struct,
                        "variant": self._variant, "enum": self._enum, "integer": self.numbers.integer}

    def open_scope(self) -> None:
        """Enter a block: what it declares is known until `close_scope`."""
        self._scopes.append({})

    def close_scope(self) -> None:
        self._scopes.pop()

    def declaration(self) -> bool:
        """Parse a typealias, a typedef or a named type without field, as far as one is here; return whether it was."""
        token = self.tokens.at
        if token == "typealias":
            self.tokens.next()
            self._typealias()
        elif token == "typedef":
            self.tokens.next()
            self._typedef()
        else:
            return False
        self.tokens.expect(";")
        return True

    def bare_declaration(self) -> bool:
        """Parse `struct NAME { … };` and its likes outside of field lists."""
        if self.tokens.at not in ("struct", "variant", "enum"):
            return False
        self._makers[self.tokens.next()]()
        self.tokens.expect(";")
        return True

    def type(self) -> model.FieldClass:
        """Parse a type where a whole one is needed (`:=`), maybe with a declarator without name."""
        found = self.specifier()
        return self._suffixes(self._needed(found))

    def specifier(self) -> model.FieldClass | Options:
        """Parse a type specifier. An untagged variant gives its options."""
        token = self.tokens.at
        while token == "const":
            self.tokens.next()
            token = self.tokens.at
        if token.startswith("integer") and token.endswith("}"):
            known = self._blocks.get(token)
            if known is None:
                known = self._blocks[token] = self.numbers.integer_block(token)
            self.tokens.next()
            return known
        maker = self._makers.get(token)
        if maker is not None:
            self.tokens.next()
            return maker()
        return self._alias(self._words())

    def _needed(self, found: model.FieldClass | Options, index: int | None = None) -> model.FieldClass:
        if isinstance(found, tuple):
            raise self.tokens.fault("a variant with its <tag>", index)
        return found

    def _words(self) -> str:
        """Take a type name: a list of C's words, or one other name; then stars."""
        tokens, words = self.tokens, []
        while tokens.at in C_WORDS:
            words.append(tokens.next())
        if not words:
            words.append(tokens.name("a type"))
        while tokens.at == "*" or (tokens.at == "const" and words[-1] == "*"):
            words.append(tokens.next())
        return " ".join(word for word in words if word not in ("const", "volatile"))

    def _alias(self, name: str) -> model.FieldClass | Options:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        raise self.tokens.fault("a type declared before", self.tokens.index - 1)

    def _declare(self, name: str, found: model.FieldClass | Options) -> None:
        if name in self._scopes[-1]:
            raise fault(self.tokens.where(self.tokens.index - 1), "a new type name in this scope", f"`{name}`")
        self._scopes[-1][name] = found

    def _typealias(self) -> None:
        found = self.specifier()
        if not isinstance(found, tuple):
            found = self._suffixes(found)
        self.tokens.expect(":=")
        self._declare(self._words(), found)

    def _typedef(self) -> None:
        found = self._needed(self.specifier())
        while True:
            name = self.tokens.name("a type name")
            self._declare(name, self._suffixes(found))
            if not self.tokens.take(","):
                return

    def _fields(self) -> list[tuple[str, model.FieldClass]]:
        """Parse `{ field; … }` to (name as written, field class). Opens a scope of its own."""
        tokens, found, names = self.tokens, [], set()
        tokens.expect("{")
        self.open_scope()
        while not tokens.take("}"):
            if self.declaration():
                continue
            field_class = self.specifier()
            if tokens.take(";"):
                continue
            field_class = self._needed(field_class)
            while True:
                index = tokens.index
                name = tokens.name("a field name")
                if unprotected(name) in names:
                    raise tokens.fault("a new field name", index)
                names.add(unprotected(name))
                found.append((name, self._suffixes(field_class)))
                if not tokens.take(","):
                    break
            tokens.expect(";")
        self.close_scope()
        return found

    def _suffixes(self, element: model.FieldClass) -> model.FieldClass:
        """Parse `[length]…` behind a declarator; the first one is the outermost array, as in C."""
        if self.tokens.at != "[":
            return element
        lengths = []
        while self.tokens.take("["):
            lengths.append(self._length())
            self.tokens.expect("]")
        for length in reversed(lengths):
            element = self._array(element, length)
        return element

    def _length(self) -> int | model.Location:
        if self.tokens.is_integer():
            index, value = self.tokens.index, self.tokens.integer()
            if value < 0:
                raise self.tokens.fault("an array length", index)
            return value
        return self._location("an array length or a field name")

    def _array(self, element: model.FieldClass, length: int | model.Location) -> model.FieldClass:
        text = id(element) in self.texts and element.length == element.alignment == 8
        if isinstance(length, int):
            return (
                model.StaticLengthString(length=length)
                if text
                else model.StaticLengthArray(element=element, length=length)
            )
        return model.DynamicLengthString(key=length) if text else model.DynamicLengthArray(element=element, key=length)

    def _location(self, what: str) -> model.Location:
        index = self.tokens.index
        path = self.tokens.dotted(what)
        origin = None
        for length in (2, 3):
            scope = SCOPES.get(path[:length])
            if scope is not None and len(path) > length:
                origin, path = scope, path[length:]
                break
        return model.Location(origin, tuple(map(unprotected, path)), True, _Where(self.tokens, index))

    def _struct(self) -> model.Structure:
        name = self.tokens.next() if self.tokens.at not in ("{", "align") and self.tokens.peek() else None
        if self.tokens.at != "{":
            return self._aligned(self._named("struct", name))
        members = tuple(model.Member(unprotected(field), fc) for field, fc in self._fields())
        structure = self._aligned(model.Structure(members=members))
        if name is not None:
            self._declare(f"struct {name}", structure)
        return structure

    def _named(self, kind: str, name: str | None) -> model.FieldClass | Options:
        if name is None:
            raise self.tokens.fault('"{"')
        return self._alias(f"{kind} {name}")

    def _aligned(self, structure: model.Structure) -> model.Structure:
        if not self.tokens.take("align"):
            return structure
        self.tokens.expect("(")
        alignment = power_of_two(self.tokens, self.tokens.index, self.tokens.integer())
        self.tokens.expect(")")
        if alignment <= structure.minimum_alignment:
            return structure
        return model.Structure(members=structure.members, minimum_alignment=alignment)

    def _variant(self) -> model.Variant | Options:
        tokens = self.tokens
        name = tokens.name("a variant name, \"<\" or \"{\"") if tokens.at not in ("<", "{") else None
        location = None
        if tokens.take("<"):
            location = self._location("the name of a selector field")
            tokens.expect(">")
        if tokens.at == "{":
            index = tokens.index
            options: Options = tuple(model.Option(field, fc) for field, fc in self._fields())
            if not options:
                raise tokens.fault("a variant with at least one option", index)
            if name is not None:
                self._declare(f"variant {name}", options)
        else:
            options = self._named("variant", name)
        return options if location is None else model.Variant(options=options, key=location)

    def _enum(self) -> model.FieldClass:
        tokens = self.tokens
        name = tokens.name("an enum name, \":\" or \"{\"") if tokens.at not in (":", "{") else None
        base, index = None, tokens.index
        if tokens.take(":"):
            base = self.specifier()
        if tokens.at != "{":
            return self._named("enum", name)
        if base is None:
            base = self._alias("int")
        if not isinstance(base, model.FixedLengthInteger):
            raise tokens.fault("an integer type", index + 1)
        found = type(base)(
            **{key: getattr(base, key) for key in INTEGER_FIELDS}, mappings=self._labels(base), is_enum=True
        )
        if id(base) in self.clocks:
            self.clocks[id(found)] = (found, self.clocks[id(base)][1])
        if name is not None:
            self._declare(f"enum {name}", found)
        return found

    def _labels(self, base: model.FixedLengthInteger) -> model.Labels:
        """Parse an enumeration's list. A label without value is one above the value before; a label may come again."""
        tokens, labels, value = self.tokens, {}, -1
        lowest, highest = (-2**63, 2**63 - 1) if base.signed else (0, 2**64 - 1)
        tokens.expect("{")
        while not tokens.take("}"):
            label = tokens.string() if tokens.is_string() else tokens.name("a label or \"}\"")
            index, lower = tokens.index, value + 1
            if tokens.take("="):
                index, lower = tokens.index, tokens.integer()
            upper = tokens.integer() if tokens.take("...") else lower
            if not lowest <= lower <= upper <= highest:
                raise tokens.fault(f"ascending bounds from {lowest} to {highest}", index)
            labels.setdefault(label, []).append((lower, upper))
            value = upper
            if not tokens.take(","):
                tokens.expect("}")
                break
        return tuple((label, tuple(ranges)) for label, ranges in labels.items())

    def _string(self) -> model.NullTerminatedString:
        if self.tokens.at == "{":
            self.numbers.encoding(self.numbers.attributes())
        return model.NullTerminatedString()


INTEGER_FIELDS = ("length", "byte_order", "bit_order", "alignment", "display_base", "roles")


class _Where(NamedTuple):
    """A place shown only if a message needs it: finding line and column costs a walk over the text."""

    tokens: Tokens
    index: int

    def __str__(self) -> str:
        return self.tokens.where(self.index)
