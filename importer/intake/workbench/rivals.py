"""Who has a slug, or an id, where rows may change: `claims.Seen` with a way back.

A good row that comes or goes moves those alone that share its slug or its id, and those
that share theirs. Knows keys and rows by number, no text. Invariant: `seen` is what it
would be if all rows had been read in their order.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, NamedTuple

from importer.models import Code

if TYPE_CHECKING:
    from importer.intake.claims import Seen


class Moved(NamedTuple):
    """Rows that have won or lost what they claim, and the slugs that came or went."""

    rows: set[int]
    gained: set[bytes]
    freed: set[bytes]


class Rivals:
    """The good rows of a bench, by what they claim."""

    def __init__(self, seen: Seen) -> None:
        """Begin with none."""
        self.seen: Seen = seen
        #: of a row its slug, and its id where it has one
        self._keys: dict[int, bytes | tuple[bytes, bytes]] = {}
        #: by slug and by id all that claim it, where that is not one that has it
        self._slugs: dict[bytes, list[int]] = {}
        self._ids: dict[bytes, list[int]] = {}
        self._with_ids = False
        #: good rows that may not be sent, and why
        self.lost: dict[int, Code] = {}

    def key(self, here: int) -> bytes:
        """Return the slug that a row claims."""
        return self._both(here)[0]

    def claims(self, here: int) -> bool:
        """Return whether a row is a good one."""
        return here in self._keys

    def is_wanted(self, key: bytes) -> bool:
        """Return whether any row claims a slug."""
        return key in self.seen.first or key in self._slugs

    def add(self, here: int, key: bytes, wanted: bytes) -> Moved:
        """Take in a good row."""
        if not wanted and self.take(here, key):
            return Moved({here}, {key}, set())
        self._keys[here] = (key, wanted) if wanted else key
        first = self.seen.first
        self._with_ids = self._with_ids or bool(wanted)
        insort(self._claiming(self._slugs, first, key), here)
        if wanted:
            insort(self._claiming(self._ids, self.seen.ids, wanted), here)
        return self._settled(here, key, wanted)

    def take(self, here: int, key: bytes) -> bool:
        """Take in a good row without an id; False where another row wants its slug."""
        first = self.seen.first
        if key in self._slugs or key in first:
            return False
        self._keys[here], first[key] = key, here
        return True

    def remove(self, here: int) -> Moved:
        """Take out a good row."""
        key, wanted = self._both(here)
        del self._keys[here]
        first = self.seen.first
        if not wanted and key not in self._slugs:
            del first[key]
            return Moved(set(), set(), {key})
        _drop(self._claiming(self._slugs, first, key), here)
        if wanted:
            _drop(self._claiming(self._ids, self.seen.ids, wanted), here)
        was_lost = self.lost.pop(here, None)
        moved = self._settled(here if was_lost else -1, key, wanted)
        return Moved(moved.rows - {here}, moved.gained, moved.freed)

    def _both(self, here: int) -> tuple[bytes, bytes]:
        found = self._keys[here]
        return (found, b"") if type(found) is bytes else found  # type: ignore[return-value]

    @staticmethod
    def _claiming(
        known: dict[bytes, list[int]], having: dict[bytes, int], key: bytes
    ) -> list[int]:
        """Return all rows that claim something, as a list to change."""
        if key not in known:
            known[key] = [having[key]] if key in having else []
        return known[key]

    def _settled(self, here: int, key: bytes, wanted: bytes) -> Moved:
        """Decide anew who has what, among those that a row may move."""
        if not self._with_ids:
            return self._settled_slug(here, key)
        slugs, ids, rows = self._component(key, wanted)
        first, having = self.seen.first, self.seen.ids
        before = {key: first.pop(key, None) for key in slugs}
        for number in ids:
            having.pop(number, None)
        moved = set()
        for row in sorted(rows):
            slug, number = self._both(row)
            lost = None
            if not self.seen.claim(slug, number, row):
                taken = slug in first
                lost = Code.DUPLICATE_IN_INPUT if taken else Code.COLLECTION_ID_REPEATED
            if lost is not self.lost.get(row) or row == here:
                moved.add(row)
            self._lose(row, lost)
        for known, holders, names in (
            (self._slugs, first, slugs),
            (self._ids, having, ids),
        ):
            for name in names:
                self._tidy(known, holders, name)
        gained = {key for key in slugs if key in first and before[key] is None}
        freed = {key for key in slugs if key not in first and before[key] is not None}
        return Moved(moved, gained, freed)

    def _settled_slug(self, here: int, key: bytes) -> Moved:
        """Decide the same where no row has an id: the first one has the slug."""
        first, rows = self.seen.first, self._slugs[key]
        before = first.pop(key, None)
        moved = {here} if here in self._keys else set()
        if rows:
            first[key] = rows[0]
            self._lose(rows[0], None)
            if before != rows[0]:
                moved.add(rows[0])
                if before is not None and before in self._keys:
                    self._lose(before, Code.DUPLICATE_IN_INPUT)
                    moved.add(before)
            if here in self._keys and here != rows[0]:
                self._lose(here, Code.DUPLICATE_IN_INPUT)
        self._tidy(self._slugs, first, key)
        gained = {key} if rows and before is None else set()
        return Moved(moved, gained, set() if rows else {key})

    def _lose(self, row: int, why: Code | None) -> None:
        if why is None:
            self.lost.pop(row, None)
        else:
            self.lost[row] = why

    @staticmethod
    def _tidy(
        known: dict[bytes, list[int]], having: dict[bytes, int], key: bytes
    ) -> None:
        """Forget a list that says no more than who has it."""
        rows = known.get(key)
        if rows is not None and rows == ([having[key]] if key in having else []):
            del known[key]

    def _component(
        self, key: bytes, wanted: bytes
    ) -> tuple[set[bytes], set[bytes], set[int]]:
        """Return the slugs, ids and rows that hang together with a row."""
        slugs, ids, rows = {key}, {wanted} - {b""}, set[int]()
        waiting = [*self._of(self._slugs, self.seen.first, key)]
        waiting += self._of(self._ids, self.seen.ids, wanted) if wanted else []
        while waiting:
            row = waiting.pop()
            if row in rows:
                continue
            rows.add(row)
            slug, number = self._both(row)
            if slug not in slugs:
                slugs.add(slug)
                waiting += self._of(self._slugs, self.seen.first, slug)
            if number and number not in ids:
                ids.add(number)
                waiting += self._of(self._ids, self.seen.ids, number)
        return slugs, ids, rows

    @staticmethod
    def _of(
        known: dict[bytes, list[int]], having: dict[bytes, int], key: bytes
    ) -> list[int]:
        if key in known:
            return known[key]
        return [having[key]] if key in having else []


def _drop(rows: list[int], here: int) -> None:
    at = bisect_left(rows, here)
    if at < len(rows) and rows[at] == here:
        del rows[at]
