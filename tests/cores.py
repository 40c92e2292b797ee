"""Which cores tests can use here."""

from lttngx.core import choice
from lttngx.errors import LttngxError


def _native() -> choice.Core | str:
    try:
        return choice.native()
    except LttngxError as error:
        return str(error)


# The native core, or the reason why it cannot be used.
NATIVE = _native()
