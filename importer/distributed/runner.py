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
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from importer import logs
from importer.distributed import packing, versions
from importer.distributed.lookout import Lookout, aside, hastily
from importer.distributed.parts import Part, Parts, Waits
from importer.distributed.worker import Order
from importer.errors import FatalError, StorageError
from importer.models import Calls, Flight, OnOverlap
from importer.runs.shards import ShardResult

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from importer.distributed.engine import Ended
    from importer.distributed.joining import Cluster
    from importer.journal import Crew
    from importer.runs.shards import Shard
    from importer.settings import Settings

log: logs.Log = logs.get("cluster")

#: How often it is looked whether a worker is frozen, or the scheduler gone; seconds.
LOOK_SECONDS = 2.0
#: The same while the run is stopping: what has not begun is not waited for.
STOPPING_SECONDS = 0.75
#: A part that is due again may be so long behind its time, seconds.
WAIT_SECONDS = 0.25
#: How long processes that no scheduler tells of may take to end, seconds.
END_SECONDS = 5.0
#: So many shards for each thread of the cluster are submitted ahead of time.
AHEAD = 1.25


@dataclass(frozen=True, slots=True)
class Ends:
    """How all processes are told to end, and whether any of these locations is held.

    Both are called in a thread.
    """

    tell: Callable[[FatalError], None]
    held: Callable[[Collection[str]], bool]


class ClusterRunner:
    """Sends the shards of a run by the processes of a cluster."""

    #: shards are compared where they are sent
    compares: bool = True

    def __init__(
        self,
        cluster: Cluster,
        ends: Ends,
        waits: Waits | None = None,
    ) -> None:
        """Keep the cluster.

        Args:
            cluster: who carries the shards out.
            ends: has the processes end what they have begun.
            waits: for what is waited.
        """
        self._cluster = cluster
        self._ends = ends
        self._waits = waits or Waits()
        self._halted = False
        self._stopped: FatalError | None = None
        self._mark = ""
        self._parts = Parts()
        self._results: list[ShardResult] = []
        self._ended: asyncio.Queue[Ended] = asyncio.Queue()
        self._looked_at = 0.0
        self._lookout = Lookout(cluster)
        # shards that no worker had at the last look
        self._left: set[str] = set()
        # locations of shards whose end was not heard
        self._unheard: set[str] = set()
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
        self.workers = await aside(lambda: self._cluster.size)
        self._parts.fill(packing.packed(rows, self.workers))
        shards = len(self._parts.waiting)
        log.info("cluster.packed", shards=shards, workers=self.workers)
        try:
            while self._parts.left:
                await self._turn(whole)
        finally:
            await self._cancel(self._parts.flying)
        if (stopped := self._stopped or self._parts.stopped) is not None:
            if self._unheard:
                await self._have_all_ended()
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
                self._looked_at = 0.0
        room = int(self._lookout.threads * AHEAD) + 1 - len(self._parts.flying)
        if not self._lookout.present:
            room = 0
        for part in self._parts.ready(time.monotonic(), room):
            await self._submit(whole, part)
        await self._take_in()
        pause = STOPPING_SECONDS if self._parts.stopped else LOOK_SECONDS
        if time.monotonic() - self._looked_at > pause:
            await self._look()

    async def _tell_to_end(self, stopped: FatalError) -> None:
        """Have the shards end that have begun."""
        try:
            await aside(partial(self._ends.tell, stopped))
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
            await aside(send)
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

        What stays away for a while ends the run, to be gone on with.
        """
        self._looked_at = now = time.monotonic()
        engine = self._cluster.engine
        seen = await self._lookout.look(stopping=self._parts.stopped is not None)
        if self._parts.stopped is None:
            self._parts.stopped = self._lookout.over(now)
        if self._cluster.engine is not engine:
            # a scheduler that came back, however soon, knows nothing of them
            self._lose([*self._parts.flying])
        if seen is None:
            # the scheduler is gone; or it does not answer, and nothing is waited for
            if self._lookout.gone or self._parts.stopped is not None:
                self._lose([*self._parts.flying])
            return
        lost = {key for worker in seen.silent for key in seen.busy[worker]}
        for worker in seen.silent:
            if keys := self._parts.lost(seen.busy[worker], now, worker):
                log.warning("worker.silent", worker=worker, shards=len(keys))
        # no worker has them; of one that has just ended the result may be on its way
        left, self._left = self._left, self._parts.flying.keys() - seen.begun
        if self._parts.stopped is not None or not seen.threads:
            # they begin no more, or when there is a worker again
            lost |= set(self._lose(left & self._left))
        await self._cancel(lost)

    async def _cancel(self, keys: Collection[str]) -> None:
        """Have shards not begin, as far as the scheduler can be asked."""
        if keys and self._lookout.present:
            await hastily(partial(self._cluster.engine.cancel, sorted(keys)))

    def _lose(self, keys: Collection[str]) -> list[str]:
        """Give up shards whose results will not come."""
        for key in keys:
            self._unheard.update(self._parts.flying[key].locations)
        lost = self._parts.lost(keys, time.monotonic())
        if self._parts.stopped is not None:
            self._parts.waiting.clear()
        return lost

    async def _have_all_ended(self) -> None:
        """Wait a moment for processes that no scheduler tells of: they see the stop."""
        deadline = time.monotonic() + END_SECONDS
        held = partial(self._ends.held, sorted(self._unheard))
        with suppress(StorageError):
            while await aside(held) and time.monotonic() < deadline:  # noqa: ASYNC110 - a database tells none
                await asyncio.sleep(WAIT_SECONDS)


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
        Ends(lambda error: crew.stop(str(error)), partial(_held, crew, settings)),
        Waits(
            for_others=values.on_overlap is OnOverlap.WAIT,
            for_quota=values.wait_for_quota,
            look_seconds=values.quota_look,
        ),
    )


def _held(crew: Crew, settings: Settings, locations: Collection[str]) -> bool:
    """Return whether another process of the run works on one of some locations."""
    member = crew.join(settings.values.base_url)
    try:
        with member.share() as share:
            return bool(share.look(locations).held)
    finally:
        member.release()


def _nothing(stopped: FatalError) -> ShardResult:
    """Return what says no more than what ended the run."""
    return ShardResult({}, Calls(), Flight(), stopped, {}, {}, frozenset())
