"""What *merge* asks of an engine.

*merge* puts the messages of several upstream message iterators (inputs), and of the several hosts whose streams one input may
carry, in the order of a time of the engine's making. Its rules:

1. The messages of one host of one input keep their order. A message's key is its clock snapshot mapped by its clock's map
   (discarded events and packets: of their beginning), but never less than the key of the message before it; a message without
   a time has the key of the one before it.
2. The message with the least key goes first; of equal keys, the one of the earlier input, then of the host seen earlier.
3. A message is given only when every host of every input has one to compare, or has ended: so nothing is known to be earlier. One
   exception, which `window` makes: a host of an input which is this much behind the others of the same input is not waited for.
4. Message iterator inactivity messages count as messages of the host whose clock they show; one of a clock which no stream has
   shown so far is dropped, since nothing tells whose it is.
"""

from typing import Protocol

from lttngx.core.classes import Stream
from lttngx.core.clock_map import ClockMap

# The host of streams without a clock.
NO_CLOCK = -1


class Order(Protocol):
    """What *merge* asks, on first sight of a default clock class."""

    def host(self, stream: Stream) -> tuple[int, ClockMap | None]:
        """Return the number (0 or more) of the host whose clock it is, and the map from its values to keys; for a stream
        without a clock, (NO_CLOCK, None). stream: the first stream which uses the clock class.

        Raises LttngxError if the clock cannot be put in an order with the others."""
