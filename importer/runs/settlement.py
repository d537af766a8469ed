"""A person says what became of a row that no list can settle.

Finds the row, compares what is said with the journal and, where it can be reached,
with the server, and corrects the row. Invariants: only a row without a clear answer is
settled; an id that another row has, or that was there before the run, is never taken.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import logs, sentences, wording
from importer.errors import (
    AccessError,
    ListIncomplete,
    TransientError,
    UsageError,
)
from importer.models import UNFINISHED, Code, Status
from importer.runs import balance, report_lines
from importer.texts import composed

if TYPE_CHECKING:
    from importer.journal import Journal
    from importer.journal.history import Standing
    from importer.models import Existing
    from importer.runs.context import RunContext

log: logs.Log = logs.get("run")

#: So much of a name that a server shows is told in a message.
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Which:
    """The row that is meant: its number as the report has it, and where it stands."""

    row: int
    file: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a row became, and why it was not compared with the server, if it was not."""

    row: Standing
    status: Status
    collection_id: str = ""
    unchecked: str = ""


def _named(wanted: str, names: tuple[str, ...]) -> bool:
    """Return whether a name is one of these, in either normal form, or says nothing."""
    return not wanted or composed(wanted) in map(composed, names)


def find(journal: Journal, which: Which) -> Standing:
    """Find the one row that is meant.

    Raises:
        UsageError: there is none, there are several, or it has a clear answer.
    """
    found = [
        row
        for row in journal.history.at(which.row)
        if _named(which.file, (row.place.file, row.place.file.rsplit("/", 1)[-1]))
        and _named(which.sheet, (row.place.sheet,))
    ]
    if not found:
        msg = f"The run has no row {which.row} there."
        raise UsageError(msg, remedy="report.csv names file, sheet and row of each.")
    if len(found) > 1:
        places = ", ".join(
            " ".join(part for part in (row.place.file, row.place.sheet) if part)
            for row in found
        )
        msg = f"Several tables have a row {which.row}: {places}."
        raise UsageError(msg, remedy="Name one with --file or --sheet.")
    row = found[0]
    status = report_lines.SHOWN.get(row.status, row.status)
    if status is not Status.UNKNOWN:
        msg = (
            f"Row {which.row} ({row.slug}) is {status.value}: there is no doubt of it."
        )
        raise UsageError(msg, remedy="Only rows that are unknown can be settled.")
    if row.collection_id:
        msg = f"Row {which.row} ({row.slug}) is an update, which is simply repeated."
        raise UsageError(msg, remedy="Give: importer resume")
    return row


async def created(context: RunContext, which: Which, collection_id: str) -> Settled:
    """Take a collection as what became of a row.

    Raises:
        UsageError: the row or the id cannot be meant.
        LocationHeldError: another process works on the run or the location.
        StorageError: the journal cannot be written.
    """
    row = _claimed(context, which)
    # before the server is asked: what the journal knows needs no token
    _refuse_taken(context.journal, row, collection_id)
    unchecked = await _compare(context, row, collection_id)
    code = Code.SETTLED_BY_HAND.value
    key = f"{code}/unchecked" if unchecked else code
    text = sentences.text(key, reason=unchecked)
    context.journal.review.settle(
        row.seq, Status.CREATED, (collection_id, code, text), time.time()
    )
    return _settled(context, Settled(row, Status.CREATED, collection_id, unchecked))


def absent(context: RunContext, which: Which) -> Settled:
    """Let a row be sent again, because its collection is not there.

    Raises:
        UsageError: the row cannot be meant.
        LocationHeldError: another process works on the run or the location.
        StorageError: the journal cannot be written.
    """
    row = _claimed(context, which)
    context.journal.review.settle(row.seq, Status.PLANNED, ("", "", ""), None)
    return _settled(context, Settled(row, Status.PLANNED))


def _claimed(context: RunContext, which: Which) -> Standing:
    row = find(context.journal, which)
    context.claim([row.location_id])
    # found again under the claim: a resume may have settled it meanwhile
    return find(context.journal, which)


def _settled(context: RunContext, settled: Settled) -> Settled:
    """Log it, and forget why the run had stopped where nothing is left of that."""
    log.info(
        "row.settled_by_hand",
        location=settled.row.location_id,
        row=settled.row.place.row,
        seq=settled.row.seq,
        status=settled.status.value,
        collection_id=settled.collection_id,
        unchecked=settled.unchecked,
    )
    counts = balance.totals(balance.by_location(context.journal))
    if not any(counts[status] for status in UNFINISHED):
        context.journal.note(stopped="", barred={}, held={}, unlisted={}, parked=[])
    return settled


def _refuse_taken(journal: Journal, row: Standing, collection_id: str) -> None:
    """Refuse an id that cannot be the row's by what the journal knows."""
    if other := journal.history.owner(collection_id):
        msg = f"{collection_id} is the collection of row {other.row} in {other.file}."
        raise UsageError(msg, remedy="Look into HighLevel for the id of this row's.")
    if collection_id in journal.delivery.before(row.location_id):
        msg = f"{collection_id} was there before the run, so the run has not made it."
        raise UsageError(msg, remedy="Look into HighLevel for the id of this row's.")


async def _compare(context: RunContext, row: Standing, collection_id: str) -> str:
    """Compare an id with the server; say why not where it cannot be reached.

    Raises:
        UsageError: the server has no such collection, or another one.
    """
    if error := context.settings.tokens.missing(row.location_id):
        return str(error)
    try:
        shown = await _shown(context, row.location_id, collection_id)
    except (AccessError, ListIncomplete, TransientError) as failure:
        return str(failure)
    if shown is None:
        shown_location = context.settings.locations.shown(row.location_id)
        msg = f"Location {shown_location} has no collection {collection_id}."
        raise UsageError(msg, remedy="Look into HighLevel, and give its id.")
    # a server may rewrite slugs, or names, but hardly both
    if row.slug != shown.slug and row.name != shown.name:
        name, slug = wording.cut(shown.name, LONGEST), wording.cut(shown.slug, LONGEST)
        msg = (
            f"{collection_id} is {name!r} with the slug {slug!r}, and the "
            f"row is {row.name!r} with the slug {row.slug!r}."
        )
        raise UsageError(msg, remedy="Look into HighLevel, and give its id.")
    return ""


async def _shown(
    context: RunContext, location_id: str, collection_id: str
) -> Existing | None:
    """Read a collection by its id, or in the list where single ones are not shown."""
    server = await context.connect()
    try:
        return await server.find(location_id, collection_id)
    except AccessError:
        listed = await server.existing(location_id)
    return next(
        (existing for existing in listed if existing.collection_id == collection_id),
        None,
    )
