"""A list is read until it is complete, or cannot be: pass after pass.

One pass that proves itself is enough; else two in a row have to show the same items,
where those that are younger than the reading may be new. A stated total that differs
from what was read only has the list read again. It knows neither HTTP nor what an item
is. Invariant: what is called complete lacks nothing that was there all the time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.destination.passage import End, Page, Passage
from importer.errors import FatalError, alone

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    #: The page at an offset, or why the API refuses it.
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
    old = [mark.key for mark in earlier.own()]
    known = set(old)
    still = []
    for mark in later.own():
        if mark.key in known:
            still.append(mark.key)
        # a new item is growth; an old one was missed by the earlier pass
        elif mark.made_at is None or mark.made_at < later.young_since:
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
