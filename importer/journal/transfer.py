"""A journal taken as it is from one store to another.

All tables, row by row, so that memory stays flat however long the run was. Invariant:
the new journal appears under its name when all of it is there; the old one is left as
it is.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from importer.errors import StorageError
from importer.journal.commits import storage
from importer.journal.schema import INDEX, VIEW, metadata, records, states
from importer.journal.statements import Insert, analyze, load, streamed

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from importer.journal.ports import Store

#: Rows that are read, and written, in one go.
TOGETHER = 1000


def copy(source: Store, target: Store) -> None:
    """Make a new journal that holds what an old one holds.

    Args:
        source: of this version of the tables, and whole.
        target: where; one that is there is replaced.

    Raises:
        StorageError: it cannot be written, or would not be the same; there is none
            then.
    """
    engine = source.engine(write=False)
    try:
        with storage():
            target.create(partial(_fill, engine))
    finally:
        engine.dispose()


def _fill(source: Engine, made: Engine) -> None:
    metadata.create_all(made)
    with source.connect() as old, made.begin() as new:
        new.exec_driver_sql(VIEW)
        for table in metadata.sorted_tables:
            into = Insert(table, [column.name for column in table.columns])
            # as it is stored: the rows need not be made sense of
            for rows in streamed(old, select(table), TOGETHER):
                load(new, into, rows)
        new.exec_driver_sql(INDEX)
        analyze(new, records.name, states.name)
    # before it appears: one that lacks anything is never there
    if _counts(source) != _counts(made):
        msg = "The journal that was copied does not hold what the old one holds."
        raise StorageError(msg, remedy="The old one was left as it is. Try again.")


def _counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as opened:
        tables = {name: _size(opened, name) for name in metadata.tables}
        by_status = select(states.c.status, func.count()).group_by(states.c.status)
        found = ((f"status {status}", n) for status, n in opened.execute(by_status))
        return dict(chain(tables.items(), found))


def _size(opened: Connection, name: str) -> int:
    counted = select(func.count()).select_from(metadata.tables[name])
    return opened.execute(counted).scalar() or 0
