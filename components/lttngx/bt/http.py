"""One HTTP POST, as what `export.delivery` needs of it."""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

from lttngx.export.delivery import Answer


def poster(url: str, headers: Mapping[str, str], timeout_s: float) -> Callable[[bytes], Answer]:
    """Return a function which posts a body to `url` and tells what became of it."""
    def send(body: bytes) -> Answer:
        request = urllib.request.Request(url, body, dict(headers), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310
                return Answer(response.status)
        except urllib.error.HTTPError as error:
            return Answer(error.code, _seconds(error.headers.get("Retry-After")))
        except (urllib.error.URLError, OSError):
            return Answer(None)
    return send


def _seconds(text: str | None) -> float | None:
    """Return Retry-After in seconds; None if it is absent or a date."""
    return float(text) if text is not None and text.isdecimal() else None
