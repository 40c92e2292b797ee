"""source.lttngx.ctf where the core is not compiled: it can only say so."""

from typing import Any, ClassVar

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.errors import LttngxError


class UncompiledIterator(bt2._UserMessageIterator):
    """Never made: the component refuses first."""

    def __next__(self) -> None:
        raise StopIteration


@bt2.plugin_component_class
class LttngxCtfSource(Component, bt2._UserSourceComponent, name="ctf", message_iterator_class=UncompiledIterator):
    """Read CTF 1.8 and CTF 2 traces from the file system (needs the compiled core, which is missing here).

Build it with a C compiler, libbabeltrace2-dev and python3-dev: `pip install .`
    """

    reason: ClassVar[str] = ""

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        raise LttngxError(f"source.lttngx.ctf: decoding needs the compiled core: {self.reason}")
