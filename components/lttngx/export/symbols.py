"""Names of functions by address: of the kernel from a snapshot of /proc/kallsyms, of programs from ELF files.

A name covers the addresses from its symbol's to the next symbol's, or as many as the symbol's size says.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from lttngx.errors import LttngxError

_CODE = frozenset("tTwW")


class Symbols:
    """Functions in order of address. rows: (address, size in bytes, 0 if unknown, name)."""

    def __init__(self, rows: Iterable[tuple[int, int, str]]) -> None:
        # Of several names of one address, the first by name stands for all.
        unique = {address: (size, name) for address, size, name in sorted(rows, reverse=True)}
        self._rows = sorted((address, size, name) for address, (size, name) in unique.items())
        self._starts = [address for address, _, _ in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    def name(self, address: int) -> str | None:
        """Return the name of the function at an address, None if there is none."""
        following = bisect_right(self._starts, address)
        # What follows the last symbol without a size may be anything.
        if not following or (following == len(self._rows) and not self._rows[-1][1]):
            return None
        start, size, name = self._rows[following - 1]
        return name if not size or address < start + size else None


def kernel_symbols(lines: Iterable[str], name: str) -> Symbols:
    """Return the kernel's functions from the lines of /proc/kallsyms: ADDRESS TYPE NAME [MODULE].

    name: of the file, for errors. Raises LttngxError if there are no addresses: without CAP_SYSLOG all are 0."""
    rows = []
    for line in lines:
        words = line.split()
        if len(words) >= 3 and words[1] in _CODE:
            rows.append((int(words[0], 16), 0, " ".join(words[2:])))
    if not any(address for address, _, _ in rows):
        raise LttngxError(f'no address in kernel symbols: path="{name}", expected=/proc/kallsyms as root reads it')
    return Symbols(rows)


class Binary:
    """An ELF file: its functions, and where its file offsets are loaded."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises ImportError without pyelftools, elftools' ELFError for another file."""
        from elftools.elf.elffile import ELFFile
        elf = ELFFile(file)
        self.fixed = elf["e_type"] == "ET_EXEC"
        self._segments = [(part["p_offset"], part["p_filesz"], part["p_vaddr"]) for part in elf.iter_segments("PT_LOAD")]
        tables = (elf.get_section_by_name(name) for name in (".symtab", ".dynsym"))
        self._symbols = Symbols(row for table in tables if table is not None for row in _functions(table))

    def at_offset(self, offset: int) -> str | None:
        """Return the name of the function at an offset in the file."""
        for begin, size, address in self._segments:
            if begin <= offset < begin + size:
                return self._symbols.name(address + offset - begin)
        return None

    def at_address(self, address: int, base: int) -> str | None:
        """Return the name of the function at an address of a process in which the file is loaded at `base`."""
        return self._symbols.name(address if self.fixed else address - base)


def _functions(table: Any) -> Sequence[tuple[int, int, str]]:
    return [(symbol["st_value"], symbol["st_size"], symbol.name) for symbol in table.iter_symbols()
            if symbol["st_info"]["type"] == "STT_FUNC" and symbol["st_value"]]
