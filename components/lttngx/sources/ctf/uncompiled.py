"""source.lttngx.ctf where the core is not compiled: it can only say so."""

import bt2

from lttngx.errors import LttngxError


class UncompiledIterator(bt2._UserMessageIterator):
    """Never made: the component refuses first."""

    def __next__(self) -> None:
        raise StopIteration


@bt2.plugin_component_class
class LttngxCtfSource(bt2._UserSourceComponent, name="ctf", message_iterator_class=UncompiledIterator):
    """Read CTF 1.8 and CTF 2 traces from the file system (needs the compiled core, which is missing here).

    Build it with `python3 setup.py build_ext --inplace`.
    """

    def __init__(self, config: object, params: object, obj: object) -> None:
        raise LttngxError("Cannot read traces: source.lttngx.ctf needs the compiled core, expected the extension module "
                          "lttngx.core.native.decode_source")
