"""Statements for many rows, compiled once: what is left for each row is the driver's.

SQLAlchemy prepares every row of an `executemany` anew, and the driver gives the
interpreter lock away and takes it back for each; both cost more than SQLite needs for
the row. So rows that are waited for go as one statement. Only for values that the
driver takes as they are (text, numbers, bytes). Invariant: the text is SQLAlchemy's
own, or words that SQLite and PostgreSQL share, so it fits the engine's database.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Dialect, Engine, Table
    from sqlalchemy.sql import ClauseElement

Values = tuple[Any, ...]

#: Rows of one statement: few enough for every database's limit of parameters.
TOGETHER = 64
#: Rows that are fetched in one go.
FETCHED = 1000

_compiled: dict[tuple[str, int], str] = {}


class Insert:
    """New rows; values are given in the order of `columns`."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        """Say what is written; the text is made when it is first needed."""
        self._table = table.name
        self._columns = columns
        self._texts: dict[tuple[str, int], str] = {}

    def text(self, dialect: Dialect, count: int) -> str:
        """Return the statement for `count` rows."""
        mark = "?" if dialect.paramstyle == "qmark" else "%s"
        known = self._texts.get((mark, count))
        if known is None:
            known = self._texts[mark, count] = self._write(mark, count)
        return known

    def _write(self, mark: str, count: int) -> str:
        row = f"({', '.join([mark] * len(self._columns))})"
        return (  # the names are those of `schema`, and every value is a parameter
            f"INSERT INTO {self._table} ({', '.join(self._columns)}) "  # noqa: S608
            f"VALUES {', '.join([row] * count)}"
        )


class Upsert(Insert):
    """Rows that replace columns of those which are there, or are new.

    The first column is the key; those of `keep` are set only where nothing stands
    there yet.
    """

    def __init__(
        self, table: Table, columns: Sequence[str], keep: frozenset[str] = frozenset()
    ) -> None:
        """Say what is replaced."""
        super().__init__(table, columns)
        self._keep = keep

    def _write(self, mark: str, count: int) -> str:
        key, *others = self._columns
        changes = (
            # the first request's time stays: an audit asks from when on a row may have
            # been created
            f"{name} = coalesce({self._table}.{name}, excluded.{name})"
            if name in self._keep
            else f"{name} = excluded.{name}"
            for name in others
        )
        return (
            f"{super()._write(mark, count)} "
            f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}"
        )


def put(
    execute: Callable[[str, Values], object],
    dialect: Dialect,
    into: Insert,
    rows: Sequence[Values],
) -> None:
    """Write some rows, with whatever executes a text."""
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        execute(into.text(dialect, len(some)), tuple(chain.from_iterable(some)))


def run_many(
    connection: Connection, statement: ClauseElement, rows: Sequence[Values]
) -> None:
    """Execute a statement once for each row of values.

    Args:
        connection: inside a transaction.
        statement: one that lives as long as the program, such as those of `schema`.
        rows: the values in the order of the statement's parameters, all of them.
    """
    connection.exec_driver_sql(compiled(connection.dialect, statement), [*rows])


def fetch(engine: Engine, statement: ClauseElement, values: Values) -> list[Values]:
    """Return the rows of a query, as the driver gives them.

    `values` are in the order in which the query names its parameters.
    """
    with engine.connect() as connection:
        found = connection.exec_driver_sql(compiled(engine.dialect, statement), values)
        return _cursor(found).fetchall()  # type: ignore[no-any-return]


def stream(connection: Connection, statement: Any) -> Iterator[Values]:  # noqa: ANN401 - a query
    """Yield the rows of a query one after the other, as the driver gives them."""
    for some in streamed(connection, statement, FETCHED):
        yield from some


def streamed(
    connection: Connection,
    statement: Any,  # noqa: ANN401 - a query
    most: int,
) -> Iterator[list[Values]]:
    """Take at `most` so many in one go, and never none."""
    cursor = _cursor(connection.execute(statement))
    while some := cursor.fetchmany(most):
        yield some


def compiled(dialect: Dialect, statement: ClauseElement) -> str:
    """Return the text of a statement that lives as long as the program."""
    key = (dialect.name, id(statement))
    known = _compiled.get(key)
    if known is None:
        known = _compiled[key] = str(statement.compile(dialect=dialect))
    return known


def _cursor(result: Any) -> Any:  # noqa: ANN401 - the driver's
    """Return the driver's cursor: a row of its own for each row costs too much."""
    return result.cursor
