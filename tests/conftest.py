"""Fixtures of all tests. Being here, this file also puts this folder (`sources`, `checks`, `recorded`, …) on sys.path."""

import pytest

from lttngx.core import choice
from lttngx.errors import LttngxError


def _native() -> choice.Core | str:
    """Return the native core, or the reason why it cannot be used."""
    try:
        return choice.native()
    except LttngxError as error:
        return str(error)


NATIVE = _native()


def pytest_report_header() -> str:
    return "lttngx core: " + (f"portable only: {NATIVE}" if isinstance(NATIVE, str) else "native and portable")


@pytest.fixture(params=[choice.NATIVE, choice.PORTABLE])
def core(request: pytest.FixtureRequest) -> choice.Core:
    """Each core in turn; native is left out only where it was not built, with the reason."""
    if request.param == choice.PORTABLE:
        return choice.portable()
    if isinstance(NATIVE, str):
        pytest.skip(NATIVE)
    return NATIVE


@pytest.fixture(scope="session")
def native_core() -> choice.Core:
    """The native core, for tests which hold it and the portable one equal."""
    if isinstance(NATIVE, str):
        pytest.skip(NATIVE)
    return NATIVE
