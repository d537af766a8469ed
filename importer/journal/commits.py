"""The one thread that writes: it commits whatever has gathered, as soon as it can.

Many rows share a commit, because that costs more than a row: while one is on its way
to the disk the next gathers, and it sets out when the loop has nothing to add at the
moment, or when enough rows wait for it. Invariant: a future that
`durable` returned is done only after its statement is on the disk, and statements
reach the database in the order in which they were given.
"""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from importer.errors import StorageError
from importer.journal.durable import folder_gone
from importer.journal.statements import put

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Engine

    from importer.journal.ports import CommitGuard
    from importer.journal.statements import Upsert, Values

#: A statement with the values of one row, the row's key first, and who waits for it.
Write = tuple["Upsert | None", "Values", "asyncio.Future[None] | None"]

#: How long a database that is away is waited for, seconds.
PATIENCE_SECONDS = 60.0
#: What passes by itself is tried again after so long.
_PAUSE_SECONDS = 0.05

#: So many writes set out together although more may follow at once.
ENOUGH = 96


class Writer:
    """Rows go in from the event loop; a thread makes them durable."""

    def __init__(self, engine: Engine, mark: CommitGuard) -> None:
        """Start the thread; `close` ends it."""
        self._engine = engine
        self._mark = mark
        # appended to by the loop and emptied by the thread, without a lock
        self._writes: deque[Write] = deque()
        self._closing = False
        # the loop that will look if there is more to add
        self._due: asyncio.AbstractEventLoop | None = None
        self._wake = threading.Event()
        self._pause = threading.Event()
        self._connection: Any = None
        self.failure: StorageError | None = None
        self.commits: int = 0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def post(self, statement: Upsert, values: Values) -> None:
        """Write soon, and let nothing wait for it.

        Raises:
            StorageError: an earlier write failed.
        """
        self._give((statement, values, None))

    def durable(self, statement: Upsert, values: Values) -> asyncio.Future[None]:
        """Write; what is returned is done when it is on the disk.

        Raises:
            StorageError: it could not be written.
        """
        future = asyncio.get_running_loop().create_future()
        self._give((statement, values, future))
        return future

    async def flush(self) -> None:
        """Return when everything given so far is on the disk.

        Raises:
            StorageError: something could not be written.
        """
        future = asyncio.get_running_loop().create_future()
        self._give((None, (), future))
        await future

    def close(self) -> None:
        """Write what is left and end the thread."""
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _give(self, write: Write) -> None:
        # after a failed write nothing is taken any more: what follows could not be
        # believed
        if self.failure is not None:
            raise self.failure
        self._writes.append(write)
        # a loop that was closed meanwhile looks no more
        if self._due is not None and not self._due.is_closed():
            return
        # the thread is awake, and will see what was just added
        if self._wake.is_set():
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nothing could be added any more
            self._wake.set()
        else:
            self._due = loop
            # not at once: the loop may have more rows ready in this very turn, which
            # can share the commit
            loop.call_soon(self._look, loop, len(self._writes))

    def _look(self, loop: asyncio.AbstractEventLoop, known: int) -> None:
        """Have the thread set out, unless the loop has added to `known` meanwhile."""
        count = len(self._writes)
        # as long as each turn adds some, more is to be gained than lost by waiting for
        # one more
        if known < count < ENOUGH:
            loop.call_soon(self._look, loop, count)
        else:
            self._due = None
            self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            # cleared before the look, so that what comes after it is not overlooked
            self._wake.clear()
            writes = self._gathered()
            if writes:
                self._persist(writes)
                # told after the commit: that is what `durable` promises
                _tell([future for _, _, future in writes if future], self.failure)
            # not before the last writes are out
            if self._closing and not self._writes:
                break
        if self._connection is not None:
            self._connection.close()

    def _gathered(self) -> list[Write]:
        gathered: list[Write] = []
        with suppress(IndexError):
            while True:
                gathered.append(self._writes.popleft())
        return gathered

    def _allowed(self, writes: list[Write]) -> list[Write]:
        """Return all of them, or without a lock only those that let nothing be sent."""
        if self.failure is not None or not any(map(_lets_send, writes)):
            return writes
        try:
            self._mark.refuse_unheld()
        except StorageError as lost:
            refused = [write for write in writes if _lets_send(write)]
            _tell([future for _, _, future in refused if future], lost)
            # outcomes are written all the same: they tell of what was sent before
            return [write for write in writes if not _lets_send(write)]
        return writes

    def _persist(self, writes: list[Write]) -> None:
        """Commit what has gathered; again if the database was away in the middle.

        Whether that commit took place need not be known: each write replaces what it
        finds.
        """
        since: float | None = None
        while self.failure is None:
            try:
                if since is not None:
                    # first of all, as the rest depends on it: here it is waited for
                    self._connection = self._engine.raw_connection()
                # asked before the commit: once `sending` is on the disk the request
                # leaves
                self._commit(self._allowed(writes))
            except StorageError as gone:
                self.failure = gone
                self._give_up(gone)
            except Exception as failure:  # noqa: BLE001 - a thread that dies hangs all
                since = since or time.monotonic()
                self._let_go(failure)
                if not self._passes(failure, since):
                    self.failure = failed(failure)
            else:
                return

    def _passes(self, failure: Exception, since: float) -> bool:
        """Return whether to try again, after a moment."""
        if not passing(getattr(failure, "orig", None) or failure):
            return False
        self._pause.wait(_PAUSE_SECONDS)
        return time.monotonic() - since < PATIENCE_SECONDS

    def _give_up(self, gone: StorageError) -> None:
        """Undo what was not committed: what it locks keeps no other process waiting.

        The connection stays: a file that was removed cannot be opened again, and can
        still be read for the report.
        """
        if self._connection is not None:
            try:
                self._connection.rollback()
            except Exception:  # noqa: BLE001 - the database is away as well
                self._let_go(gone)

    def _let_go(self, failure: Exception) -> None:
        """Close a connection that something went wrong with."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate(failure)

    def _commit(self, writes: Sequence[Write]) -> None:
        """Write what has gathered in one transaction."""
        # a file that was removed can still be written to, and what is written is lost
        self._mark.refuse_gone()
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        cursor = self._connection.cursor()
        for statement, rows in _in_order(writes):
            put(cursor.execute, self._engine.dialect, statement, rows)
        self._mark.fenced(cursor.execute)
        # only commits that let something be sent are counted: a lost outcome is found
        # again by a look
        if any(map(_lets_send, writes)):
            with self._mark.counting(cursor.execute):
                self._connection.commit()
        else:
            self._connection.commit()
        self.commits += 1


def _lets_send(write: Write) -> bool:
    """Return whether a request leaves as soon as this is on the disk."""
    statement, _, future = write
    return statement is not None and future is not None


def _in_order(writes: Iterable[Write]) -> Iterator[tuple[Upsert, list[Values]]]:
    """Gather the rows of each statement, unless a row's own order forbids it."""
    gathered: dict[Upsert, list[Values]] = {}
    keys: set[Any] = set()
    for statement, values, _ in writes:
        if statement is None:
            continue
        # this row was written in the batch already, and its states must stay in order
        if values[0] in keys:
            yield from gathered.items()
            gathered, keys = {}, set()
        keys.add(values[0])
        gathered.setdefault(statement, []).append(values)
    yield from gathered.items()


