"""source.lttngx.archive where the core is not compiled: it can only say so."""

from typing import Any, ClassVar

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.errors import LttngxError
from lttngx.sources.ctf.uncompiled import UncompiledIterator


@bt2.plugin_component_class
class LttngxArchiveSource(Component, bt2._UserSourceComponent, name="archive", message_iterator_class=UncompiledIterator):
    """Read the chunks of a rotated recording session as one trace (needs the compiled core, which is missing here).

Build it with a C compiler, libbabeltrace2-dev and python3-dev: `pip install .`
    """

    reason: ClassVar[str] = ""

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        raise LttngxError(f"source.lttngx.archive: decoding needs the compiled core: {self.reason}")
