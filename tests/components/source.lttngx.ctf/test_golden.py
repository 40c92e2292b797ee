"""sink.text.details of CTF 2 samples against what Babeltrace 2.1.2 printed (tests/data/traces/*.details.gz).

2.0 and 2.1 word some properties differently; both texts are brought to common words. The samples are cut (first packets of each
stream), the expected texts with them, so only the place of "Stream end" differs.
"""

import gzip
import re
import subprocess
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data" / "traces"

# (pattern, common words): how 2.0 with interchange protocol 0 and 2.1 with protocol 1 say the same.
WORDS = (
    (r"^ +(UID|UUID|Precision \(cycles\)): .*\n", ""),
    (r"Offset from origin ", "Offset "),
    (r"Origin: Unix epoch", "Origin is Unix epoch: Yes"),
    (r"Length field (path|location) \[.*?\](, Media type `.*?`)?", "Length field"),
    (r" \(Namespace `.*?`, UID `.*?`\)", ""),
    (r"Trace `vm.*?`", "Trace"),
    (r"^(  Name: ).*/", r"\1"),
    (r"Static BLOB \(Length (\d+), Media type `.*?`\)", r"Static array (Length \1):\n          Element: Unsigned integer (8-bit, Base 16)"),
    (r"Dynamic BLOB \(with length field\) \(Length field\)",
     r"Dynamic array (with length field) (Length field):\n          Element: Unsigned integer (8-bit, Base 16)"),
)


def bytes_as_elements(match):
    """Return a BLOB's lines of hexadecimal bytes as the elements of an array of bytes."""
    return "".join(f"{match[1]}[{index}]: {hex(int(byte, 16))}\n" for index, byte in enumerate(match[0].split()))


def blobs(text):
    return re.sub(r"^( +)(?:[0-9a-f]{2} ?)+\n(?:\1(?:[0-9a-f]{2} ?)+\n)*", bytes_as_elements, text, flags=re.M)


def common(text):
    for pattern, words in WORDS:
        text = re.sub(pattern, words, text, flags=re.M)
    return [block.strip() for block in blobs(text).split("\n\n") if not block.rstrip().endswith("Stream end")]


@pytest.mark.parametrize("name", ["ctf2-ust-blob", "ctf2-ust-multi"])
def test_text_is_that_of_babeltrace_2_1(plugin_directory, name):
    params = f'inputs=["{DATA / name}"]'
    command = ["babeltrace2", "--plugin-path", plugin_directory, "-c", "source.lttngx.ctf", "-p", params, "-c", "sink.text.details"]
    got = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    expected = gzip.decompress((DATA / f"{name}.details.gz").read_bytes()).decode()
    for found, wanted in zip(common(got), common(expected), strict=True):
        assert found == wanted


def test_command_line_reads_ctf_2_given_as_a_path(plugin_directory):
    """On a 2.0 host source.ctf.fs would end the command; the path is claimed before it is asked."""
    command = ["babeltrace2", "--plugin-path", plugin_directory, str(DATA / "ctf2-ust-blob")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 600


def weight(host, path, kind="string"):
    answer = host.query("babeltrace.support-info", {"input": str(path), "type": kind})
    return float(answer["weight"])


def test_support_info_claims_what_the_host_cannot_read(host, monkeypatch, tmp_path):
    from lttngx.core.native.decode_source import host_version

    monkeypatch.delenv("LTTNGX_CTF", raising=False)
    old_host = 1.0 if host_version() < (2, 1) else 0.0
    assert weight(host, DATA / "ctf2-ust-blob") == old_host
    assert weight(host, DATA) == old_host  # A folder above a CTF 2 trace.
    for path in (DATA / "ctf18-ust", tmp_path, tmp_path / "none", DATA / "ctf2-ust-blob" / "metadata"):
        assert weight(host, path) == 0.0
    assert weight(host, DATA / "ctf2-ust-blob", "directory") == 0.0
    monkeypatch.setenv("LTTNGX_CTF", "always")
    assert weight(host, DATA / "ctf18-ust") == 1.0
