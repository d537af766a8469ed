"""Which two definitions are the same: (location, slug), and nothing else.

The API has no key of its own that a client could choose (contract: duplicate slugs
are accepted), so this pair is what "exactly once" is measured by. Pure. Invariant:
equal pairs give equal keys on every machine and in every run.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The digits of the ids that HighLevel gives.
_MONGO_DIGITS = 24
_EMPTY = blake2b(digest_size=12)


def key(location_id: str, slug: str) -> bytes:
    """Return the pair as 12 bytes, small enough to hold a million of.

    At a million rows two different pairs share their bytes with a chance of about
    6 in 10^18, so there is no need to look twice.
    """
    hashed = _EMPTY.copy()  # half as dear as making one
    # a newline can be in neither an id nor a slug, so no two pairs run into one
    hashed.update(f"{location_id}\n{slug}".encode())
    return hashed.digest()


def id_key(collection_id: str) -> bytes:
    """Give the bytes by which an id is compared: 24 hex digits in any case are one."""
    if len(collection_id) == _MONGO_DIGITS:
        try:
            return bytes.fromhex(collection_id)
        except ValueError:
            pass
    # the mark keeps an id of 12 bytes apart from the bytes of a hex one
    return b"#" + collection_id.encode()


#: So many arrays share the ids: one of a million rows has 250 of them.
SHELVES = 4096


class Ids:
    """A set of ids, by hashes of eight bytes in sorted arrays, `most` of them.

    A set of Python's own takes ten times as much. Two ids of a million share a hash
    with a chance of about 3 in 10^8.
    """

    __slots__ = ("_most", "_shelves")

    def __init__(self, most: int = SHELVES) -> None:
        """Begin with none."""
        self._most = most
        self._shelves: dict[int, array[int]] = {}

    def add(self, collection_id: str) -> bool:
        """Keep an id, and return whether it is new."""
        # `hash` differs between processes, which is fine: the shelves never leave this
        # one
        return self.add_hash(hash(collection_id))

    def add_hash(self, number: int) -> bool:
        """Keep an id by its hash, and return whether it is new."""
        shelf = self._shelves.get(number % self._most)
        if shelf is None:
            shelf = self._shelves[number % self._most] = array("q")
        place = bisect_left(shelf, number)
        if place < len(shelf) and shelf[place] == number:
            return False
        shelf.insert(place, number)
        return True

    def update(self, ids: Iterable[str]) -> None:
        """Keep many."""
        for collection_id in ids:
            self.add(collection_id)

    def __contains__(self, collection_id: object) -> bool:
        """Say whether an id was kept."""
        number = hash(collection_id)
        shelf = self._shelves.get(number % self._most, ())
        place = bisect_left(shelf, number)
        return place < len(shelf) and shelf[place] == number
