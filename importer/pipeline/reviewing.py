"""Looking back at a run, by request: audit it, or undo it.

Both claim the run and its locations like a run does, so that nothing moves under
them. Invariant: without `repair`, and with `dry_run`, the server stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import alone
from importer.pipeline import undoing
from importer.pipeline.folders import State

if TYPE_CHECKING:
    from importer.pipeline.auditing import Audited
    from importer.pipeline.session import Session


async def audit(session: Session, *, repair: bool) -> Audited:
    """Compare all of a run with the server and correct its report.

    Raises:
        LocationHeldError: another process works on the run or its locations.
        StorageError: the journal cannot be written.
    """
    locations = session.journal.review.touched()
    session.claim(locations)
    return await session.review(locations, repair=repair)


async def undo(session: Session, *, dry_run: bool) -> undoing.Result:
    """Delete what a run created and nobody has changed since.

    Raises:
        LocationHeldError: another process works on the run or its locations.
        StorageError: the journal cannot be written.
    """
    session.claim(session.journal.review.touched())
    session.watch.phase = "undoing"
    work = undoing.Undo(
        session.folder, session.journal, await session.connect(), dry_run=dry_run
    )
    with alone():
        result = await work.run()
    if not dry_run:
        undoing.write(session.folder, result)
        if not (result.failed or result.counts[undoing.Undone.FAILED]):
            session.journal.note(state=State.UNDONE)
    return result