@contextmanager
def storage() -> Iterator[None]:
    """Turn a failure of the database into a `StorageError`."""
    try:
        yield
    except (SQLAlchemyError, OSError) as failure:
        raise failed(failure) from None


@singledispatch
def reason(failure: BaseException) -> str:
    """Return the words in which a failure can be told; a store adds its driver's.

    Those of what is not known may hold a row's values, so it is told by its kind.
    """
    return type(failure).__name__


reason.register(OSError, str)
reason.register(StorageError, str)


@singledispatch
def remedy(failure: BaseException) -> str:
    """Return what helps against a failure; a store adds what helps against its own."""
    del failure
    return "Free some space on the disk and finish with: importer resume"


@singledispatch
def passing(failure: BaseException) -> bool:
    """Return whether a failure passes by itself; a store says so of its driver's."""
    return isinstance(failure, StorageError) and failure.passes


@singledispatch
def kind(failure: BaseException) -> type[StorageError]:
    """Return what a failure is: that of a disk, unless a store says otherwise."""
    return type(failure) if isinstance(failure, StorageError) else StorageError


def failed(failure: BaseException) -> StorageError:
    """Turn a database failure into words.

    The driver's, without the statement's values.
    """
    cause = getattr(failure, "orig", None) or failure
    if getattr(cause, "errno", None) in {errno.EMFILE, errno.ENFILE}:
        return StorageError(
            "The journal could not be opened: the system allows the program too few "
            "open files.",
            remedy="Allow more: ulimit -n 1024. A run that had begun is finished with: "
            "importer resume",
        )
    if getattr(cause, "errno", None) in {errno.ENOENT, errno.ENOTDIR, errno.ESTALE}:
        return folder_gone()
    error = kind(cause)(
        f"The journal could not be written: {reason(cause)}.",
        remedy=remedy(cause),
    )
    error.passes = passing(cause)
    return error


def _tell(waiters: list[asyncio.Future[None]], failure: StorageError | None) -> None:
    for loop in {waiter.get_loop() for waiter in waiters}:
        theirs = [waiter for waiter in waiters if waiter.get_loop() is loop]
        # one that is closed at this very moment must not end the thread
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, theirs, failure)


def _resolve(waiters: list[asyncio.Future[None]], failure: StorageError | None) -> None:
    for waiter in waiters:
        if waiter.done():
            continue
        if failure is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(failure)
