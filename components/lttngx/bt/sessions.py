"""Which recording sessions the session daemon of this machine and user knows: asked through lttng(1)."""

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

LONGEST_ANSWER_S = 5


def session_paths() -> set[Path] | None:
    """Return the output directories of the recording sessions, none without a session daemon; None if nobody can tell now: there is
    no lttng(1), or it takes too long. Starts no session daemon."""
    program = shutil.which("lttng")
    if program is None:
        return None
    try:
        run = subprocess.run([program, "--no-sessiond", "--mi", "xml", "list"], capture_output=True, timeout=LONGEST_ANSWER_S)
        root = ElementTree.fromstring(run.stdout)
    except (OSError, subprocess.TimeoutExpired):
        return None
    except ElementTree.ParseError:
        # Without a session daemon lttng(1) prints no document.
        return set()
    return {Path(path.text) for path in root.iterfind(".//{*}session/{*}path") if path.text}


class SessionWatch:
    """Tells when sessions which were known are known no more: they were destroyed, or their session daemon has ended."""

    def __init__(self) -> None:
        self._known: set[Path] = set()

    def all_gone(self, folders: set[Path]) -> bool | None:
        """Return whether no session which writes to these folders, or below them, is left; None where none was ever known."""
        found = session_paths()
        if found is None:
            return False if self._known else None
        alive = {path for path in found if any(path == folder or path in folder.parents or folder in path.parents for folder in folders)}
        self._known |= alive
        return None if not self._known else not alive
