"""An undo: delete exactly what a run created and what was not changed since.

First it looks (`undo_inspection`): then a person can be asked with figures. What is
deleted was looked at a few minutes before at most. It is journaled row by row and may
be repeated until nothing is left to do. Invariant: nothing is deleted that the run's
journal does not call created, with its id.
"""

from __future__ import annotations

import asyncio
import csv
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import atomic_files, wording
from importer.errors import (
    AccessError,
    FatalError,
    ListIncomplete,
    TransientError,
    UnreachableError,
    UsageError,
)
from importer.models import Status
from importer.runs import other_runs
from importer.runs.undo_inspection import Inspected, Inspection, Undone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from importer.destination import Destination
    from importer.journal import Journal
    from importer.models import Sent
    from importer.runs.folders import RunFolder

__all__ = ["LEFT", "Foreseen", "Result", "Undo", "Undone", "write"]

#: Deletions under way at the same time.
DELETIONS_AT_ONCE = 32
#: What was looked at longer ago is looked at again before it is deleted, seconds.
FRESH_SECONDS = 180.0
COLUMNS = ("location_id", "name", "slug", "collection_id", "undo", "message")

#: States of rows that may have created something, and nothing says what.
UNCLEAR = (Status.SENDING, Status.UNKNOWN)
#: States of collections that are left on purpose or for want of an answer.
LEFT = (Undone.CHANGED, Undone.MADE_BY_OTHERS, Undone.FAILED)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an undo is about to do, in numbers.

    `unseen` of those that it would `delete` may have got products since, and nothing
    shows them.
    """

    delete: int
    unseen: int
    locations: tuple[str, ...]

    def __repr__(self) -> str:
        """Say what it would come to on one short line."""
        unseen = f", {self.unseen:,} of them unseen" if self.unseen else ""
        where = wording.counted(len(self.locations), "location")
        return f"<Foreseen: {self.delete:,} to delete{unseen}, in {where}>"

    def check(self, *, unseen_products: bool) -> None:
        """Refuse to delete what cannot be compared, unless that is asked for.

        Raises:
            UsageError: products cannot be seen.
        """
        if not self.unseen or unseen_products:
            return
        msg = (
            f"{self.unseen:,} of the {self.delete:,} collections cannot be compared "
            "whole: HighLevel does not show whether products were added since. Nothing "
            "was deleted."
        )
        raise UsageError(
            msg,
            remedy="Look at them in HighLevel; if they may go, whatever was added to "
            "them, give the command again with --unseen-products.",
        )


@dataclass(slots=True)
class Result:
    """What an undo came to: counts, and a line for each collection.

    `earlier` are those that an undo before this one has deleted; `unclear` the rows
    that got no clear answer, whose collections, if there are any, are not known.
    """

    earlier: int = 0
    unclear: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[tuple[Sent, Undone, str]] = field(default_factory=list)
    failed: dict[str, FatalError] = field(default_factory=dict)

    def add(self, row: Sent, state: Undone, text: str = "") -> None:
        """Take in what became of a collection."""
        self.counts[state.value] += 1
        self.lines.append((row, state, text))


class Scope:
    """The locations of a run that an undo is about, and those that it is not."""

    def __init__(
        self, journal: Journal, locations: Collection[str] | None = None
    ) -> None:
        """Take all that something was sent to, or only those that are given."""
        self._journal = journal
        touched = journal.review.touched()
        self.locations: list[str] = [
            text for text in touched if locations is None or text in locations
        ]
        self._others = [text for text in touched if text not in self.locations]

    def unclear(self) -> int:
        """Count the rows of which it is not known whether they created something."""
        return sum(
            counts.get(status, 0)
            for location_id, counts in self._journal.history.counts().items()
            if location_id not in self._others
            for status in UNCLEAR
        )

    def stands_elsewhere(self) -> bool:
        """Return whether anything stands in a location that was not looked at."""
        return self._journal.review.stands(self._others)

    def earlier_elsewhere(self) -> Iterator[tuple[Sent, str, str]]:
        """Yield what an undo before has done in locations that were not looked at."""
        done = self._journal.review.undo_states()
        for location_id in self._others:
            review = self._journal.review
            for row in review.sent(location_id, Status.CREATED, history=True):
                if row.seq in done:
                    yield (row, *done[row.seq])


class Undo:
    """The undo of some locations of a run: `look`, then `run`."""

    #: a stop need not wait for it
    ends_by_itself: bool = False

    def __init__(
        self,
        folder: RunFolder,
        journal: Journal,
        there: Destination,
        locations: Collection[str],
        *,
        dry_run: bool = False,
    ) -> None:
        """Keep what an undo needs; a `dry_run` deletes and journals nothing.

        Raises:
            JournalDamaged: another run cannot be read, so it is not known whose the
                collections are.
        """
        self._journal = journal
        self._there = there
        self.dry_run = dry_run
        self.locations: list[str] = list(locations)
        created = journal.review.created(self.locations)
        noted = journal.noted()
        owners = other_runs.other_owners(folder, noted, created, self.locations)
        self._inspection = Inspection(journal, there, owners)
        self._looked: dict[str, tuple[float, list[Inspected]]] = {}
        self._unseen_products = False
        self._noting = asyncio.Lock()
        self.result: Result = Result()

    async def look(self) -> None:
        """Look at every location; a refused one does not stop the others."""
        for location_id in self.locations:
            await self._look_at(location_id)

    @property
    def looked(self) -> dict[str, list[Inspected]]:
        """What was found, by location."""
        return {location: found for location, (_, found) in self._looked.items()}

    @property
    def foreseen(self) -> Foreseen:
        """What `run` is about to do, by what was looked at."""
        inspected = {
            location: [
                inspection
                for inspection in found
                if inspection.state is Undone.WOULD_DELETE
            ]
            for location, found in self.looked.items()
        }
        every = [inspection for found in inspected.values() for inspection in found]
        place = tuple(location for location, found in inspected.items() if found)
        return Foreseen(
            len(every), sum(inspection.unseen for inspection in every), place
        )

    async def run(self, *, unseen_products: bool = False) -> Result:
        """Delete what was looked at.

        Args:
            unseen_products: also where products that were added cannot be seen.

        Raises:
            StorageError: the journal cannot be written, so nothing more is deleted.
        """
        self._unseen_products = unseen_products
        for location_id in list(self._looked):
            await self._location(location_id)
        return self.result

    async def _look_at(self, location_id: str) -> list[Inspected]:
        """Look at a location, and remember when that was."""
        at = time.monotonic()
        found: list[Inspected] = []
        try:
            found = await self._inspection.location(location_id)
        except (AccessError, ListIncomplete) as refused:
            self.result.failed[location_id] = refused
        except TransientError as failure:
            self.result.failed[location_id] = UnreachableError(str(failure))
        self._looked[location_id] = (at, found)
        return found

    async def _location(self, location_id: str) -> None:
        """Do what was foreseen at a location, some rows at a time."""
        settled: set[int] = set()
        while True:
            at, inspected = self._looked[location_id]
            # another has had minutes to change it: looked at again
            if time.monotonic() - at > FRESH_SECONDS and not self.dry_run:
                inspected = await self._look_at(location_id)
            left = [
                inspection
                for inspection in inspected
                if inspection.row.seq not in settled
            ]
            if not left:
                return
            # some at a time, so that what was looked at is still fresh when its turn
            # comes
            some = left[:DELETIONS_AT_ONCE]
            async with asyncio.TaskGroup() as group:
                for item in some:
                    group.create_task(self._one(item))
            settled.update(inspection.row.seq for inspection in some)

    async def _one(self, inspected: Inspected) -> None:
        row, state = inspected.row, inspected.state
        if state is Undone.DELETED:
            self.result.lines.append((row, state, inspected.words))
            self.result.earlier += 1
        elif state is not Undone.WOULD_DELETE:
            self._leave(row, state, inspected.words)
        elif self.dry_run:
            self.result.add(row, state)
        elif inspected.unseen and not self._unseen_products:
            text = "Whether products were added since cannot be seen."
            self._leave(row, Undone.FAILED, text)
        else:
            await self._delete(row)

    async def _delete(self, row: Sent) -> None:
        note = self._journal.review.note_undo
        # on the disk before the request leaves: after a kill it is known what may be
        # gone. One at a time, so that others in the event loop have their turn
        async with self._noting:
            note(row.seq, Undone.DELETING)
        try:
            await self._there.delete(row.location_id, row.collection_id)
        except (AccessError, TransientError) as failure:
            self._leave(row, Undone.FAILED, str(failure))
            return
        # at once: a stop between the answer and this would leave it in doubt
        note(row.seq, Undone.DELETED)
        self.result.add(row, Undone.DELETED)

    def _leave(self, row: Sent, state: Undone, text: str) -> None:
        if not self.dry_run:
            self._journal.review.note_undo(row.seq, state, text)
        self.result.add(row, state, text)


def write(
    folder: RunFolder, result: Result, beside: Iterable[tuple[Sent, str, str]] = ()
) -> None:
    """Write `undo.csv` into the run folder, a line for each collection.

    Args:
        folder: of the run.
        result: what the undo came to.
        beside: what an earlier one came to, in other locations.

    Raises:
        StorageError: the file cannot be written.
    """
    with atomic_files.text(folder.path / "undo.csv") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row, state, text in (*beside, *result.lines):
            writer.writerow(
                (
                    row.location_id,
                    row.name,
                    row.slug,
                    row.collection_id,
                    str(state),
                    text,
                )
            )
