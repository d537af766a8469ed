"""An undo: delete exactly what a run created and nobody has changed since.

Every collection is compared with what the run sent before it is deleted; one that
differs is left and said so. It is journaled row by row and may be repeated until
nothing is left to do. Invariant: nothing is deleted that the run's journal does not
call created, with its id.
"""

from __future__ import annotations

import asyncio
import csv
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from importer import destination, planning
from importer.errors import AccessError, FatalError, TransientError, UnreachableError
from importer.models import Code, Status
from importer.pipeline import kinship
from importer.report import files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.destination import Destination
    from importer.journal import Journal
    from importer.models import Existing, Sent
    from importer.pipeline.folders import RunFolder

#: Deletions under way at the same time.
DELETIONS_AT_ONCE = 32
COLUMNS = ("location_id", "name", "slug", "collection_id", "undo", "message")


class Undone(StrEnum):
    """What an undo did with a collection that the run created."""

    WOULD_DELETE = "would_delete"  # --dry-run
    DELETING = "deleting"  # the request may have left
    DELETED = "deleted"
    GONE = "gone"  # somebody else had removed it
    CHANGED = "changed"  # left, because it is not as the run made it
    MADE_BY_OTHERS = "made_by_others"  # left, because another run made it
    FAILED = "failed"  # not deleted; undo again


#: States of collections that are left on purpose or for want of an answer.
LEFT = (Undone.CHANGED, Undone.MADE_BY_OTHERS, Undone.FAILED)


@dataclass(slots=True)
class Result:
    """What an undo came to: counts, and a line for each collection.

    `earlier` are those that an undo before this one has deleted.
    """

    earlier: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[tuple[Sent, Undone, str]] = field(default_factory=list)
    failed: dict[str, FatalError] = field(default_factory=dict)

    def add(self, row: Sent, state: Undone, words: str = "") -> None:
        """Take in what became of a collection."""
        self.counts[state.value] += 1
        self.lines.append((row, state, words))


class Undo:
    """The undo of one run."""

    def __init__(
        self,
        folder: RunFolder,
        journal: Journal,
        there: Destination,
        *,
        dry_run: bool = False,
    ) -> None:
        """With `dry_run` nothing is deleted and nothing is journaled."""
        self._folder = folder
        self._journal = journal
        self._there = there
        self._dry_run = dry_run
        self._gate = asyncio.Semaphore(DELETIONS_AT_ONCE)
        self.result = Result()

    async def run(self) -> Result:
        """Undo every location of the run; a refused one does not stop the others.

        Raises:
            StorageError: the journal cannot be written, so nothing more is deleted.
        """
        for location_id in self._journal.review.touched():
            try:
                await self._location(location_id)
            except AccessError as refused:
                self.result.failed[location_id] = refused
            except TransientError as failure:
                self.result.failed[location_id] = UnreachableError(str(failure))
        return self.result

    async def _location(self, location_id: str) -> None:
        done = self._journal.review.undo_states()
        sent = self._journal.review.sent(location_id, Status.CREATED, history=True)
        rows = list(sent)
        if not rows:
            return
        listed = await self._there.existing(location_id)
        by_id = {existing.collection_id: existing for existing in listed}
        settled = {
            row.collection_id for row in rows if row.code == Code.SETTLED_BY_LISTING
        }
        kin = kinship.made_by_others(self._folder, settled)
        async with asyncio.TaskGroup() as group:
            for row in rows:
                state, words = done.get(row.seq, ("", ""))
                if state == Undone.DELETED:
                    self.result.lines.append((row, Undone.DELETED, words))
                    self.result.earlier += 1
                elif row.collection_id in kin:
                    self._leave(row, Undone.MADE_BY_OTHERS, "Another run made it.")
                else:
                    group.create_task(self._one(row, by_id))

    async def _one(self, row: Sent, there: Mapping[str, Existing]) -> None:
        existing = there.get(row.collection_id)
        if existing is not None and (changed := _changes(row, existing)):
            self._leave(row, Undone.CHANGED, changed)
            return
        if self._dry_run:
            state = Undone.WOULD_DELETE if existing else Undone.GONE
            self.result.add(row, state)
            return
        async with self._gate:
            await self._delete(row)

    async def _delete(self, row: Sent) -> None:
        """Delete one; also one that the list does not show, which may only lag."""
        note = self._journal.review.note_undo
        note(row.seq, Undone.DELETING)
        try:
            await self._there.delete(row.location_id, row.collection_id)
        except (AccessError, TransientError) as failure:
            self._leave(row, Undone.FAILED, str(failure))
            return
        note(row.seq, Undone.DELETED)
        self.result.add(row, Undone.DELETED)

    def _leave(self, row: Sent, state: Undone, words: str) -> None:
        if not self._dry_run:
            self._journal.review.note_undo(row.seq, state, words)
        self.result.add(row, state, words)


def _changes(row: Sent, existing: Existing) -> str:
    """What somebody changed since the run made it; empty where nothing differs."""
    wanted = destination.definition(row.body)
    changes = dict(planning.differences(wanted, existing))
    if existing.slug != wanted.slug:
        changes["slug"] = (existing.slug, wanted.slug)
    if wanted.type and existing.type and existing.type != wanted.type:
        changes["type"] = (existing.type, wanted.type)
    return "; ".join(
        f"{name} is {there!r}, the run sent {sent!r}"
        for name, (there, sent) in changes.items()
    )


def write(folder: RunFolder, result: Result) -> None:
    """Write `undo.csv` into the run folder, a line for each collection.

    Raises:
        StorageError: the file cannot be written.
    """
    with files.text(folder.path / "undo.csv") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row, state, words in result.lines:
            writer.writerow(
                (
                    row.location_id,
                    row.name,
                    row.slug,
                    row.collection_id,
                    state.value,
                    words,
                )
            )
