"""The third step of a run: everything that is left to be sent is sent.

Hands the run to who runs its shards and remembers what stopped it. Invariant: what was
acknowledged is on the disk when this returns, or the run knows that it is not.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer import background, journal
from importer.errors import StorageError
from importer.models import State, Status
from importer.runs import (
    elsewhere,
    folders,
    other_runs,
    pauses,
    predecessor,
    refusals,
    shards,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from importer.runs.context import RunContext
    from importer.runs.shards import Runner, ShardResult


async def deliver(
    context: RunContext, runner: Runner, only: Collection[str] | None = None
) -> None:
    """Send everything that is left of a run to be sent.

    Args:
        context: the run.
        runner: who sends it.
        only: the only locations that are sent now; None for all of them.
    """
    open_rows = _open(context, runner)
    rows = {text: open_rows[text] for text in open_rows if text not in context.barred}
    await context.connect()  # an address that cannot be used ends it here
    _show(context, rows)
    if only is not None:
        rows = {text: count for text, count in rows.items() if text in only}
    # a stop while the question was open, or while a list was read
    if context.stopped is not None:
        return
    context.runner = runner
    context.delivering = True
    context.sent_from = context.sent_from or time.time()
    facts = context.journal.noted()
    waited = facts.get(folders.UNCONFIRMED) or facts.get(pauses.PAUSED)
    undone = facts["state"] == State.UNDONE and not rows
    if waited or not (undone or facts["state"] == State.RUNNING):
        # also of a run that was undone and has rows left: from here on it creates
        going_on = {folders.UNCONFIRMED: False, pauses.PAUSED: False}
        context.journal.note(**going_on, state=State.RUNNING)
    try:
        # before the first request: another run must be able to tell which server this
        # one speaks to, even if it is killed at once
        await _note_server(context)
        predecessor.note(context.journal, context.limiter)
        with context.allowance.counting(context.stop):
            results = await _sent(context, runner, rows)
        for result in results:
            _take_in(context, result)
        _note_gathered(context)
        _note_instance(context)
        await _note_clocks(context)
    except StorageError as full:
        context.stopped = full


def _open(context: RunContext, runner: Runner) -> Mapping[str, int]:
    """Return how many rows each location has that are to be sent."""
    if runner.compares:
        return elsewhere.open_rows(context.journal)
    return context.journal.delivery.locations(Status.PLANNED, Status.UNKNOWN)


async def _sent(
    context: RunContext, runner: Runner, rows: Mapping[str, int]
) -> Sequence[ShardResult]:
    """Send the rows, here or elsewhere; every result is one."""
    if runner.compares:
        return await elsewhere.carry_out(context, runner, "send", rows)
    run = shards.whole(context.folder.run_id, context.journal, context.settings)
    return await runner.run(replace(run, locations=tuple(rows)), rows)


def _show(context: RunContext, rows: Mapping[str, int]) -> None:
    """Say what there is to send, for the display."""
    watch = context.watch
    watch.carry_over()
    watch.rows_of = rows
    watch.afar.begun_with = watch.afar.done
    watch.to_send = watch.sent + watch.afar.done + sum(rows.values())
    watch.compared = True
    watch.sending_since = time.monotonic()


def _take_in(context: RunContext, result: ShardResult) -> None:
    """Keep what the sending has come to: what ended it, and what it left out."""
    elsewhere.take_in(context, result)
    refused = refusals.named(context.settings, result.refused)
    unlisted = refusals.named(context.settings, result.unlisted)
    # what the comparison found goes before what the sending did, and a refusal before a
    # list
    context.barred = refused | (unlisted | refused) | context.barred
    context.parked |= {text: result.resets.get(text) for text in result.parked}
    context.stopped = result.stopped or context.stopped


def _note_gathered(context: RunContext) -> None:
    """Keep what other processes have found out that an audit and a report ask for.

    Raises:
        StorageError: the disk is full or gone.
    """
    gathered, facts = context.gathered, context.journal.noted()
    if gathered.accepted:
        earlier = facts.get("accepted", ())
        context.journal.note(accepted=sorted(gathered.accepted.union(earlier)))
    if gathered.codes_beside:
        beside = facts.get("codes_beside", {})
        counts = Counter(beside.get("products", {})) + gathered.codes_beside
        gathered.codes_beside = Counter()  # noted once, also where more is sent
        context.journal.note(codes_beside={**beside, "products": dict(counts)})


async def _note_server(context: RunContext) -> None:
    """Keep which server it is, and that this run may learn what it makes of slugs.

    Raises:
        StorageError: the disk is full or gone.
    """
    folder = context.folder
    _note_instance(context)
    for work in (
        partial(other_runs.remember_killed, folder),
        partial(folder.home.slugs.begin, folder.run_id),
    ):
        await background.to_its_end(partial(journal.waited, work))
    await _note_clocks(context)


def _note_instance(context: RunContext) -> None:
    """Keep which server answers, as soon as one has.

    Raises:
        StorageError: the disk is full or gone.
    """
    if context.instance is not None:
        context.journal.note(server=context.instance)


async def _note_clocks(context: RunContext) -> None:
    """Keep how far the server's clock is, for an audit by another process.

    It holds what every process of the run has measured.

    Raises:
        StorageError: the disk is full or gone.
    """
    own = (await context.connect()).clock_difference
    every = (own, context.gathered.clocks, context.journal.clocks())
    measured = [difference for difference in every if difference is not None]
    if not measured:
        return
    difference = measured[0]
    for other in measured[1:]:
        difference = difference.widened(other)
    context.journal.note(clock=[difference.low, difference.high])
