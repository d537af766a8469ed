"""Rows without a clear answer: look at the server before anything else is done.

After a pause the location is listed, and one listing answers for all its doubtful
rows: a collection with the row's slug that was not there before the run is this
row's; after the last of several looks without one, the row may be sent again.
Looking goes on beside the sending of other rows. Invariant: a doubtful row is handed
back for sending only after its last look.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.models import Code, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from importer.execution.ports import Collections, Ledger
    from importer.execution.turns import Lane, Try
    from importer.models import Existing, Job


@dataclass(slots=True)
class Doubt:
    """A row whose request may have been carried out.

    `looks` counts listings that did not show it; `due` is when the next may be made.
    """

    one: Try
    due: float
    looks: int = 0


def judge(
    job: Job, candidates: Sequence[Existing], *, sent: bool = True
) -> Outcome | None:
    """What a listing says about a doubtful row; None where it shows nothing.

    Args:
        job: the row.
        candidates: collections with the row's slug that were not there before.
        sent: whether this run has made a request for the row at all.
    """
    if not candidates:
        return None
    for one in candidates:
        same_type = not (one.type and job.type) or one.type == job.type
        if one.name == job.name and same_type and not sent:
            return Outcome(
                job.seq,
                Status.EXISTING,
                one.collection_id,
                Code.MADE_BY_OTHERS.value,
                "Another run, which was stopped in the middle, has made it.",
            )
        if one.name == job.name and same_type:
            return Outcome(
                job.seq,
                Status.CREATED,
                one.collection_id,
                Code.SETTLED_BY_LISTING.value,
                "The API gave no clear answer; the location's list shows the "
                "collection.",
            )
    other = candidates[0]
    return Outcome(
        job.seq,
        Status.EXISTING,
        other.collection_id,
        Code.MADE_BY_OTHERS.value,
        f"While this run was under way, somebody else made a collection with this "
        f"slug, named {other.name!r}.",
    )


def _may_change(outcome: Outcome, *, sent: bool) -> bool:
    """Whether a later look may show more: the row's own, beside somebody else's."""
    return sent and outcome.status is Status.EXISTING


class Settler:
    """The doubtful rows of one location, and the looks at it."""

    def __init__(
        self,
        lane: Lane,
        ledger: Ledger,
        collections: Collections,
        pauses: Sequence[float],
        clock: Callable[[], float],
    ) -> None:
        """Look after each of `pauses` (seconds); they follow one another."""
        self.lane = lane
        self._ledger = ledger
        self._collections = collections
        self._pauses = pauses
        self._clock = clock
        self._doubts: dict[int, Doubt] = {}
        self._before: set[str] | None = None
        self._failures = 0

    def add(self, one: Try) -> None:
        """Take in a row that was just answered unclearly."""
        due = self._clock() + self._pauses[0]
        self._doubts[one.job.seq] = Doubt(one, due)

    @property
    def doubts(self) -> Collection[Doubt]:
        """The rows that are not settled."""
        return self._doubts.values()

    async def wait(self, stopping: asyncio.Event) -> bool:
        """Wait until the next look is due; False when the run is stopping."""
        # a timer may ring a little early, and a look before its time counts for none
        while (pause := self._due() - self._clock()) > 0:
            try:
                async with asyncio.timeout(pause):
                    await stopping.wait()
                    break
            except TimeoutError:
                continue
        return not stopping.is_set()

    def _due(self) -> float:
        return min(doubt.due for doubt in self.doubts)

    async def look(self) -> tuple[list[tuple[Try, Outcome]], list[Try]]:
        """List the location once: what is settled now, and what may be sent again.

        Raises:
            AccessError: token, scope or location were refused.
            TransientError: the list could not be read; nothing has changed.
        """
        started = self._clock()
        asked = list(self._doubts.values())
        listed = await self._collections.existing(self.lane.location_id)
        self._failures = 0
        if self._before is None:
            self._before = self._ledger.before(self.lane.location_id)
        by_slug: dict[str, list[Existing]] = defaultdict(list)
        for one in listed:
            if one.collection_id not in self._before:
                by_slug[one.slug].append(one)
        settled, absent = [], []
        for doubt in asked:
            job = doubt.one.job
            sent = doubt.one.attempts > 0
            outcome = judge(job, by_slug.get(job.slug, ()), sent=sent)
            last = doubt.due <= started and self._was_last(doubt)
            if outcome is not None and (last or not _may_change(outcome, sent=sent)):
                settled.append((doubt.one, outcome))
                del self._doubts[job.seq]
            elif last:
                absent.append(doubt.one)
                del self._doubts[job.seq]
        return settled, absent

    def _was_last(self, doubt: Doubt) -> bool:
        doubt.looks += 1
        if doubt.looks >= len(self._pauses):
            return True
        doubt.due = self._clock() + self._pauses[doubt.looks]
        return False

    def postpone(self) -> bool:
        """A listing failed: look after another pause. False when it fails for good."""
        self._failures += 1
        if self._failures > len(self._pauses):
            return False
        now = self._clock()
        for doubt in self.doubts:
            if doubt.due <= now:
                doubt.due = now + self._pauses[min(doubt.looks, len(self._pauses) - 1)]
        return True
