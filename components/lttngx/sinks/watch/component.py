"""sink.lttngx.watch: the adaptor. What conditions are is in `lttngx.watch`."""

import time
from typing import Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.iterators import extractor
from lttngx.bt.parameters import Parameter, boolean, read, string
from lttngx.bt.rules import maps
from lttngx.errors import LttngxError, ParameterError


def _tables(value: Any) -> list[dict]:
    """Accept an array of maps, or one map as an array of one."""
    return maps([value] if isinstance(value, dict) else value)


PARAMETERS = (
    Parameter("triggers", "a map or an array of maps", _tables, []),
    Parameter("actions", "a map or an array of maps", _tables, []),
    Parameter("file", "a string", string),
    Parameter("utc", "a boolean", boolean, False),
)


@bt2.plugin_component_class
class WatchSink(Component, bt2._UserSinkComponent, name="watch"):
    """Notify when a condition on events, packets, losses, spans or states is satisfied.

Works as LTTng's triggers do (lttng-add-trigger(1)), on any trace, recorded or live, and with
more conditions. A notification is told by actions: as a line, as JSON, to a command, to a web
hook. docs/watch.md is the manual.

PARAMETERS
  triggers (map or array of maps)
      Each has `condition`, that condition's parameters, and those of all:
      name (default: the condition); actions (names; default: all); rate-policy (`every:N`, `once-after:N`); limit and
      per (at most `limit` notifications in `per`; default: 1min); clear (also tell when a
      condition that holds for a while ends).
      event-rule-matches: names, exclude, log-level, log-level-only, expr (as
        filter.lttngx.events), capture (FIELD or $ctx.FIELD, or an array).
      event-rate-ge, event-rate-le: the same rule, count, window, release: `count` matches or
        more (or no more) within `window`; over at `release`.
      span-duration-ge: duration; spans, captures, file, packs as sink.lttngx.spans; select.
      state-duration-ge: attribute (a glob), value, duration; model and containers as
        sink.lttngx.states.
      discarded-events-ge, discarded-packets-ge: count (1), window (1s), release (0), session.
      Behind source.lttngx.packets:
      packet-fill-ge, packet-fill-le: fill (0 to 1, mean of a buffer's last `packets`),
        release, packets (1), session, channel.
      session-consumed-size-ge, channel-consumed-size-ge: size (100M), session, channel.
      session-rotation-finishes: session.
  actions (map or array of maps; default: one, `log`)
      Each has `action` and may have a name (default: the kind):
      log: path (default: standard output).
      json: path of a file or FIFO (default: standard output).
      command: command (array: program and arguments; the notification comes as JSON on
        standard input), running (at a time; 4), queue (64), timeout (10s).
      webhook: url, header, timeout (10s), buffer (MiB; 4).
  file (string)
      TOML file with tables [trigger.NAME] and [action.NAME] of the same.
  utc (boolean; default: no)
      Whether lines have times in UTC instead of local time.

PORTS
  One input port, `in`.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.watch -p 'triggers={condition="event-rule-matches",
      names="syscall_exit_*",expr="ret == -28",capture=["ret","$ctx.procname"]}'
"""

    OWNER = "sink.lttngx.watch"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self._add_input_port("in")
        values = read(PARAMETERS, params, self.OWNER)
        triggers, actions = self._tables(values["file"])
        self._set_up([*values["triggers"], *triggers], [*values["actions"], *actions], values["utc"])
        # The last time of a message, and this machine's when it came.
        self._seen: tuple[int | None, int] = None, 0

    def _tables(self, path: str | None) -> tuple[list[dict], list[dict]]:
        """Return the tables of triggers and actions in a TOML file."""
        if path is None:
            return [], []
        import tomllib
        try:
            with open(path, "rb") as file:
                document = tomllib.load(file)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ParameterError(f'{self.OWNER}: cannot read triggers: file="{path}", reason={getattr(error, "strerror", None) or error}'
                                 ) from None
        known = [document.pop(name, {}) for name in ("trigger", "action")]
        if document or not all(isinstance(table, dict) and all(isinstance(item, dict) for item in table.values()) for table in known):
            raise ParameterError(f'{self.OWNER}: file="{path}": expected tables [trigger.NAME] and [action.NAME] only')
        triggers, actions = ([table | {"name": name} for name, table in tables.items()] for tables in known)
        return triggers, actions

    def _set_up(self, triggers: list[dict], actions: list[dict], utc: bool) -> None:
        from lttngx.sinks.watch.actions import action
        from lttngx.sinks.watch.triggers import trigger
        from lttngx.watch.engine import Watch
        from lttngx.watch.trigger import Trigger
        if not triggers:
            raise ParameterError(f"{self.OWNER}: nothing to do: expected=at least one trigger")
        tables = [trigger(table, self.OWNER) for table in self._named(triggers, "condition")]
        named = self._named(actions or [{"action": "log"}], "action")
        self._actions, self._targets = dict(action(table, self.OWNER, utc) for table in named), {}
        for table in tables:
            table.condition.trigger = Trigger(table.name, table.kind, table.policy, self._notify)
            self._targets[table.condition.trigger] = [self._action(name, table.name) for name in table.actions or self._actions]
        self._engine = Watch(table.condition for table in tables)

    def _named(self, tables: list[dict], kind: str) -> list[dict]:
        """Return tables with their names: those given, else their kinds. Raises ParameterError for two of one name."""
        named, seen = [], set()
        for number, table in enumerate(tables):
            default = str(table.get(kind, number))
            name = table.get("name") or (f"{default}-{number}" if default in seen else default)
            if name in seen:
                raise ParameterError(f'{self.OWNER}: two {kind}s of one name: name="{name}", expected=a name for each')
            seen.add(name)
            named.append(table | {"name": name})
        return named

    def _action(self, name: str, trigger: str) -> Any:
        if name not in self._actions:
            raise ParameterError(f'{self.OWNER}: trigger {trigger}: unknown action: name="{name}", known=[{", ".join(self._actions)}]')
        return self._actions[name]

    def _notify(self, trigger: Any, notification: Any) -> None:
        for action in self._targets[trigger]:
            action.put(notification)

    @one_line_errors
    def _user_graph_is_configured(self) -> None:
        upstream = self._create_message_iterator(self._input_ports["in"])
        self._extractor = extractor(self, upstream, self._engine)

    @one_line_errors
    def _user_consume(self) -> None:
        try:
            self._extractor.consume()
        except bt2.TryAgain:
            self._when_idle()
            raise
        except bt2.Stop:
            self._end()
            raise
        except LttngxError as error:
            raise type(error)(f"{self.OWNER}: {error}") from None
        self._engine.advance(self._extractor.now_ns)
        self._run_actions()

    def _when_idle(self) -> None:
        """A live source has nothing now: let time go on by this machine's clock from the last message on."""
        message_ns, now_ns = self._extractor.now_ns, time.monotonic_ns()
        if message_ns != self._seen[0]:
            self._seen = message_ns, now_ns
        if message_ns is not None:
            self._engine.advance(message_ns + now_ns - self._seen[1])
        self._run_actions()

    def _run_actions(self) -> None:
        now_s = time.monotonic()
        for action in self._actions.values():
            action.run(now_s)

    def _end(self) -> None:
        self._engine.advance(self._extractor.now_ns)
        self._engine.finish(self._extractor.last_ns)
        for name, action in self._actions.items():
            action.end()
            if action.failed or action.dropped:
                self._warn(f"action {name}: done={action.done}, failed={action.failed}, dropped={action.dropped}")
        for trigger in self._targets:
            self._info(f"trigger {trigger.name}: satisfied={trigger.satisfied}, told={trigger.told}, suppressed={trigger.suppressed}")
        lost = self._engine
        if lost.lost_events or lost.lost_packets:
            self._warn(f"tracer discarded {lost.lost_events} events and {lost.lost_packets} packets: what they told was not seen")
