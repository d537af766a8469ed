"""Slugs that several rows have: who keeps it, and who gets -2, -3, where asked for.

The rows are told twice, first to see which slugs there are, then to settle each.
A row that was good keeps its slug, before any that was only fixed. Rows that are
alike in everything are one collection that was listed twice: they keep one slug, and
stay the duplicates that they are, since a second slug would create it twice. One
number for each identity is held, and no row. Invariant: no slug is given that
another row of its location has.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from importer import identity

if TYPE_CHECKING:
    from collections.abc import Mapping

_BYTES = 8


def content(parts: Mapping[str, Any]) -> int:
    """Return a number that only another definition with the same content has."""
    said = repr(sorted(parts.items())).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(said, digest_size=_BYTES).digest())


class Slugs:
    """The slugs of all rows; first `claim` or `reserve` each, then `settle` each."""

    def __init__(self, *, numbered: bool = False) -> None:
        """Begin without a row; `numbered` says whether repeated slugs get numbers."""
        self._numbered = numbered
        # by identity: what the row says that has it, and in the last bit whether
        # that row was settled already
        self._owners: dict[bytes, int] = {}
        self._reserved: set[bytes] = set()
        self._given: dict[int, str] = {}
        self._next: dict[bytes, int] = {}

    def claim(self, location: str, slug: str, number: int) -> bool:
        """Note that a good row has this slug; False if an earlier one has it."""
        key = identity.key(location, slug)
        if key in self._owners:
            return False
        self._owners[key] = number << 1
        return True

    def reserve(self, location: str, slug: str) -> None:
        """Note that a row that is not good, or not yet, has this slug."""
        self._reserved.add(identity.key(location, slug))

    def settle(
        self, location: str, slug: str, number: int, *, good: bool
    ) -> str | None:
        """Return the slug of a row.

        Args:
            location: the id of its location.
            slug: what it says itself, or what was made of its name.
            number: its `content`, with that slug.
            good: whether it was good before it was fixed.

        Returns:
            Its own slug; another one; or None where the row, fixed, would repeat
            another one, and had better stay as it is.
        """
        key = identity.key(location, slug)
        owner = self._owners.get(key)
        if owner is None or (good and owner == number << 1):
            self._owners[key] = number << 1 | 1
            return slug
        if owner >> 1 == number:
            return slug if owner & 1 else None
        if not self._numbered:
            return None
        if number not in self._given:
            self._given[number] = self._free(location, slug, key)
        return self._given[number]

    def _free(self, location: str, slug: str, key: bytes) -> str:
        number = self._next.get(key, 2)
        while True:
            found = f"{slug}-{number}"
            number += 1
            other = identity.key(location, found)
            if other not in self._owners and other not in self._reserved:
                self._next[key] = number
                self._reserved.add(other)
                return found
