"""The report against the server: what a location holds, and what the run says of it.

Pure: rows and a listing go in, findings come out. It deletes nothing and asks nobody.
Invariants: what was there before the run is never a finding; a copy counts as this
run's surplus only where it carries the row's own name and type and is not the
reported one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from importer.models import Code, Finding, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from importer.models import Existing, Sent

#: States that say the collection is not there.
DENIED = (Status.REJECTED, Status.FAILED, Status.UNKNOWN)


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
    ids = set()
    for existing in listed:
        ids.add(existing.collection_id)
        if existing.collection_id not in before and existing.collection_id not in kin:
            by_slug[existing.slug].append(existing)
    for row in rows:
        finding: Finding | None
        copies = [one for one in by_slug.get(row.slug, ()) if same(row, one)]
        if row.code == Code.SETTLED_BY_LISTING and row.collection_id in kin:
            finding = _adopted(row)
        elif row.status is Status.CREATED:
            finding = _created(row, copies, there=row.collection_id in ids)
        elif row.status in DENIED and copies:
            finding = _denied(row, copies)
        else:
            continue
        if finding is not None:
            yield finding


def _created(row: Sent, copies: Sequence[Existing], *, there: bool) -> Finding | None:
    surplus = tuple(
        one.collection_id for one in copies if one.collection_id != row.collection_id
    )
    if not there:
        return Finding(
            row.seq,
            row.status,
            row.collection_id,
            Code.MISSING_AT_SERVER,
            f"The API gave the id {row.collection_id}, but the location's list does "
            "not show it.",
            surplus,
        )
    return _surplus(row, row.collection_id, surplus) if surplus else None


def _adopted(row: Sent) -> Finding:
    """The list showed a collection, but another run knows that it made it."""
    return Finding(
        row.seq,
        Status.EXISTING,
        row.collection_id,
        Code.MADE_BY_OTHERS,
        "While the answer to this row was unclear, another run made the collection.",
    )


def _denied(row: Sent, copies: Sequence[Existing]) -> Finding:
    """The answer said no, or nothing, and the collection is there all the same."""
    kept, *more = (one.collection_id for one in copies)
    if more:
        return _surplus(row, kept, tuple(more))
    return Finding(
        row.seq,
        Status.CREATED,
        kept,
        Code.CREATED_ALL_THE_SAME,
        f"The row had ended as {row.status.value}, but the location's list shows "
        "the collection.",
    )


def _surplus(row: Sent, kept: str, surplus: tuple[str, ...]) -> Finding:
    copies = "a second copy" if len(surplus) == 1 else f"{len(surplus)} more copies"
    return Finding(
        row.seq,
        Status.CREATED,
        kept,
        Code.CREATED_TWICE,
        f"The location holds {copies} of this collection ({', '.join(surplus)}). "
        "Remove what is too many with: importer audit RUN --repair",
        surplus,
    )
