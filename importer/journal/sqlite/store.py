"""The store of a journal in a file, as `journal.ports` describes one.

Invariants: a new journal appears whole under its name; one of an older version is
brought up to date in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from importer.journal import durable
from importer.journal.commits import storage
from importer.journal.schema import INDEX, VIEW, metadata, records, states
from importer.journal.sqlite import connection, mark, soundness

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from importer.errors import JournalDamaged
    from importer.journal.ports import CommitGuard, Depth

#: The file that has counted what must not be lost.
MARK = mark.NAME
#: What a journal is called until it is whole.
DRAFT = ".new"

#: The first version that had two tables for rows and what became of them.
TWO_TABLES = 3
#: Versions 1 and 2 had one table for both, and its index.
OLDER = (
    "ALTER TABLE rows RENAME TO older",
    *(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM older"  # noqa: S608
        for table in (records, states)
        for names in [
            ", ".join(
                f'"{column.name}"' for column in table.columns if column.name != "shown"
            )
        ]
    ),
    "DROP TABLE older",
    VIEW,
    INDEX,
)

#: The first version that keeps what the server showed of a row.
SHOWN = 5
#: Versions 3 and 4 lack that column.
NOT_SHOWN = (
    "ALTER TABLE states ADD COLUMN shown TEXT NOT NULL DEFAULT ''",
    "DROP VIEW rows",
    VIEW,
)


def _moment(file: Path) -> float:
    """Return when a file was last written to; 0 for one that is not there."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


class SqliteStore:
    """A journal in a file, and what stands beside it."""

    def __init__(self, path: Path) -> None:
        """Keep the path; it is never read as part of an address."""
        self.path = path

    @property
    def url(self) -> str:
        """The address of the file, from the root."""
        path = self.path.absolute().as_posix()
        return f"sqlite:///{quote(path, safe='/:')}"

    @property
    def written_at(self) -> float:
        """When the database, its log or its mark was last written to."""
        log = self.path.with_name(f"{self.path.name}-wal")
        files = (self.path, log, self.path.with_name(MARK))
        return max(map(_moment, files))

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.is_file()

    def began(self) -> bool:
        """Return whether the files beside it say that rows may have been sent."""
        return soundness.began(self.path)

    def create(self, fill: Callable[[Engine], None]) -> None:
        """Make the database under another name, and give it its own when it is whole.

        Raises:
            StorageError: the disk is full or gone.
        """
        draft = self.path.with_name(self.path.name + DRAFT)
        with storage():
            connection.touch(draft)
            engine = connection.writing(draft)
            fill(engine)
            # closed before it gets its name: SQLite names its log by the path
            engine.dispose()
            # the mark before the journal: one without a mark is taken for that of an
            # older version
            mark.make(self.path)
            durable.publish(draft, self.path)

    def check(self, depth: Depth) -> int:
        """Return the version, once the file can be believed.

        Raises:
            JournalDamaged: it is not whole.
            InputError: there is none, or another version of the program made it.
        """
        return soundness.refuse(self.path, depth)

    def upgrade(self, version: int) -> None:
        """Bring an older journal up to date, all of its rows or none.

        Raises:
            StorageError: the disk is full or gone.
        """
        engine = connection.writing(self.path)
        with storage(), engine.connect() as opened:
            # IMMEDIATE: the right to write comes first, so no other process upgrades it
            # at the same time
            opened.exec_driver_sql("BEGIN IMMEDIATE")
            metadata.create_all(opened)
            steps: tuple[str, ...] = NOT_SHOWN if version < SHOWN else ()
            for step in OLDER if version < TWO_TABLES else steps:
                opened.exec_driver_sql(step)
            opened.commit()
        engine.dispose()

    def engine(self, *, write: bool) -> Engine:
        """Return an engine: readers beside one writer, or one that only looks."""
        return (connection.writing if write else connection.reading)(self.path)

    def bulk(self, engine: Engine) -> Connection:
        """Return a connection that does not wait for the disk."""
        return connection.hasty(engine)

    def guard(self) -> CommitGuard:
        """Return what counts in the mark beside the file.

        Raises:
            InputError: there is no file, or no more.
        """
        try:
            return mark.Mark(self.path)
        except FileNotFoundError:  # its run was given up since it was checked
            raise soundness.absent(self.path) from None

    def readable(self) -> AbstractContextManager[None]:
        """Say of what cannot be read in the block that the journal is damaged.

        Raises:
            JournalDamaged: it is.
            InputError: it could not be opened.
        """
        return soundness.readable(self.path)

    def damaged(self, reason: str) -> JournalDamaged:
        """Return the refusal of the journal, with the reason."""
        return soundness.damaged(self.path, reason)
