"""Many runs, one truth: what other runs under the same folder made, or may have made.

A list can lag behind a create, so right after one run the list alone does not show
what that run did; its journal does. Older runs are not asked: the list has caught up
with them, and what it does not show was removed by somebody. Reads journals only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import journal
from importer.errors import FatalError
from importer.models import Existing, Status
from importer.pipeline import folders

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from importer.journal import Journal
    from importer.models import Sent
    from importer.pipeline.folders import RunFolder

#: How long after its last write a journal knows more than a list, seconds. Far more
#: than any lag that was seen, and than the time a lost request can take to arrive.
HORIZON_SECONDS = 600.0


@dataclass(slots=True)
class Kin:
    """What recent runs made, and what they left without a clear answer."""

    made: dict[tuple[str, str], Existing] = field(default_factory=dict)
    doubtful: set[tuple[str, str]] = field(default_factory=set)


def recent(
    folder: RunFolder, base_url: str, locations: Collection[str], now: float
) -> Kin:
    """What other runs did to these locations a short time ago.

    Args:
        folder: the run that asks.
        base_url: the server it speaks to; a rehearsal in a sandbox made nothing there.
        locations: the locations it is about to send to.
        now: seconds since the epoch.
    """
    kin = Kin()
    for other in _others(folder, since=now - HORIZON_SECONDS):
        theirs = other.noted().get("settings", {}).get("base_url", "")
        if theirs.rstrip("/") != base_url.rstrip("/"):
            continue
        shared = set(other.review.touched()).intersection(locations)
        if shared:
            _gather(kin, other, shared)
    return kin


def _gather(kin: Kin, other: Journal, locations: Collection[str]) -> None:
    statuses = (Status.CREATED, Status.UNKNOWN, Status.SENDING)
    undone = other.review.undo_states()
    for row in other.review.sent_to(locations, *statuses):
        key = (row.location_id, row.slug)
        if row.status is not Status.CREATED:
            kin.doubtful.add(key)
        elif row.seq not in undone:
            kin.made[key] = Existing(
                row.location_id, row.collection_id, row.slug, row.name, row.type
            )


def made_by_others(folder: RunFolder, collection_ids: Collection[str]) -> set[str]:
    """Those of some ids that another run, of any age, created."""
    made: set[str] = set()
    if collection_ids:
        for other in _others(folder, since=0.0):
            made |= other.review.made(collection_ids)
    return made


def later_owners(
    folder: RunFolder, base_url: str, rows: Iterable[Sent]
) -> dict[str, str]:
    """The collections of a run that are no longer its own: words, by id.

    A later run updated it, or another run has the better claim to have created it: the
    API named the id to that one.

    Args:
        folder: the run that created them.
        base_url: the server it speaks to.
        rows: its created rows.
    """
    ours = {row.collection_id: row for row in rows}
    owners: dict[str, str] = {}
    for other in _others(folder, since=0.0) if ours else ():
        noted = other.noted()
        if noted.get("settings", {}).get("base_url", "").rstrip("/") != base_url:
            continue
        for collection_id, claim in other.review.claimed(ours).items():
            row = ours[collection_id]
            run = f"run {noted.get('run_id', '?')}"
            if not claim.made:
                owners[collection_id] = f"Updated by {run} since."
            elif claim.given or row.http_status is None:
                owners[collection_id] = f"Created by {run}, by its journal."
    return owners


def _others(folder: RunFolder, since: float) -> Iterator[Journal]:
    """The journals of other runs that were written to since a time.

    One that cannot be read says nothing; it is reported where it is asked for.
    """
    for run in folders.every(folder.runs):
        if run.run_id == folder.run_id or _written_at(run) < since:
            continue
        try:
            opened = journal.reopen(run.journal, thorough=False)
        except FatalError:
            continue
        try:
            yield opened
        finally:
            opened.close()


def _written_at(run: RunFolder) -> float:
    paths = (run.journal, run.journal.with_name(run.journal.name + "-wal"))
    return max(path.stat().st_mtime if path.exists() else 0.0 for path in paths)
