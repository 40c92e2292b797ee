"""Frames: names of the functions on call stacks, outermost first.

An address without a symbol stays a hexadecimal number and is counted.
"""

from collections.abc import Callable

from lttngx.export.callstacks import Stack
from lttngx.export.images import Image
from lttngx.export.symbols import Binary, Symbols

# The tracer's own modules: their functions are on top of every kernel stack it records.
_TRACER = "[lttng"


class Frames:
    """Makes frames. binary: returns the ELF file of a path, None if it is not given. bases: ELF files given with their
    load base, for all processes.

    unresolved: addresses without a symbol, user space and kernel.
    """

    def __init__(self, kernel: Symbols | None = None, binary: Callable[[str], Binary | None] = lambda path: None,
                 bases: list[tuple[int, Binary]] | None = None) -> None:
        self._kernel, self._binary, self._bases = kernel, binary, bases or []
        self._names: dict[tuple[Image, int], str] = {}
        self.unresolved: set[int] = set()
        self.unresolved_kernel: set[int] = set()

    def of(self, stack: Stack) -> tuple[str, ...]:
        """Return the frames of a stack, the thread's name first, without the tracer's own."""
        kernel = [self._in_kernel(address) for address in stack.kernel]
        while kernel and _TRACER in kernel[0]:
            kernel.pop(0)
        # Innermost is where the thread is; all others are return addresses.
        user = [self.in_process(stack.image, address, depth > 0) for depth, address in enumerate(stack.user)]
        return (stack.name or f"thread {stack.tid}", *reversed(user), *reversed(kernel))

    def _in_kernel(self, address: int) -> str:
        # A return address may be the first one behind a function which does not return.
        name = None if self._kernel is None else self._kernel.name(address - 1)
        if name is None:
            self.unresolved_kernel.add(address)
        return f"{address:#x}" if name is None else name

    def in_process(self, image: Image, address: int, is_return: bool = True) -> str:
        """Return the name of the function at an address of a process. is_return: it is one which a call returns to."""
        key = (image, address - is_return)
        name = self._names.get(key) or self._find(*key)
        if name is None:
            self.unresolved.add(address)
            return f"{address:#x}"
        self._names[key] = name
        return name

    def _find(self, image: Image, address: int) -> str | None:
        mapping = image.find(address)
        binary = None if mapping is None else self._binary(mapping.path)
        if binary is not None:
            if mapping.offset is None:
                return binary.at_address(address, mapping.begin)
            return binary.at_offset(address - mapping.begin + mapping.offset)
        return next((name for base, given in self._bases if (name := given.at_address(address, base)) is not None), None)
