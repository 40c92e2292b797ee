"""The parameter `containers`, shared by the components that name containers."""

from collections.abc import Mapping

from lttngx.errors import ParameterError


def inventory(path: str | None) -> Mapping[int, Mapping]:
    """Return the entries of a container inventory file by pid namespace, none for no path. Raises ParameterError."""
    if path is None:
        return {}
    from lttngx.kernel.containers import read_inventory
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParameterError(f'Cannot read container inventory: path="{path}", reason={reason}') from None
    return read_inventory(text, path)
