"""A shard in another process than the session's: what it asks for is done here.

The session's process holds the run; this one holds the locations of the shard while it
works on them, each by its own life (`shard_task`), and goes by what all processes of
the run shall heed (`workplace`). Invariant: what a location or the database does is in
the result, and never raised.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from importer import logs
from importer.errors import FatalError, StorageError
from importer.models import Calls, Flight
from importer.runs import workplace
from importer.runs.shard_audit import Auditing
from importer.runs.shard_sending import Sending
from importer.runs.shard_undo import Undoing
from importer.runs.shards import Elsewhere, ShardResult

if TYPE_CHECKING:
    from importer.runs.shard_task import Task
    from importer.runs.shards import Shard, Work
    from importer.runs.workplace import Workplace
    from importer.settings import Settings

log: logs.Log = logs.get("run")

#: Who does what.
TASKS: dict[Work, type[Task]] = {
    "send": Sending,
    "compare": Sending,
    "audit": Auditing,
    "undo": Undoing,
}


async def carry_out(shard: Shard, found: Settings) -> ShardResult:
    """Do what a shard asks for, in the event loop that runs.

    Args:
        shard: what is done.
        found: the settings of this process, with the tokens that it has.

    Returns:
        What it came to. A failure of a location, of the settings or of the database is
        in it; only a bug is raised.
    """
    began = time.monotonic()
    try:
        async with workplace.entered(shard, found) as place:
            _bind(shard, place)
            result = await TASKS[shard.work](shard, place).run()
            if isinstance(result.stopped, StorageError) and place.failure is None:
                place.failure = result.stopped
    except FatalError as ended:
        result = _nothing(ended)
    elsewhere = result.elsewhere or Elsewhere()
    seconds = time.monotonic() - began
    log.info(
        "shard.ended",
        work=shard.work,
        seconds=round(seconds, 3),
        counts=dict(result.counts),
        held=len(elsewhere.held),
        stopped=str(result.stopped or ""),
    )
    return replace(result, elsewhere=replace(elsewhere, seconds=seconds))


def _bind(shard: Shard, place: Workplace) -> None:
    """Let every line of the log say whose it is."""
    if log.wants(logs.WARNING):
        logs.bind(run_id=shard.run_id, shard=shard.name, holder=place.member.number)


def _nothing(ended: FatalError | None) -> ShardResult:
    return ShardResult({}, Calls(0, 0, 0), Flight(), ended, {}, {}, frozenset())
