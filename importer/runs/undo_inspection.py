"""Before an undo: which collections of a run are there as the run made them.

A location's list is read, and what it does not show is read by its id. Each row then
has a state: to be deleted, or left, and why. It deletes and journals nothing.
Invariant: a collection is only to be deleted if it was seen as the run made it, or was
made minutes ago and cannot be seen yet.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from importer import baseline, findings, ownership
from importer.errors import AccessError, TransientError
from importer.models import Status
from importer.ownership import Proof, Times

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from importer.destination import Destination
    from importer.findings import Grounds
    from importer.journal import Journal
    from importer.models import Existing, Sent
    from importer.runs.other_runs import Owner

Asked = TypeVar("Asked")

#: Single collections that are read at the same time.
READS_AT_ONCE = 32


class Undone(StrEnum):
    """What an undo did with a collection that the run created."""

    WOULD_DELETE = "would_delete"  # --dry-run
    DELETING = "deleting"  # the request may have left
    DELETED = "deleted"
    GONE = "gone"  # others had removed it
    CHANGED = "changed"  # left, because it is not as the run made it
    MADE_BY_OTHERS = "made_by_others"  # left, because another run made it
    FAILED = "failed"  # not deleted; undo again


class Verdict(NamedTuple):
    """An inspected row without the row itself: what another process tells of it."""

    seq: int
    state: Undone
    words: str = ""
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Inspected:
    """A row that was created, and what an undo would do with its collection.

    `unseen` says that products may have been added to it, and nothing shows them.
    """

    row: Sent
    state: Undone
    words: str = ""
    unseen: bool = False


@dataclass(slots=True)
class Place:
    """What is known of a location while its rows are inspected.

    `seen` are the fields that its list shows; `by_id` says whether single collections
    can be read there, which is not known before it was tried.
    """

    shown: Mapping[str, Existing]
    before: set[str]
    known: Grounds
    seen: set[str] = field(default_factory=set)
    by_id: bool = True


class Inspection:
    """The inspection of a run's collections, location by location."""

    def __init__(
        self, journal: Journal, there: Destination, owners: Mapping[str, Owner]
    ) -> None:
        """Keep what is asked; `owners` are other runs that own some of the ids."""
        self._journal = journal
        self._there = there
        self._owners = owners
        self._last_sign: float | None = None

    async def location(self, location_id: str) -> list[Inspected]:
        """Inspect every created row of a location, in input order.

        Raises:
            AccessError: token, scope or location were refused.
            TransientError: the list could not be read.
        """
        review = self._journal.review
        rows = list(review.sent(location_id, Status.CREATED, history=True))
        if not rows:
            return []
        noted = review.undo_states([location_id])
        done = {seq: state for seq, (state, _) in noted.items()}
        place = await self._place(location_id, rows)
        left = [row for row in rows if done.get(row.seq) != Undone.DELETED]
        inspected = await self._together(partial(self._row, place), left)
        inspected = await self._with_products(inspected, place)
        found = {
            inspection.row.seq: _standing(inspection, done.get(inspection.row.seq, ""))
            for inspection in inspected
        }
        return [
            _light(found.get(row.seq, Inspected(row, Undone.DELETED))) for row in rows
        ]

    async def _together(
        self, inspect: Callable[[Asked], Awaitable[Inspected]], every: Sequence[Asked]
    ) -> list[Inspected]:
        """Inspect side by side, as many as may be read at once; answers in order."""
        answers: list[Inspected] = []
        for start in range(0, len(every), READS_AT_ONCE):
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(_awaited(inspect(item)))
                    for item in every[start : start + READS_AT_ONCE]
                ]
            answers += [task.result() for task in tasks]
        return answers

    async def _place(self, location_id: str, rows: Sequence[Sent]) -> Place:
        listed = await self._there.existing(location_id)
        before = self._journal.delivery.before(location_id)
        # the clocks as they were while the run sent, where that was measured
        clocks = self._journal.clocks() or self._there.clock_difference
        if self._last_sign is None:  # nothing is sent any more
            self._last_sign = self._journal.review.last_sign()
        times = Times(clocks, last_sign=self._last_sign)
        known = findings.grounds(rows, listed, before, times)
        shown = {existing.collection_id: existing for existing in listed}
        return Place(shown, before, known, baseline.visible(listed))

    async def _row(self, place: Place, row: Sent) -> Inspected:
        """Judge one row; what the list does not show is read by its id."""
        # first of all: whatever the journal says, what was there before is another's
        if row.collection_id in place.before:
            text = "It was there before the run."
            return Inspected(row, Undone.MADE_BY_OTHERS, text)
        if owner := self._owners.get(row.collection_id):
            if owner.made:
                text = f"Another run made it: {owner.run_id}."
                return Inspected(row, Undone.MADE_BY_OTHERS, text)
            text = f"Run {owner.run_id} has updated it since."
            return Inspected(row, Undone.CHANGED, text)
        existing = place.shown.get(row.collection_id)
        if existing is not None:
            return _compared(row, existing, place)
        return await self._unlisted(row, place)

    async def _unlisted(self, row: Sent, place: Place) -> Inspected:
        """Judge a row that the list does not show: it lags, or the row is gone."""
        try:
            existing = await self._read(row, place)
        except TransientError as failure:
            return Inspected(row, Undone.FAILED, str(failure))
        except AccessError:
            since = time.time() - ownership.LATE_SECONDS
            # created minutes ago, and lists lag: it is there, though nothing shows it
            if (row.finished_at or 0.0) > since:
                unseen = baseline.products_matter(row, None)
                return Inspected(row, Undone.WOULD_DELETE, unseen=unseen)
            text = (
                "The location's list does not show it, and it cannot be read by its "
                "id; nothing was deleted."
            )
            return Inspected(row, Undone.GONE, text)
        if existing is None:
            return Inspected(row, Undone.GONE)
        found = _compared(row, existing, place)
        return replace(found, unseen=_unseen(row, existing))

    async def _with_products(
        self, inspected: Sequence[Inspected], place: Place
    ) -> list[Inspected]:
        """Look for products that were added, where the list shows none at all."""
        if "productIds" in place.seen:
            return [replace(inspection, unseen=False) for inspection in inspected]

        asked = [inspection for inspection in inspected if _matters(inspection, place)]
        # the first shows whether single ones show more: one that was sent products
        asked.sort(key=lambda one: not baseline.of(one.row).get("productIds"))
        look = partial(self._products, place)
        answers = await self._together(look, asked[:1])
        answers += await self._together(look, asked[1:])
        found = {answer.row.seq: answer for answer in answers}
        return [found.get(inspection.row.seq, inspection) for inspection in inspected]

    async def _products(self, place: Place, inspected: Inspected) -> Inspected:
        row = inspected.row
        try:
            existing = await self._read(row, place)
        except (AccessError, TransientError):
            return replace(inspected, unseen=True)
        if existing is None:
            return Inspected(row, Undone.GONE)
        if existing.product_ids is None:
            place.by_id = False  # it shows no more than the list does
        return replace(_compared(row, existing, place), unseen=_unseen(row, existing))

    async def _read(self, row: Sent, place: Place) -> Existing | None:
        """Read one collection by its id.

        Raises:
            AccessError: the API does not show single ones, or showed no more of them
                than of the list.
            TransientError: no answer could be used.
        """
        if not place.by_id:
            msg = "Single collections cannot be read."
            raise AccessError(msg)
        try:
            return await self._there.find(row.location_id, row.collection_id)
        except AccessError:
            place.by_id = False
            raise


