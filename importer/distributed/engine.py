"""The connection to a scheduler: shards go there, and what became of each comes back.

It knows Dask and nothing of what a shard is. Dask's client has a thread with an event
loop of its own, so this process's own is never held up by it. Invariant: of every shard
that was submitted and not cancelled exactly one `Ended` is delivered.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distributed import Client, Future, Security

from importer.distributed import versions, worker
from importer.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.distributed.worker import Order
    from importer.runs.shards import ShardResult

#: How long a scheduler may take to answer when it is connected to, seconds.
CONNECT_SECONDS = 20.0
RECONNECT_SECONDS = 3.0
#: How long the result of a shard may take to be handed over.
RESULT_SECONDS = 20.0
#: A worker that gave no sign for so long is taken for frozen, or cut off.
SILENT_SECONDS = 10.0
#: So long is waited for the first worker of a cluster.
FIRST_WORKER_SECONDS = 60.0
#: A question to the scheduler that takes longer is asked again later.
ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a shard that was submitted.

    One of the three: a result, a failure (a bug, or a refusal), or neither where the
    process that had it is gone, or the scheduler.
    """

    key: str
    result: ShardResult | None = None
    failure: Exception | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The workers at a moment: their threads, and the shards that each has.

    Some are `silent`: they gave no sign for a while, are frozen, or cut off.
    """

    threads: int
    busy: Mapping[str, tuple[str, ...]]
    silent: frozenset[str]

    @property
    def begun(self) -> set[str]:
        """The shards that a worker has."""
        return {key for keys in self.busy.values() for key in keys}


class Engine:
    """A connection to a scheduler."""

    def __init__(
        self,
        address: str,
        security: Security | None,
        seconds: float = CONNECT_SECONDS,
    ) -> None:
        """Connect, within so many seconds.

        Raises:
            OSError: nobody answers there, or not with TLS.
        """
        _be_quiet()
        self._client = Client(
            address,
            timeout=seconds,
            set_as_default=False,
            security=security,
            name="importer",
        )
        _be_quiet()
        self._futures: dict[str, Future[ShardResult]] = {}
        self._workers: tuple[str, ...] = ()

    def submit(
        self,
        key: str,
        order: Order,
        rows: int,
        ended: Callable[[Ended], None],
        avoided: set[str],
    ) -> None:
        """Have a shard carried out.

        Args:
            key: its name, which no other one has had.
            order: the shard.
            rows: how many rows it has: the largest is begun first.
            ended: called from another thread when it has ended.
            avoided: workers that it does not go to, where there are others.
        """
        others = set(self._workers) - avoided if avoided else set()
        future = self._client.submit(
            worker.carry,
            order,
            key=key,
            pure=False,
            retries=0,
            priority=rows,
            workers=sorted(others) or None,
            allow_other_workers=bool(others),
        )
        self._futures[key] = future
        future.add_done_callback(lambda done: self._done(key, done, ended))

    def cancel(self, keys: list[str]) -> None:
        """Have shards not begin that have not begun; none of them is told of again."""
        futures = [self._futures.pop(key) for key in keys if key in self._futures]
        with suppress(Exception):  # a scheduler that is gone begins none
            self._client.cancel(futures, force=True)

    def workers(self) -> list[str]:
        """Return the addresses of the workers that there were at the last look."""
        return list(self._workers)

    def seen(self) -> Seen:
        """Look at the workers.

        Raises:
            Exception: the scheduler is gone.
        """
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        self._workers = tuple(workers)
        threads = sum(found["nthreads"] for found in workers.values())
        # by one clock: the scheduler's, which noted all of them
        newest = max((found["last_seen"] for found in workers.values()), default=0.0)
        late = {
            address
            for address, found in workers.items()
            if newest - found["last_seen"] > SILENT_SECONDS
        }
        busy = self._client.processing()
        found = {address: tuple(busy.get(address, ())) for address in workers}
        return Seen(threads, found, frozenset(late))

    def connected(self) -> bool:
        """Return whether the scheduler is there."""
        return self._client.status == "running"

    def close(self) -> None:
        """Disconnect; shards that are under way elsewhere go on."""
        self._futures.clear()
        with suppress(Exception):  # however it was left
            self._client.close(timeout=ANSWER_SECONDS)

    def check(self) -> None:
        """Make sure that scheduler and workers are of the same version as this process.

        Raises:
            UsageError: one is not.
            StorageError: there is no worker.
        """
        try:
            self._client.wait_for_workers(1, timeout=FIRST_WORKER_SECONDS)
        except TimeoutError:
            msg = "The cluster has no worker."
            remedy = "Start one that loads importer.distributed: see docs/cluster.md."
            raise StorageError(msg, remedy=remedy) from None
        found: Any = self._client.get_versions(packages=[versions.IMPORTER])
        mine = found["client"]["packages"]
        their = {"the scheduler": found["scheduler"], **found["workers"]}
        for where, there in their.items():
            versions.check_packages(mine, there["packages"], where)
        told: dict[str, Any] = self._client.run(worker.told, on_error="return")
        for where, answer in told.items():
            if not isinstance(answer, versions.Versions):
                msg = f"The worker {where} cannot carry out shards: {answer!r:.200}"
                raise UsageError(msg, remedy=versions.REMEDY)
            versions.check(answer, where)

    def _done(
        self, key: str, future: Future[ShardResult], ended: Callable[[Ended], None]
    ) -> None:
        """Deliver what became of a shard, once; in a thread of Dask's."""
        if self._futures.pop(key, None) is None:
            return
        result = failure = None
        if future.status == "finished":
            with suppress(Exception):  # the process is gone that had it
                result = future.result(timeout=RESULT_SECONDS)
        elif future.status == "error":
            failure = _failure(future)
        ended(Ended(key, result, failure))


def _failure(future: Future[ShardResult]) -> Exception | None:
    """Return what a shard has raised; None where its process died in the middle."""
    from distributed import KilledWorker  # noqa: PLC0415
    from distributed.client import FutureCancelledError  # noqa: PLC0415

    try:
        raised = future.exception(timeout=RESULT_SECONDS)
    except Exception:  # noqa: BLE001 - it cannot be had any more
        return None
    if isinstance(raised, KilledWorker | FutureCancelledError | OSError):
        return None
    return raised if isinstance(raised, Exception) else None


def _be_quiet() -> None:
    """Have Dask say nothing: what matters of it is told in our words."""
    for name in ("distributed", "distributed.client", "tornado", "asyncio"):
        logger = logging.getLogger(name)
        if name != "asyncio":
            logger.handlers = [logging.NullHandler()]
            logger.propagate = False
