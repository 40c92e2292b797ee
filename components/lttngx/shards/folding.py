"""The fold: submits shards a little ahead, takes their partial results in order of time, joins each as it comes.

So at any time there are one joined result and a few partial ones, however many shards there are.

A shard that fails is tried again; so are all that were under way when the executor was lost (a worker process died, the scheduler of
a cluster is gone), with a new executor. What fails `ATTEMPTS` times is named and ends the run.
"""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any

from lttngx.errors import LttngxError
from lttngx.shards.cuts import Shard
from lttngx.shards.executors import Place

ATTEMPTS = 3
# Shards under way for each worker: one at work, one waiting.
AHEAD = 2


class Fold:
    """One run. start: submits a shard to an executor. join: takes the next partial result, in order of time."""

    def __init__(self, place: Place, start: Callable[[Executor, Shard], Future], join: Callable[[Any], None]) -> None:
        self._place, self._start, self._join = place, start, join
        self._executor: Executor | None = None
        self._under_way: deque[tuple[Shard, Future]] = deque()

    def run(self, shards: Iterable[Shard]) -> None:
        """Analyse and join all shards. Raises LttngxError with the shard that cannot be analysed."""
        waiting = iter(shards)
        self._executor = self._place.open()
        try:
            while self._submit(waiting):
                self._join(self._next())
        finally:
            if self._executor is not None:
                self._executor.shutdown(wait=True, cancel_futures=True)

    def _submit(self, waiting: Iterable[Shard]) -> bool:
        """Keep the workers busy; return False if nothing is under way any more."""
        while len(self._under_way) < AHEAD * self._place.workers and (shard := next(waiting, None)) is not None:
            self._under_way.append(self._started(shard))
        return bool(self._under_way)

    def _started(self, shard: Shard) -> tuple[Shard, Future]:
        try:
            return shard, self._start(self._executor, shard)
        except BrokenExecutor as error:
            # Told when its turn comes, as those which were under way.
            failed: Future = Future()
            failed.set_exception(error)
            return shard, failed

    def _next(self) -> Any:
        """Return the partial result of the next shard."""
        shard, future = self._under_way.popleft()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return future.result()
            except (BrokenExecutor, CancelledError) as error:
                reason = f"its worker or the cluster was lost ({type(error).__name__})"
                self._reopen()
            except Exception as error:
                reason = str(error) if isinstance(error, LttngxError) else f"{type(error).__name__}: {error}"
            if attempt < ATTEMPTS:
                _, future = self._started(shard)
        raise LttngxError(f"Cannot analyse shard: {shard}, attempts={ATTEMPTS}, reason={_one_line(reason)}")

    def _reopen(self) -> None:
        """Open another executor and submit to it what the lost one has not finished."""
        lost, self._executor = self._executor, None
        lost.shutdown(wait=False, cancel_futures=True)
        self._executor = self._place.open()
        self._under_way = deque(entry if _has_result(entry[1]) else self._started(entry[0]) for entry in self._under_way)


def _has_result(future: Future) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _one_line(text: str) -> str:
    return " ".join(text.split())
