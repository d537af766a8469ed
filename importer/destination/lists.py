"""The lists of the API as one run reads them, and what it has learned of them.

A list is read pass after pass, until it is complete or cannot be. One pass that proves
itself is enough; else two in a row have to show the same items, where those that are
younger than the reading may be new. A stated total that differs from what was read only
has the list read again. Which page the API allows, and whose total is wrong, is found
out once and kept for all locations. Invariant: a list is handed on as complete and then
lacks nothing that was there all the time, or it raises; where the user accepts what a
list shows, that is kept as a remark on the location.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer import logs
from importer.client import Answer
from importer.destination import answers, pages
from importer.destination.passage import SHELVES, End, Page, Passage
from importer.errors import LIST_REMEDY, FatalError, ListIncomplete, alone
from importer.identity import Ids
from importer.models import Code

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from importer.client import Exchange
    from importer.destination.passage import Mark

    Fetch = Callable[[int], Coroutine[None, None, Page | FatalError]]


#: Pauses before the passes, in seconds; there are as many passes.
PAUSES = (0.0, 0.1, 0.2, 0.4, 0.8, 1.5)
#: Agreements of passes in a row that overrule a total.
AGREEMENTS = 2
#: A total that is larger than what was read, and no more than so many times, may be
#: right: then as many passes as there are have to agree, or all but the first two.
PLAUSIBLE, ALL_AGREEMENTS = 4, 4
#: The clocks of a server and of this machine may differ so much.
TOLERANCE_SECONDS = 600.0

IGNORED = "the server ignores the offset"
CHANGING = "its pages change while they are read"


@dataclass(frozen=True, slots=True)
class Listing:
    """What came of reading a list.

    Attributes:
        last: its last pass.
        incomplete: why it is not complete; empty where it is.
        differs: whether the list is complete although it states another total.
    """

    last: Passage
    incomplete: str = ""
    differs: bool = False


async def read(fetch: Fetch, started_at: float, *, believed: bool = True) -> Listing:
    """Read a list.

    Args:
        fetch: asks for the page at an offset.
        started_at: the time now, in seconds since the epoch.
        believed: whether what the list states as its total counts for anything.

    Raises:
        FatalError: the API refuses a page where that is no end.
    """
    # well before the reading, since the two clocks may differ
    young_since = started_at - TOLERANCE_SECONDS
    agreed, shrunk = 0, False
    latest: Passage | None = None
    for pause in PAUSES:
        if pause:
            await asyncio.sleep(pause)
        # pages side by side are a bet on the total: one that was wrong is not bet on
        # again
        eager = latest is None or latest.total_fits
        passage = Passage(believed, eager and believed, young_since)
        earlier, latest = latest, await _walk(fetch, passage)
        # a total that only repeats what was read so far says nothing at all
        if earlier is not None and _follows(earlier, latest):
            believed = False
        agrees = earlier is not None and agree(earlier, latest)
        agreed = agreed + 1 if agrees else 0
        shrunk = shrunk or latest.shrunk
        if latest.total_fits and (latest.proven or agreed):
            return Listing(latest)
        # complete by agreement, although the total says otherwise
        if agreed >= _needed(latest, shrunk=shrunk):
            return Listing(latest, differs=True)
        # the first page again and again: the offset is ignored, and more passes would
        # show no more
        if earlier and earlier.end is latest.end is End.STUCK:
            break
        if earlier and earlier.end is latest.end is End.REFUSED:
            raise latest.refusal
    assert latest is not None  # noqa: S101 - there are passes
    return Listing(latest, IGNORED if latest.end is End.STUCK else CHANGING)


def _needed(latest: Passage, *, shrunk: bool) -> int:
    """Return how many passes in a row have to agree before a total is overruled.

    Where it has become smaller during a pass, items may have gone before their turn.
    """
    if not latest.position:
        return len(PAUSES) - 1
    total = latest.total or 0
    hidden = latest.position < total <= latest.position * PLAUSIBLE
    return ALL_AGREEMENTS if hidden or shrunk else AGREEMENTS


def _follows(earlier: Passage, later: Passage) -> bool:
    """Return whether the total only follows what is read, and nothing grows."""
    chased = earlier.end is later.end is End.CHASED
    return chased and later.position <= earlier.position


def agree(earlier: Passage, later: Passage) -> bool:
    """Return whether two passes show the same items, but for such as are new.

    Where items came twice, or something may have slipped past, they have to come in
    the same order, too: of a list that is shuffled two passes may lack the same item.
    """
    # a pass that ended otherwise did not see the end, so it can agree with none
    if not {earlier.end, later.end} <= {End.EMPTY, End.UNPROVED, End.CHASED}:
        return False
    if _follows(earlier, later):
        return False
    old = [key for key, _ in earlier.own()]
    known = set(old)
    still = []
    for key, made_at in later.own():
        if key in known:
            still.append(key)
        # a new item is growth; an old one was missed by the earlier pass
        elif made_at < later.young_since:
            return False
    if earlier.moved or later.moved:
        return still == old
    return len(still) == len(old)


async def _walk(fetch: Fetch, passage: Passage) -> Passage:
    """Read the list once, from its first page to its end.

    Pages are asked for side by side while each is as long as the ones before; what
    does not follow the one before it is thrown away, and asked for again.
    """
    while passage.end is None:
        offsets = passage.ahead()
        answers = await _together(fetch, offsets)
        for offset, answer in zip(offsets, answers, strict=True):
            if not passage.awaits(offset):  # the list is not as long as it seemed
                passage.eager = False
                break
            if isinstance(answer, Page):
                passage.take(answer)
            else:
                passage.refuse(answer)
    return passage


async def _together(fetch: Fetch, offsets: Sequence[int]) -> list[Page | FatalError]:
    if len(offsets) == 1:
        return [await fetch(offsets[0])]
    # callers act on the one error that says what to do, not on a group
    with alone():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(offset)) for offset in offsets]
    return [task.result() for task in tasks]


log: logs.Log = logs.get("destination")

#: 100 works; the maximum is unknown (contract).
PAGE = 100
#: Answers by which the API refuses a page, not the caller.
REFUSING = (400, answers.NOT_FOUND, 422)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list that is to be read.

    Attributes:
        location_id: whose.
        name: how messages call it.
        path: its address.
        params: those of its query, but for the page.
        rows: finds the items in an answer; None where there are none.
        total: finds what the answer states as their number.
        mark: reads an item as far as it counts for reading.
    """

    location_id: str
    name: str
    path: str
    params: dict[str, str | int]
    rows: Callable[[dict[str, Any]], list[Any] | None]
    total: Callable[[dict[str, Any]], int | None]
    mark: Callable[[str, Any], Mark]


