"""source.lttngx.ctf against source.ctf.fs, message by message: on CTF 1.8 traces, and on CTF 2 traces where the host reads them.

Strings are compared by length and content: source.ctf.fs of Babeltrace 2.0.4 leaves an empty string's former text behind its
length of 0, which the plain copies of conftest cut off.
"""

import os
from pathlib import Path

import bt2
import pytest

DATA = Path(__file__).parents[2] / "data" / "traces"
TRACES = ["ctf18-ust", "ctf18-kernel", "ctf18-rotated"]
# source.ctf.fs reads CTF 2 from Babeltrace 2.1 on; on 2.0, test_golden holds ours against the text which 2.1 printed.
HOST_READS_CTF2 = bt2.get_maximal_mip_version() >= 1
CTF2_TRACES = ["ctf2-ust-blob", "ctf2-ust-multi"] if HOST_READS_CTF2 else []
# A folder with more traces, for longer runs.
MORE = sorted(path.parent for path in Path(os.environ.get("LTTNGX_TRACES", "/nonexistent")).rglob("metadata"))


def directories(name):
    return sorted({path.parent for path in (DATA / name).rglob("metadata")})


@pytest.mark.parametrize("paths", [*map(directories, TRACES + CTF2_TRACES), *([path] for path in MORE)], ids=lambda paths: paths[0].name)
def test_same_messages(host, paths):
    ours = host.run(paths)
    theirs = host.run(paths, source="fs")
    assert len(ours) == len(theirs) > 0
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == other


@pytest.mark.parametrize("name", TRACES)
def test_same_ports_and_ranges(host, name):
    def infos(source):
        answer = host.query("babeltrace.trace-infos", {"inputs": [str(path) for path in directories(name)]}, source)
        return sorted((str(stream["port-name"]), int(stream["range-ns"]["begin"]), int(stream["range-ns"]["end"]))
                      for trace in answer for stream in trace["stream-infos"])

    assert infos("lttngx") == infos("fs")


@pytest.mark.parametrize("name", TRACES)
def test_same_metadata_info(host, name):
    path = {"path": str(directories(name)[0])}
    ours, theirs = host.query("metadata-info", path), host.query("metadata-info", path, "fs")
    assert str(ours["text"]) == str(theirs["text"]) and bool(ours["is-packetized"]) == bool(theirs["is-packetized"])


def test_clock_parameters_as_source_ctf_fs(host):
    paths = directories("ctf18-ust")
    params = {"clock-class-offset-s": -7, "clock-class-offset-ns": 1_500_000_000, "trace-name": "there"}

    def first(source):
        found = []

        class Look(bt2._UserSinkComponent):
            def __init__(self, config, params, obj):
                self._port = self._add_input_port("in")

            def _user_graph_is_configured(self):
                self._iterator = self._create_message_iterator(self._port)

            def _user_consume(self):
                message = next(self._iterator)
                if type(message) is bt2._StreamBeginningMessageConst:
                    stream = message.stream
                    clock = stream.cls.default_clock_class
                    found.append((stream.trace.name, dict(stream.trace.environment), stream.trace.uuid, stream.id, stream.name,
                                  clock.name, clock.uuid, clock.offset.seconds, clock.offset.cycles, clock.origin_is_unix_epoch))
                raise bt2.Stop

        graph = bt2.Graph()
        component = graph.add_component(host.classes[source], "source", {"inputs": [str(path) for path in paths], **params})
        graph.connect_ports(list(component.output_ports.values())[0], graph.add_component(Look, "sink").input_ports["in"])
        graph.run()
        return found

    assert first("lttngx") == first("fs") != []
