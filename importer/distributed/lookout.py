"""Whether the scheduler and workers of a cluster are there, or since when not.

A scheduler that is gone is connected to again; one that is frozen gives no answer. What
has been away for a while ends the run. It knows nothing of shards. Invariant: whatever
does not answer is not waited for longer than a few seconds.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from importer import background, logs
from importer.errors import FatalError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.distributed.engine import Seen
    from importer.distributed.joining import Cluster

Answer = TypeVar("Answer")

log: logs.Log = logs.get("cluster")

#: A scheduler, or workers, may be away for so long, seconds.
AWAY_SECONDS = 60.0
#: So long an answer is waited for.
ANSWER_SECONDS = 3.0
_GO_ON = "Then go on with: importer resume"


class Lookout:
    """What is known of the scheduler and the workers."""

    def __init__(self, cluster: Cluster) -> None:
        """Suppose that they are there."""
        self._cluster = cluster
        self.threads: int = 1
        #: whether the scheduler is gone
        self.gone: bool = False
        self._away_since: float | None = None
        self._failure: FatalError | None = None

    @property
    def present(self) -> bool:
        """Whether the scheduler gave its last answer."""
        return self._failure is None

    async def look(self, *, stopping: bool) -> Seen | None:
        """Look once; None where the scheduler does not answer.

        Args:
            stopping: whether a scheduler that is gone is not needed any more.
        """
        if not self._cluster.engine.connected() and not await self._is_back(
            stopping=stopping
        ):
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                seen = await aside(self._cluster.engine.seen)
        except Exception as failure:  # noqa: BLE001 - Dask's; it is looked again
            log.info("cluster.unseen", message=str(failure) or type(failure).__name__)
            msg = "The scheduler of the cluster does not answer."
            remedy = f"See that it runs. {_GO_ON}"
            self._is_away(StorageError(msg, remedy=remedy))
            return None
        self._failure = None
        self.threads = seen.threads
        if seen.threads:
            self._away_since = None
        else:
            self._note_away()
        return seen

    def over(self, now: float) -> FatalError | None:
        """Return what ends the run, as it has been away for too long.

        Args:
            now: by the steady clock.
        """
        if self._cluster.broken:
            msg = "The processes of this machine end as soon as they are begun."
            remedy = "See workers.log in the run folder."
            return StorageError(msg, remedy=remedy)
        if self._away_since is None or now - self._away_since < AWAY_SECONDS:
            return None
        if self._failure is not None:
            return self._failure
        msg = f"The cluster has had no worker for {AWAY_SECONDS:g} s."
        return StorageError(msg, remedy=f"Start one, see docs/cluster.md. {_GO_ON}")

    async def _is_back(self, *, stopping: bool) -> bool:
        """Connect again, if that is wanted; return whether that went well."""
        if not self.gone:
            self.gone = True
            log.warning("scheduler.gone")
        self._note_away()
        if stopping:
            return False
        try:
            await aside(self._cluster.reconnect)
        except FatalError as failure:
            failure.remedy = f"{failure.remedy} {_GO_ON}"
            self._is_away(failure)
            return False
        self.gone, self._failure = False, None
        log.warning("scheduler.back")
        return True

    def _is_away(self, failure: FatalError) -> None:
        self._failure = failure
        self._note_away()

    def _note_away(self) -> None:
        self._away_since = self._away_since or time.monotonic()


async def hastily(work: Callable[[], object]) -> None:
    """Ask Dask for something that may as well not come about."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS):
            await aside(work)


async def aside(work: Callable[[], Answer]) -> Answer:
    """Ask Dask in a thread, which nothing waits for where the run is left."""
    return await background.run(work, lambda: None)
