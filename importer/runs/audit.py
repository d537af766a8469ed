"""An audit: list a location again, compare it with the report, correct the report.

It waits until lists had time to show what was created last, and looks again before
it says that something is missing. With `repair` it removes the surplus copies that
this run made and keeps the reported one. Invariant: it deletes nothing that was
there before the run, that another run made, whose time does not prove that this run
made it, or that differs from the row when it is read again.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer import baseline, findings, logs, ownership, rewrites, sentences
from importer.errors import (
    AccessError,
    FatalError,
    ListIncomplete,
    TransientError,
    UnreachableError,
)
from importer.journal.review import DELETED, TOUCHED
from importer.models import Code, Status
from importer.ownership import Times
from importer.runs import log_fields, other_runs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from importer.destination import Destination
    from importer.journal import Journal
    from importer.models import Existing, Finding, Sent
    from importer.runs.folders import RunFolder

log: logs.Log = logs.get("run")

#: Codes that only an audit gives; a new one takes their place.
CODES = (
    Code.MISSING_AT_SERVER,
    Code.CREATED_TWICE,
    Code.COPY_UNCLAIMED,
    Code.COPY_OF_OTHERS,
)
#: Locations that are audited side by side.
LOCATIONS_AT_ONCE = 32
#: Collections, about, that the lists of these hold together: of each about 1 KB is
#: kept. A list longer than that is read alone.
COLLECTIONS_AT_ONCE = 25_000


@dataclass(slots=True)
class Audited:
    """What an audit came to.

    `undone` are rows that the report calls created and an undo has deleted again; they
    are not compared. `failed` could not be looked at; `held` were not, as another run
    works on them.
    """

    locations: int = 0
    undone: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    removed: int = 0
    failed: dict[str, FatalError] = field(default_factory=dict)
    held: dict[str, FatalError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Options:
    """How an audit looks: `pauses` before each look (seconds), no more than needed.

    With `repair` surplus copies are removed. `sent_from` is set at the end of a run:
    when its rows began to be sent, in seconds since the epoch. What the list shows of
    them then is what the server made of them.
    """

    pauses: Sequence[float]
    repair: bool = False
    sent_from: float | None = None


class Audit:
    """The audit of one run."""

    def __init__(
        self,
        folder: RunFolder,
        journal: Journal,
        there: Destination,
        options: Options,
        room: Room | None = None,
    ) -> None:
        """Keep what an audit needs; `run` does the work.

        Audits that are under way at once in a process share a `room`.
        """
        self._folder = folder
        self._journal = journal
        self._there = there
        self._options = options
        self._room = room or Room(COLLECTIONS_AT_ONCE)
        self._last_sign: float | None = None
        self.result: Audited = Audited()

    async def run(self, locations: Sequence[str]) -> Audited:
        """Audit these locations, side by side.

        Raises:
            StorageError: the journal cannot be written.
        """
        states = self._journal.review.undo_states(locations).values()
        self.result.undone = sum(state == DELETED for state, _ in states)
        # of thousands of locations only so many lists are in memory at once
        gate = asyncio.Semaphore(LOCATIONS_AT_ONCE)
        rows = self._journal.delivery.locations(*TOUCHED, among=locations)

        async def audit(location_id: str) -> None:
            async with gate:
                try:
                    await self._location(location_id, rows.get(location_id, 0))
                except (AccessError, ListIncomplete) as refused:
                    self.result.failed[location_id] = refused
                except TransientError as failure:
                    self.result.failed[location_id] = UnreachableError(str(failure))

        async with asyncio.TaskGroup() as group:
            for location_id in locations:
                group.create_task(audit(location_id))
        return self.result

    async def _location(self, location_id: str, rows: int) -> None:
        before = self._journal.delivery.before(location_id)
        # look by look: lists lag behind what was just created or refused
        last = len(self._options.pauses)
        for number, pause in enumerate(self._options.pauses, 1):
            await asyncio.sleep(pause)
            async with self._room.taken(rows + len(before)):
                if await self._look(location_id, before, last=number == last):
                    return

    async def _look(self, location_id: str, before: set[str], *, last: bool) -> bool:
        """Compare a location with its list; False where another look may find more."""
        listed = await self._there.existing(location_id)
        found = self._compare(location_id, listed, before)
        if self._there.lists.accepted(location_id):
            # what a list that is not complete lacks is not missing
            found = [item for item in found if item.code != Code.MISSING_AT_SERVER]
        if not last and self._may_change(location_id, found):
            return False
        await self._conclude(location_id, listed, found)
        return True

    async def _conclude(
        self, location_id: str, listed: Sequence[Existing], found: list[Finding]
    ) -> None:
        """Write what the last look has found."""
        if self._options.repair:
            found = await self._repair(location_id, found)
        review = self._journal.review
        # what an earlier audit found is forgotten first, so that two audits do not add
        # up
        review.clear(location_id, CODES, findings.ALSO)
        review.correct(found)
        self._observe(location_id, listed, {finding.seq for finding in found})
        self._tell(location_id, found)
        self.result.locations += 1
        self.result.findings.update(item.code.value for item in found)

    def _observe(
        self, location_id: str, listed: Sequence[Existing], corrected: Collection[int]
    ) -> None:
        """Keep what the list shows of the rows that this process has just created.

        And of those that the audit has corrected: no answer has shown them.
        """
        sent_from = self._options.sent_from
        since = math.inf if sent_from is None else sent_from
        # what was created earlier may have been changed by others since: only what this
        # process has just made is known to be as the server made it
        since = max(since, time.time() - ownership.LATE_SECONDS)
        there = {existing.collection_id: existing for existing in listed}
        review = self._journal.review
        shown = {
            row.seq: fields
            for row in review.sent(location_id, Status.CREATED)
            if row.collection_id in there
            and (row.seq in corrected or (row.finished_at or 0.0) >= since)
            and (fields := baseline.observed(row, there[row.collection_id]))
        }
        review.show(shown)

    def _tell(self, location_id: str, found: Sequence[Finding]) -> None:
        """Log what was found, each finding with its row."""
        for finding in found:
            log.info(
                "row.audited",
                location=location_id,
                **log_fields.where(self._journal.history.place(finding.seq)),
                seq=finding.seq,
                code=finding.code.value,
                collection_id=finding.collection_id,
            )
        log.info("location.audited", location=location_id, findings=len(found))

    def _may_change(self, location_id: str, found: Sequence[Finding]) -> bool:
        """Return whether a later look may find more: lists lag behind what was done."""
        if any(finding.code is Code.MISSING_AT_SERVER for finding in found):
            return True
        # what was refused before that would show in this look, if it had been created
        lists_know = time.time() - sum(self._options.pauses)
        refused = self._journal.review.refused_since(location_id, lists_know)
        return bool(
            refused.difference(finding.seq for finding in found if not finding.notice)
        )

    def _times(self) -> Times:
        """Return when the run worked and when this look was, by which clocks."""
        now = time.time()
        ending = self._options.sent_from is not None
        measured = self._there.clock_difference
        noted = self._journal.clocks()
        if noted is None or measured is None:
            clocks = noted or measured
        else:  # a later audit goes by the clocks as they were while the run sent
            clocks = noted.widened(measured) if ending else noted
        if self._last_sign is None or ending:  # later nothing is sent any more
            self._last_sign = now if ending else self._journal.review.last_sign()
        return Times(clocks, looked_at=now, last_sign=self._last_sign)

    def _compare(
        self, location_id: str, listed: Sequence[Existing], before: set[str]
    ) -> list[Finding]:
        """Return the findings; other runs are asked only where it matters."""
        review = self._journal.review
        # only what a list has given, or would give, can be another run's: what an
        # answer gave is the row's own
        claimed = {
            row.collection_id
            for row in review.sent(location_id, Status.CREATED)
            if row.code == Code.SETTLED_BY_LISTING
        }
        times, sent = self._times(), review.sent
        known = findings.grounds(sent(location_id), listed, before, times)
        first = list(findings.compare(sent(location_id), listed, before, known))
        for finding in first:
            claimed.update(finding.surplus)
            if finding.code is Code.CREATED_ALL_THE_SAME:
                claimed.add(finding.collection_id)
        relatives = other_runs.made_by_others(self._folder, claimed, [location_id])
        if not relatives:
            return first
        known = replace(known, kin=relatives)
        return list(findings.compare(sent(location_id), listed, before, known))

    async def _repair(
        self, location_id: str, found: Sequence[Finding]
    ) -> list[Finding]:
        """Remove the surplus of findings; those that have none stay as they are."""
        surplus = {
            finding.seq: finding
            for finding in found
            if finding.code is Code.CREATED_TWICE and finding.ours
        }
        if not surplus:
            return list(found)
        rows = [
            row for row in self._journal.review.sent(location_id) if row.seq in surplus
        ]
        repaired = {row.seq: await self._remove(row, surplus[row.seq]) for row in rows}
        return [repaired.get(finding.seq, finding) for finding in found]

    async def _remove(self, row: Sent, finding: Finding) -> Finding:
        """Remove the copies of a row that were not changed since they were made."""
        location_id, left, removed = row.location_id, {}, []
        for collection_id in finding.surplus:
            # read again, since a person may have changed it between the list and now
            existing = await self._read(location_id, collection_id)
            changed = _changed(row, existing) if existing is not None else ""
            if changed:
                left[collection_id] = changed
                continue
            # before each deletion: a run without its lock may not touch the server
            self._journal.refuse_unheld()
            await self._there.delete(location_id, collection_id)
            self.result.removed += 1
            removed.append(collection_id)
        parts = []
        if removed:
            kept = finding.collection_id
            parts.append(sentences.text("surplus_removed", ids=removed, kept=kept))
        parts += [
            sentences.text("created_twice/changed", collection_id=one, changed=text)
            for one, text in left.items()
        ]
        return replace(
            finding,
            code=Code.CREATED_TWICE if left else Code.SURPLUS_REMOVED,
            message=" ".join(parts),
            surplus=tuple(left),
            ours=not left,
        )

    async def _read(self, location_id: str, collection_id: str) -> Existing | None:
        """Read a collection as it is, even where single ones are not shown (#92)."""
        try:
            return await self._there.find(location_id, collection_id)
        except (AccessError, TransientError):
            listed = await self._there.existing(location_id)
        return next(
            (
                existing
                for existing in listed
                if existing.collection_id == collection_id
            ),
            None,
        )


class Room:
    """What may be held at once; what is larger than all of it is held alone."""

    def __init__(self, size: int) -> None:
        """Begin with nothing held."""
        self._size = size
        self._held = 0
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        """Hold so much of it, as soon as it is free."""
        size = min(size, self._size)
        while self._held + size > self._size:
            self._freed.clear()
            await self._freed.wait()
        self._held += size
        try:
            yield
        finally:
            self._held -= size
            self._freed.set()


def _changed(row: Sent, copy: Existing) -> str:
    """Say what others changed of a copy; a server may give it a slug of its own."""
    changed = baseline.differences(row, copy)
    if rewrites.alike(row.slug, copy.slug):
        changed.pop("slug", None)
    return baseline.words(changed)
