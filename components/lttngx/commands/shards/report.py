"""What becomes of a joined result: a report as a sink writes it."""

import contextlib
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from lttngx.bt.reports import standard_output
from lttngx.errors import ParameterError

Values = dict[str, Any]


class Output(Protocol):
    """What becomes of the joined result."""

    def update(self, joined: Any) -> None:
        """Write what is complete by now: called after each part."""

    def close(self, joined: Any) -> None:
        """Write the rest: the trace has ended."""


class Report:
    """Writes results as a sink does: to `path`, or to standard output. LAMI has one document for all of them."""

    def __init__(self, render: Callable[[Iterable[Any], Values], str], values: Values) -> None:
        """Raises ParameterError if the file cannot be written."""
        self._render, self._values, path = render, values, values["path"]
        self._at_end, self._waiting = values["format"] == "lami", []
        self._own_output = path is not None
        try:
            self._output = standard_output() if path is None else open(path, "w", encoding="utf-8", errors="replace", newline="")
        except OSError as error:
            raise ParameterError(f'cannot write report: path="{path}", reason={error.strerror}') from None

    def update(self, joined: Any) -> None:
        """See Output."""
        if self._at_end:
            self._waiting += joined.closed()
        else:
            self._write([[result] for result in joined.closed()])

    def close(self, joined: Any) -> None:
        """See Output."""
        results = [*self._waiting, *joined.results()]
        self._write([results] if self._at_end else [[result] for result in results])
        if self._own_output:
            self._output.close()

    def _write(self, documents: Iterable[list[Any]]) -> None:
        # A closed pipe (`| head`) is the reader's wish, not an error.
        with contextlib.suppress(BrokenPipeError):
            for results in documents:
                self._output.write(self._render(results, self._values))
                self._output.flush()
