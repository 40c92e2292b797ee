"""The engine under both cores' extract: the same result as from the tests' own feeding, losses and packets included."""

import pytest
from feeding import Recording
from graphs import ExtractingSink, chain, run
from recorded import TRACES

from lttngx.analyses.cputop import CpuTop


@pytest.mark.parametrize("name", ["kernel-ctx", "kernel-noctx", "kernel-lost", "perf-sched"])
def test_extract_feeds_the_engine(core, name):
    engine, extractors = CpuTop(), []

    def consumer(upstream, mip):
        extractors.append(core.Extractor(upstream, engine, mip=mip))
        return extractors[0].consume

    run(chain(TRACES / name, (ExtractingSink, consumer)))
    engine.cover(extractors[0].first_ns, extractors[0].last_ns)
    assert engine.results() == Recording(TRACES / name, CpuTop).play(CpuTop()).results()
