"""One pass through a list: which offset is asked for next, and what the pages prove.

Pure: pages go in, offsets and a judgement come out. A page begins with the last item
of the page before, so that a list which moves meanwhile shows it: where that item is
not known yet, something may have slipped past. Invariants: only an empty page is an
end that proves itself; what a list states as its total never ends a pass, and only
says how many pages are worth asking for side by side.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from importer.errors import FatalError
from importer.identity import Ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Pages of one list that are asked for side by side.
PAGES_AT_ONCE = 8
#: Pages in a row that may bring nothing new: lists shift while a run creates.
MOST_IDLE = 3
#: Short pages in a row that only bring what is new, where they look like the end, and
#: where no more than the total says so.
MOST_CHASED, MOST_FOLLOWED = 2, 5
#: Borders at which a list may have moved before a pass is given up.
MOST_GAPS = 8
#: A list that brings new items for ever must come to an end, too.
MOST_PAGES = 10_000
#: Arrays that share the keys of one list: a location has hundreds or thousands.
SHELVES = 64


@dataclass(frozen=True, slots=True)
class Mark:
    """An item of a list, as far as reading needs it.

    Attributes:
        key: its id, or its whole content where it has none.
        evidence: whether it belongs to the location and proves anything.
        made_at: when it was made, in seconds since the epoch; None where unknown.
    """

    key: str
    evidence: bool = True
    made_at: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: all items, the total that is stated, and how many were asked for."""

    marks: Sequence[Mark]
    total: int | None
    asked: int


class End(Enum):
    """How a pass came to its end."""

    EMPTY = "an empty page"
    UNPROVED = "a refusal, or what was known, behind what looks like the end"
    CHASED = "page after page of what is new, each at what looks like the end"
    STUCK = "pages that bring nothing new: the offset is ignored"
    REFUSED = "a refusal where the list goes on"
    HOPELESS = "pages that have nothing to do with one another"


