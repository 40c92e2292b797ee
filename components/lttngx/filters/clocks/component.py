"""filter.lttngx.clocks: the adaptor. How clocks are estimated, chosen and corrected is in `lttngx.clocks`."""

from typing import TYPE_CHECKING, Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.parameters import Parameter, integer, one_of, read, string, strings
from lttngx.bt.reports import duration
from lttngx.errors import ParameterError
from lttngx.filters.clocks.iterator import ClocksIterator

if TYPE_CHECKING:
    from lttngx.clocks.alignment import Alignment
    from lttngx.clocks.given import Given
    from lttngx.clocks.hosts import Host
    from lttngx.clocks.pairs import Pair
    from lttngx.clocks.synchronizer import Synchronizer
    from lttngx.clocks.timeline import Placement, Timeline

OWNER = "filter.lttngx.clocks"
AUTO, OFFSETS, NETWORK, PAIRS = "auto", "offsets", "network", "pairs"
S = 1_000_000_000


def offsets(value: Any) -> "tuple[Given, ...]":
    """Accept given offsets."""
    from lttngx.clocks.given import parse_given

    return parse_given(value)


def pairs(value: Any) -> "tuple[Pair, ...]":
    """Accept an array of pairs, or one."""
    from lttngx.clocks.pairs import user_pairs

    return user_pairs(value if isinstance(value, list) else [value])


PARAMETERS = (
    Parameter("method", "`auto`, `offsets`, `network` or `pairs`", one_of(AUTO, OFFSETS, NETWORK, PAIRS), AUTO),
    Parameter("reference", "a string", string),
    Parameter("priority", "an array of strings", strings, ()),
    Parameter("offsets", "an array of maps with clock and offset, or a map of clock to offset", offsets, ()),
    Parameter("pairs", "an array of maps with send, receive and key", pairs, ()),
    Parameter("max-rate-ppm", "an integer from 0 to 100000", integer(0, 100_000), 500),
    Parameter("window", "a duration such as 500ms or 1s", duration, 2 * S),
    Parameter("report", "a string", string),
)