@dataclass(frozen=True, slots=True)
class Refused:
    """The API refuses a page, in its own words."""

    answer: Answer

    @property
    def message(self) -> str:
        """Its words."""
        return answers.message(self.answer)


Given = dict[str, Any] | Refused

#: Asks a location for a page, again and again until its answer can be used.
Ask = Callable[
    [str, str, dict[str, str | int], Callable[["Exchange"], Given | None]],
    Awaitable[Given],
]


class Lists:
    """The lists that one run reads."""

    def __init__(self, ask: Ask, *, accept: bool = False) -> None:
        """Read lists; `accept` takes one that cannot be had completely as it is."""
        self._ask = ask
        self._accept = accept
        self._limits: dict[str, int] = {}
        self._unbelieved: set[tuple[str, str]] = set()
        #: what is to be said of a location's lists: by location, then by code
        self.remarks: dict[str, dict[Code, str]] = {}

    async def read(
        self, wanted: Wanted, keep: Callable[[Sequence[tuple[str, Any]]], object]
    ) -> Ids | None:
        """Read a list to its end.

        Args:
            wanted: which.
            keep: takes the items of a page with their keys, those that are evidence;
                pages come in any order, and more than once.

        Returns:
            The keys of the items that are there; None for all that `keep` was given.

        Raises:
            ListIncomplete: no complete list can be had.
            FatalError: the API refuses it.
            TransientError: no page could be had within the attempts.
        """

        async def fetch(offset: int) -> Page | FatalError:
            return await self._page(wanted, offset, keep)

        which = (wanted.location_id, wanted.path)
        # a total that was wrong once is not believed again in this run, which saves the
        # further readings that it costs
        believed = which not in self._unbelieved
        found = await read(fetch, time.time(), believed=believed)
        if found.incomplete:
            self._incomplete(wanted, found.incomplete)
            return None
        if found.differs:
            self._unbelieved.add(which)
            self._differs(wanted, found.last.total, found.last.position)
        own = Ids(SHELVES)
        for key, _ in found.last.own():
            own.add_hash(key)
        return own

    def accepted(self, location_id: str) -> bool:
        """Return whether a list of the location was taken although incomplete."""
        return Code.LIST_ACCEPTED in self.remarks.get(location_id, {})

    def _incomplete(self, wanted: Wanted, reason: str) -> None:
        location = wanted.location_id
        text = f"{wanted.name} cannot be read completely: {reason}."
        if not self._accept:
            msg = f"Location {location}: {text}"
            raise ListIncomplete(msg, remedy=LIST_REMEDY)
        log.warning("list.accepted", location=location, message=text)
        text = f"{text[:1].upper()}{text[1:]} It was taken as it is (--accept-list)."
        self.remarks.setdefault(location, {})[Code.LIST_ACCEPTED] = text

    def _differs(self, wanted: Wanted, stated: int | None, read: int) -> None:
        location = wanted.location_id
        log.warning("list.total_differs", location=location, stated=stated, read=read)
        text = f"{wanted.name} states a total of {stated:,} and has {read:,}."
        text = f"{text[:1].upper()}{text[1:]} The total counts for nothing."
        self.remarks.setdefault(location, {})[Code.TOTAL_DIFFERS] = text

    async def _page(
        self,
        wanted: Wanted,
        offset: int,
        keep: Callable[[Sequence[tuple[str, Any]]], object],
    ) -> Page | FatalError:
        body, asked = await self._asked(wanted, offset)
        if isinstance(body, Refused):
            verdict = answers.read(body.answer, creates=False)
            error = pages.refusal(wanted.location_id, "GET", verdict)
            # a refused page is no failed call: the pass has to know, as it may be the
            # end
            assert isinstance(error, FatalError)  # noqa: S101 - by `REFUSING`
            return error
        rows = wanted.rows(body) or []
        marks = [wanted.mark(wanted.location_id, row) for row in rows]
        # before the page is judged: even a list that is never complete shows what is
        # there
        keep(
            [
                (mark.key, row)
                for mark, row in zip(marks, rows, strict=True)
                if mark.evidence
            ]
        )
        return Page(marks, wanted.total(body), asked)

    async def _asked(self, wanted: Wanted, offset: int) -> tuple[Given, int]:
        """Return the answer for a page, and how many items were asked for."""

        def usable(exchange: Exchange) -> Given | None:
            return _usable(exchange, wanted)

        # kept, because a refusal that smaller pages do not help is not about the size
        before = self._limits.get(wanted.path, PAGE)
        while True:
            limit = self._limits.get(wanted.path, PAGE)
            params = {**wanted.params, "limit": limit, "offset": offset}
            body = await self._ask(wanted.location_id, wanted.path, params, usable)
            less = lower(body.message, limit) if isinstance(body, Refused) else None
            if less is None:
                return body, limit
            if not less:  # smaller pages are no help
                self._limits[wanted.path] = before
                return body, limit
            log.info("list.limit", path=wanted.path, limit=less)
            # another location may have learned a smaller one meanwhile
            self._limits[wanted.path] = min(less, self._limits.get(wanted.path, PAGE))


def _usable(exchange: Exchange, wanted: Wanted) -> Given | None:
    """Return a page (an object with a list in it), or that the API refuses it."""
    if not isinstance(exchange, Answer) or not isinstance(exchange.body, dict):
        return None
    if exchange.status in REFUSING:
        return Refused(exchange)
    good = exchange.status // 100 == answers.SUCCESS
    return exchange.body if good and wanted.rows(exchange.body) is not None else None


def lower(message: str, limit: int) -> int | None:
    """Return the limit to ask for after a refusal, 0 for none.

    None where the refusal is not about the limit. The message names the greatest that
    is allowed, or it has to be guessed.
    """
    about = [
        part
        for part in re.split(r"[;\n]", message.casefold())
        if re.search(r"\blimit\b", part) and "offset" not in part
    ]
    if not about:
        return None
    # a message names the limit that was asked for as well, so only smaller numbers are
    # taken
    named = [int(found) for part in about for found in re.findall(r"\d{1,9}", part)]
    return max((size for size in named if 0 < size < limit), default=limit // 2)
