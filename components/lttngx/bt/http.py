"""One HTTP POST, as what `export.delivery` needs of it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from lttngx.bt.pipes import broken_pipe_is_an_error
from lttngx.export.delivery import Answer


def poster(url: str, headers: Mapping[str, str], timeout_s: float) -> Callable[[bytes], Answer]:
    """Return a function which posts a body to `url` and tells what became of it."""
    def send(body: bytes) -> Answer:
        request = urllib.request.Request(url, body, dict(headers), method="POST")
        try:
            # A collector which closes the connection early must not end the process.
            with broken_pipe_is_an_error(), urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310
                return Answer(response.status, rejected=_rejected(response.read()))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _seconds(error.headers.get("Retry-After")))
        except (urllib.error.URLError, OSError):
            return Answer(None)
    return send


def _seconds(text: str | None) -> float | None:
    """Return Retry-After, a number of seconds or a date, in seconds from now; None if it is absent or neither."""
    if text is None or text.isdecimal():
        return None if text is None else float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def _rejected(body: bytes) -> int:
    """Return how many spans an ExportTraceServiceResponse says were not taken; an answer without one took all."""
    try:
        return int(json.loads(body)["partialSuccess"]["rejectedSpans"])
    except (ValueError, TypeError, KeyError):
        return 0
