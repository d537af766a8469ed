"""What is known of the collections of a location, beside what its list shows.

Which of them a row means by its id, or by its name where another run left it in doubt;
and, for rows that may be updated, what earlier journals add to the list. Rows that call
products by something else than ids are not compared by them. Invariants: a row never
gets the collection of another slug, unless the server may have made that slug of the
row's; journals are only opened for collections that differ, or hide something.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from importer import destination, identity, planning, rewrites
from importer.models import Code, OnExisting, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from importer.models import Definition, Existing, Job
    from importer.runs.other_runs import Kin
    from importer.runs.remembered import Known, Remembered


#: The key of the id in a body; what a row says inside of a text is quoted otherwise.
_KEY = b'"collectionId":'


class Holders:
    """The collections of one location by their ids."""

    def __init__(self, listed: Sequence[Existing], kin: Kin, location_id: str) -> None:
        """Keep what is known; it is put in order when a row asks."""
        self._listed, self._kin, self._location_id = listed, kin, location_id

    def of_another(self, job: Job, found: Sequence[Existing]) -> Existing | None:
        """Return the collection that has a row's id, where it is not one of its own.

        Args:
            job: the row.
            found: the collections that the row means, by its slug.
        """
        wanted = named(job)
        holder = self._by_id.get(identity.id_key(wanted)) if wanted else None
        # the row's own slug: then its id says nothing that its slug does not
        if holder is None or holder.slug == job.slug:
            return None
        its_own = any(
            existing.collection_id == holder.collection_id for existing in found
        )
        return None if its_own else holder

    @cached_property
    def _by_id(self) -> dict[bytes, Existing]:
        made = [
            made.existing
            for (location_id, _), made in self._kin.made.items()
            if location_id == self._location_id
        ]
        return {
            identity.id_key(one.collection_id): one for one in (*made, *self._listed)
        }


class Renamed:
    """What a list shows, by name: for rows whose slug a server may have changed."""

    def __init__(self, listed: Iterable[Existing]) -> None:
        """Sort the items of a list."""
        self._by_name: dict[str, list[Existing]] = defaultdict(list)
        for existing in listed:
            self._by_name[existing.name].append(existing)

    def of(self, job: Job) -> Sequence[Existing]:
        """Return the one that has the row's name and a slug like the row's."""
        found = [
            existing
            for existing in self._by_name.get(job.name, ())
            if rewrites.alike(job.slug, existing.slug)
        ]
        # several of the name: which of them is meant cannot be told
        return found if len(found) == 1 else ()


def named(job: Job) -> str:
    """Return the id that a row names for its collection; empty where it names none."""
    # a search of bytes: nearly no row names an id, and parsing every body would cost
    if _KEY not in job.body:
        return ""
    found = orjson.loads(job.body).get("collectionId", "")
    return found if isinstance(found, str) else ""


def own_first(job: Job, found: Sequence[Existing]) -> Sequence[Existing]:
    """Return a row's collections, the one whose id it names before the others."""
    wanted = named(job) if len(found) > 1 else ""
    if not wanted:
        return found
    key = identity.id_key(wanted)
    return sorted(found, key=lambda one: identity.id_key(one.collection_id) != key)


#: What is told of a row whose products an update does not look up.
CALLED = (Problem(Code.PRODUCTS_NOT_UPDATED, variant="by_name"),)


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
        """Return what a row wants, and its collections, the first of them completed."""
        wanted, found = destination.definition(job.body), own_first(job, found)
        if self.wish.on_existing is not OnExisting.UPDATE:
            return wanted, found
        first, *others = found
        if known := self.known.get(first.collection_id):
            first = known.completed(wanted, first)
        called = job.seq in self.calling
        if called or planning.unseen(wanted, first):
            # counted only where products are left alone: else the update says what it
            # does
            self.unseen += not self.wish.products
        if called:
            # neither compared nor sent, as their ids are not known here
            wanted = replace(wanted, product_ids=())
        return wanted, [first, *others]

    def told(self, job: Job) -> tuple[Problem, ...]:
        """Tell of a row what cannot be done as a user wished."""
        return CALLED if self.wish.products and job.seq in self.calling else ()


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
    """Return the id of a collection that differs from its row, or hides a part."""
    wanted, first = destination.definition(job.body), own_first(job, found)[0]
    differs = planning.differences(wanted, first) or planning.membership(wanted, first)
    return first.collection_id if differs else ""
