"""Where shards are analysed: in this process, in others on this machine, or on a Dask cluster.

All are `concurrent.futures.Executor`s. A `Place` opens one, and another if it is lost.
"""

from concurrent.futures import Executor, Future, ProcessPoolExecutor
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import Any, Protocol

from lttngx.errors import LttngxError, ParameterError


class Place(Protocol):
    """Something that runs tasks. workers: how many at a time. is_apart: in other processes."""

    workers: int
    is_apart: bool

    def open(self) -> Executor:
        """Return an executor. Raises LttngxError if the place cannot be reached."""


class Serial(Executor):
    """Runs a task when it is submitted, in this thread."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future:
        """Return a future which is done."""
        future: Future = Future()
        try:
            future.set_result(function(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


class Here:
    """This process."""

    workers = 1
    is_apart = False

    def open(self) -> Executor:
        """See Place."""
        return Serial()


class Processes:
    """Processes of their own on this machine, which start at once, while it is found out what they have to do.

    One forked off a process with a graph or threads may hang: they are forked off a server which has neither.
    """

    is_apart = True

    def __init__(self, workers: int, preload: Sequence[str] = ()) -> None:
        """preload: modules which the server imports, once for all."""
        self.workers = workers
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._ready: Executor | None = self._started()

    def open(self) -> Executor:
        """See Place."""
        executor, self._ready = self._ready or self._started(), None
        return executor

    def _started(self) -> Executor:
        executor = ProcessPoolExecutor(self.workers, mp_context=self._context)
        for _ in range(self.workers):
            executor.submit(int)
        return executor


class Cluster:
    """A Dask cluster, by the address of its scheduler (tcp://HOST:PORT)."""

    TIMEOUT_S = 15
    is_apart = True

    def __init__(self, address: str) -> None:
        """Raises LttngxError if Dask is not installed or the scheduler does not answer."""
        try:
            import distributed
        except ImportError:
            raise ParameterError("A cluster needs the package distributed: pip install 'lttngx[cluster]'") from None
        self._distributed, self._address = distributed, address
        with self.open() as executor:
            self.workers = max(1, executor.threads)

    def open(self) -> "ClusterExecutor":
        """See Place."""
        try:
            return ClusterExecutor(self._distributed.Client(self._address, timeout=self.TIMEOUT_S))
        except (OSError, ValueError) as error:
            raise LttngxError(f'Cannot reach the cluster: scheduler="{self._address}", reason={error}') from None


class ClusterExecutor(Executor):
    """A Dask client's executor, which closes the client with itself."""

    def __init__(self, client: Any) -> None:
        self._client, self._executor = client, client.get_executor(pure=False)
        self.threads = sum(client.nthreads().values())

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future:
        """See Executor."""
        return self._executor.submit(function, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See Executor. What is not done is cancelled: nobody waits for it any more."""
        self._executor.shutdown(wait=False)
        self._client.close()
