"""What stands beside a journal and speaks for it: `journal.mark`, and the run's lock.

A write-ahead log that is lost takes its commits with it, and SQLite says nothing. So
every commit that must not be lost (a row is about to be sent, a collection about to be
deleted) is counted in the database itself and, once it is on the disk, in a file
beside it. Invariant: whatever kills the process, the file never counts more than the
database holds; a file that does was left behind by commits that are gone.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import StorageError
from importer.journal import durable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection, Engine

    from importer.journal.claims import Claim

NAME = "journal.mark"
_DIGITS = 20


class Mark:
    """Counts the commits of a journal that must not be lost."""

    def __init__(self, path: Path) -> None:
        """Remember the file of the journal; nothing is opened before it is needed."""
        self._path = path
        self._file = path.stat()
        self._count = -1
        self._counter: int | None = None
        self._mutex = threading.Lock()
        self._claim: Claim | None = None

    def guard(self, claim: Claim) -> None:
        """Have it checked before every commit whether the run's lock is still ours."""
        self._claim = claim

    def close(self) -> None:
        """Make the count durable."""
        if self._counter is not None:
            os.fsync(self._counter)
            os.close(self._counter)
            self._counter = None

    def refuse_gone(self) -> None:
        """Make sure that the journal is the file that was opened.

        Writing to a file that was removed succeeds, and is lost.

        Raises:
            StorageError: it was removed, or another one is in its place.
        """
        found = _stat(self._path)
        if found is None:
            raise durable.folder_gone()
        if not os.path.samestat(found, self._file):
            msg = f"The journal could not be written: {self._path} is another file now."
            raise StorageError(msg, remedy="Put the run's own folder back.")

    def refuse_unheld(self) -> None:
        """Make sure that the run still holds its lock.

        Raises:
            StorageError: the lock was removed, so another run may work on the same.
        """
        if self._claim is not None:
            self._claim.check()

    def fenced(self, execute: Callable[..., Any]) -> None:
        """Do nothing: no other process gets a lock while this one has it."""

    @contextmanager
    def counting(self, execute: Callable[[str], Any]) -> Iterator[None]:
        """Count the transaction that the block commits.

        Args:
            execute: of the connection of that transaction.
        """
        with self._mutex:
            counter = self._open(execute) if self._counter is None else self._counter
            # in the transaction itself, so that both reach the disk or neither
            execute(f"PRAGMA user_version={self._count + 1}")
            # the commit happens in the block: only then the file beside it may count it
            yield
            self._count += 1
            os.lseek(counter, 0, os.SEEK_SET)
            # of one length and in place: a write of 21 bytes is never half there after
            # a kill
            os.write(counter, _text(self._count))

    @contextmanager
    def transaction(self, engine: Engine) -> Iterator[Connection]:
        """Open one counted transaction, for what the writer's thread does not write.

        Raises:
            OSError: the count could not be written.
            StorageError: the journal or the run's lock was removed.
        """
        self.refuse_gone()
        self.refuse_unheld()
        with engine.connect() as connection:
            yield connection
            with self.counting(connection.exec_driver_sql):
                connection.commit()

    def _open(self, execute: Callable[[str], Any]) -> int:
        (self._count,) = execute("PRAGMA user_version").fetchone()
        file = self._path.with_name(NAME)
        # journals of versions without a mark get one that agrees with them
        if not file.exists():
            make(self._path, self._count)
        self._counter = os.open(file, os.O_RDWR)
        return self._counter


def make(journal: Path, count: int = 0) -> None:
    """Write the file beside a journal, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    durable.replace(journal.with_name(NAME), _text(count))


def read(journal: Path) -> int | None:
    """Return the count beside a journal; None where there is no file.

    Raises:
        ValueError: the file holds something else.
    """
    try:
        return int(journal.with_name(NAME).read_bytes())
    except FileNotFoundError:
        return None


def _text(count: int) -> bytes:
    return b"%0*d\n" % (_DIGITS, count)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - once for every commit
    except OSError:
        return None
