"""A shard whose locations are compared with the report of the run (`audit`).

Invariant: an audit of which another process does the same again says nothing but what
it has removed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer.errors import StorageError
from importer.runs import audit as auditing
from importer.runs import standstill
from importer.runs.shard_task import Task

if TYPE_CHECKING:
    from importer import destination
    from importer.journal import Delivery, Share
    from importer.runs.shards import Elsewhere, Shard
    from importer.runs.workplace import Workplace


class Auditing(Task):
    """Audits some locations of a run."""

    def __init__(self, shard: Shard, place: Workplace) -> None:
        """Begin with nothing found."""
        super().__init__(shard, place)
        self._audited = auditing.Audited()

    def _take_up(self, delivery: Delivery, mine: list[str]) -> None:
        delivery.leave(mine)

    async def _do(
        self, share: Share, server: destination.Destination, signing: list[str]
    ) -> None:
        del share
        place, pauses = self.place, self.settings.values.settle_pauses
        how = self.shard.how
        options = auditing.Options(pauses, how.repair, how.sent_from)
        work = auditing.Audit(place.folder, place.book, server, options, place.room)
        self._audited = work.result
        looking = partial(work.run, signing)
        longest = max(pauses, default=0.0)
        await self._unless_stopped(standstill.watched(self, looking, longest))

    def _found(self) -> Elsewhere:
        audited = self._audited
        if isinstance(self.stopped, StorageError) or self.place.member.lost():
            audited = auditing.Audited(removed=audited.removed)
        failed = {**audited.failed, **self.barred}
        return replace(super()._found(), audited=audited, failed=failed)
