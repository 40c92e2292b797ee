"""The import rule of the package: adaptors → bt → engines → core, and bt2 only where Babeltrace is spoken to."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "components/lttngx"
# A `__main__` module is a command, whatever room it is in.
ADAPTORS = {"sources", "filters", "sinks", "commands"}
# Rank of each room: a module may import rooms of a lower rank, and its own room. Every other room is an engine. Commands make graphs of
# component classes, so they stand above those.
RANKS = {"errors": 0, "core": 1, "bt": 3} | dict.fromkeys(ADAPTORS, 4) | {"commands": 5, "reading": 5, "__init__": 6}
ENGINE = 2
MAY_IMPORT_BT2 = ADAPTORS | {"bt", "core", "reading"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(module: Path) -> set[str]:
    """Return the dotted names a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def room(dotted: str) -> str:
    """Return the first part of a module's name below lttngx ("" for lttngx itself)."""
    return dotted.split(".")[1] if dotted.count(".") else ""


def rank(name: str) -> int:
    return RANKS.get(name, ENGINE)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(module):
    own = "commands" if module.name == "__main__.py" else module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for name in imported(module):
        if name.startswith("lttngx."):
            other = room(name)
            # `from lttngx import x` names lttngx itself as well.
            assert other in ("", own, "__version__") or rank(other) < rank(own) or (
                rank(other) == rank(own) == ENGINE), f"{own} imports {other}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_engines_do_not_import_bt2(module):
    parts = module.relative_to(PACKAGE).parts
    if parts[0].removesuffix(".py") not in MAY_IMPORT_BT2:
        assert not {name for name in imported(module) if name.split(".")[0] == "bt2"}


def test_core_imports_no_engine():
    for module in (PACKAGE / "core").rglob("*.py"):
        rooms = {room(name) for name in imported(module) if name.startswith("lttngx.")}
        assert rooms <= {"core", "errors", ""}, module
