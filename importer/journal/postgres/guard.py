"""What stands before every commit to a journal: that it is still there, and still ours.

The journal of a run is one schema. One that was removed and made again has the same
names, so a commit looks at its number. A claim that can be lost to another process
while this one stands still is asked inside the transaction: only there it cannot be
lost between the look and the commit. Invariant: whatever writes to the journal of a
run passes here, the writer's thread, the comparison and an audit alike.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from importer.errors import DatabaseError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

    from importer.journal.claims import Claim

#: How long a claim may take to be renewed when the database is back, seconds, and how
#: often that is looked at.
RENEWED_SECONDS = 5.0
LOOK_SECONDS = 0.1
#: How far what the database says about the last write may be behind, seconds.
BEHIND_SECONDS = 1.0


def _yes() -> bool:
    """Say of a claim that does not tell: what is lost is lost."""
    return True


_SAME = "SELECT 1 FROM pg_namespace WHERE oid = %s AND nspname = %s"
_WRITTEN = "UPDATE importer.runs SET written_at = clock_timestamp() WHERE run_id = %s"
_BEGAN = (
    "UPDATE importer.runs SET began = true, written_at = clock_timestamp() "
    "WHERE run_id = %s"
)


class Guard:
    """Looks after the commits to the journal of one run."""

    def __init__(self, engine: Engine, run_id: str, schema: str, number: int) -> None:
        """Keep which journal was opened: the run, its schema and that one's number.

        `engine` is one that waits for a database which is away.
        """
        self._engine = engine
        self._run_id = run_id
        self._same = (number, schema)
        self._claim: Claim | None = None
        self._lost: Callable[[], bool] = _yes
        self._pause = threading.Event()
        self._fence: Callable[[Callable[..., Any]], object] | None = None
        self._written_at = 0.0
        self._wrote = False
        self._began = False

    def guard(self, claim: Claim) -> None:
        """Have it checked before every commit whether the claim still holds.

        One that can be lost while this process stands still has a method `fenced`: it
        is given what executes a statement in the transaction, and raises StorageError.
        Its method `lost` says whether it is so for good.
        """
        self._claim = claim
        self._fence = getattr(claim, "fenced", None)
        self._lost = getattr(claim, "lost", _yes)

    def refuse_gone(self) -> None:
        """Leave it to `fenced`, which looks at every commit itself."""

    def refuse_unheld(self) -> None:
        """Make sure that the run still holds its claim.

        Raises:
            StorageError: it does not, so another process may work on the run.
        """
        claim = self._claim
        if claim is None:
            return
        if not (claim.alive() or self._lost()):
            self._await(claim)
        claim.check()

    def _await(self, claim: Claim) -> None:
        """Give a claim that may still be ours the time to find out.

        Where the database was away, or this process stood still, it has not been
        renewed; once that is made up for, it holds as before.
        """
        with self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        deadline = time.monotonic() + RENEWED_SECONDS
        while not (claim.alive() or self._lost()) and time.monotonic() < deadline:
            self._pause.wait(LOOK_SECONDS)

    def fenced(self, execute: Callable[..., Any]) -> None:
        """Make sure, as the last of a transaction, that it may be committed.

        Raises:
            StorageError: the journal was removed, or the claim was lost.
        """
        if execute(_SAME, self._same).fetchone() is None:
            msg = (
                f"The journal could not be written: that of run {self._run_id} was "
                "removed from the database."
            )
            remedy = "Look for who removed it; nothing was sent."
            raise DatabaseError(msg, remedy=remedy)
        if self._fence is not None:
            self._fence(execute)
        now = time.monotonic()
        self._wrote = True
        # not at each commit: it is one row, which each would write anew
        if now - self._written_at >= BEHIND_SECONDS:
            execute(_WRITTEN, (self._run_id,))
            self._written_at, self._wrote = now, False

    @contextmanager
    def counting(self, execute: Callable[..., Any]) -> Iterator[None]:
        """Note, with the first commit that lets something be sent, that there was one.

        A database loses no commit that it has acknowledged, so none is counted.
        """
        if not self._began:
            execute(_BEGAN, (self._run_id,))
        yield
        self._began = True

    @contextmanager
    def transaction(self, engine: Engine) -> Iterator[Connection]:
        """Open one transaction, committed at the end of the block.

        Raises:
            StorageError: the journal or the run's claim was lost.
        """
        self.refuse_unheld()
        with engine.connect() as connection:
            yield connection
            with self.counting(connection.exec_driver_sql):
                connection.commit()

    def before_commit(self, connection: Connection) -> None:
        """Look at a commit that is not the writer's, as an engine announces it.

        Raises:
            StorageError: see `fenced`.
        """
        try:
            self.fenced(connection.exec_driver_sql)
        except BaseException:
            # SQLAlchemy takes the transaction for ended, and would hand on its rest;
            # of a connection that was lost there is none, and only that would be told
            with suppress(Exception):
                connection.connection.rollback()
            raise

    def _say_written(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(_WRITTEN, (self._run_id,))
            # of a run that was taken over by another process this says nothing new
            connection.connection.commit()

    def close(self) -> None:
        """Say when the journal was last written to."""
        if self._wrote:
            self._wrote = False
            with suppress(SQLAlchemyError, StorageError):
                self._say_written()
