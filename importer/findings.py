"""The report against the server: what a location holds, and what the run says of it.

Pure: rows and a listing go in, findings come out. It deletes and asks nothing.
Invariants: what was there before the run is never a finding; a copy counts as this
run's only where it carries the row's own name and type, its time proves that a request
of the row made it, and there were requests enough to have made them all. What the times
do not prove is said and left (`ownership`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.copies import NOTHING, Copies, Grounds, Listing, given, grounds, same
from importer.models import Code, Finding, Status
from importer.sentences import text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from importer.models import Existing, Sent
    from importer.ownership import Times

__all__ = ["ALSO", "DENIED", "Grounds", "compare", "given", "grounds", "same"]

#: States that say of a row with a create that it made nothing.
DENIED = (Status.REJECTED, Status.FAILED, Status.UNKNOWN)
#: How every notice begins: by this a later audit finds and forgets it.
ALSO = text("part/also")


def compare(
    rows: Iterable[Sent],
    listed: Sequence[Existing],
    before: Collection[str],
    known: Grounds = NOTHING,
) -> Iterator[Finding]:
    """Compare the rows of one location with what its list shows.

    Args:
        rows: every row of the location that was, or may have been, sent.
        listed: the location's list.
        before: ids that the location held before the run.
        known: what else is known of the location.
    """
    listing = Listing(listed, before, known)
    for row in _identifiable(rows, listed):
        copies = listing.copies(row)
        finding: Finding | None = None
        foreign = listing.foreign(row) if row.status is Status.CREATED else ""
        if row.status is Status.CREATED and not foreign:
            wrong = _wrong(row, copies, listing)
            finding = _created(row, copies, wrong)
            listing.taken.add(row.collection_id)
        elif foreign or _denies(row, copies):
            finding = _denied(row, copies, known.times, foreign)
        if finding is not None:
            listing.taken.add(finding.collection_id)
            yield finding


def _identifiable(rows: Iterable[Sent], listed: Sequence[Existing]) -> Iterator[Sent]:
    """Yield the rows but those that the list may show and names no id of.

    Such a one is there, and is no copy that could be removed; a row that it may be is
    neither missing nor there twice.
    """
    shown = {existing.collection_id for existing in listed}
    without_id = {
        (existing.slug, existing.name)
        for existing in listed
        if not existing.collection_id
    }
    for row in rows:
        if row.collection_id in shown or (row.slug, row.name) not in without_id:
            yield row


def _denies(row: Sent, copies: Copies) -> bool:
    """Return whether the row says that it made none of these."""
    # an update makes nothing, so all that an existing row can be said to have made is
    # none
    if row.status is Status.EXISTING:
        return all(
            existing.collection_id != row.collection_id for existing in copies.all
        )
    return row.status in DENIED and not row.collection_id


def _wrong(row: Sent, copies: Copies, listing: Listing) -> str:
    """Say what is wrong with the id of a created row; empty where nothing is.

    A person may have renamed a collection since. So that it is called otherwise is no
    proof, unless the row's own is there as well, under another id.
    """
    shown = listing.shown.get(row.collection_id)
    if shown is None:
        return text("part/not_listed")
    if row.collection_id in listing.taken:
        return text("part/id_of_earlier")
    is_it = shown.slug == row.slug or same(row, shown, listing.known.ways)
    if copies.all and not is_it:
        return text("part/id_of_another")
    return ""


def _created(row: Sent, copies: Copies, wrong: str) -> Finding | None:
    """Find that more than the reported collection is there, or that one is not."""
    copies = copies.without(row.collection_id)
    if wrong:
        return Finding(
            row.seq,
            row.status,
            row.collection_id,
            Code.MISSING_AT_SERVER,
            text("missing_at_server", collection_id=row.collection_id, reason=wrong),
            _ids(copies.all),
        )
    # its only request was answered with this id, so any other was made by others
    if (row.attempts == 1 and given(row)) or not copies.all:
        return None
    if not (copies.proved or copies.possible):
        return _notice(row, copies)
    return _surplus(row, row.collection_id, copies)


def _adopted(row: Sent, foreign: str) -> Finding:
    """Find that the row took a collection that the run has not made."""
    return Finding(
        row.seq,
        Status.EXISTING,
        row.collection_id,
        Code.MADE_BY_OTHERS,
        text("made_by_others/audit", reason=foreign),
    )


def _denied(row: Sent, copies: Copies, times: Times, foreign: str) -> Finding | None:
    """Find that the answer said no, or nothing, and the collection is there."""
    # while the window is open all that came since the run began can be the row's; later
    # only what the times prove
    if times.still_open(row):
        own = [*copies.proved, *copies.possible]
    else:
        own = list(copies.proved)
    # more copies than requests: others made one of them, and which cannot be told
    if not own or len(own) > row.attempts:
        if foreign:
            return _adopted(row, foreign)
        return _notice(row, copies) if copies.all else None
    kept = own[0].collection_id
    if len(own) > 1:
        return _surplus(row, kept, copies.without(kept))
    code = Code.CREATED_ALL_THE_SAME
    if foreign:
        own_id = row.collection_id
        said = text(f"{code}/foreign", collection_id=own_id, reason=foreign)
    else:
        said = text(f"{code}", status=row.status.value)
    return Finding(row.seq, Status.CREATED, kept, code, said)


def _surplus(row: Sent, kept: str, copies: Copies) -> Finding:
    """Find more copies than one, to be removed if a request of the run made each."""
    # one request makes one collection at most, so all but one must be accounted for by
    # requests that got no clear answer
    ours = 0 < len(copies.proved) < row.attempts
    surplus = _ids(copies.proved if ours else (*copies.proved, *copies.possible))
    if ours:
        key = "created_twice"
    elif len(copies.proved) < row.attempts:
        key = "created_twice/unproved"
    else:
        key = "created_twice/others"
    return Finding(
        row.seq,
        Status.CREATED,
        kept,
        Code.CREATED_TWICE,
        text(key, count=len(surplus), ids=surplus),
        surplus,
        ours,
    )


def _notice(row: Sent, copies: Copies) -> Finding:
    """Remark on collections like the row's that nothing proves to be its."""
    ids = _ids(copies.all)
    unclaimed = copies.proved or copies.possible
    code = Code.COPY_UNCLAIMED if unclaimed else Code.COPY_OF_OTHERS
    return Finding(
        row.seq,
        row.status,
        row.collection_id,
        code,
        text(code.value, also=ALSO, ids=ids),
        ids,
        ours=False,
        notice=True,
    )


def _ids(copies: Iterable[Existing]) -> tuple[str, ...]:
    return tuple(existing.collection_id for existing in copies)
