"""source.lttngx.packets: the adaptor. How packets are found is in `lttngx.packets`, their events are in `lttngx.bt.packet_events`."""

import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.iterators import Giving
from lttngx.bt.parameters import Parameter, boolean, read, strings, time_value
from lttngx.bt.reports import TIME, duration
from lttngx.errors import ParameterError

if TYPE_CHECKING:
    from lttngx.ctf.indexes import Extent
    from lttngx.ctf.model import TraceClass

OWNER = "source.lttngx.packets"

PARAMETERS = (
    Parameter("inputs", "an array of at least one path", strings, []),
    Parameter("follow", "a boolean", boolean, False),
    Parameter("poll", "a duration such as 500ms", duration, 1_000_000_000),
    Parameter("until", TIME, time_value),
    Parameter("idle-timeout", "a duration such as 10s", duration),
)


def scan_headers(trace_class: "TraceClass", directory: Path, path: Path, extent: "Extent | None" = None) -> list[tuple]:
    """Return the packets of a data stream file, or of some bytes of it, by their headers.

    Raises LttngxError where the core is not compiled."""
    from lttngx.core.choice import load
    load("decode_source")
    from lttngx.ctf.reader import OpenedTrace, Options
    from lttngx.ctf.streams import TraceFiles
    from lttngx.sources.ctf.requests import make_scan
    opened = OpenedTrace(TraceFiles(trace_class, [directory]), Options((str(directory),)), None, make_scan)
    return make_scan(opened)(str(path), extent)


# Records whose messages are made at a time.
BATCH = 128


class _PacketsIterator(Giving, bt2._UserMessageIterator):
    """Gives the events of one poll, then polls again or ends."""

    @one_line_errors
    def __init__(self, config: Any, port: Any) -> None:
        self._begin()
        if not self._component.follow:
            config.can_seek_forward = True

    def _begin(self) -> None:
        from lttngx.bt.packet_events import PacketEvents
        from lttngx.packets.recording import Recording
        component = self._component
        self._recording = Recording(component.inputs, scan_headers, component.follow)
        self._events = PacketEvents(self, self._give(self._refill))
        self._records: Any = iter(())
        self._follower = component.follower(self._recording) if component.follow else None
        self._polled = self._ended = False

    @one_line_errors
    def _refill(self) -> bool:
        """Add the messages of the next records, or of the end; return False behind it. Raises TryAgain while there is nothing new."""
        while not self._ended:
            records = list(islice(self._records, BATCH))
            for record in records:
                self._events.add(record)
                self._tell_follower(record)
            if records:
                return True
            if self._is_over():
                self._end()
                return True
            self._poll()
        return False

    def _tell_follower(self, record: Any) -> None:
        if self._follower is not None:
            self._follower.seen(record.end_ns, time.monotonic())

    def _is_over(self) -> bool:
        if self._follower is None:
            return self._polled
        return self._follower.is_over(time.monotonic(), time.time_ns())

    def _poll(self) -> None:
        """Look for new packets. Raises TryAgain if it is not yet time to, so that other components go on."""
        if self._follower is not None and not self._follower.is_due(time.monotonic()):
            raise bt2.TryAgain
        self._polled = True
        self._records = self._recording.poll()

    def _end(self) -> None:
        self._ended = True
        self._events.end()
        self._component.tell(self._recording, self._events.late)

    def _user_can_seek_beginning(self) -> bool:
        return self._follower is None

    def _user_seek_beginning(self) -> None:
        self._begin()


@bt2.plugin_component_class
class PacketsSource(Component, bt2._UserSourceComponent, message_iterator_class=_PacketsIterator, name="packets"):
    """Read the packets of CTF traces themselves: sizes, fill, times, losses; an event for each.

Reads LTTng's index files (index/*.idx), else packet headers, never event records: fast on any
trace, and on a session which is still recording. Babeltrace 2 shows none of this. CTF 1.8
and 2; the local output of a session before and after rotations, and lttng-relayd's.

An event packet:end, at the end of its packet, has: hostname, session, domain, owner (`uid N`,
`PROCESS-PID`), channel, cpu, chunk (-1: none), packet_size and content_size in bytes, fill
(content by packet size), begin and end in ns, sequence (number in its stream), lost_packets
(missing numbers before it), discarded (event records discarded since the packet before; -1:
unknown, as in a chunk read without the one before), discarded_total (since the recording
began). An event session:rotation tells of a completed chunk: chunk, path, end, packets and
packet_size read from it.

PARAMETERS
  inputs (array of strings; required)
      Paths of trace or session directories, or of directories above them.
  follow (boolean; default: no)
      Go on with a running session: packets come as the consumer daemon writes them. It ends
      when lttng(1) knows the session no more (it was destroyed, or its session daemon has
      ended), if it knew it before; else when all chunks of a rotated session are archived; or
      by the next two.
  until (integer ns, or a time as babeltrace2 --begin takes it; default: none)
      End when a packet ends, or this machine's clock comes to, this time (UTC).
  idle-timeout (duration such as 10s; default: none)
      End when no packet has come for so long.
  poll (duration; default: 1s)
      How often to look for new packets.

PORTS
  One output port, `out`, with the packets of all streams in order of time.

LIMITS
  A chunk without packets is not told of.
  With `follow`, index files are needed, an event's time is never before that of an event given
  earlier (its field `end` is exact), and what is in the buffers is not seen before the
  consumer daemon gets it: a switch timer bounds that time. A user space session writes its
  metadata late; packets wait for it (`lttng regenerate metadata` writes it).

EXAMPLE
  babeltrace2 -c source.lttngx.packets -p 'inputs=["TRACE"]' -c sink.lttngx.bandwidth
"""

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        values = read(PARAMETERS, params, OWNER)
        if not values["inputs"]:
            raise ParameterError(f"{OWNER}: missing parameter: name=inputs, expected=an array of at least one path")
        for path in values["inputs"]:
            if not Path(path).is_dir():
                raise ParameterError(f'{OWNER}: bad parameter: name=inputs, expected=directories, got="{path}"')
        self.inputs, self.follow = values["inputs"], values["follow"]
        self._poll_s = values["poll"] / 1e9
        self._idle_s = None if values["idle_timeout"] is None else values["idle_timeout"] / 1e9
        self._until_ns = _until(values["until"])
        self._add_output_port("out")

    def follower(self, recording: Any) -> Any:
        """Return what decides when to poll and when a followed session has ended."""
        from lttngx.bt.following import Follower
        return Follower(recording, self._poll_s, self._until_ns, self._idle_s, self._warn)

    def tell(self, recording: Any, late: int) -> None:
        """Say what could not be read."""
        for fault in recording.faults:
            self._warn(f"cannot read packet: {fault}")
        if recording.untimed:
            self._warn(f"packets without a time are left out: {len(recording.untimed)}")
        if recording.waiting:
            self._warn(f"no metadata was written: {', '.join(map(str, recording.waiting))}")
        if recording.headless:
            self._warn(f"data without metadata is left out: {', '.join(map(str, recording.headless))}")
        if late:
            self._info(f"packets which came after later ones: {late}")


def _until(value: int | str | None) -> int | None:
    """Return the parameter in ns; a time of day is today's."""
    if value is None:
        return None
    from lttngx.render.times import parse_time
    moment = parse_time(value, "until")
    return moment(time.time_ns()) if callable(moment) else moment
