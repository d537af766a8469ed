"""Statements for many rows, compiled once: what is left for each row is the driver's.

SQLAlchemy prepares every row of an `executemany` anew, and the driver gives the
interpreter lock away and takes it back for each; both cost more than SQLite needs for
the row. So rows that are waited for go as one statement. Only for values that the
driver takes as they are (text, numbers, bytes). PostgreSQL takes each column as one
array, so that it plans one statement whatever the number of rows, and the rows of the
input by COPY. Invariants: the text fits the engine's database; a text comes out as it
went in, but for a NUL where the database keeps none.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Float, Integer, LargeBinary
from sqlalchemy.exc import DBAPIError

from importer.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Dialect, Engine, Table
    from sqlalchemy.sql import ClauseElement

Values = tuple[Any, ...]

#: Rows of one statement: few enough for every database's limit of parameters.
TOGETHER = 64
#: Rows that are fetched in one go.
FETCHED = 1000

#: The name of the dialect that takes arrays and COPY.
POSTGRESQL = "postgresql"
#: What stands for a NUL in a database that keeps none: the picture of one.
STAND_IN = "\N{SYMBOL FOR NULL}"
#: How the types of columns are called where values come as arrays.
_ARRAYS = {
    BigInteger: "int8",
    Integer: "int8",
    Float: "float8",
    LargeBinary: "bytea",
}

_compiled: dict[tuple[str, int], str] = {}


class Insert:
    """New rows; values are given in the order of `columns`."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        """Say what is written; the text is made when it is first needed."""
        self._table = table.name
        self._columns = columns
        types = [type(table.c[name].type) for name in columns]
        self._types = [_ARRAYS.get(of, "text") for of in types]
        self._texts: dict[tuple[str, int], str] = {}

    def text(self, dialect: Dialect, count: int) -> str:
        """Return the statement for `count` rows."""
        mark = "?" if dialect.paramstyle == "qmark" else "%s"
        known = self._texts.get((mark, count))
        if known is None:
            known = self._texts[mark, count] = self._write(mark, count)
        return known

    def arrays(self, rows: Sequence[Values]) -> tuple[str, Values]:
        """Return the statement for any number of rows, and its values: columns."""
        text = self._texts.get(("unnest", 0))
        if text is None:
            marks = ", ".join(f"%s::{name}[]" for name in self._types)
            text = self._insert(f"SELECT * FROM unnest({marks})")  # noqa: S608
            self._texts["unnest", 0] = text
        columns = zip(*rows, strict=True)
        return text, tuple(map(_array, self._types, columns))

    def copying(self) -> str:
        """Return the statement after which rows are given one by one."""
        names = ", ".join(self._columns)
        return f"COPY {self._table} ({names}) FROM STDIN"

    def cleaned(self, rows: Iterable[Values]) -> Iterator[Values]:
        """Yield the rows as a database takes them that keeps no NUL."""
        places = [place for place, of in enumerate(self._types) if of == "text"]
        for row in rows:
            if any("\0" in row[place] for place in places if row[place] is not None):
                yield tuple(map(_without_nul, row))
            else:
                yield row

    def _write(self, mark: str, count: int) -> str:
        row = f"({', '.join([mark] * len(self._columns))})"
        return self._insert(f"VALUES {', '.join([row] * count)}")

    def _insert(self, values: str) -> str:
        names = ", ".join(self._columns)
        # the names are those of `schema`, and every value is a parameter
        return f"INSERT INTO {self._table} ({names}) {values}"


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

    def _insert(self, values: str) -> str:
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
            f"{super()._insert(values)} "
            f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}"
        )


def put(
    execute: Callable[[str, Values], object],
    dialect: Dialect,
    into: Insert,
    rows: Sequence[Values],
) -> None:
    """Write some rows, with whatever executes a text."""
    if dialect.name == POSTGRESQL:
        if rows:
            execute(*into.arrays(rows))
        return
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        execute(into.text(dialect, len(some)), tuple(chain.from_iterable(some)))


def load(connection: Connection, into: Insert, rows: Sequence[Values]) -> None:
    """Write the rows of the input, of which there may be very many.

    Args:
        connection: inside a transaction.
        into: what is written.
        rows: new rows.

    Raises:
        SQLAlchemyError: the database took them not.
    """
    dialect = connection.dialect
    if dialect.name != POSTGRESQL:
        put(connection.exec_driver_sql, dialect, into, rows)
        return
    # the driver's own errors are raised as those of a statement are
    try:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(into.copying()) as copy:
            for row in into.cleaned(rows):
                copy.write_row(row)
    except dialect.loaded_dbapi.Error as failure:
        raise DBAPIError(into.copying(), None, failure) from failure


def analyze(connection: Connection, *tables: str) -> None:
    """Let a database that plans by statistics know what many new rows are like."""
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql(f"ANALYZE {', '.join(tables)}")


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
    return ask(engine, compiled(engine.dialect, statement), values)


def ask(engine: Engine, text: str, values: Values = ()) -> list[Values]:
    """Return the rows of a query that is one statement."""
    if engine.dialect.name == POSTGRESQL:
        # what fails is asked once more in the usual way, which says what is wrong
        with suppress(engine.dialect.loaded_dbapi.Error):
            return _alone(engine, text, values)
    try:
        return _fetch(engine, text, values)
    # the connection was lost in the middle; the next is waited for
    except StorageError:
        return _fetch(engine, text, values)


def _alone(engine: Engine, text: str, values: Values) -> list[Values]:
    """Ask without a transaction: to begin and to end one are two more questions."""
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        driver.autocommit = True
        try:
            return driver.execute(text, values).fetchall()  # type: ignore[no-any-return]
        finally:
            if not driver.closed:
                driver.autocommit = False
    finally:
        # one that was lost is not given back to be used again, but replaced by a ping
        pooled.close()


def _fetch(engine: Engine, text: str, values: Values) -> list[Values]:
    with engine.connect() as connection:
        found = connection.exec_driver_sql(text, values)
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
    if connection.dialect.name == POSTGRESQL:
        yield from _piecewise(connection, statement, most)
        return
    cursor = _cursor(connection.execute(statement))
    while some := cursor.fetchmany(most):
        yield some


def _piecewise(
    connection: Connection,
    statement: Any,  # noqa: ANN401 - a query
    most: int,
) -> Iterator[list[Values]]:
    """Have the server keep what was not fetched: its driver would fetch all at once."""
    lazily = {"stream_results": True, "max_row_buffer": most}
    # closed although nobody reads on: an open one keeps the transaction
    with connection.execute(statement, execution_options=lazily) as result:
        # not its cursor: the first rows of that were taken already
        while some := result.fetchmany(most):
            yield some  # type: ignore[misc]


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


def _array(of: str, column: Sequence[Any]) -> str:
    """Write a column as PostgreSQL writes an array: no value is quoted but texts.

    A list would be taken to pieces by the driver, value by value.
    """
    if of == "text":
        whole = '","'.join(column)
        # asked of all together: few texts have such a sign
        if "\0" in whole or "\\" in whole or whole.count('"') > 2 * (len(column) - 1):
            whole = '","'.join(map(_escaped, column))
        return f'{{"{whole}"}}'
    if of == "bytea":
        return "{" + ",".join(rf'"\\x{value.hex()}"' for value in column) + "}"
    return "{" + ",".join("NULL" if v is None else str(v) for v in column) + "}"


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("\0", STAND_IN)


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - of a row
    return value.replace("\0", STAND_IN) if isinstance(value, str) else value
