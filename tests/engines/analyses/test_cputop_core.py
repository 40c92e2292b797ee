"""The engine under the portable core's extract: the same result as from the tests' own feeding, losses included."""

import bt2
import pytest
from feeding import Recording
from recorded import TRACES

from lttngx.analyses.cputop import CpuTop
from lttngx.core.portable.extract import Extractor


@pytest.mark.parametrize("name", ["kernel-ctx", "kernel-noctx", "kernel-lost", "perf-sched"])
def test_extract_feeds_the_engine(name):
    engine = CpuTop()
    extractor = Extractor(bt2.TraceCollectionMessageIterator(str(TRACES / name)), engine)
    with pytest.raises(bt2.Stop):
        while True:
            extractor.consume()
    engine.cover(extractor.first_ns, extractor.last_ns)
    recording = Recording(TRACES / name, CpuTop)
    # Without packets' bounds, which the core does not tell; the CPU of a loss comes from the stream's name.
    expected = recording.play(CpuTop(), recording.first_ns, recording.last_ns + 1)
    assert engine.results() == expected.results()
