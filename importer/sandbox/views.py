"""What a list shows where the server's nature bends it: pages, items and totals.

Knows no HTTP; it only counts, for each location, how often a list was begun. Some of
these readings are unsettled, in a seeded way. Invariants: four readings at most in a
row are unsettled, so that a client that reads on sees a whole list in the end; what an
unsettled reading leaves out shows in its totals, or in items that come twice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from importer.sandbox.faults import Stream, chance
from importer.sandbox.natures import Nature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.sandbox.store import Collection

#: The natures whose readings may be unsettled.
UNSETTLING = frozenset({Nature.SHORT_LIST, Nature.MOVING_LIST})
#: Of so many readings in a row the first four may be unsettled.
ROUND = 6
UNSETTLED_IN_A_ROUND = (1, 2, 3, 4)
UNSETTLED_SHARE = 0.95
#: The share of items that an unsettled reading leaves out, and for how many in a row.
LEFT_OUT_SHARE = 0.5
LEFT_OUT_READINGS = 2
#: The share of the rounds in which items change places; in the others some come or go.
PLACES_SHARE = 0.6
#: The share of pages that are short, and the shortest, as a share of what was asked.
SHORT_SHARE = 0.6
SHORTEST = 0.3
#: The share of others' items that lists show without any id.
NAMELESS_SHARE = 0.08
#: So many collections of others come or go at most between two pages.
PASSERS_BY = 60


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked of a list: whose, from where on, how much, by which call."""

    location: str
    offset: int
    limit: int
    ordinal: int


class Views:
    """The lists of one server, as its natures bend them."""

    def __init__(self, natures: frozenset[Nature], seed: int) -> None:
        """Begin with nothing read."""
        self._natures = natures
        self._seed = seed
        self._readings: Counter[str] = Counter()

    def shown(self, page: Page, found: Sequence[Collection]) -> dict[str, Any]:
        """Return the body of an answer: items of `found`, all that the list holds."""
        # a first page begins a reading; nothing else tells one from another
        self._readings[page.location] += page.offset == 0
        view = found
        if self._unsettled(page.location):
            view = self._bent(page, found)
        offset = 0 if Nature.IGNORES_OFFSET in self._natures else page.offset
        items = view[offset : offset + self._length(page)]
        body = {"data": [self.item(item, listed=True) for item in items]}
        total = len(found)
        if view is not found:
            # what a reading leaves out is counted; what only passes by is, too
            total = len({item.id for item in (*found, *view)})
        if Nature.WRONG_TOTAL in self._natures:
            return body | self._wrong_total(page.location, len(items), total)
        return body | {"total": total}

    def item(self, item: Collection, *, listed: bool = False) -> Mapping[str, Any]:
        """Return one collection as it is shown.

        In lists some that others made have no id; a client's own can be told apart.
        """
        if Nature.ID_NOT_UNDERSCORE_ID not in self._natures:
            return item.fields
        shown = {key: value for key, value in item.fields.items() if key != "_id"}
        nameless = self._drawn(item.id, Stream.NAMELESS) < NAMELESS_SHARE
        if listed and nameless and item.call is None:
            return shown
        return {"id": item.id, **shown}

    def _unsettled(self, location: str) -> bool:
        reading = self._readings[location]
        return bool(UNSETTLING & self._natures) and (
            reading % ROUND in UNSETTLED_IN_A_ROUND
            and self._drawn(location, Stream.UNSETTLED, reading) < UNSETTLED_SHARE
        )

    def _bent(self, page: Page, found: Sequence[Collection]) -> Sequence[Collection]:
        """Return the whole list in the middle of an unsettled reading."""
        # the same items stay out for two readings in a row, or a client would be saved
        # by reading twice
        left_out = self._readings[page.location] // LEFT_OUT_READINGS
        view: Sequence[Collection] = [
            item
            for item in found
            if self._drawn(item.id, Stream.LEFT_OUT, left_out) >= LEFT_OUT_SHARE
        ]
        if Nature.MOVING_LIST in self._natures and view:
            view = self._moved(page, view)
        return view

    def _moved(self, page: Page, view: Sequence[Collection]) -> Sequence[Collection]:
        """Return the list as it is at one page: items change places, come, or go."""
        round_ = self._readings[page.location] // ROUND
        way = self._drawn(page.location, Stream.WAY, round_)
        share = chance(self._seed, page.ordinal, Stream.MOVES)
        if way < PLACES_SHARE:
            places = int(share * len(view))
            return [*view[places:], *view[:places]]
        passing = [*_passers_by(view[0], 1 + int(share * PASSERS_BY)), *view]
        # there on the first page and gone on the next, or the other way round
        go = way * 2 > 1 + PLACES_SHARE
        return passing if go == (page.offset == 0) else view

    def _length(self, page: Page) -> int:
        """Return how many items the page has at most; never none."""
        if Nature.SHORT_LIST not in self._natures:
            return page.limit
        if chance(self._seed, page.ordinal, Stream.SHORT) >= SHORT_SHARE:
            return page.limit
        share = chance(self._seed, page.ordinal, Stream.LENGTH)
        return max(1, int(page.limit * (SHORTEST + (1 - SHORTEST) * share)))

    def _wrong_total(self, location: str, length: int, total: int) -> dict[str, Any]:
        """Return one kind of wrong total for each location."""
        kinds: tuple[dict[str, Any], ...] = (
            {"total": 0},
            {"total": -1},
            {"total": length},
            {"total": 10_000_000},
            {"total": 1_000_000_000},
            {},
            {"total": f"{total} collections"},
        )
        return kinds[(self._seed + crc32(location.encode())) % len(kinds)]

    def _drawn(self, text: str, stream: Stream, number: int = 0) -> float:
        return chance(self._seed, crc32(text.encode()) + (number << 32), stream)


def _passers_by(like: Collection, count: int) -> list[Collection]:
    """Make collections of others that nothing is left of."""
    return [
        replace(
            like,
            fields={
                **like.fields,
                "_id": f"{like.id[:8]}ffffffffff{number:06x}",
                "slug": f"passing-by-{number}",
                "name": f"Passing by {number}",
            },
            call=None,
        )
        for number in range(count)
    ]
