"""Index files which grow while they are read."""

from pathlib import Path

from lttngx.ctf.indexes import HEADER, Entry, index_path, parse_index


class GrowingIndex:
    """The index of one data stream file, wherever its chunk has moved meanwhile. count: entries given so far."""

    def __init__(self) -> None:
        self.count = 0
        self._entry_bytes = 0

    def read(self, data: Path) -> list[Entry]:
        """Return the entries which have come since the last call; none while there is no index that we know.

        data: where the data stream file is now. An index which has become shorter was begun again (rotated trace files).
        """
        try:
            with open(index_path(data), "rb") as file:
                header = file.read(HEADER.size)
                if len(header) < HEADER.size:
                    return []
                self._entry_bytes = HEADER.unpack(header)[3]
                if not self._entry_bytes:
                    return []
                size = file.seek(0, 2)
                if size < HEADER.size + self.count * self._entry_bytes:
                    self.count = 0
                file.seek(HEADER.size + self.count * self._entry_bytes)
                rest = file.read()
        except OSError:
            return []
        # The writer may be in the middle of an entry.
        whole = len(rest) - len(rest) % self._entry_bytes
        entries = parse_index(header + rest[:whole]) or []
        self.count += len(entries)
        return entries
