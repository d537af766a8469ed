"""Who sends a run by a cluster: packs it, submits, watches, and submits again.

It sends nothing itself. A shard whose process is gone or frozen is given to another
one, where it begins as soon as the claims of the first are free; that is the journal's
to know, so it is asked again and again (`parts`). Invariants: of two attempts of a
shard one is waited for; the run ends by itself, whatever ends around it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from importer import background, logs
from importer.distributed import packing, versions
from importer.distributed.parts import Part, Parts, Waits
from importer.distributed.worker import Order
from importer.errors import FatalError, StorageError
from importer.models import Calls, Flight, OnOverlap
from importer.runs.shards import ShardResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.distributed.engine import Ended
    from importer.distributed.joining import Cluster
    from importer.runs.shards import Shard
    from importer.settings import Settings

Answer = TypeVar("Answer")

log: logs.Log = logs.get("cluster")

#: How often it is looked whether a worker is frozen, or the scheduler gone; seconds.
LOOK_SECONDS = 2.0
#: A part that is due again may be so long behind its time, seconds.
WAIT_SECONDS = 0.25
#: So many shards for each thread of the cluster are submitted ahead of time.
AHEAD = 1.25


class ClusterRunner:
    """Sends the shards of a run by the processes of a cluster."""

    #: shards are compared where they are sent
    compares: bool = True

    def __init__(
        self,
        cluster: Cluster,
        halt: Callable[[FatalError], None],
        waits: Waits | None = None,
    ) -> None:
        """Keep the cluster.

        Args:
            cluster: who carries the shards out.
            halt: has the processes end what they have begun; called in a thread, once.
            waits: for what is waited.
        """
        self._cluster = cluster
        self._halt = halt
        self._waits = waits or Waits()
        self._halted = False
        self._stopped: FatalError | None = None
        self._mark = ""
        self._parts = Parts()
        self._results: list[ShardResult] = []
        self._ended: asyncio.Queue[Ended] = asyncio.Queue()
        self._threads = 1
        self._looked_at = 0.0
        #: how many processes share the work
        self.workers: int = 1

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        """Send everything, and return when all has ended.

        Raises:
            Exception: a bug ended a shard.
        """
        self._parts = Parts(self._waits, stopped=self._stopped)
        self._results = []
        # no key is used twice, also by a process that worked on the run before
        self._mark = secrets.token_hex(3)
        await self._look()
        self.workers = await _aside(lambda: self._cluster.size)
        self._parts.fill(packing.packed(rows, self.workers))
        shards = len(self._parts.waiting)
        log.info("cluster.packed", shards=shards, workers=self.workers)
        try:
            while self._parts.left:
                await self._turn(whole)
        finally:
            await _aside(partial(self._cluster.engine.cancel, [*self._parts.flying]))
        if (stopped := self._stopped or self._parts.stopped) is not None:
            self._results.append(_nothing(stopped))
        return self._results

    def stop(self, error: FatalError) -> None:
        """End soon: shards that have begun end by themselves, others do not begin."""
        self._stopped = self._stopped or error
        self._parts.stopped = self._parts.stopped or error
        self._parts.waiting.clear()

    async def _turn(self, whole: Shard) -> None:
        """Submit what may be, and take in what has ended meanwhile."""
        if (stopped := self._stopped or self._parts.stopped) is not None:
            self._parts.waiting.clear()
            if not self._halted:
                self._halted = True
                await self._tell_to_end(stopped)
        room = int(self._threads * AHEAD) + 1 - len(self._parts.flying)
        for part in self._parts.ready(time.monotonic(), room):
            await self._submit(whole, part)
        await self._take_in()
        if time.monotonic() - self._looked_at > LOOK_SECONDS:
            await self._look()

    async def _tell_to_end(self, stopped: FatalError) -> None:
        """Have the shards end that have begun."""
        try:
            await _aside(partial(self._halt, stopped))
        except StorageError as away:  # then they end by themselves
            log.warning("cluster.unheard", message=str(away))

    async def _submit(self, whole: Shard, part: Part) -> None:
        key = f"{whole.run_id}/{self._mark}{part.number}/{part.attempt}"
        self._parts.flying[key] = part
        shard = replace(whole, locations=part.locations, name=key)
        order = Order(shard, versions.own())
        loop = asyncio.get_running_loop()

        def deliver(ended: Ended) -> None:
            loop.call_soon_threadsafe(self._ended.put_nowait, ended)

        engine, avoided = self._cluster.engine, set(part.avoided)
        send = partial(engine.submit, key, order, part.rows, deliver, avoided)
        log.debug("shard.submitted", shard=key, locations=len(part.locations))
        try:
            await _aside(send)
        except FatalError:
            raise
        except Exception as failure:  # noqa: BLE001 - Dask's, where the scheduler went
            log.info("shard.lost", shard=key, message=str(failure))
            self._parts.lost([key], time.monotonic() + LOOK_SECONDS)

    async def _take_in(self) -> None:
        """Wait a moment for a shard to end, and take in what became of it."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                ended = await self._ended.get()
        except TimeoutError:
            return
        if isinstance(ended.failure, FatalError):
            self._parts.stopped = self._parts.stopped or ended.failure
            self._parts.flying.pop(ended.key, None)
            return
        if ended.failure is not None:
            raise ended.failure
        times = time.monotonic(), time.time()
        result = self._parts.ended(ended.key, ended.result, *times)
        log.debug("shard.returned", shard=ended.key, lost=ended.result is None)
        if result is not None:
            self._results.append(result)

    async def _look(self) -> None:
        """See whether scheduler and workers are there, and give lost shards to others.

        A scheduler that is gone ends the run after a while, to be gone on with.
        """
        self._looked_at = time.monotonic()
        if self._cluster.broken:
            msg = "The processes of this machine end as soon as they are begun."
            remedy = "See workers.log in the run folder."
            raise StorageError(msg, remedy=remedy)
        if not self._cluster.engine.connected():
            await self._reconnect()
        try:
            seen = await _aside(self._cluster.engine.seen)
        except Exception as failure:  # noqa: BLE001 - Dask's; it is looked again
            log.info("cluster.unseen", message=str(failure))
            return
        self._threads = seen.threads
        for worker, keys in seen.silent.items():
            if lost := self._parts.lost(keys, time.monotonic(), worker):
                log.warning("worker.silent", worker=worker, shards=len(lost))
                await _aside(partial(self._cluster.engine.cancel, lost))

    async def _reconnect(self) -> None:
        log.warning("scheduler.gone", shards=len(self._parts.flying))
        self._parts.lost([*self._parts.flying], time.monotonic())
        try:
            await _aside(self._cluster.reconnect)
        except StorageError as gone:
            gone.remedy = f"{gone.remedy} Then go on with: importer resume"
            self._parts.stopped = self._parts.stopped or gone
        else:
            log.warning("scheduler.back")


def runner_of(cluster: Cluster, settings: Settings, run_id: str) -> ClusterRunner:
    """Return who sends a run by a cluster, as its settings want it.

    Args:
        cluster: which is joined.
        settings: of the run, whose journal is in a database.
        run_id: the run.
    """
    crew = settings.home.crew(run_id)
    assert crew is not None  # noqa: S101 - refused before
    values = settings.values
    return ClusterRunner(
        cluster,
        lambda error: crew.stop(str(error)),
        Waits(
            for_others=values.on_overlap is OnOverlap.WAIT,
            for_quota=values.wait_for_quota,
            look_seconds=values.quota_look,
        ),
    )


async def _aside(work: Callable[[], Answer]) -> Answer:
    """Ask Dask in a thread, which nothing waits for where the run is left."""
    return await background.run(work, lambda: None)


def _nothing(stopped: FatalError) -> ShardResult:
    """Return what says no more than what ended the run."""
    return ShardResult({}, Calls(), Flight(), stopped, {}, {}, frozenset())
