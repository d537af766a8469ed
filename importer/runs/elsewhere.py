"""The second and third step of a run whose rows other processes compare and send.

This process holds the run and no location: it sees that none is another run's, hands
them out, and takes in what they came to. Invariant: what other processes have written
into the journal is not written again by this one.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from importer import background, journal, logs
from importer.errors import FatalError, LeftToOthers, LocationHeldError
from importer.models import OnOverlap, Status
from importer.runs import balance, refusals, shards
from importer.runs.forecasts import Forecast

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Callable,
        Iterable,
        Mapping,
        Sequence,
    )

    from importer.journal import Crew, Left
    from importer.runs.context import RunContext
    from importer.runs.shards import Shard, ShardResult, Work

log: logs.Log = logs.get("run")

Result = TypeVar("Result")

#: Work that a limit of errors ends.
SENDING = ("compare", "send")
#: Rows that other processes are given: those that an earlier one left are among them.
OPEN = (Status.PLANNED, Status.SENDING, Status.UNKNOWN, Status.FAILED)
#: So often it is asked how far the others are, seconds.
LOOK_SECONDS = 1.0
#: Rows are counted again after so many times the seconds that it took.
COUNTS_SHARE = 20.0


async def claim(context: RunContext) -> dict[str, int]:
    """Claim the run, and see that other runs leave its locations alone.

    Returns:
        How many open rows each location has.

    Raises:
        LocationHeldError: another process works on the run, or another run on one of
            the locations, and that was to end this one.
        LeftToOthers: other runs work on all of them.
        StorageError: the database cannot be used.
    """
    context.claim()
    rows = await _patiently(partial(open_rows, context.journal))
    left = await _patiently(partial(_tried, context, list(rows)))
    chosen = context.settings.values.on_overlap
    if chosen is OnOverlap.FAIL and left.of_others:
        raise next(iter(left.of_others.values()))
    if chosen is OnOverlap.SKIP:
        _leave(context, left.of_others, rows)
    return rows


async def _patiently(work: Callable[[], Result]) -> Result:
    """Ask the database in a thread; one that goes away is waited for.

    Raises:
        StorageError: it stays away.
    """
    return await background.to_its_end(partial(journal.waited, work))


def open_rows(book: journal.Journal) -> dict[str, int]:
    """Return how many rows of each location have no answer yet."""
    return book.delivery.locations(*OPEN)


async def refuse_held(context: RunContext, locations: Sequence[str]) -> None:
    """Make sure that no other run works on one of some locations.

    Raises:
        LocationHeldError: one does.
        StorageError: the database cannot be used.
    """
    left = await background.to_its_end(partial(_tried, context, locations))
    for held in left.of_others.values():
        text = context.settings.locations.in_sentence(str(held))
        raise LocationHeldError(text, remedy=held.remedy)


def _tried(context: RunContext, locations: Sequence[str]) -> Left:
    """Claim locations for a moment, to see whose they are."""
    member = _crew(context).join(context.settings.values.base_url)
    try:
        with member.share() as share:
            return share.look(locations)
    finally:
        member.release()


def _leave(
    context: RunContext,
    taken: Mapping[str, FatalError],
    rows: Mapping[str, int],
) -> None:
    """Leave locations to the runs that work on them.

    Raises:
        LeftToOthers: nothing is left.
    """
    listed = context.settings.locations
    for location, held in taken.items():
        if location in context.barred:
            continue
        error = LeftToOthers(listed.in_sentence(str(held)))
        if len(taken) == len(rows):
            raise LeftToOthers(str(error), remedy="Nothing was sent.")
        context.barred[location] = error
        log.info("location.left", location=location, message=str(error))


def _crew(context: RunContext) -> Crew:
    crew = context.folder.home.crew(context.folder.run_id)
    assert crew is not None  # noqa: S101 - a cluster is refused without a database
    return crew


async def compare(
    context: RunContext, runner: shards.Runner, *, foreseen: bool
) -> Forecast | None:
    """Claim the run, and have its rows compared where that has to be known first.

    Args:
        context: of the run.
        runner: who has the rows compared.
        foreseen: whether it has to be known what sending will take; else each location
            is compared right before it is sent.

    Raises:
        FatalError: as `claim` does.
    """
    rows = await claim(context)
    counts = partial(balance.by_location, context.journal)
    context.watch.take_up(balance.totals(await _patiently(counts)))
    context.watch.phase = "comparing"
    if not foreseen:
        context.watch.phase = "sending"
        return None
    context.runner = runner
    rows = {text: rows[text] for text in rows if text not in context.barred}
    with context.allowance.counting(context.stop):
        results = await carry_out(context, runner, "compare", rows)
    for result in results:
        take_in(context, result)
        context.stopped = context.stopped or result.stopped
    if context.stopped is not None:
        return None
    taken = context.watch.counts_taken_up
    added = forecast(results, taken, context.settings.values.max_rate)
    context.forecast = found = _named(context, added, runner.workers)
    context.watch.decided += found.existing - taken.get(Status.EXISTING, 0)
    context.watch.decided += found.refused
    context.watch.problems += found.refused
    context.watch.afar.refused += found.refused
    context.watch.to_send = found.create + found.update
    context.watch.compared = True
    context.watch.phase = "sending"
    return found


async def carry_out(
    context: RunContext,
    runner: shards.Runner,
    work: Work,
    rows: Mapping[str, int],
    how: shards.How | None = None,
) -> Sequence[ShardResult]:
    """Have other processes do something with some locations.

    Args:
        context: of the run, which this process holds.
        runner: who does it.
        work: what is done.
        rows: how many rows each location has.
        how: what an audit or an undo asks for beside.

    Raises:
        StorageError: the database or the cluster cannot be used.
    """
    async with _watched(context):
        whole = await _whole(context, work)
        whole = replace(whole, locations=tuple(rows), how=how or whole.how)
        return await runner.run(whole, rows)


def take_in(context: RunContext, result: ShardResult) -> None:
    """Keep what a shard has found out, and why locations were left out of it."""
    context.gathered.take_in(result)
    found = result.elsewhere
    if found is None:  # it was this process's own
        return
    if context.settings.values.on_overlap is OnOverlap.SKIP:
        _leave(context, found.of_others, {})
    else:
        others = refusals.named(context.settings, found.of_others)
        context.barred = others | context.barred
    context.barred = refusals.named(context.settings, found.barred) | context.barred


async def _whole(context: RunContext, work: Work) -> Shard:
    """Return the whole run as one shard, with what each part of it shall heed."""
    counts, afar = context.watch.counts_taken_up, context.watch.afar
    bad = counts.get(Status.INVALID, 0) + counts.get(Status.REJECTED, 0) + afar.refused
    first = afar.first or journal.Together()
    run = shards.whole(context.folder.run_id, context.journal, context.settings)
    until, left = None, context.allowance.left_seconds
    if left is not None:
        # by the clock of the database, which all of them have
        now = (await _patiently(_crew(context).tally)).now
        until = now + left
    return replace(
        run,
        work=work,
        # no limit of errors ends a look back at what was sent
        rows=sum(counts.values()) if work in SENDING else 0,
        bad=max(0, bad - first.bad),
        until=until,
    )


@asynccontextmanager
async def _watched(context: RunContext) -> AsyncIterator[None]:
    """Show how far the others are, as long as the block lasts."""
    crew, afar = _crew(context), context.watch.afar
    if afar.first is None:
        afar.first = (await _patiently(crew.tally)).together

    counting = _Counting(context)

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(FatalError):  # a database that is away is told by others
                found = await background.to_its_end(crew.tally)
                afar.see(found.together)
                afar.working = found.working
                await counting.count()

    looking = asyncio.create_task(look())
    try:
        yield
        with suppress(FatalError):
            await counting.count(due=True)
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


class _Counting:
    """Counts the rows of a run by status, as often as that costs little."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._due = 0.0

    async def count(self, *, due: bool = False) -> None:
        """Count them where that is due.

        Raises:
            StorageError: the database cannot be used.
        """
        began = time.monotonic()
        if began < self._due and not due:
            return
        counts = await background.to_its_end(self._counts)
        self._due = time.monotonic() + COUNTS_SHARE * (time.monotonic() - began)
        if any(counts.values()):
            self._context.watch.afar.counts = counts

    def _counts(self) -> dict[str, int]:
        found = self._context.journal.history.statuses()
        return {text: n for text, n in found.items() if Status(text) not in OPEN}


