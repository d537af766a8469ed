"""A shard of which is deleted what the run created there (`undo`), or only looked at.

Invariant: what was deleted is in the journal, whether this result arrives or not.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer.runs.shard_task import Task
from importer.runs.undo import Undo
from importer.runs.undo_inspection import Verdict

if TYPE_CHECKING:
    from importer import destination
    from importer.journal import Delivery, Share
    from importer.runs.shards import Elsewhere, Shard
    from importer.runs.workplace import Workplace


class Undoing(Task):
    """Looks at some locations of a run, and deletes what it may."""

    def __init__(self, shard: Shard, place: Workplace) -> None:
        """Begin with nothing looked at."""
        super().__init__(shard, place)
        self._undo: Undo | None = None

    def _take_up(self, delivery: Delivery, mine: list[str]) -> None:
        delivery.leave(mine)

    async def _do(
        self, share: Share, server: destination.Destination, signing: list[str]
    ) -> None:
        del share
        place, how = self.place, self.shard.how
        begin = partial(
            Undo, place.folder, place.book, server, signing, dry_run=how.dry_run
        )
        self._undo = work = await place.thread(begin)
        await self._unless_stopped(work.look())
        if not how.dry_run:
            deleting = work.run(unseen_products=how.unseen_products)
            await self._unless_stopped(deleting)

    def _found(self) -> Elsewhere:
        work, told = self._undo, dict[str, list[Verdict]]()
        if work is None:
            return replace(super()._found(), failed=self.barred)
        if self.shard.how.dry_run:
            told = {
                location: [
                    Verdict(one.row.seq, one.state, one.words, one.unseen)
                    for one in found
                ]
                for location, found in work.looked.items()
            }
        for row, state, text in work.result.lines:
            found = told.setdefault(row.location_id, [])
            found.append(Verdict(row.seq, state, text))
        failed = {**work.result.failed, **self.barred}
        return replace(super()._found(), undone=told, failed=failed)
