"""The fold: order, how far it runs ahead, and what becomes of shards and executors which fail."""

from concurrent.futures import BrokenExecutor, Executor, Future

import pytest

from lttngx.errors import LttngxError, TraceError
from lttngx.shards.cuts import Shard
from lttngx.shards.executors import Cluster, Here, Serial
from lttngx.shards.folding import AHEAD, ATTEMPTS, Fold

SHARDS = [Shard(number, (f"chunk-{number}",), number, number + 1) for number in range(9)]


class Held(Executor):
    """Runs nothing by itself: a test finishes futures. submitted: (argument, future)."""

    def __init__(self):
        self.submitted, self.is_shut = [], False

    def submit(self, function, *arguments):
        self.submitted.append((arguments[0], Future()))
        return self.submitted[-1][1]

    def shutdown(self, wait=True, *, cancel_futures=False):
        self.is_shut = True


class Place:
    def __init__(self, *executors, workers=2):
        self.executors, self.workers, self.opened = list(executors), workers, 0

    def open(self):
        self.opened += 1
        return self.executors.pop(0)


def run(place, work, shards=SHARDS):
    joined = []
    Fold(place, lambda executor, shard: executor.submit(work, shard), joined.append).run(shards)
    return joined


def test_results_are_joined_in_order_though_they_come_in_another():
    held, joined = Held(), []
    place = Place(held, workers=1)

    def start(executor, shard):
        future = executor.submit(None, shard)
        if len(held.submitted) % AHEAD == 0:
            for number, waiting in reversed(held.submitted[-AHEAD:]):
                waiting.set_result(number.number)
        return future

    Fold(place, start, joined.append).run(SHARDS[:AHEAD])
    assert joined == [0, 1]
    assert held.is_shut


def test_no_more_shards_are_under_way_than_twice_the_workers():
    waiting = []

    def start(executor, shard):
        future = Future()
        future.set_result(shard.number)
        waiting.append(shard.number)
        assert len(waiting) - len(joined) <= AHEAD * 3
        return future

    joined = []
    Fold(Place(Held(), workers=3), start, joined.append).run(SHARDS)
    assert joined == list(range(9))


def test_a_failing_shard_is_tried_again():
    tried = []

    def work(shard):
        tried.append(shard.number)
        if shard.number == 4 and tried.count(4) < ATTEMPTS:
            raise OSError("a file system went away")
        return shard.number

    assert run(Here(), work) == list(range(9))
    assert tried.count(4) == ATTEMPTS


def test_a_shard_which_fails_each_time_is_named():
    def work(shard):
        if shard.number == 4:
            raise TraceError("Cannot read packet:\n  offset=8")
        return shard.number

    with pytest.raises(LttngxError) as raised:
        run(Here(), work)
    assert str(raised.value) == ('Cannot analyse shard: number=4, range=[4, 5) ns, traces="chunk-4", attempts=3, '
                                 "reason=Cannot read packet: offset=8")


class Dying(Serial):
    """Is lost at the n-th task and afterwards."""

    def __init__(self, lives):
        self._lives = lives

    def submit(self, function, *arguments):
        self._lives -= 1
        if self._lives < 0:
            raise BrokenExecutor("a process died")
        return super().submit(function, *arguments)


def test_a_lost_executor_is_replaced_and_nothing_is_done_twice():
    done, place = [], Place(Dying(3), Dying(2), Serial(), workers=2)
    assert run(place, lambda shard: done.append(shard.number) or shard.number) == list(range(9))
    assert sorted(done) == list(range(9))
    assert place.opened == 3


def test_an_executor_which_is_lost_each_time_ends_the_run():
    with pytest.raises(LttngxError, match=r"number=0, .*attempts=3, reason=its worker or the cluster was lost \(BrokenExecutor\)"):
        run(Place(*(Dying(0) for _ in range(ATTEMPTS + 1))), lambda shard: shard.number)


def test_a_cluster_which_is_not_there_is_an_error():
    pytest.importorskip("distributed")
    Cluster.TIMEOUT_S, before = 1, Cluster.TIMEOUT_S
    try:
        with pytest.raises(LttngxError, match='Cannot reach the cluster: scheduler="tcp://127.0.0.1:9"'):
            Cluster("tcp://127.0.0.1:9")
    finally:
        Cluster.TIMEOUT_S = before
