"""The fence: what a process that was taken for dead writes is refused by the database.

It is one statement in a transaction. It locks the row of the holder, so that it cannot
be buried before the commit, or finds that it is buried. Should the process freeze right
there, the server ends its transaction, or it could never be buried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

_FENCE = (
    "SELECT set_config('idle_in_transaction_session_timeout', '{milliseconds}', true) "
    "FROM importer.holders WHERE id = {holder} AND NOT gone FOR SHARE"
)
#: Ends what a process that was buried left open in the schema of a run: its locks
#: would keep the new owner waiting. Others may work on the run: a transaction of theirs
#: does not stand still for as long as a lease lasts.
_CLEAR = """
SELECT pg_terminate_backend(l.pid) FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN importer.runs r ON r.schema = n.nspname
JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
JOIN pg_stat_activity a ON a.pid = l.pid AND a.usename = current_user
WHERE r.run_id = %s AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()
AND a.state LIKE 'idle in transaction%%'
AND a.state_change < clock_timestamp() - %s * interval '1 s'
"""


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


def clear(opened: Connection, run_id: str, seconds: float) -> None:
    """End the transactions of a process that was taken over from.

    Args:
        opened: a transaction.
        run_id: the run that it worked on.
        seconds: its transactions have stood still for at least so long.
    """
    opened.exec_driver_sql(_CLEAR, (run_id, seconds))
