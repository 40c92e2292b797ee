"""Puts the source root and this folder (helpers `feeding`, `recorded`) on the path, so tests run in an uninstalled checkout."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "components")]
