"""What happened: one database for each run, and the plan that the run follows.

Records live here, so that memory stays flat however long the input is. It decides
nothing: it keeps what it is told and gives it back. Seven views of the same tables:
`planned` takes the rows in, `named` what they call their products, `catalog` what the
locations have, `decided` shows what the plan made of the rows, `delivery` serves the
sending, `history` the report, `review` the audit and the undo.
Invariant: a row whose request may have left the machine is `sending` on the disk
before the request leaves.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, insert, inspect, select
from sqlalchemy.exc import DatabaseError

from importer.errors import InputError
from importer.journal.catalog import Catalog
from importer.journal.decided import Decided
from importer.journal.delivery import Delivery
from importer.journal.history import History
from importer.journal.named import Named
from importer.journal.planned import Planned
from importer.journal.review import Review
from importer.journal.schema import (
    NOT_SHOWN,
    OLDER,
    SCHEMA,
    SHOWN,
    TWO_TABLES,
    VIEW,
    meta,
    metadata,
)
from importer.journal.statements import TOGETHER
from importer.journal.writer import storage
from importer.models import ClockDifference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


#: A database has at least one page, and no page is smaller, in bytes.
SMALLEST_DATABASE = 512
#: Files that only a run that went on leaves beside its journal.
REPORTS = ("report.csv", "summary.json")

#: A row is a kilobyte, and a page of the usual size holds few of them.
PAGE_BYTES = 8192


class Journal:
    """The journal of one run; `create` and `reopen` give one."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine
        self.planned = Planned(engine)
        self.named = Named(engine)
        self.catalog = Catalog(engine)
        self.decided = Decided(engine)
        self.delivery = Delivery(engine)
        self.history = History(engine)
        self.review = Review(engine)

    def close(self) -> None:
        """Write what is left and close the database."""
        self.planned.close()
        self.delivery.close()
        self._engine.dispose()

    def note(self, **facts: object) -> None:
        """Keep facts about the run, as JSON, in place of what was there.

        Raises:
            StorageError: the disk is full or gone.
        """
        with storage(), self._engine.begin() as connection:
            for key, value in facts.items():
                connection.execute(meta.delete().where(meta.c.key == key))
                connection.execute(
                    insert(meta), {"key": key, "value": json.dumps(value)}
                )

    def noted(self) -> dict[str, Any]:
        """The facts about the run."""
        with self._engine.connect() as connection:
            found = connection.execute(select(meta.c.key, meta.c.value))
            return {key: json.loads(value) for key, value in found}

    def clocks(self) -> ClockDifference | None:
        """The difference of the clocks while rows were sent; None if not measured."""
        noted = self.noted().get("clock")
        return ClockDifference(*noted) if noted else None


def create(path: Path) -> Journal:
    """A new journal at `path`.

    Raises:
        StorageError: it cannot be written.
    """
    engine = _engine(path)
    with storage():
        metadata.create_all(engine)
        with engine.begin() as connection:
            connection.exec_driver_sql(VIEW)
    journal = Journal(engine)
    journal.note(schema=SCHEMA)
    return journal


def reopen(path: Path, *, thorough: bool = True) -> Journal:
    """The journal of an earlier run.

    Args:
        path: the database.
        thorough: whether every page is verified before anything is believed.

    Raises:
        InputError: there is none, it is damaged, or another version wrote it.
    """
    if not path.is_file():
        msg = f"There is no journal in {path.parent}."
        raise InputError(msg, remedy="List the runs with: importer runs")
    _refuse_stub(path)
    journal = Journal(_engine(path))
    try:
        with readable(path):
            if thorough:
                _verify(journal, path)
            _check_version(journal, path)
    except InputError:
        journal.close()
        raise
    return journal


def _refuse_stub(path: Path) -> None:
    """A file too small for a database: begun and not written to, or cut off.

    SQLite would take it for a new database and write to it.
    """
    size = path.stat().st_size
    if size >= SMALLEST_DATABASE:
        return
    if size or any((path.parent / name).exists() for name in REPORTS):
        msg = f"The journal {path} is damaged: what it held is gone."
        raise InputError(msg, remedy="It was left as it is; restore a copy.")
    msg = f"The run of {path} was stopped before it began; nothing was sent."
    raise InputError(msg, remedy="Start again with: importer run FILE")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say of what cannot be read in the block that the journal is damaged.

    Raises:
        InputError: it is.
    """
    try:
        yield
    except DatabaseError as failure:
        why = str(failure.orig)
    except ValueError:  # a text that is no UTF-8, or no JSON
        why = "a text in it makes no sense"
    else:
        return
    msg = f"The journal {path} is damaged: {why.partition(' with text ')[0]}."
    raise InputError(msg, remedy="It was left as it is; restore a copy.")


def _verify(journal: Journal, path: Path) -> None:
    with journal._engine.connect() as connection:  # noqa: SLF001 - same module
        verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    if verdict != "ok":
        msg = f"The journal {path} is damaged: {verdict}."
        raise InputError(msg, remedy="It was left as it is; restore a copy.")


def _check_version(journal: Journal, path: Path) -> None:
    """Refuse a newer journal, and bring an older one up to date."""
    made = inspect(journal._engine).has_table(meta.name)  # noqa: SLF001 - same module
    version = journal.noted().get("schema") if made else None
    if version == SCHEMA:
        return
    if version is None:
        msg = f"The run of {path} was stopped before it began; nothing was sent."
        raise InputError(msg, remedy="Start again with: importer run FILE")
    if not isinstance(version, int) or version > SCHEMA:
        msg = (
            f"The journal {path} has version {version}; this program knows "
            f"versions up to {SCHEMA}."
        )
        raise InputError(msg, remedy="Use the version of the program that made it.")
    with storage():
        _bring_up_to_date(journal._engine, version)  # noqa: SLF001 - same module
    journal.note(schema=SCHEMA)


def _bring_up_to_date(engine: Engine, version: int) -> None:
    """Take the rows of an older journal over, all of them or none."""
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        metadata.create_all(connection)
        steps: tuple[str, ...] = NOT_SHOWN if version < SHOWN else ()
        for step in OLDER if version < TWO_TABLES else steps:
            connection.exec_driver_sql(step)
        connection.commit()


def _engine(path: Path) -> Engine:
    # a statement for each number of rows that a commit may have
    cached = {"cached_statements": 4 * TOGETHER}
    engine = create_engine(f"sqlite:///{path.absolute()}", connect_args=cached)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's
    """Durable at every commit, and readers beside the writer."""
    del record
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA page_size={PAGE_BYTES}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()
