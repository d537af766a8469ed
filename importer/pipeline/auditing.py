"""An audit: list a location again, compare it with the report, correct the report.

It waits until lists had time to show what was created last, and looks again before
it says that something is missing. With `repair` it removes the surplus copies that
this run made and keeps the reported one. Invariant: it deletes nothing that was
there before the run, that another run made, or that differs from the row.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer import findings
from importer.errors import AccessError, FatalError, TransientError, UnreachableError
from importer.journal.review import DELETED
from importer.models import Code, Status
from importer.pipeline import kinship, noting
from importer.pipeline.watching import log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.destination import Destination
    from importer.journal import Journal
    from importer.models import Existing, Finding
    from importer.pipeline.folders import RunFolder

#: Codes that only an audit gives; a new one takes their place.
CODES = (Code.MISSING_AT_SERVER, Code.CREATED_TWICE)
#: Locations that are audited side by side.
LOCATIONS_AT_ONCE = 32


@dataclass(slots=True)
class Audited:
    """What an audit came to.

    `undone` are rows that the report calls created and an undo has deleted again; they
    are not compared.
    """

    locations: int = 0
    undone: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    removed: int = 0
    failed: dict[str, FatalError] = field(default_factory=dict)


class Audit:
    """The audit of one run."""

    def __init__(
        self,
        folder: RunFolder,
        journal: Journal,
        there: Destination,
        pauses: Sequence[float],
        *,
        repair: bool = False,
    ) -> None:
        """Look after each of `pauses` (seconds), no more often than is needed."""
        self._folder = folder
        self._journal = journal
        self._there = there
        self._pauses = pauses
        self._repair = repair
        self.result = Audited()

    async def run(self, locations: Sequence[str]) -> Audited:
        """Audit these locations, side by side.

        Raises:
            StorageError: the journal cannot be written.
        """
        states = self._journal.review.undo_states().values()
        self.result.undone = sum(state == DELETED for state, _ in states)
        gate = asyncio.Semaphore(LOCATIONS_AT_ONCE)

        async def one(location_id: str) -> None:
            async with gate:
                try:
                    await self._location(location_id)
                except AccessError as refused:
                    self.result.failed[location_id] = refused
                except TransientError as failure:
                    self.result.failed[location_id] = UnreachableError(str(failure))

        async with asyncio.TaskGroup() as group:
            for location_id in locations:
                group.create_task(one(location_id))
        return self.result

    async def _location(self, location_id: str) -> None:
        before = self._journal.delivery.before(location_id)
        found: list[Finding] = []
        for pause in self._pauses:
            await asyncio.sleep(pause)
            listed = await self._there.existing(location_id)
            found = self._compare(location_id, listed, before)
            if not self._may_change(location_id, found):
                break
        if self._repair:
            found = [await self._mend(location_id, one) for one in found]
        review = self._journal.review
        review.clear(location_id, CODES)
        review.correct(found)
        self._tell(location_id, found)
        self.result.locations += 1
        self.result.findings.update(one.code.value for one in found)

    def _tell(self, location_id: str, found: Sequence[Finding]) -> None:
        """Log what was found, each finding with its row."""
        for one in found:
            log.info(
                "row.audited",
                location=location_id,
                **noting.where(self._journal.history.place(one.seq)),
                seq=one.seq,
                code=one.code.value,
                collection_id=one.collection_id,
            )
        log.info("location.audited", location=location_id, findings=len(found))

    def _may_change(self, location_id: str, found: Sequence[Finding]) -> bool:
        """Whether a later look may find more: lists lag behind what was just done."""
        if any(one.code is Code.MISSING_AT_SERVER for one in found):
            return True
        lists_know = time.time() - sum(self._pauses)
        refused = self._journal.review.refused_since(location_id, lists_know)
        return bool(refused.difference(one.seq for one in found))

    def _compare(
        self, location_id: str, listed: Sequence[Existing], before: set[str]
    ) -> list[Finding]:
        """The findings; other runs are asked only where it makes a difference."""
        review = self._journal.review
        claimed = {
            row.collection_id
            for row in review.sent(location_id, Status.CREATED)
            if row.code == Code.SETTLED_BY_LISTING
        }
        first = list(findings.compare(review.sent(location_id), listed, before))
        for finding in first:
            claimed.update(finding.surplus)
            if finding.code is Code.CREATED_ALL_THE_SAME:
                claimed.add(finding.collection_id)
        kin = kinship.made_by_others(self._folder, claimed)
        if not kin:
            return first
        return list(findings.compare(review.sent(location_id), listed, before, kin))

    async def _mend(self, location_id: str, finding: Finding) -> Finding:
        """Remove the surplus of a finding; one that has none stays as it is."""
        if finding.code is not Code.CREATED_TWICE or not finding.ours:
            return finding
        for collection_id in finding.surplus:
            await self._there.delete(location_id, collection_id)
            self.result.removed += 1
        ids = ", ".join(finding.surplus)
        return replace(
            finding,
            code=Code.SURPLUS_REMOVED,
            message=f"A surplus copy was removed ({ids}); {finding.collection_id} "
            "was kept.",
            surplus=(),
        )
