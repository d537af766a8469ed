"""Whether a journal can be believed: asked before anything is read from it.

A damaged journal knows less than was done, and often looks like a whole one: like one
that never began, or one from before its write-ahead log was lost. Invariants: what is
damaged is never taken for "nothing was sent"; what a kill leaves behind, at whatever
moment, is never called damaged; and a look changes no file.
"""

from __future__ import annotations

import json
import shlex
import sqlite3
from collections import deque
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DatabaseError

from importer.errors import InputError, JournalDamaged
from importer.journal.ports import Depth
from importer.journal.schema import SCHEMA, meta, metadata, records, rows, states
from importer.journal.sqlite import connection, mark
from importer.models import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Files that only a run that went on leaves beside its journal.
REPORTS = ("report.csv", "summary.json")
#: Words of SQLite about a file that is whole but out of reach.
_OUT_OF_REACH = ("unable to open", "is locked", "disk i/o error")
_STARTED = b'"run.started"'
_LOG_BEGINS = 65_536
#: What SQLite itself looks at: whether each page can be read, or also whether the pages
#: agree with each other.
_CHECKS = {
    Depth.PAGES: "PRAGMA quick_check",
    Depth.ALL: "PRAGMA integrity_check",
}


def refuse(path: Path, depth: Depth) -> int:
    """Make sure that a journal is there, whole, and of a version that is known.

    Returns:
        Its version.

    Raises:
        JournalDamaged: it is not whole.
        InputError: there is none, or another version of the program made it.
    """
    if not path.is_file():
        # a journal that is gone and one that never was look alike: what lies beside it
        # tells
        if began(path):
            raise damaged(path, "it is gone")
        raise absent(path)
    try:
        size = path.stat().st_size
        if size >= connection.SMALLEST_DATABASE:
            return _look(path, depth)
    except JournalDamaged:
        # another process may have begun to write to it during the look
        if not connection.has_log(path):
            raise
        return _look(path, depth)
    except FileNotFoundError:  # its run was given up during the look, and removed
        raise absent(path) from None
    # SQLite would take it for a new database, and remove its log
    raise damaged(path, "what it held is gone")


def absent(path: Path) -> InputError:
    """Return the refusal of a journal that is not there."""
    msg = f"There is no journal in {path.parent}."
    return InputError(msg, remedy="List the runs with: importer runs")


def began(path: Path) -> bool:
    """Return whether files beside a journal that is gone say that rows may be sent.

    Runs of older versions have no mark; their logs and reports tell it.
    """
    try:
        counted = mark.read(path)
    # it was written, so something had begun, whatever it says now
    except ValueError:
        return True
    if counted is not None:
        return counted > 0
    log = path.parent / "run.log"
    if not log.is_file():
        return False
    if any((path.parent / name).exists() for name in (*REPORTS, f"{path.name}-wal")):
        return True
    with log.open("rb") as stream:
        return _STARTED in stream.read(_LOG_BEGINS)


def damaged(path: Path, reason: str) -> JournalDamaged:
    """Return the refusal of a journal, with why."""
    return JournalDamaged(
        f"The journal {path} is damaged: {reason}.",
        remedy="It was left as it is; restore a copy. Without one: "
        f"importer runs retire {shlex.quote(path.parent.name)}",
    )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say of what cannot be read in the block that the journal is damaged.

    Raises:
        JournalDamaged: it is.
        InputError: it could not be opened.
    """
    try:
        yield
    except (DatabaseError, sqlite3.Error) as failure:
        # the values of a statement may be cells of the input: they go into no message
        text = str(getattr(failure, "orig", failure)).partition(" with text ")[0]
        if any(item in text.lower() for item in _OUT_OF_REACH):
            connection.refuse_exhausted(path)
            msg = f"The journal {path} cannot be read: {text}."
            remedy = "Check the permissions of the folder and the disk."
            raise InputError(msg, remedy=remedy) from None
        raise damaged(path, text) from None
    except ValueError:  # a text that is no UTF-8, no JSON, or no word of ours
        raise damaged(path, "a text in it makes no sense") from None


def _look(path: Path, depth: Depth) -> int:
    with readable(path), closing(connection.look(path)) as opened:
        if depth in _CHECKS:
            (verdict,) = opened.execute(_CHECKS[depth]).fetchone()
            if verdict != "ok":
                raise damaged(path, verdict.partition("\n")[0])
        _refuse_short(opened, path)
        facts = _facts(opened, path)
        version = _version(facts, path)
        if version == SCHEMA:
            _refuse_incomplete(opened, path)
            # each status must be one of ours: a damaged page can hold any text
            if depth in _CHECKS:
                for (status,) in opened.execute("SELECT DISTINCT status FROM states"):
                    Status(status)
            if depth is Depth.ALL:
                _read_whole(opened, path)
        _refuse_lost(opened, facts, path)
        return version


def _refuse_short(opened: sqlite3.Connection, path: Path) -> None:
    """Find a last page that was cut: SQLite reads it as if zeros followed."""
    (pages,) = opened.execute("PRAGMA page_count").fetchone()
    (size,) = opened.execute("PRAGMA page_size").fetchone()
    # of a journal with a log the last pages may be in that alone
    if path.stat().st_size < pages * size and not connection.has_log(path):
        raise damaged(path, "the end of the file is gone")


def _facts(opened: sqlite3.Connection, path: Path) -> dict[str, Any]:
    found = opened.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [meta.name])
    if found.fetchone() is None:
        raise damaged(path, "the facts about the run are gone")
    listed = opened.execute("SELECT key, value FROM meta")
    return {key: json.loads(value) for key, value in listed}


def _version(facts: dict[str, Any], path: Path) -> int:
    """Return its version; an older one is brought up to date later.

    Raises:
        JournalDamaged: it says none.
        InputError: a newer program made it.
    """
    version = facts.get("schema")
    if version is None:
        raise damaged(path, "the facts about the run are gone")
    if not isinstance(version, int) or version > SCHEMA:
        msg = (
            f"The journal {path} has version {version}; this program knows "
            f"versions up to {SCHEMA}."
        )
        raise InputError(msg, remedy="Use the version of the program that made it.")
    return version


def _refuse_incomplete(opened: sqlite3.Connection, path: Path) -> None:
    names = {name for (name,) in opened.execute("SELECT name FROM sqlite_master")}
    missing = {*metadata.tables, rows.name} - names
    if missing:
        raise damaged(path, f"the table {min(missing)} is gone")


def _read_whole(opened: sqlite3.Connection, path: Path) -> None:
    """Read every text: a page can be in order although one in it is not."""
    for table in (records.name, states.name):
        rows_of = opened.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own
        deque(rows_of, maxlen=0)
    spoilt = opened.execute("SELECT seq FROM records WHERE NOT json_valid(cells)")
    if spoilt.fetchone() is not None:
        raise damaged(path, "the cells of a row in it make no sense")


def _refuse_lost(opened: sqlite3.Connection, facts: dict[str, Any], path: Path) -> None:
    """Compare what the mark has counted with what is there."""
    (held,) = opened.execute("PRAGMA user_version").fetchone()
    counted = mark.read(path)
    if counted is None and held and facts.get("state") == "running":
        # whatever was lost with the log, the mark would have told it
        if not connection.has_log(path):
            raise damaged(path, f"{mark.NAME} and its write-ahead log are gone")
    # the mark is written after the commit, so it can only be behind, unless commits
    # were lost
    elif (counted or 0) > held:
        reason = "its write-ahead log (journal.db-wal) is gone or cut off, and with it "
        raise damaged(path, f"{reason}rows that were sent")