@bt2.plugin_component_class
class ClocksFilter(Component, bt2._UserFilterComponent, message_iterator_class=ClocksIterator, name="clocks"):
    """Put the traces of several hosts on one time line, and say how far it can be wrong.

Every clock becomes the reference clock: messages are given new times and merged in their true
order. Where no offset is known it is estimated from messages between the hosts: a message is never
received before it was sent. Traces are of one host if their clocks have one identity (UUID;
LTTng: the boot id). docs/clocks.md is the manual.

PARAMETERS
  method (`auto`, `offsets`, `network` or `pairs`; default: auto)
      offsets: what the parameter `offsets` gives, nothing is estimated. network: from TCP segments
      (net_dev_queue to net_if_receive_skb or netif_receive_skb). pairs: from the parameter `pairs`.
      auto: all three; a given offset wins.
  reference (string; default: chosen)
      The reference clock: the name of its clock class, its UUID, or the trace's or host's name.
  priority (array of strings; default: none)
      Star patterns of the same names; the first which matches a clock chooses it. Else the
      reference is, of the clocks for which no offset is given, the one whose origin is known, then
      the one of best precision, of best accuracy, with most messages, then the first.
  offsets (array of maps; or map of clock to offset; default: none)
      clock: star pattern of the same names. offset: what to add to that clock's time (-2h, 1.5s,
      250us, 17ns). rate-ppm: how much faster than it does its time must pass, in parts per million,
      and `at`: its time at which the offset holds (integer ns, or a time in UTC).
  pairs (array of maps; default: none)
      Events which send and receive a message: send, receive (patterns of event names, or maps of
      event, if, key), key (expression or array; equal on both sides, and one message's alone).
  max-rate-ppm (integer; default: 500)
      How far apart the rates of two clocks can be, in parts per million.
  window (duration; default: 2s)
      Live inputs only: how long messages are held before the first estimate, how often it is
      made anew, and how long the streams of one host wait for the others of the same input.
  report (string; default: no report)
      Path of a file to write what was found to, times in UTC: JSON (lttngx.clocks/1) if the name
      ends in .json, CSV if in .csv, a plot if in .svg, else tables. Live: after each estimate.

PORTS
  Input ports `in0`, `in1`, ...: a new one is there when the last one is connected. One output
  port, `out`. An input may carry streams of several hosts.

MESSAGES
  At log level WARNING: clocks which no messages connect, doubtful estimates, how many messages
  would have gone back in time and were given the greatest time so far.

LIMITS
  Inputs which can seek are read twice. Of live inputs, what came before the first estimate is held
  in memory. New clock classes count ns. Times before the reference clock's origin become its origin.
  Iterators seek to the beginning only. Behind filter.utils.muxer (babeltrace2 convert puts one
  there), traces on which Babeltrace 2.0's muxer stops are not read to their end: connect sources
  to this filter itself with `babeltrace2 run`. Clocks of different origins (Unix epoch and unknown,
  or two unknown ones) which neither messages nor `offsets` connect are an error.

EXAMPLES
  The reference is chosen, offsets are estimated (auto):
      babeltrace2 ALPHA BETA -c filter.lttngx.clocks
  By the clock of one host:
      babeltrace2 ALPHA BETA -c filter.lttngx.clocks -p 'reference="beta",report="clocks.txt"'
  By the first clock of a list:
      babeltrace2 ALPHA BETA -c filter.lttngx.clocks -p 'priority=["ntp-*","be*"]'
  Offsets which are known:
      babeltrace2 ALPHA BETA -c filter.lttngx.clocks -p 'method=offsets,offsets=[{clock="beta",offset="-2h"}]'
  Groups of hosts which exchanged no messages (a warning names them), one of them moved as a whole:
      babeltrace2 ALPHA BETA GAMMA -c filter.lttngx.clocks -p 'reference="alpha",offsets=[{clock="gamma",offset="90min"}]'
"""

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self._add_input_port("in0")
        self._add_output_port("out")
        self._values = values = read(PARAMETERS, params, OWNER)
        self.window_ns = values["window"]
        _refuse_conflicts(values)
        self._told: set[str] = set()

    def _user_port_connected(self, port: Any, other_port: Any) -> None:
        """Add the next input port when the last one is taken. Babeltrace tells of the output port, too."""
        if port.name in self._input_ports:
            self._add_input_port(f"in{len(self._input_ports)}")

    def synchronizer(self, window_ns: int | None) -> "Synchronizer":
        """Return a fresh synchronizer. window_ns: for live inputs."""
        from lttngx.clocks.pairs import BUILT_IN
        from lttngx.clocks.synchronizer import Synchronizer

        values, method = self._values, self._values["method"]
        found = (*values["pairs"], *(BUILT_IN if method in (AUTO, NETWORK) else ()))
        return Synchronizer(() if method == OFFSETS else found, values["max_rate_ppm"], window_ns, values["reference"],
                            values["priority"])

    def align(self, timeline: "Timeline", synchronizer: "Synchronizer") -> None:
        """Put the hosts of a time line where they belong. Raises LttngxError where two have nothing in common."""
        from lttngx.clocks.placing import aligned, refuse_strangers, with_given

        given = self._values["offsets"]
        for host in timeline.hosts:
            synchronizer.number(host)
        try:
            found, placements = with_given(aligned(synchronizer, given), given)
        except ParameterError as error:
            raise ParameterError(f"{OWNER}: {error}") from None
        refuse_strangers(placements, timeline.clocks, found.reference)
        if found.reference is not None:
            # Streams have got its clock class: a later estimate must not choose another one.
            synchronizer.reference = found.reference.key
        timeline.align(placements, found.reference)
        self._tell_alignment(found)

    @one_line_errors
    def late(self, host: "Host", timeline: "Timeline") -> "Placement":
        """Return where a host is put which is first seen after the alignment. Raises LttngxError if it has nothing in common with
        the others."""
        from lttngx.clocks.placing import late_placement, refuse_strangers

        placement = late_placement(host, self._values["offsets"], timeline.reference)
        refuse_strangers({host.key: placement}, timeline.clocks, timeline.reference)
        return placement

    def _tell_alignment(self, found: "Alignment") -> None:
        """Say what is doubtful; write the report."""
        if self._values["report"] is not None:
            _write_report(found, self._values["report"])
        for warning in () if self._values["method"] == OFFSETS else found.warnings:
            self._tell(warning)
        for one in self._values["offsets"]:
            if not any(one.matches(figures.host) for figures in found.hosts):
                self._tell(f'an offset is given for a clock which no stream has: clock="{one.pattern}"')

    def tell_end(self, clamped: int) -> None:
        """Say at the end how many messages were moved so that time does not go back."""
        if clamped:
            self._tell(f"times would have gone back and were raised to the greatest so far: messages={clamped}")

    def _tell(self, warning: str) -> None:
        """Warn once."""
        if warning not in self._told:
            self._told.add(warning)
            self._warn(warning)


def _write_report(found: "Alignment", path: str) -> None:
    """Write what was found to a file, in the form which its name asks for. Raises ParameterError if that cannot be done."""
    from lttngx.render import clocks, clocks_plot

    kind = path.rpartition(".")[2]
    text = clocks_plot.plot(found) if kind == "svg" else clocks.render(found, kind if kind in ("json", "csv") else "text", True)
    try:
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise ParameterError(f'{OWNER}: cannot write report: path="{path}", reason={error.strerror}') from None


def _refuse_conflicts(values: dict[str, Any]) -> None:
    """Raise ParameterError for parameters which do not go together."""
    if values["method"] == OFFSETS and not values["offsets"]:
        raise ParameterError(f"{OWNER}: missing parameter: name=offsets, expected with method=offsets")
    if values["method"] == PAIRS and not values["pairs"]:
        raise ParameterError(f"{OWNER}: missing parameter: name=pairs, expected with method=pairs")
    for name, useless in (("pairs", (OFFSETS, NETWORK)), ("offsets", (NETWORK, PAIRS))):
        if values[name] and values["method"] in useless:
            raise ParameterError(f"{OWNER}: conflicting parameters: {name} is not used with method={values['method']}")
