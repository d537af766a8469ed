"""The third step of a run: everything that is left to be sent is sent.

Hands the rows to the execution and remembers what stopped it. Invariant: what was
acknowledged is on the disk when this returns, or the session knows that it is not.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from importer import background, execution
from importer.errors import StorageError
from importer.journal import slugs
from importer.models import Status
from importer.runs import folders, other_runs, refusals, reports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.errors import FatalError
    from importer.runs.session import Session


async def deliver(session: Session) -> None:
    """Send everything that is left of a session to be sent."""
    delivery = session.journal.delivery
    open_rows = delivery.locations(Status.PLANNED, Status.UNKNOWN)
    locations = [one for one in open_rows if one not in session.barred]
    located = reports.by_location(session.journal)
    counts = reports.totals(located)
    bad = counts[Status.INVALID] + counts[Status.REJECTED]
    session.execution = execution.Execution(
        (delivery, await session.connect(), session.limiter),
        locations,
        session.settings.sending,
        session.settings.retries,
        scale=execution.Scale(sum(counts.values()), bad, _proven(located)),
        watch=session.watch.event,
    )
    session.watch.execution = session.execution
    session.watch.rows_of = {one: open_rows[one] for one in locations}
    session.watch.to_send = sum(session.watch.rows_of.values())
    session.watch.sending_since = time.monotonic()
    doubtful = [
        job
        for location in delivery.locations(Status.UNKNOWN)
        if location not in session.barred
        for job in delivery.jobs(location, -1, -1, Status.UNKNOWN)
    ]
    if session.stopped is not None:
        return
    session.delivering = True
    session.sent_from = time.time()
    if session.journal.noted().get(folders.UNCONFIRMED):
        session.journal.note(**{folders.UNCONFIRMED: False})
    try:
        await _note_server(session)
        with session.allowance.counting(session.stop):
            ended = await session.execution.run(doubtful)
        _take_in(session, ended)
        await delivery.flush()
        _note_instance(session)
        await _note_clocks(session)
    except StorageError as full:
        session.stopped = full


def _proven(located: Mapping[str, Mapping[str, int]]) -> frozenset[str]:
    """The locations in which an earlier process of the run has created something."""
    done = (Status.CREATED, Status.UPDATED)
    return frozenset(
        location
        for location, counts in located.items()
        if any(counts.get(status) for status in done)
    )


def _take_in(session: Session, ended: FatalError | None) -> None:
    """Keep what the sending has come to: what ended it, and what it left out."""
    execution = session.execution
    assert execution is not None  # noqa: S101 - it has just been run
    refused = refusals.named(session.settings, execution.refusals)
    unlisted = refusals.named(session.settings, execution.unlisted)
    session.barred = refused | (unlisted | refused) | session.barred
    if execution.stopped or not refused:  # what refuses single locations is in `barred`
        session.stopped = ended


async def _note_server(session: Session) -> None:
    """Keep which server it is, and that this run may learn what it makes of slugs.

    Raises:
        StorageError: the disk is full or gone.
    """
    runs = session.folder.runs
    _note_instance(session)
    remember = partial(other_runs.remember_killed, runs, session.folder)
    await background.to_its_end(remember)
    slugs.begin(runs, session.folder.run_id)
    await _note_clocks(session)


def _note_instance(session: Session) -> None:
    """Keep which server answers, as soon as one has.

    Raises:
        StorageError: the disk is full or gone.
    """
    if session.instance is not None:
        session.journal.note(server=session.instance)


async def _note_clocks(session: Session) -> None:
    """Keep how far the server's clock is, for an audit by another process.

    It holds what every process of the run has measured.

    Raises:
        StorageError: the disk is full or gone.
    """
    difference = (await session.connect()).clock_difference
    if difference is None:
        return
    if earlier := session.journal.clocks():
        difference = difference.widened(earlier)
    session.journal.note(clock=[difference.low, difference.high])
