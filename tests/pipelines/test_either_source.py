"""Every filter and sink gives the same result behind source.lttngx.ctf and behind Babeltrace's own source.ctf.fs."""

import gzip

import pytest

from commands import CORES, KERNEL, LOST, NO_CONTEXT, babeltrace2, lines_of
from recorded import TRACES

PIPELINES = {
    "events": ("-c", "filter.lttngx.events", "-p", 'names="sched_*",expr="$ctx.cpu_id < 2"',
               "-c", "sink.text.pretty", "-p", "clock-gmt=yes"),
    "fields": ("-c", "filter.lttngx.fields", "-p", 'drop=["context.procname"],redact=["payload.*comm"],key=k',
               "-c", "sink.text.pretty", "-p", "clock-gmt=yes"),
    "state": ("-c", "filter.lttngx.state", "-p", "annotate=[tid,prio,syscall,cpu-state]", "-c", "sink.text.pretty", "-p",
              "clock-gmt=yes"),
    "cputop": ("-c", "sink.lttngx.cputop", "-p", "format=json,limit=0"),
    "sched": ("-c", "sink.lttngx.sched", "-p", 'view=["stats","log"],measure=["latency","queue","off-cpu"],format=json'),
    "syscalls": ("-c", "sink.lttngx.syscalls", "-p", 'view=["stats","log"],group-by=thread,format=json'),
    "io": ("-c", "sink.lttngx.io", "-p", 'view=["usage","stats","log"],format=json'),
    "irq": ("-c", "sink.lttngx.irq", "-p", 'view=["stats","freq"],format=json'),
    "spans": ("-c", "sink.lttngx.spans", "-p", 'packs=["syscalls","irq","softirq"],view=["stats","log"],format=json'),
    "span events": ("-c", "filter.lttngx.spans", "-p", 'packs="irq",events=drop', "-c", "sink.text.pretty", "-p", "clock-gmt=yes"),
    "flamegraph": ("-c", "sink.lttngx.flamegraph", "-p", 'packs=["syscalls"]'),
}


def output(source, trace, pipeline, core):
    run = babeltrace2("convert", "-c", source, "-p", f'inputs=["{trace}"]', *PIPELINES[pipeline], core=core)
    return lines_of(run)


# The portable core would take minutes on the 39,365 events of kernel-noctx.
@pytest.mark.parametrize("trace, core", [(KERNEL, "native"), (KERNEL, "portable"), (LOST, "native"), (LOST, "portable"),
                                         (NO_CONTEXT, "native")], ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_same_result(trace, pipeline, core):
    one = output("source.lttngx.ctf", trace, pipeline, core)
    assert one and one == output("source.ctf.fs", trace, pipeline, core)


@pytest.mark.parametrize("sink, params", [("perfetto", 'packs="syscalls"'), ("otlp", 'packs="syscalls"')])
def test_same_export(tmp_path, sink, params):
    written = []
    for source in ("source.lttngx.ctf", "source.ctf.fs"):
        path = tmp_path / source
        babeltrace2("convert", "-c", source, "-p", f'inputs=["{KERNEL}"]', "-c", f"sink.lttngx.{sink}", "-p", f'{params},path="{path}"')
        written.append(path.read_bytes())
    assert written[0] == written[1] and len(written[0]) > 10_000


@pytest.mark.parametrize("core", CORES)
def test_same_state_history(tmp_path, core):
    paths = {source: tmp_path / source for source in ("source.lttngx.ctf", "source.ctf.fs")}
    for source, path in paths.items():
        babeltrace2("convert", "-c", source, "-p", f'inputs=["{KERNEL}"]', "-c", "sink.lttngx.states", "-p", f'path="{path}"',
                    core=core)
    one, other = (path.read_bytes() for path in paths.values())
    assert one == other and len(one) > 10_000


def test_ctf2_trace_is_read_where_the_host_cannot():
    """`babeltrace2 --plugin-path . TRACE` on a CTF 2 trace; the events are counted against Babeltrace 2.1's own text."""
    trace = TRACES / "ctf2-ust-blob"
    details = gzip.decompress((TRACES / "ctf2-ust-blob.details.gz").read_bytes()).decode()
    events = sum("Event `" in line for line in details.splitlines())
    assert events > 0 and len(babeltrace2(trace).stdout.splitlines()) == events