@dataclass(slots=True)
class Passage:
    """A pass under way, and what it has shown in the end.

    `believed` says whether stated totals count for anything, `eager` whether pages may
    be asked for before it is known that they follow. What was made since `young_since`
    (seconds since the epoch) is new.
    `position` is the offset of the first item that was not read, `offset` the next one
    to be asked for; both are the same where an end is expected, and `offset` is one
    less where more is. `repeats` counts items that came twice, borders excepted;
    `gaps` borders at which something may have slipped past, `jumps` those that prove
    nothing either way. `shrunk` tells that the stated total became smaller, `disproved`
    that it cannot have been true, `refusal` why a page was refused where the list goes
    on.
    """

    believed: bool = True
    eager: bool = True
    young_since: float = math.inf
    position: int = 0
    offset: int = 0
    end: End | None = None
    repeats: int = 0
    gaps: int = 0
    jumps: int = 0
    shrunk: bool = False
    disproved: bool = False
    first_total: int | None = None
    total: int | None = None
    refusal: FatalError = field(default_factory=lambda: FatalError(""))
    seen: Ids = field(default_factory=lambda: Ids(SHELVES))
    #: of what belongs to the location: hashes in the order of the list, and the times
    _own: array[int] = field(default_factory=lambda: array("q"))
    _made: array[float] = field(default_factory=lambda: array("d"))
    _usual: int = 0
    _short: bool = False
    _last: int = 0
    _largest: int = 0
    _idle: int = 0
    _chased: int = 0
    _followed: int = 0
    _pages: int = 0
    _old_seen: bool = False
    #: at this position the overlapping page has shown nothing behind the last item
    _lone_at: int = -1
    #: what was found at an offset where an end was expected: a page, or a refusal
    _beyond: tuple[int, Page | None] | None = None

    def ahead(self) -> list[int]:
        """Return the next offset, and those behind it that are worth asking for too."""
        # one less than a page, as each begins with the last item of the one before
        step = self._usual - 1
        # where an end is expected, or pages are cut short, the next offset is not known
        # yet
        if self.offset == self.position or not self.eager or self._short:
            return [self.offset]
        if self.total is None:
            return [self.offset]
        pages = -(-(self.total - self.position) // step)
        count = max(1, min(PAGES_AT_ONCE, pages))
        return [self.offset + number * step for number in range(count)]

    def awaits(self, offset: int) -> bool:
        """Return whether the pass goes on with this offset."""
        return self.end is None and offset == self.offset

    def take(self, page: Page) -> None:
        """Take in the page at `offset`."""
        if self._disproves_total(page):
            self.disproved = True
        # before the page is taken in: the total that it states is compared with what
        # was known until now
        self._count(page.total)
        self._usual = min(self._usual, page.asked) if self._usual else page.asked
        if self.offset == self.position:
            self._take_exact(page)
        elif not page.marks:  # the last item is gone, and who knows what with it
            self.gaps += 1
            self.end = End.UNPROVED
        else:
            self._take_overlapping(page)

    def refuse(self, error: FatalError) -> None:
        """Take in that the API refuses `offset`.

        Raises:
            FatalError: it refuses the list from its first page on.
        """
        # the very first page refused is no end but a refusal of the list
        if not self.position:
            raise error
        exact = self.offset == self.position
        # an offset behind the last item may be refused: that looks like an end, and is
        # looked into, but does not prove itself
        if not (self._short or exact):
            self.end, self.refusal = End.REFUSED, error
        elif not exact:
            self._nothing_behind()
        elif self._lone_at == self.position or self._usual == 1:
            self.end = End.UNPROVED
        else:
            self._beyond = (self.position, None)
            self.offset = self.position - 1

    @property
    def growth(self) -> int:
        """By how much the list has grown meanwhile, as far as it says so."""
        if self.total is None or self.first_total is None or not self._stated:
            return 0
        return max(0, self.total - self.first_total)

    @property
    def moved(self) -> bool:
        """Whether the list has visibly moved while it was read."""
        return self.gaps > 0 or self.repeats > 0

    @property
    def proven(self) -> bool:
        """Whether nothing that was there all the time can be missing."""
        odd = self.gaps or self.jumps or self.repeats > self.growth
        return self.end is End.EMPTY and not odd and not (self.believed and self.shrunk)

    @property
    def total_fits(self) -> bool:
        """Whether the stated total is the number of items that were read, or own."""
        if not self.believed or self.total is None:
            return True
        return self.total in (self.position, len(self._own))

    def own(self) -> Iterator[tuple[int, float]]:
        """Yield what was shown of the location itself, in the order of the list.

        Of each item the hash of its key, and when it was made: seconds since the epoch,
        -inf where that is unknown.
        """
        return zip(self._own, self._made, strict=True)

    # pages

    def _count(self, total: int | None) -> None:
        if total is None:
            return
        if self.first_total is None:
            self.first_total = total
        elif self.total is not None and total < self.total:
            self.shrunk = True
        self.total = total

    def _disproves_total(self, page: Page) -> bool:
        """Return whether unknown old items stand behind the stated number.

        Where a total only says how far the list was read, it tells of no growth.
        """
        if self.total is None:
            return False
        behind = page.marks[max(0, self.total - self.offset) :]
        return any(mark.key not in self.seen and self._old(mark) for mark in behind)

    @property
    def _stated(self) -> bool:
        """Whether there is a total that may be true."""
        return self.believed and not self.disproved and self.total is not None

    def _old(self, mark: Mark) -> bool:
        return _time(mark) < self.young_since

    def _take_exact(self, page: Page) -> None:
        """Take a page that begins where the one before ended, or the very first."""
        if not page.marks:
            self.end = End.EMPTY
        elif not self.position or self._usual == 1:
            # a page of one item cannot overlap, so nothing proves what is between it
            # and the last one
            self.jumps += self.position > 0
            self._take_in(page)
        elif self._lone_at == self.position:
            self._go_beyond(page)
        else:  # more follows, which shows whether it fits when it overlaps
            # kept until the overlapping page has shown whether something slipped past
            self._beyond = (self.position, page)
            self.offset = self.position - 1

    def _take_overlapping(self, page: Page) -> None:
        """Take a page that should begin with the last item of the one before."""
        known = page.marks[0].key in self.seen
        # the last item is not where it was: the list has moved, by one or by many
        self.gaps += not known
        if self.gaps >= MOST_GAPS:
            self.end = End.HOPELESS
        elif known and len(page.marks) == 1:
            self._nothing_behind()
        else:
            self.position = self.offset
            self._take_in(page, overlap=int(known))

    def _nothing_behind(self) -> None:
        """Note that the last item is where it was, and nothing is behind it."""
        self._lone_at = self.position
        self._short = True
        self.offset = self.position
        if self._beyond is None or self._beyond[0] != self.position:
            return
        page = self._beyond[1]
        if page is None:
            self.end = End.UNPROVED
        else:
            self._go_beyond(page)

    def _go_beyond(self, page: Page) -> None:
        """Take a page behind what looked like the end."""
        if any(mark.key not in self.seen for mark in page.marks):
            # it brings something new, and nothing shows what stood in between
            self.jumps += 1
            self._take_in(page)
        elif self.position > 1:  # the end is shown again for offsets behind it
            self.end = End.UNPROVED
        else:
            self.end = End.STUCK

    def _take_in(self, page: Page, overlap: int = 0) -> None:
        """Read on behind the items of a page, the first of which may be known."""
        marks, asked = page.marks, page.asked
        fresh = [mark for mark in marks[overlap:] if self._keep(mark)]
        if self._short and self.position:  # pages are cut shorter than asked for
            # the server gives fewer than asked for: its own size is learned from what
            # came
            self._usual = min(self._usual, max(len(marks), self._last))
        self.position += len(marks)
        self._last = len(marks)
        self._short = len(marks) < self._usual
        chasing = self._chases(fresh, asked)
        self._idle = 0 if fresh or chasing else self._idle + 1
        self._pages += 1
        if self._chased >= MOST_CHASED or self._followed >= MOST_FOLLOWED:
            self.end = End.CHASED
        elif self._idle >= MOST_IDLE:
            self.end = End.STUCK
        elif self._pages > MOST_PAGES:
            self.end = End.HOPELESS
        self.offset = self.position - (self._usual > 1 and self._more_expected())

    def _keep(self, mark: Mark) -> bool:
        """Keep an item, and return whether it was not known."""
        number = hash(mark.key)
        new = self.seen.add_hash(number)
        if new and mark.evidence:
            self._own.append(number)
            self._made.append(_time(mark))
        # an item twice means that another may have been pushed over a border unseen
        self.repeats += mark.evidence and not new
        return new

    def _chases(self, fresh: Sequence[Mark], asked: int) -> bool:
        """Return whether this is the end of a list that grows as fast as it is read."""
        old = any(map(self._old, fresh))
        smaller = self._last < self._largest
        self._old_seen = self._old_seen or old
        self._largest = max(self._largest, self._last)
        if self._stated:
            # a total that is believed says where the end is; else a page that is
            # smaller than the others does
            at_end = self.total == self.position and self._last < asked
        else:
            at_end = self._old_seen and smaller
        # old items are no growth: where they still come, the list goes on
        at_end = at_end and not old
        self._followed = self._followed + 1 if at_end else 0
        self._chased = self._chased + 1 if at_end and smaller else 0
        return at_end

    def _more_expected(self) -> bool:
        """Return whether the last page looks as if more followed."""
        if not self._short:  # also where the total says that this was all
            return True
        return self._stated and (self.total or 0) > self.position


def _time(mark: Mark) -> float:
    """Return when an item was made; before all times where that is unknown."""
    return -math.inf if mark.made_at is None else mark.made_at
