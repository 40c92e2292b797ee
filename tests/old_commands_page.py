"""docs/from-lttng-analyses.md as data: the rows of its tables, and both sides' commands as argument vectors."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs/from-lttng-analyses.md"
# A `|` in a cell is written `\|`.
_ROW = re.compile(r"^\| `(lttng-[^`]*)`[^|]*\|((?:[^|\\]|\\.)*)\|(.*)\|$", re.MULTILINE)
_SETTING = re.compile(r"^([A-Z]+)='(.*)'$", re.MULTILINE)
# What makes lttng-analyses tell what it would tell of the whole trace, without a bar.
PLAIN = ("--skip-validation", "--no-intersection")


@dataclass(frozen=True)
class Row:
    """A row: the commands as printed (`new` is empty where a section is named instead)."""

    old: str
    new: str

    def old_arguments(self, folder, mi: bool, *more: str) -> list[str]:
        """Return the old command on a folder which holds `kernel`. mi: the program with the machine interface."""
        program, *arguments = _split(self.old, folder)
        return [program + ("-mi" if mi and not program.endswith("-mi") else ""), *more, *arguments]

    def new_arguments(self, trace, *more: str) -> list[str]:
        return [*_split(self.new, trace), *more]


def _split(command: str, trace) -> list[str]:
    settings = dict(_SETTING.findall(PAGE.read_text()))
    words = shlex.split(re.sub(r'"\$([A-Z]+)"', lambda match: shlex.quote(settings[match[1]]), command))
    return [str(trace) if word == "TRACE" else word for word in words]


def rows(heading: str | None = None) -> list[Row]:
    """Return the rows which have an old command: of all tables, or of those under one heading."""
    text = PAGE.read_text()
    text = text if heading is None else text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    found = []
    for old, new, _ in _ROW.findall(text):
        printed = re.search(r"`([^`]*)`", new.replace("\\|", "|"))
        found.append(Row(old, printed[1] if printed else ""))
    return found
