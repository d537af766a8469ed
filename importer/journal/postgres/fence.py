"""The fence: what a process that was taken for dead writes is refused by the database.

It is one statement in a transaction. It locks the row of the holder, so that it cannot
be buried before the commit, or finds that it is buried. Should the process freeze right
there, the server ends its transaction, or it could never be buried.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

_FENCE = (
    "SELECT set_config('idle_in_transaction_session_timeout', '{milliseconds}', true) "
    "FROM importer.holders WHERE id = {holder} AND NOT gone FOR SHARE"
)
#: What stood still at a moment, and still does, in the schema of a run. Ends what has
#: stood still for as long as it may; others may work on the run, too, and theirs go on.
_CLEAR = """
WITH still AS (
  SELECT DISTINCT a.pid, a.state_change FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN importer.runs r ON r.schema = n.nspname
  JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
  JOIN pg_stat_activity a ON a.pid = l.pid AND a.usename = current_user
  WHERE r.run_id = %s AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()
  AND a.state LIKE 'idle in transaction%%'
  AND a.state_change < %s::timestamptz
)
SELECT CASE WHEN state_change < clock_timestamp() - %s * interval '1 s'
  THEN pg_terminate_backend(pid) END FROM still
"""
_NOW = "SELECT clock_timestamp()"
#: How often it is looked whether they have ended, and how long at most after they could
#: stand still for long enough, seconds.
_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 5.0

_pause = threading.Event()


def holds(execute: Callable[..., Any], holder: int, seconds: float) -> bool:
    """Return whether a holder is not buried, and cannot be until the transaction ends.

    Args:
        execute: of the connection of the transaction.
        holder: the number of its life.
        seconds: how long the transaction may stand still from here on.
    """
    milliseconds = round(seconds * 1000)
    statement = _FENCE.format(milliseconds=milliseconds, holder=holder)
    return execute(statement).fetchone() is not None


def clear(engine: Engine, run_id: str, seconds: float) -> None:
    """End the transactions of a process that was taken over from.

    Their locks would keep the new owner waiting. One that was late to renew its lease
    has stood still for less than `seconds` by now; that is waited for.

    Args:
        engine: of what is shared.
        run_id: the run that it worked on.
        seconds: for how long its transactions may stand still, see `holds`.
    """
    deadline = time.monotonic() + seconds + _PATIENCE_SECONDS
    with engine.connect() as opened:
        taken = opened.exec_driver_sql(_NOW).scalar()
        given = (run_id, taken, seconds)
        while opened.exec_driver_sql(_CLEAR, given).first() is not None:
            opened.commit()
            if time.monotonic() > deadline:
                return
            _pause.wait(_LOOK_SECONDS)
