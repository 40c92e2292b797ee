"""The engine under both cores' extract: the same result as from the tests' own feeding, losses and packets included."""

import bt2
import pytest
from feeding import Recording
from recorded import TRACES

from lttngx.analyses.cputop import CpuTop


@pytest.mark.parametrize("name", ["kernel-ctx", "kernel-noctx", "kernel-lost", "perf-sched"])
def test_extract_feeds_the_engine(core, name):
    engine = CpuTop()
    extractor = core.Extractor(bt2.TraceCollectionMessageIterator(str(TRACES / name)), engine)
    with pytest.raises(bt2.Stop):
        while True:
            extractor.consume()
    engine.cover(extractor.first_ns, extractor.last_ns)
    assert engine.results() == Recording(TRACES / name, CpuTop).play(CpuTop()).results()
