"""The ids that the rows of a run have got, of which there may be millions.

Of each a hash of eight bytes is kept, in sorted arrays that stay short, where a set
would take six times as much. Two ids with one hash (less than once in ten million runs
of a million rows) would put a row in doubt, which looks and finds it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: So many arrays share the ids: one of a million rows has 250 of them.
SHELVES = 4096


class Ids:
    """A set of ids, by their hashes."""

    __slots__ = ("_shelves",)

    def __init__(self) -> None:
        """Begin with none."""
        self._shelves: dict[int, array[int]] = {}

    def add(self, collection_id: str) -> None:
        """Keep an id."""
        number = hash(collection_id)
        shelf = self._shelves.get(number % SHELVES)
        if shelf is None:
            shelf = self._shelves[number % SHELVES] = array("q")
        place = bisect_left(shelf, number)
        if place == len(shelf) or shelf[place] != number:
            shelf.insert(place, number)

    def update(self, ids: Iterable[str]) -> None:
        """Keep many."""
        for collection_id in ids:
            self.add(collection_id)

    def __contains__(self, collection_id: str) -> bool:
        """Say whether an id was kept."""
        number = hash(collection_id)
        shelf = self._shelves.get(number % SHELVES, ())
        place = bisect_left(shelf, number)
        return place < len(shelf) and shelf[place] == number
