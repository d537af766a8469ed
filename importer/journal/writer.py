"""The one thread that writes: it commits whatever has gathered, as soon as it can.

Many rows share a commit without anybody waiting for a batch to fill: while one
commit is on its way to the disk, the next gathers. Invariant: a future that
`durable` returned is done only after its statement is on the disk, and statements
reach the database in the order in which they were given.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from importer.errors import StorageError
from importer.journal.statements import run_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlalchemy.sql import ClauseElement

Write = tuple["ClauseElement", dict[str, Any]]


class Writer:
    """Statements go in from the event loop; a thread makes them durable."""

    def __init__(self, engine: Engine) -> None:
        """Start the thread; `close` ends it."""
        self._engine = engine
        self._writes: list[Write] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._closing = False
        self._wake = threading.Condition()
        self.failure: StorageError | None = None
        self.commits = 0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def post(self, statement: ClauseElement, values: dict[str, Any]) -> None:
        """Write soon; nobody waits.

        Raises:
            StorageError: an earlier write failed.
        """
        self._check()
        with self._wake:
            self._writes.append((statement, values))
            self._wake.notify()

    async def durable(self, statement: ClauseElement, values: dict[str, Any]) -> None:
        """Write, and return when it is on the disk.

        Raises:
            StorageError: it could not be written.
        """
        self._check()
        future = asyncio.get_running_loop().create_future()
        with self._wake:
            self._writes.append((statement, values))
            self._waiters.append(future)
            self._wake.notify()
        await future

    async def flush(self) -> None:
        """Return when everything given so far is on the disk.

        Raises:
            StorageError: something could not be written.
        """
        self._check()
        future = asyncio.get_running_loop().create_future()
        with self._wake:
            self._waiters.append(future)
            self._wake.notify()
        await future

    def close(self) -> None:
        """Write what is left and end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (self._writes or self._waiters or self._closing):
                    self._wake.wait()
                writes, self._writes = self._writes, []
                waiters, self._waiters = self._waiters, []
                if not (writes or waiters):
                    return
            self._commit(writes)
            _tell(waiters, self.failure)

    def _commit(self, writes: list[Write]) -> None:
        if self.failure is not None or not writes:
            return
        try:
            _still_there(self._engine)
            with self._engine.begin() as connection:
                for _, run in groupby(writes, key=lambda write: id(write[0])):
                    same = list(run)
                    run_many(connection, same[0][0], map(itemgetter(1), same))
            self.commits += 1
        except Exception as failure:  # noqa: BLE001 - a thread that dies hangs all
            self.failure = _storage_error(failure)


@contextmanager
def storage() -> Iterator[None]:
    """Turn a failure of the database into a `StorageError`."""
    try:
        yield
    except SQLAlchemyError as failure:
        raise _storage_error(failure) from None


def _still_there(engine: Engine) -> None:
    """Writing to a file that was removed succeeds, and is lost."""
    place = engine.url.database
    if place and not Path(place).exists():
        msg = "the run folder was removed"
        raise FileNotFoundError(msg)


def _storage_error(failure: Exception) -> StorageError:
    """A database failure in words: the driver's, without the statement's values."""
    cause = getattr(failure, "orig", None) or failure.__class__.__name__
    if isinstance(failure, OSError):
        cause = failure
    return StorageError(
        f"The journal could not be written: {cause}.",
        remedy="Free some space on the disk and finish with: importer resume",
    )


def _tell(waiters: list[asyncio.Future[None]], failure: StorageError | None) -> None:
    for loop in {waiter.get_loop() for waiter in waiters}:
        theirs = [waiter for waiter in waiters if waiter.get_loop() is loop]
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, theirs, failure)


def _resolve(waiters: list[asyncio.Future[None]], failure: StorageError | None) -> None:
    for waiter in waiters:
        if waiter.done():
            continue
        if failure is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(failure)
