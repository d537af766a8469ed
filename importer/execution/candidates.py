"""The collections of one listing that rows without a clear answer may have made.

Those that were there before the run, or that are another row's, are none. Pure.
Invariant: a collection is given to one row at most.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from importer import rewrites
from importer.rewrites import SHORTEST_CUT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from importer.models import Existing, Job
    from importer.rewrites import Ways


class Candidates:
    """What a list shows that no row has and that was not there before."""

    def __init__(
        self,
        listed: Iterable[Existing],
        before: Collection[str],
        owned: Collection[str],
        ways: Ways,
        excluded: Callable[[Job, Existing], bool],
    ) -> None:
        """Sort what is left by slug and by name.

        Args:
            listed: the location's list.
            before: ids that the location held before the run.
            owned: ids that rows of the run have got.
            ways: how the location changes names.
            excluded: whether a row's requests cannot have made a collection.
        """
        self._excluded = excluded
        self._ways = ways
        self._taken: set[str] = set()
        self._without_id: set[str] = set()
        self._by_slug: dict[str, list[Existing]] = defaultdict(list)
        self._by_name: dict[str, list[Existing]] = defaultdict(list)
        for existing in listed:
            collection_id = existing.collection_id
            # a collection without an id cannot become a row's outcome, but it proves
            # that the slug is taken: a person has to decide then
            if not collection_id:
                self._without_id.add(existing.slug)
                continue
            # what the run found, or was answered for another row, cannot come of this
            # row's request
            if collection_id in before or collection_id in owned:
                continue
            self._by_slug[existing.slug].append(existing)
            self._by_name[self._key(existing.name)].append(existing)

    def with_slug(self, job: Job) -> list[Existing]:
        """Return those with the row's slug, its own name and type first."""
        found = [
            existing
            for existing in self._by_slug.get(job.slug, ())
            if self._is_free(existing)
        ]
        # sorted, not filtered: a slug that another's collection has is told as such
        # (made_by_others), and only the best match can be the row's own
        return sorted(found, key=lambda one: not self.same(job, one))

    def with_name(self, job: Job) -> list[Existing]:
        """Return those with the row's name and another slug."""
        return [
            existing
            for existing in self._by_name.get(self._key(job.name), ())
            if existing.slug != job.slug
            and self._is_free(existing)
            and self.same(job, existing)
        ]

    def without_id(self, job: Job) -> bool:
        """Return whether the row's slug is there, and the list does not say its id."""
        return job.slug in self._without_id

    def same(self, job: Job, existing: Existing) -> bool:
        """Return whether a collection may be the row's own: name, type and time."""
        # a list need not show the type (docs/api-facts.md): only two types that differ
        # tell two collections apart
        if existing.type and job.type and existing.type != job.type:
            return False
        same = rewrites.same_name(job.name, existing.name, self._ways)
        return same and not self._excluded(job, existing)

    def take(self, existing: Existing) -> None:
        """Give a collection to a row."""
        self._taken.add(existing.collection_id)

    def _is_free(self, existing: Existing) -> bool:
        return existing.collection_id not in self._taken

    def _key(self, name: str) -> str:
        """Return the beginning that a name keeps however a server changes it."""
        # a name may come back cut, so only a beginning that survives every known change
        # can serve as a key; `same` looks at the whole of it
        return rewrites.fold(name, self._ways)[:SHORTEST_CUT]