async def _awaited(inspected: Awaitable[Inspected]) -> Inspected:
    return await inspected


def _standing(inspected: Inspected, noted: str) -> Inspected:
    """Return it with what an earlier undo has noted of the row."""
    if noted == Undone.DELETING and inspected.state is Undone.GONE:
        # it was deleted, by an undo that was killed before it noted that
        return Inspected(inspected.row, Undone.WOULD_DELETE)
    return inspected


def _light(inspected: Inspected) -> Inspected:
    """Return it without the row's texts: a run may have a million."""
    return replace(inspected, row=replace(inspected.row, body=b"", shown=""))


def _matters(inspected: Inspected, place: Place) -> bool:
    """Return whether products may have been added that the list would not show."""
    existing = place.shown.get(inspected.row.collection_id)
    if inspected.state is not Undone.WOULD_DELETE or existing is None:
        return False
    return baseline.products_matter(inspected.row, existing)


def _unseen(row: Sent, existing: Existing) -> bool:
    return existing.product_ids is None and baseline.products_matter(row, existing)


def _compared(row: Sent, existing: Existing, place: Place) -> Inspected:
    """Judge a collection that was seen."""
    in_time = place.known.times.proof(row, existing) is not Proof.EXCLUDED
    if not (findings.given(row) or in_time):
        text = "It was created at another time than the row was sent."
        return Inspected(row, Undone.MADE_BY_OTHERS, text)
    changed = baseline.differences(row, existing, place.seen)
    if changed:
        return Inspected(row, Undone.CHANGED, baseline.words(changed))
    return Inspected(row, Undone.WOULD_DELETE)
