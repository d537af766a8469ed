"""The database of one run: made, opened again, and closed.

Hands out the views of its tables. Invariant: it is written by one process at a time,
and nothing is read from one that is damaged.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from importer.journal import connection, durable, mark
from importer.journal.catalog import Catalog
from importer.journal.decided import Decided
from importer.journal.delivery import Delivery
from importer.journal.history import History
from importer.journal.mark import Mark
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
from importer.journal.soundness import Depth, readable, refuse
from importer.journal.writer import storage
from importer.models import ClockDifference

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Engine

#: The file that has counted what must not be lost.
MARK = mark.NAME

#: What a journal is called until it is whole.
DRAFT = ".new"


class Journal:
    """The journal of one run; `create` and `reopen` give one."""

    def __init__(self, engine: Engine, path: Path) -> None:
        """Wrap an engine whose tables exist; `path` is the file of its database."""
        self._engine = engine
        self._path = path
        self._mark = Mark(path)
        self.planned = Planned(engine)
        self.named = Named(engine)
        self.catalog = Catalog(engine)
        self.decided = Decided(engine)
        self.delivery = Delivery(engine, self._mark)
        self.history = History(engine)
        self.review = Review(engine, self._mark)

    def close(self) -> None:
        """Write what is left and close the database."""
        self.planned.close()
        self.delivery.close()
        self._engine.dispose()
        self._mark.close()

    def readable(self) -> AbstractContextManager[None]:
        """Say of what cannot be read in a block that the journal is damaged.

        Raises:
            JournalDamaged: it is.
        """
        return readable(self._path)

    def guard(self, check: Callable[[], None]) -> None:
        """Let nothing be sent any more once a check has failed.

        Args:
            check: raises `StorageError` where the run has lost its lock; it is called
                before every commit that lets something be sent.
        """
        self._mark.guard(check)

    def refuse_unheld(self) -> None:
        """Make sure, before a request that is not journaled, that nothing was removed.

        Raises:
            StorageError: the journal or the run's lock was removed.
        """
        self._mark.refuse_gone()
        self._mark.refuse_unheld()

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


def create(path: Path, **facts: object) -> Journal:
    """A new journal at `path`, which appears whole, with its first facts.

    Raises:
        StorageError: it cannot be written.
    """
    draft = path.with_name(path.name + DRAFT)
    with storage():
        connection.touch(draft)
        engine = connection.writing(draft)
        metadata.create_all(engine)
        with engine.begin() as opened:
            opened.exec_driver_sql(VIEW)
        unborn = Journal(engine, draft)
        unborn.note(schema=SCHEMA, **facts)
        unborn.close()
        mark.make(path)
        durable.publish(draft, path)
        return Journal(connection.writing(path), path)


def write_beside(path: Path, text: str) -> None:
    """Write a small file of the run folder, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    with storage():
        durable.replace(path, text.encode())


def reopen(
    path: Path, *, thorough: bool = True, depth: Depth | None = None, write: bool = True
) -> Journal:
    """The journal of an earlier run.

    Args:
        path: the database.
        thorough: whether every page is verified before anything is believed.
        depth: how much is verified, where neither all nor only the facts shall be.
        write: whether it shall be written to; else its files stay as they are.

    Raises:
        JournalDamaged: it is not whole.
        InputError: there is none, or another version wrote it.
    """
    version = refuse(path, depth or (Depth.ALL if thorough else Depth.FACTS))
    if version != SCHEMA:
        older = Journal(connection.writing(path), path)
        with storage():
            _take_over(older._engine, version)  # noqa: SLF001 - same module
        older.note(schema=SCHEMA)
        older.close()
    return Journal((connection.writing if write else connection.reading)(path), path)


def _take_over(engine: Engine, version: int) -> None:
    """Bring an older journal up to date, all of its rows or none."""
    with engine.connect() as opened:
        opened.exec_driver_sql("BEGIN IMMEDIATE")
        metadata.create_all(opened)
        steps: tuple[str, ...] = NOT_SHOWN if version < SHOWN else ()
        for step in OLDER if version < TWO_TABLES else steps:
            opened.exec_driver_sql(step)
        opened.commit()