def _named(context: RunContext, found: Forecast, workers: int) -> Forecast:
    """Return what sending will take with what this process knows beside it."""
    listed, canary = context.settings.locations, context.canary
    only = found.slowest if found.locations == 1 else ""
    return replace(
        found,
        location=listed.shown(only) if only in listed.names_listed else "",
        canary=0 if canary is None or canary.passed else len(canary.locations),
        slowest_name=listed.names([found.slowest]).get(found.slowest, ""),
        workers=workers,
    )


def forecast(
    results: Iterable[ShardResult], counts: Mapping[str, int], max_rate: float | None
) -> Forecast:
    """Add up what sending will take, by what each shard has found.

    Args:
        results: of shards that were compared.
        counts: rows of the run by status, before they were.
        max_rate: calls a second of all processes together.
    """
    found = [
        result.elsewhere.forecast
        for result in results
        if result.elsewhere is not None and result.elsewhere.forecast is not None
    ]
    slowest = max(found, key=lambda one: one.slowest_seconds, default=None)
    today = [one.today for one in found if one.today is not None]
    longest = max(
        found, key=lambda one: (one.days or 0, -(one.daily_left or 0)), default=None
    )
    shares = [one.daily_share for one in found if one.daily_share is not None]
    added = Forecast(
        locations=sum(one.locations for one in found),
        create=sum(one.create for one in found),
        update=sum(one.update for one in found),
        existing=sum(one.existing for one in found) + counts.get(Status.EXISTING, 0),
        refused=sum(one.refused for one in found),
        seconds=max((one.seconds for one in found), default=0.0),
        daily_share=max(shares, default=None),
        days=longest.days if longest else None,
        daily_left=longest.daily_left if longest else None,
        unseen=sum(one.unseen for one in found),
        slowest=slowest.slowest if slowest else "",
        slowest_calls=slowest.slowest_calls if slowest else 0,
        slowest_seconds=slowest.slowest_seconds if slowest else 0.0,
        today=sum(today) if len(today) == len(found) else None,
    )
    least = added.calls / max_rate if max_rate else 0.0
    return replace(added, seconds=max(added.seconds, least))
