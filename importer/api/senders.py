"""Who sends the rows of a run: the caller's own, a cluster, or this process.

The cluster is joined before anything is read, so that what is wrong with it is told at
once. Invariant: what a cluster needs is loaded only where one is asked for.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from importer.api.hooks import Hooks, Question, Result
    from importer.runs.session import Session
    from importer.runs.shards import Runner
    from importer.settings import Settings


def refuse(settings: Settings) -> None:
    """Refuse a cluster that cannot be used with these settings; nothing is begun.

    Raises:
        UsageError: packages are missing, or no database keeps the journal.
    """
    if settings.values.cluster:
        from importer import distributed  # noqa: PLC0415 - see above

        distributed.refuse(settings)


async def workers(settings: Settings) -> int:
    """Return how many processes would share the work of a run, and begin none.

    Raises:
        UsageError: the cluster cannot be used as it is.
        StorageError: nobody answers there.
    """
    if not settings.values.cluster:
        return 1
    from importer import distributed  # noqa: PLC0415 - see above

    return await distributed.workers_of(settings)


@asynccontextmanager
async def sender(
    session: Session, hooks: Hooks[Question, Result]
) -> AsyncIterator[Runner | None]:
    """Give who sends, as long as the block lasts; None: this process does.

    Raises:
        UsageError: the cluster cannot be used as it is.
        StorageError: nobody answers there.
    """
    given = hooks.runner(session)
    if given is not None or not session.settings.values.cluster:
        yield given
        return
    from importer import distributed  # noqa: PLC0415 - see above

    async with distributed.joined(session.settings, session.folder.path) as cluster:
        yield distributed.runner_of(cluster, session.settings, session.folder.run_id)
