"""Which engine a model's name means."""

from collections.abc import Iterable, Mapping

from lttngx.errors import ParameterError
from lttngx.state.kernel.model import KernelState
from lttngx.state.model import ModelState
from lttngx.state.modelfile import Model, read_model

KERNEL = "kernel"


def open_model(path: str) -> Model:
    """Return the model of a TOML file. Raises ParameterError if it cannot be read, ModelError if it breaks a rule."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise ParameterError(f'cannot read model: path="{path}", reason={error.strerror}') from None
    except UnicodeDecodeError as error:
        raise ParameterError(f'cannot read model: path="{path}", expected=UTF-8, reason={error}') from None
    return read_model(text, path)


def engine(model: str, inventory: Mapping[int, Mapping] | None = None, annotate: Iterable[str] | None = None,
           record: bool = True) -> KernelState | ModelState:
    """Return the engine of a model: "kernel", or the path of a declarative one.

    inventory: containers, for the kernel model. annotate: the only state values which are wanted, None for all. record: keep
    changes. Raises LttngxError.
    """
    return KernelState(annotate, record, inventory) if model == KERNEL else ModelState(open_model(model), record)
