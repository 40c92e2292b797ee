"""What the sinks of windowed kernel analyses share: parameters, the window and report machinery."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lttngx.bt.component import one_line_errors
from lttngx.bt.inventory import inventory
from lttngx.bt.parameters import LISTED, Check, Parameter, boolean, integer, integers, listed, read, string, strings
from lttngx.bt.reports import OUTPUT_PARAMETERS, WINDOW_PARAMETERS, LamiMetadata, ReportSink, duration, window_bounds
from lttngx.bt.spans import DEFINITION_PARAMETERS, per_span

if TYPE_CHECKING:
    from lttngx.analyses.windowed import Windowed

# As in `lttngx.analyses.windowed`, which is not imported before a component is made.
VIEWS = ("log", "top", "stats", "freq")


def several_of(*choices: str) -> Check:
    """Return a check for one or an array of some words."""
    def check(value: Any) -> tuple[str, ...]:
        found = tuple(strings(value))
        if not found or not set(found) <= set(choices):
            raise ValueError
        return tuple(dict.fromkeys(found))
    return check


def words(choices: tuple[str, ...]) -> str:
    """Return what a parameter checked by `several_of` expects, for errors."""
    return f"one of {', '.join(choices)}, or an array of them"


COMMON_PARAMETERS = (
    *OUTPUT_PARAMETERS,
    *WINDOW_PARAMETERS,
    *DEFINITION_PARAMETERS,
    Parameter("view", words(VIEWS), several_of(*VIEWS), ("stats",)),
    Parameter("cpu", "an integer or an array of integers", integers, ()),
    Parameter("min-duration", "a duration such as 500us", duration),
    Parameter("max-duration", "a duration such as 10ms", duration),
    Parameter("limit", "an integer of at least 0", integer(0), 10),
    Parameter("freq-resolution", "an integer of at least 1", integer(1), 20),
    Parameter("freq-uniform", "a boolean", boolean, False),
)
# Of analyses which tell, too, what was used up.
USAGE_VIEWS = (*VIEWS, "usage")
USAGE_VIEW = Parameter("view", words(USAGE_VIEWS), several_of(*USAGE_VIEWS), ("usage",))
SIZES = {"": 1, "b": 1, "k": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mib": 1 << 20, "g": 1 << 30, "gib": 1 << 30}


def size(value: Any) -> int:
    """Accept a size: a number of bytes, or text with a unit (64KiB); return bytes."""
    match = re.fullmatch(r"(\d+)\s*([a-z]*)", str(value).lower()) if isinstance(value, (int, str)) else None
    if match is None or isinstance(value, bool) or match[2] not in SIZES:
        raise ValueError
    return int(match[1]) * SIZES[match[2]]


def replaced(parameters: tuple[Parameter, ...], *others: Parameter, without: tuple[str, ...] = ()) -> tuple[Parameter, ...]:
    """Return parameters with those of the same names as `others` replaced by them, and without some."""
    names = {other.name: other for other in others}
    return tuple(names.get(parameter.name, parameter) for parameter in parameters if parameter.name not in without)


# Of analyses of what threads do.
THREAD_PARAMETERS = (
    Parameter("tid", "an integer or an array of integers", integers, ()),
    Parameter("pid", "an integer or an array of integers", integers, ()),
    Parameter("procname", LISTED, listed, ()),
    Parameter("container", LISTED, listed, ()),
    Parameter("containers", "a string", string),
)


def common_options(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of `analyses.windowed.Options` which the shared parameters give."""
    from lttngx.analyses.filters import Filters

    begin, end = window_bounds(values)
    chosen = {name: frozenset(values.get(name) or ()) for name in ("cpu", "tid", "pid", "procname", "container")}
    filters = Filters(cpus=chosen["cpu"], tids=chosen["tid"], pids=chosen["pid"], procnames=chosen["procname"],
                      containers=chosen["container"])
    return {"begin_ns": begin, "end_ns": end, "refresh_ns": values["refresh"], "views": values["view"],
            "measures": tuple(values.get("measure") or ()), "group_by": tuple(values.get("group_by") or ()), "filters": filters,
            "min_ns": values.get("min_duration"), "max_ns": values.get("max_duration"), "limit": values["limit"],
            "resolution": values["freq_resolution"], "uniform": values["freq_uniform"],
            "inventory": inventory(values.get("containers"))}


class AnalysisSink(LamiMetadata, ReportSink):
    """Mixin of the sinks: PARAMETERS (and TITLE) are the class's own, `_make` its analysis."""

    PARAMETERS: ClassVar[tuple[Parameter, ...]]
    # Whether to tell the analysis that nothing comes before a sink's first message, so that it holds nothing back.
    SETTLES: ClassVar[bool] = False

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        values = read(self.PARAMETERS, params, self.OWNER)
        analysis = self._make(values)
        if self.SETTLES:
            analysis.settle()
        self._engine = per_span(analysis, values)
        self._format, self._utc = values["format"], values["utc"]
        self._open(values["path"])

    @staticmethod
    def _make(values: dict[str, Any]) -> "Windowed":
        """Return the analysis which the parameters ask for."""
        raise NotImplementedError

    @classmethod
    def engine(cls, values: dict[str, Any]) -> Any:
        """Return the analysis for a part of a trace, of which it is not said that nothing comes before."""
        return per_span(cls._make(values), values)

    def _render(self, results: Iterable[Any]) -> Iterable[str]:
        from lttngx.render import durations
        return durations.pieces(list(results), self._format, self._utc)

    @classmethod
    def _nothing(cls, params: Any) -> Any:
        from lttngx.render import durations
        return durations.report(cls._make(read(cls.PARAMETERS, params, cls.OWNER)).nothing(), every_table=True)
