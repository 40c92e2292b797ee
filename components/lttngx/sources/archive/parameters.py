"""Parameters of source.lttngx.archive: the table, and what they mean to the reader of chunks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lttngx.bt.parameters import Parameter, boolean, read, string
from lttngx.bt.reports import duration
from lttngx.ctf.reader import Options
from lttngx.errors import ParameterError
from lttngx.sources.ctf.parameters import PARAMETERS as CTF_PARAMETERS
from lttngx.sources.ctf.parameters import options_of as ctf_options_of

OWNER = "source.lttngx.archive"
OWN_PARAMETERS = (
    Parameter("follow", "a boolean", boolean, False),
    Parameter("until-idle", "a duration such as 30s", duration),
    Parameter("journal", "a string", string),
    Parameter("age-identity", "a string", string),
)
# Which files there are is known chunk by chunk.
PARAMETERS = (*(parameter for parameter in CTF_PARAMETERS if parameter.name != "files"), *OWN_PARAMETERS)


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """decoding: what is read of each chunk. The others: see the component's help; None where not given."""

    folder: Path
    decoding: Options
    follow: bool
    idle_s: float | None
    journal: Path | None
    age_identity: Path | None


def options_of(params: Mapping[str, Any], mip: int) -> SessionOptions:
    """Return the options which parameters mean. Raises ParameterError."""
    own = {parameter.name for parameter in OWN_PARAMETERS}
    values = read(PARAMETERS, params, OWNER)
    decoding = ctf_options_of({name: value for name, value in params.items() if name not in own}, OWNER)
    if len(decoding.inputs) != 1:
        raise ParameterError(f"{OWNER}: bad parameter: name=inputs, expected=one path, got={len(decoding.inputs)} paths")
    idle_ns = values["until_idle"]
    return SessionOptions(Path(decoding.inputs[0]).absolute(), replace(decoding, blobs=mip > 0), values["follow"],
                          None if idle_ns is None else idle_ns / 1e9, _path(values["journal"]), _path(values["age_identity"]))


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text).absolute()
