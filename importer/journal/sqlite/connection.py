"""How a journal's database is opened: to be written, filled, or only looked at.

A look leaves the files of a run that was killed as they are: the write-ahead log is
neither taken into the database nor removed. Nothing has been sent while the input is
read in, and a reading that was cut short begins anew, so that connection does not wait
for the disk; the first commit of another one makes durable what was read before it.
Invariants: no other work runs on the connection of the input; the path is never read
as part of an address, so whatever the folder is called, the database is in it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event

from importer.journal import durable
from importer.journal.commits import reason
from importer.journal.statements import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import ExceptionContext


#: A row is a kilobyte, and a page of the usual size holds few of them.
PAGE_BYTES = 8192
#: A database has at least one page, and no page is smaller, in bytes.
SMALLEST_DATABASE = 512
#: A statement for each number of rows that a commit may have.
_STATEMENTS = 4 * TOGETHER
_BUSY_SECONDS = 10.0
#: Files that SQLite opens for one journal.
_FILES = 3
#: How SQLite says that it could not open one of them, for whatever reason.
_UNOPENED = "unable to open"

# SQLite's words hold no value of a row
reason.register(sqlite3.Error, str)


def writing(path: Path) -> Engine:
    """Open a journal that is written: each commit is durable, readers go beside it."""
    engine = _engine(path, lambda: _connect(path))
    event.listen(engine, "connect", _prepare)
    return engine


def reading(path: Path) -> Engine:
    """Open a journal only to be read, also while another process writes to it.

    Without a write-ahead log there is nothing that SQLite could take in or remove, and
    it clears away the files that it needs for reading.
    """

    def connect() -> sqlite3.Connection:
        return _connect(path, "?mode=ro") if has_log(path) else _connect(path)

    return _engine(path, connect)


def look(path: Path) -> sqlite3.Connection:
    """Open a single connection to see what there is; no file is written or made.

    Raises:
        sqlite3.Error: it is no database, or cannot be opened.
    """
    # immutable: SQLite would make a shared-memory file even for a look
    return _connect(path, "?mode=ro" if has_log(path) else "?mode=ro&immutable=1")


def has_log(path: Path) -> bool:
    """Return whether there is a write-ahead log that something can be in."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except OSError:
        return False


def touch(path: Path) -> None:
    """Make the file of a new database, private to the user, in place of any other.

    Raises:
        OSError: it cannot be made.
    """
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, durable.PRIVATE)
    try:
        durable.make_private(handle)
    finally:
        os.close(handle)


def refuse_exhausted(path: Path) -> None:
    """Say of a journal that is in order that the process has too many files open.

    Raises:
        OSError: it has; a caller may pass over a journal, but not over this.
    """
    opened: list[int] = []
    # tried, not computed: only the system knows how many it would still give
    try:
        for _ in range(_FILES):
            opened.append(os.open(os.devnull, os.O_RDONLY))  # noqa: PERF401 - or all leak
    except OSError as failure:
        raise OSError(failure.errno, failure.strerror, str(path)) from None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _engine(path: Path, connect: Callable[[], sqlite3.Connection]) -> Engine:
    address = URL.create("sqlite", database=str(path.absolute()))
    engine = create_engine(address, creator=connect)

    def tell(context: ExceptionContext) -> None:
        if _UNOPENED in str(context.original_exception):
            refuse_exhausted(path)

    event.listen(engine, "handle_error", tell)
    return engine


def _connect(path: Path, mode: str = "?mode=rw") -> sqlite3.Connection:
    # as_uri escapes what would end the path: ? # %
    return sqlite3.connect(
        path.absolute().as_uri() + mode,
        uri=True,
        timeout=_BUSY_SECONDS,
        cached_statements=_STATEMENTS,
        check_same_thread=False,
    )


def _prepare(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's
    """Set a connection up: durable at every commit, readers beside the writer."""
    del record
    cursor = connection.cursor()
    # before WAL, in which SQLite changes no page size any more
    cursor.execute(f"PRAGMA page_size={PAGE_BYTES}")
    # WAL, so that reports and other runs can read while rows are sent
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: NORMAL would lose the last commits in a power cut, and with them rows that
    # may have been sent
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def hasty(engine: Engine) -> Connection:
    """Return a connection of an engine that does not wait for the disk."""
    opened = engine.connect()
    # nothing was sent yet, and a reading that was cut short begins anew
    opened.exec_driver_sql("PRAGMA synchronous=NORMAL")
    opened.commit()
    return opened


@contextmanager
def shared(path: Path) -> Iterator[Connection]:
    """Open a small database for a moment, which the runs of a folder share."""
    engine = create_engine(URL.create("sqlite", database=str(path.absolute())))
    try:
        with engine.connect() as opened:
            # two runs of one folder may write at the same moment
            opened.exec_driver_sql("PRAGMA busy_timeout=10000")
            yield opened
    finally:
        engine.dispose()
