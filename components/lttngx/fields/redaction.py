"""What redaction makes of a field's value: a pseudonym, or a constant."""

import os
from dataclasses import dataclass, field

from lttngx.core.classes import FieldClass, Kind
from lttngx.core.pseudonyms import key_of
from lttngx.core.rewriting import Replacement
from lttngx.errors import TraceError

SIGNED = (Kind.SIGNED, Kind.SIGNED_ENUM)
BOUNDED = (Kind.UNSIGNED, Kind.UNSIGNED_ENUM, Kind.BIT_ARRAY, *SIGNED)


@dataclass(frozen=True, slots=True)
class Redaction:
    """How values are replaced.

    constant: None: by pseudonyms under `key`; a string: string fields by it, numbers by 0; an integer: numbers by it, string
    fields by its digits. key: what the user chose; None: one of this run's own, which nobody knows.
    """

    constant: str | int | None = None
    key: str | None = None
    _secret: bytes = field(default_factory=lambda: os.urandom(16))

    def replacement(self, field_class: FieldClass, name: str) -> Replacement:
        """Return the replacement of a field; `name` is for errors. Raises TraceError if the constant does not fit."""
        if self.constant is None:
            return Replacement(key=self._secret if self.key is None else key_of(self.key))
        number = self.constant if isinstance(self.constant, int) else 0
        scalar = field_class if field_class.element is None else field_class.element
        if scalar.kind in BOUNDED and not self._fits(scalar, number):
            raise TraceError(f"Cannot redact a field, the constant is outside its range: field={name}, "
                             f"kind={scalar.kind.value}, bits={scalar.bits}, constant={number}")
        return Replacement(number=number, text=str(self.constant))

    @staticmethod
    def _fits(field_class: FieldClass, number: int) -> bool:
        if field_class.kind in SIGNED:
            return -(1 << field_class.bits - 1) <= number < 1 << field_class.bits - 1
        return 0 <= number < 1 << field_class.bits
