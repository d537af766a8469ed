"""The report against the server: what a location holds, and what the run says of it.

Pure: rows and a listing go in, findings come out. It deletes nothing and asks nobody.
Invariants: what was there before the run is never a finding; a copy counts as this
run's surplus only where it carries the row's own name and type, is not the reported
one, and there were requests enough to have made them all.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from importer.models import Code, Finding, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from importer.models import Existing, Sent

#: States that say of a row with a create that it made nothing.
DENIED = (Status.REJECTED, Status.FAILED, Status.UNKNOWN)
#: Codes of created rows whose id the API gave; all others have it from a list.
CLEAR = ("", Code.MISSING_AT_SERVER)


def same(row: Sent, existing: Existing) -> bool:
    """Whether a collection carries what the row asked for, as far as a list shows."""
    same_type = not (row.type and existing.type) or row.type == existing.type
    return existing.name == row.name and same_type


def compare(
    rows: Iterable[Sent],
    listed: Sequence[Existing],
    before: Collection[str],
    kin: Collection[str] = (),
) -> Iterator[Finding]:
    """Compare the rows of one location with what its list shows.

    Args:
        rows: every row of the location that was, or may have been, sent.
        listed: the location's list.
        before: ids that the location held before the run.
        kin: ids that other runs made meanwhile.
    """
    by_slug: dict[str, list[Existing]] = defaultdict(list)
    shown: dict[str, Existing] = {}
    taken: set[str] = set()
    rows, listed = _by_ids(rows, listed)
    for existing in listed:
        shown[existing.collection_id] = existing
        if existing.collection_id not in before and existing.collection_id not in kin:
            by_slug[existing.slug].append(existing)
    for row in rows:
        finding: Finding | None
        copies = [one for one in by_slug.get(row.slug, ()) if same(row, one)]
        adopted = row.code == Code.SETTLED_BY_LISTING and row.collection_id in kin
        if adopted and not copies:
            finding = _adopted(row)
        elif row.status is Status.CREATED and not adopted:
            wrong = _wrong(row, copies, shown.get(row.collection_id), taken)
            finding = _created(row, copies, wrong)
            taken.add(row.collection_id)
        elif copies and (adopted or _denies(row, copies)):
            finding = _denied(row, copies, adopted=adopted)
        else:
            continue
        if finding is not None:
            yield finding


def _by_ids(
    rows: Iterable[Sent], listed: Sequence[Existing]
) -> tuple[Iterable[Sent], Sequence[Existing]]:
    """Rows and collections, without what the list shows and names no id of.

    That is there, and is no copy that could be removed; a row that it may be is neither
    missing nor there twice.
    """
    shown = {one.collection_id for one in listed}
    if "" not in shown:
        return rows, listed
    without_id = {(one.slug, one.name) for one in listed if not one.collection_id}
    left = (
        row
        for row in rows
        if row.collection_id in shown or (row.slug, row.name) not in without_id
    )
    return left, [one for one in listed if one.collection_id]


def _denies(row: Sent, copies: Sequence[Existing]) -> bool:
    """Whether the row says that it made none of these; an update makes nothing."""
    if row.status is Status.EXISTING:
        return all(one.collection_id != row.collection_id for one in copies)
    return row.status in DENIED and not row.collection_id


def _wrong(
    row: Sent,
    copies: Sequence[Existing],
    shown: Existing | None,
    taken: Collection[str],
) -> str:
    """What is wrong with the id of a created row; empty where nothing is.

    Somebody may have renamed a collection since. So that it is called otherwise is no
    proof, unless the row's own is there as well, under another id.
    """
    if shown is None:
        return "the location's list does not show it"
    if row.collection_id in taken:
        return "that is the id of an earlier row, too"
    if copies and shown.slug != row.slug and not same(row, shown):
        return "that is another collection, and the row's own is there"
    return ""


def _created(row: Sent, copies: Sequence[Existing], wrong: str) -> Finding | None:
    surplus = tuple(
        one.collection_id for one in copies if one.collection_id != row.collection_id
    )
    if wrong:
        return Finding(
            row.seq,
            row.status,
            row.collection_id,
            Code.MISSING_AT_SERVER,
            f"The API gave the id {row.collection_id}, but {wrong}.",
            surplus,
        )
    # its only request was answered with this id, so any other is somebody else's
    answered = row.attempts == 1 and row.code in CLEAR
    if answered or not surplus:
        return None
    return _surplus(row, row.collection_id, surplus)


def _adopted(row: Sent) -> Finding:
    """The list showed a collection, but another run knows that it made it."""
    return Finding(
        row.seq,
        Status.EXISTING,
        row.collection_id,
        Code.MADE_BY_OTHERS,
        "While the answer to this row was unclear, another run made the collection.",
    )


def _denied(row: Sent, copies: Sequence[Existing], *, adopted: bool) -> Finding:
    """The answer said no, or nothing, and the collection is there all the same."""
    kept, *more = (one.collection_id for one in copies)
    if more:
        return _surplus(row, kept, tuple(more))
    ended = f"The row had ended as {row.status.value}"
    if adopted:
        ended = f"{row.collection_id} was made by another run"
    return Finding(
        row.seq,
        Status.CREATED,
        kept,
        Code.CREATED_ALL_THE_SAME,
        f"{ended}, but the location's list shows the row's own collection.",
    )


def _surplus(row: Sent, kept: str, surplus: tuple[str, ...]) -> Finding:
    """More copies than one; if a request made each, they are this run's to remove."""
    copies = "a second copy" if len(surplus) == 1 else f"{len(surplus)} more copies"
    remedy = "Remove what is too many with: importer audit RUN --repair"
    ours = len(surplus) < row.attempts
    if not ours:
        remedy = (
            "The run has not sent the row so often, so somebody else made one of "
            "them. Compare them, and remove by hand what is too many."
        )
    return Finding(
        row.seq,
        Status.CREATED,
        kept,
        Code.CREATED_TWICE,
        f"The location holds {copies} of this collection ({', '.join(surplus)}). "
        + remedy,
        surplus,
        ours,
    )
