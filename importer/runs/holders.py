"""Which collections of a location a row means by its id or by its name.

By id for rows that name one of their own, which nearly none do; by name for rows that
another run left in doubt. Knows what a list shows and what other runs have made a short
time ago. Invariant: a row never gets the collection of another slug, unless the server
may have made that slug of the row's.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from importer import identity, rewrites

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.models import Existing, Job
    from importer.runs.other_runs import Kin

#: The key of the id in a body; what a row says inside of a text is quoted otherwise.
_KEY = b'"collectionId":'


class Holders:
    """The collections of one location by their ids."""

    def __init__(self, listed: Sequence[Existing], kin: Kin, location_id: str) -> None:
        """Keep what is known; it is put in order when a row asks."""
        self._listed, self._kin, self._location_id = listed, kin, location_id

    def of_another(self, job: Job, found: Sequence[Existing]) -> Existing | None:
        """The collection that has the id of a row, where it is not one of its own.

        Args:
            job: the row.
            found: the collections that the row means, by its slug.
        """
        wanted = named(job)
        holder = self._by_id.get(identity.id_key(wanted)) if wanted else None
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
        return found if len(found) == 1 else ()


def named(job: Job) -> str:
    """The id that a row names for its collection; empty where it names none."""
    if _KEY not in job.body:
        return ""
    found = orjson.loads(job.body).get("collectionId", "")
    return found if isinstance(found, str) else ""


def own_first(job: Job, found: Sequence[Existing]) -> Sequence[Existing]:
    """The collections of a row, the one whose id it names before the others."""
    wanted = named(job) if len(found) > 1 else ""
    if not wanted:
        return found
    key = identity.id_key(wanted)
    return sorted(found, key=lambda one: identity.id_key(one.collection_id) != key)
