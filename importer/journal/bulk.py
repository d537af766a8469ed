"""The connection on which rows are read in, which does not wait for the disk.

Nothing has been sent while the input is read, and a reading that was cut short begins
anew, so it costs nothing to lose its last commits; the first commit of anybody else
makes durable what was read before it. Invariant: no other work runs on it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.journal.writer import storage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine


class Loading:
    """A connection that is opened when it is first needed."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine."""
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block.

        Raises:
            StorageError: the disk is full or gone.
        """
        with storage():
            if self._connection is None:
                self._connection = self._engine.connect()
                if self._engine.dialect.name == "sqlite":
                    self._connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
                    self._connection.commit()
            with self._connection.begin():
                yield self._connection

    def close(self) -> None:
        """Let go of the connection; others wait for the disk and are not it."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None
