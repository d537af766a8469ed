"""The natures of a server: ways in which it may be other than a client assumes.

Pure: the names of all natures, how a create's slug and name are rewritten, and what a
list shows where it is bent: pages, items and totals; mixed answers are in `answers`.
Nothing of it has to go wrong: a server may be so at every call. Some readings of a list
are unsettled, in a seeded way. Invariants: a rewritten name or slug depends on the seed
and the call alone; four readings at most in a row are unsettled, so that a client that
reads on sees a whole list in the end; what an unsettled reading leaves out shows in its
totals, or in items that come twice.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zlib import crc32

from importer.sandbox.faults import Stream, bits, chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.sandbox.store import Collection


class Nature(StrEnum):
    """One name for each way in which a server can differ."""

    SHORT_LIST = "short-list"  # short pages, and now and then items left out
    MOVING_LIST = "moving-list"  # items change places while the pages are read
    IGNORES_OFFSET = "ignores-offset"  # every page is the first one
    ID_NOT_UNDERSCORE_ID = "id-not-_id"  # `id` in lists, or no id at all
    WRONG_TOTAL = "wrong-total"  # a `total` that means nothing
    OTHER_LOCATIONS = "other-locations"  # lists show other locations' items, too
    PAGE_LIMIT_20 = "page-limit-20"  # 422 to a page of more than 20
    REWRITES_SLUG = "rewrites-slug"
    REWRITES_NAME = "rewrites-name"
    MIXED_ANSWERS = "mixed-answers"  # two creates get each other's answer
    CONFLICT_409 = "conflict-409"  # a slug that is there is refused


#: The largest page where pages are small.
SMALL_PAGE = 20
#: The share of rewritten slugs that get a suffix, and what it is made of.
SUFFIX_SHARE = 0.3
SUFFIX_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SUFFIX_LENGTH = 4
#: How much of a rewritten name is kept, before it is escaped.
NAME_LENGTH = 40

_DASHES = re.compile("-{2,}")


def named(name: str) -> Nature:
    """Return the nature of that name.

    Raises:
        ValueError: there is none; the message lists those that there are.
    """
    try:
        return Nature(name)
    except ValueError:
        names = ", ".join(Nature)
        message = f"There is no nature {name!r}. Write one of: {names}."
        raise ValueError(message) from None


def checked(names: Iterable[str]) -> frozenset[Nature]:
    """Return the natures of these names.

    Raises:
        ValueError: a name is unknown.
    """
    return frozenset(named(name) for name in names)


def rewritten_slug(slug: str, seed: int, ordinal: int) -> str:
    """Write a slug in small letters with single dashes; some get a suffix."""
    plain = _DASHES.sub("-", slug.lower())
    if chance(seed, ordinal, Stream.REWRITE) >= SUFFIX_SHARE:
        return plain
    drawn = bits(seed, ordinal, Stream.SUFFIX)
    letters = []
    for _ in range(SUFFIX_LENGTH):
        drawn, index = divmod(drawn, len(SUFFIX_LETTERS))
        letters.append(SUFFIX_LETTERS[index])
    return f"{plain}-{''.join(letters)}"


def rewritten_name(name: str) -> str:
    """Write a name in NFC with single spaces, cut, and escaped for HTML."""
    squashed = " ".join(unicodedata.normalize("NFC", name).split())
    return html.escape(squashed[:NAME_LENGTH].rstrip())


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
