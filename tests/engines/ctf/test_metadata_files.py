"""Metadata files: one text file is one test. Input, a line `---`, then the canonical dump or the whole error message.

An input which begins with `{` is CTF 2: its fragments are separated by empty lines. Any other is CTF 1.8. `pytest
--update` is not for these: each expected text was written or read against the specification.
"""

from pathlib import Path

import pytest
from dump import dump

from lttngx.ctf.faults import MetadataError
from lttngx.ctf.metadata import read_metadata

FILES = sorted((Path(__file__).parent / "metadata").glob("*.txt"))


def metadata_of(text: str) -> bytes:
    if not text.startswith("{"):
        return text.encode()
    return b"".join(b"\x1e" + fragment.encode() for fragment in text.split("\n\n"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file(path):
    text, expected = path.read_text().split("\n---\n")
    try:
        got = dump(read_metadata(metadata_of(text)))
    except MetadataError as error:
        got = f"{error}\n"
    assert got == expected
