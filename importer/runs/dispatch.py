"""The third step of a run: everything that is left to be sent is sent.

Hands the rows to the execution and remembers what stopped it. Invariant: what was
acknowledged is on the disk when this returns, or the run knows that it is not.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from importer import background, execution
from importer.errors import StorageError
from importer.journal import slugs
from importer.models import State, Status
from importer.runs import folders, other_runs, refusals, reports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.errors import FatalError
    from importer.runs.context import RunContext


async def deliver(context: RunContext) -> None:
    """Send everything that is left of a run to be sent."""
    delivery = context.journal.delivery
    open_rows = delivery.locations(Status.PLANNED, Status.UNKNOWN)
    locations = [open_row for open_row in open_rows if open_row not in context.barred]
    located = reports.by_location(context.journal)
    counts = reports.totals(located)
    bad = counts[Status.INVALID] + counts[Status.REJECTED]
    context.execution = execution.Execution(
        (delivery, await context.connect(), context.limiter),
        locations,
        context.settings.sending,
        context.settings.retries,
        scale=execution.Scale(sum(counts.values()), bad, _proven(located)),
        watch=context.watch.event,
    )
    context.watch.execution = context.execution
    context.watch.rows_of = {text: open_rows[text] for text in locations}
    context.watch.to_send = sum(context.watch.rows_of.values())
    context.watch.compared = True
    context.watch.sending_since = time.monotonic()
    # before anything is sent: rows that an earlier process left without an answer
    doubtful = [
        job
        for location in delivery.locations(Status.UNKNOWN)
        if location not in context.barred
        for job in delivery.jobs(location, -1, None, Status.UNKNOWN)
    ]
    # a stop while the question was open, or while a list was read
    if context.stopped is not None:
        return
    context.delivering = True
    context.sent_from = time.time()
    facts = context.journal.noted()
    if facts.get(folders.UNCONFIRMED) or facts["state"] != State.RUNNING:
        # also of a run that was undone: from here on it is one that creates
        context.journal.note(**{folders.UNCONFIRMED: False}, state=State.RUNNING)
    try:
        # before the first request: another run must be able to tell which server this
        # one speaks to, even if it is killed at once
        await _note_server(context)
        with context.allowance.counting(context.stop):
            ended = await context.execution.run(doubtful)
        _take_in(context, ended)
        # what was acknowledged is on the disk before a report is made of it
        await delivery.flush()
        _note_instance(context)
        await _note_clocks(context)
    except StorageError as full:
        context.stopped = full


def _proven(located: Mapping[str, Mapping[str, int]]) -> frozenset[str]:
    """Return the locations in which an earlier process has created something."""
    done = (Status.CREATED, Status.UPDATED)
    return frozenset(
        location
        for location, counts in located.items()
        if any(counts.get(status) for status in done)
    )


def _take_in(context: RunContext, ended: FatalError | None) -> None:
    """Keep what the sending has come to: what ended it, and what it left out."""
    execution = context.execution
    assert execution is not None  # noqa: S101 - it has just been run
    refused = refusals.named(context.settings, execution.refusals)
    unlisted = refusals.named(context.settings, execution.unlisted)
    # what the comparison found goes before what the sending did, and a refusal before a
    # list
    context.barred = refused | (unlisted | refused) | context.barred
    if execution.stopped or not refused:  # what refuses single locations is in `barred`
        context.stopped = ended


async def _note_server(context: RunContext) -> None:
    """Keep which server it is, and that this run may learn what it makes of slugs.

    Raises:
        StorageError: the disk is full or gone.
    """
    runs = context.folder.runs
    _note_instance(context)
    remember = partial(other_runs.remember_killed, runs, context.folder)
    await background.to_its_end(remember)
    slugs.begin(runs, context.folder.run_id)
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
    difference = (await context.connect()).clock_difference
    if difference is None:
        return
    if earlier := context.journal.clocks():
        difference = difference.widened(earlier)
    context.journal.note(clock=[difference.low, difference.high])
