"""What is known of the collections of a location, beside what its list shows.

Made for rows that may be updated: earlier journals complete what the list leaves out,
and rows that call products by something else than ids are not compared by them.
Invariant: journals are only opened for collections that differ, or hide something.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer import destination, planning
from importer.models import Code, OnExisting, Problem
from importer.runs import holders

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from importer.models import Definition, Existing, Job
    from importer.runs.remembered import Known, Remembered

_CALLED = Problem(Code.PRODUCTS_NOT_UPDATED, variant="by_name")


@dataclass(frozen=True, slots=True)
class Wish:
    """What becomes of rows whose collection exists.

    `products` says whether an update sends products and rules; `calling` gives the rows
    of a location that call products by something else than ids. Fields that are
    `left_out` are in no request.
    """

    on_existing: OnExisting
    products: bool
    remembered: Remembered
    calling: Callable[[str], Collection[int]]
    left_out: frozenset[str] = frozenset()


@dataclass(slots=True)
class Knowledge:
    """What is known of one location. `unseen` counts rows that nothing compares."""

    wish: Wish
    calling: Collection[int] = ()
    known: Mapping[str, Known] = field(default_factory=dict)
    unseen: int = 0

    def completed(
        self, job: Job, found: Sequence[Existing]
    ) -> tuple[Definition, Sequence[Existing]]:
        """What a row wants, and its collections with what is known of the first."""
        wanted, found = destination.definition(job.body), holders.own_first(job, found)
        if self.wish.on_existing is not OnExisting.UPDATE:
            return wanted, found
        first, *others = found
        if known := self.known.get(first.collection_id):
            first = known.completed(wanted, first)
        called = job.seq in self.calling
        if called or planning.unseen(wanted, first):
            self.unseen += not self.wish.products
        if called:
            wanted = replace(wanted, product_ids=())
        return wanted, [first, *others]

    def told(self, job: Job) -> tuple[Problem, ...]:
        """What is to be told of a row that cannot be done as a user wished."""
        return (_CALLED,) if self.wish.products and job.seq in self.calling else ()


def gather(
    location_id: str, rows: Iterable[tuple[Job, Sequence[Existing]]], wish: Wish
) -> Knowledge:
    """Ask earlier journals about the collections that need it.

    Args:
        location_id: of all rows.
        rows: each row with the collections that have its identity.
        wish: what becomes of them.
    """
    if wish.on_existing is not OnExisting.UPDATE:
        return Knowledge(wish)
    asking = {_asking(job, found) for job, found in rows if found}
    known = wish.remembered.of(location_id, asking - {""})
    return Knowledge(wish, wish.calling(location_id), known)


def _asking(job: Job, found: Sequence[Existing]) -> str:
    """The id of a collection that differs from its row, or hides what the row says."""
    wanted, first = destination.definition(job.body), holders.own_first(job, found)[0]
    differs = planning.differences(wanted, first) or planning.membership(wanted, first)
    return first.collection_id if differs else ""
