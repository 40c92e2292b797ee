"""A filter component class for tests only: passes messages on, but says TryAgain before every few of them, as a live source does."""

from typing import Any

import bt2

from lttngx.bt.component import Interchange

EVERY = 97


class StutteringIterator(bt2._UserMessageIterator):
    def __init__(self, config: Any, port: Any) -> None:
        self._upstream = self._create_message_iterator(self._component._input_ports["in"])
        self._passed = 0

    def __next__(self) -> Any:
        self._passed += 1
        if self._passed % EVERY == 0:
            raise bt2.TryAgain
        return next(self._upstream)


class StutteringFilter(Interchange, bt2._UserFilterComponent, message_iterator_class=StutteringIterator):
    """Raises TryAgain at every 97th call."""

    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self._add_input_port("in")
        self._add_output_port("out")
