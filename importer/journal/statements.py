"""Statements for many rows, compiled once: what is left for each row is the driver's.

SQLAlchemy prepares every row of an `executemany` anew, which costs more than SQLite
needs for it. Only for statements whose values are what the driver takes as they are
(text, numbers, bytes). Invariant: the text is SQLAlchemy's own, so it fits whatever
database the engine speaks to.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection
    from sqlalchemy.sql import ClauseElement

_Compiled = tuple[str, "Callable[[dict[str, Any]], Any]"]
_compiled: dict[tuple[str, int], _Compiled] = {}


def run_many(
    connection: Connection, statement: ClauseElement, rows: Iterable[dict[str, Any]]
) -> None:
    """Execute a statement once for each row of values.

    Args:
        connection: inside a transaction.
        statement: one that lives as long as the program, such as those of `schema`.
        rows: the values by the statement's parameter names, all of them.
    """
    text, arrange = _compile(connection, statement)
    connection.exec_driver_sql(text, [arrange(row) for row in rows])


def _compile(connection: Connection, statement: ClauseElement) -> _Compiled:
    key = (connection.dialect.name, id(statement))
    known = _compiled.get(key)
    if known is None:
        compiled = statement.compile(dialect=connection.dialect)
        names = getattr(compiled, "positiontup", None)
        arrange: Callable[[dict[str, Any]], Any] = itemgetter(*names) if names else dict
        known = _compiled[key] = (str(compiled), arrange)
    return known
