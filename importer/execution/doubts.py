"""The doubtful rows of all locations: one task looks at each location that has some.

When a location is looked at, and what a list shows of its rows, is `settlement`'s to
say; what follows is done here. Invariants: a location has a settler as long as a task
looks at it, and only one; a row is `unknown` on the disk before the first look for it,
and is sent again only where a look has shown that its request has made nothing.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import AccessError, ListIncomplete, StorageError, TransientError
from importer.execution import conclusions
from importer.execution.settlement import Settler
from importer.models import Barred, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer import retry
    from importer.execution.endings import Endings
    from importer.execution.evidence import Evidence
    from importer.execution.ports import Collections, Journal
    from importer.execution.turns import Try
    from importer.models import Rejected, Verdict


class Doubts:
    """Those of one execution."""

    def __init__(
        self,
        ledger: Journal,
        collections: Collections,
        evidence: Evidence,
        retries: retry.Options,
        clock: Callable[[], float],
        endings: Endings,
    ) -> None:
        """Keep what settlers need; nothing is in doubt yet.

        Args:
            ledger: the journal.
            collections: what is listed.
            evidence: what answers have shown.
            retries: the pauses before each look, and how often a row is sent.
            clock: monotonic seconds.
            endings: where rows and locations end that looks have settled.
        """
        self._ledger = ledger
        self._parts = (ledger, collections, evidence, retries.settle_seconds, clock)
        self._retries = retries
        self._endings = endings
        self._tasks: dict[str, tuple[Settler, asyncio.Task[None]]] = {}
        self._clock = clock
        self._rested_at = -math.inf
        self._stopping = asyncio.Event()
        #: locations whose doubtful rows no list could settle
        self.unlisted: dict[str, ListIncomplete] = {}

    def begin(self, group: asyncio.TaskGroup, rest_seconds: float) -> None:
        """Look by tasks of a group.

        Args:
            group: has the tasks, one for each location.
            rest_seconds: for so long the first pause of no row begins.
        """
        self._group = group
        self._rested_at = self._clock() + rest_seconds

    def add(
        self, attempt: Try, verdict: Verdict | None, refusal: Rejected | None = None
    ) -> None:
        """Mark a row unknown and have it looked for beside everything else.

        Args:
            attempt: the row.
            verdict: what its request was answered.
            refusal: set where the API says that there is such a collection already.
        """
        self._endings.watch("row.unknown", attempt.job, verdict)
        # `unknown` is written before the first look, so a kill meanwhile leaves a row
        # that the next process looks for
        self._ledger.record(conclusions.doubtful(attempt))
        self._endings.progress.doubtful += 1
        self._look_for(attempt, refusal)

    def _look_for(self, attempt: Try, refusal: Rejected | None) -> None:
        location_id = attempt.lane.location_id
        # one listing answers for all rows of a location, so a second settler would only
        # spend calls
        if location_id in self._tasks:
            settler, _ = self._tasks[location_id]
            settler.add(attempt, refusal)
            return
        settler = Settler(attempt.lane, *self._parts)
        settler.not_before = self._rested_at
        settler.add(attempt, refusal)
        self._tasks[location_id] = (
            settler,
            self._group.create_task(self._settle(settler)),
        )

    def due(self, location_id: str) -> float | None:
        """Return when a location is looked at next.

        None where none of it is in doubt.
        """
        if location_id not in self._tasks:
            return None
        settler, _ = self._tasks[location_id]
        return settler.due if settler.doubts else None

    def hurry(self) -> None:
        """Sleep no pause out: nothing is sent any more."""
        self._stopping.set()

    def cancel(self) -> None:
        """Look at none of them any more."""
        self.hurry()
        for _, task in self._tasks.values():
            task.cancel()

    async def _settle(self, settler: Settler) -> None:
        """Look until nothing of this location is in doubt, or the run stops."""
        lane = settler.lane
        try:
            while settler.doubts and await settler.wait(self._stopping):
                if not await self._look(settler):
                    break
        # nothing here can be settled or sent; the rows stay `unknown` for the resume
        except AccessError as refused:
            reason = str(refused).removeprefix(f"Location {lane.location_id}: ")
            self._endings.barred.setdefault(
                lane.location_id, Barred(reason, refused.remedy, 401)
            )
            self._endings.turns.close(lane)
        except StorageError as full:
            self._endings.stop(full)
        finally:
            del self._tasks[lane.location_id]
            # what is left stays unknown, but its lane must be able to end
            for doubt in list(settler.doubts):
                self._endings.turns.finish(doubt.one)

    async def _look(self, settler: Settler) -> bool:
        """List once and do what follows; return False when listing fails for good."""
        try:
            look = await settler.look()
        except TransientError:
            return settler.postpone()
        except ListIncomplete as why:
            return self._unlisted(settler, why)
        self._endings.progress.doubtful -= len(look.settled) + len(look.absent)
        for attempt, found in look.settled:
            # a row that was created, however it was learned, ends its location's trial
            if found.status is Status.CREATED:
                attempt.lane.trial = None
            outcome = replace(found, attempts=attempt.attempts, finished_at=time.time())
            self._endings.finish(attempt, outcome, None)
        for attempt in look.absent:
            # they have made nothing: a later conflict is not their doing
            attempt.settled = attempt.attempts
            if conclusions.tries(attempt, self._retries) >= self._retries.attempts:
                self._endings.give_up(attempt, None)
            else:
                self._endings.progress.retried += 1
                self._endings.watch("row.absent", attempt.job, None)
                self._ledger.record(conclusions.put_back(attempt))
                self._endings.turns.again(attempt, 0.0)
        return True

    def _unlisted(self, settler: Settler, error: ListIncomplete) -> bool:
        """Look again after an incomplete list; False where it was the last look."""
        if settler.postpone():
            return True
        self.unlisted[settler.lane.location_id] = error
        for doubt in settler.doubts:
            self._ledger.record(conclusions.unlisted(doubt.one, error))
        return False
