"""A run taken from a folder into the database that several machines share.

Its journal goes, with what later runs must know of it; the folder keeps reports and
log. Invariants: a run at work is not touched; from the first step on the folder's
journal is one that no process takes up, and it stays beside the reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from importer.errors import FatalError, UsageError
from importer.journal import Depth, folder_home, transfer
from importer.runs import folders, other_runs
from importer.runs.folders import RunFolder

if TYPE_CHECKING:
    from importer.journal import Home


@dataclass(frozen=True, slots=True)
class Moved:
    """A run that is where it should be, and how many rows it has."""

    folder: RunFolder
    rows: int


def move(home: Home, run_id: str) -> Moved:
    """Take a run of the folder into the database.

    Args:
        home: the database, beside which the folder is.
        run_id: the run, by its name or the path of its folder.

    Raises:
        UsageError: no database is set, or it has a run of this name.
        InputError: there is no such run, or its journal is damaged.
        LocationHeldError: a process works on it.
        StorageError: the database or the folder cannot be written.
    """
    if home.beside is None:
        msg = "No database is set that the run could be taken to."
        remedy = "Name it with --journal postgresql://USER@HOST/DATABASE, or with "
        raise UsageError(msg, remedy=f"{remedy}IMPORTER_JOURNAL.")
    old = _leaving(home, run_id)
    new = RunFolder(home.folder, old.run_id, home)
    with old.claims.claim(old.run_id), home.claims.claim(old.run_id):
        if not folder_home.kept_in(old.runs, old.run_id):
            # one that cannot be read stays where it can be told, and retired
            folders.opened(old).close()
            _take_name(new)
            # before all else: a kill must leave no two runs that can be gone on with
            folder_home.refer(old.runs, old.run_id, home.shown)
        # another machine may have gone on with one that was copied before a kill
        if not new.store.exists():
            _carry(old, new)
        folder_home.set_aside(old.runs, old.run_id)
    return Moved(new, _rows(new))


def _leaving(home: Home, run_id: str) -> RunFolder:
    try:
        return folders.leaving(home.folder, run_id)
    except FatalError:
        # also by the path of its folder; what is looked for is in the database
        name = PurePath(run_id).name
        if folder_home.kept_in(home.folder, name) and home.holds(name):
            msg = f"Run {name} is kept in {home.shown} already."
            remedy = "There is nothing to move; it is listed by: importer runs"
            raise UsageError(msg, remedy=remedy) from None
        raise


def _take_name(new: RunFolder) -> None:
    if not new.home.reserve(new.run_id):
        # what was written for the taking would hide the run that stays
        folder_home.keep(new.runs, new.run_id)
        msg = f"There is a run {new.run_id} in {new.home.shown} already."
        raise UsageError(msg, remedy="One of the two stays where it is.")


def _carry(old: RunFolder, new: RunFolder) -> None:
    """Copy the journal, and give the new home what later runs ask it for."""
    # every page is verified; one of an older program is brought up to date
    book = folders.opened(old)
    try:
        touched = book.review.touched()
        other_runs.remember(new, book)
    finally:
        book.close()
    new.home.adopt(new.run_id, touched, partial(transfer.copy, old.store, new.store))
    old.home.slugs.end(old.run_id)


def _rows(folder: RunFolder) -> int:
    book = folders.opened(folder, Depth.FACTS)
    try:
        return sum(sum(counts.values()) for counts in book.history.counts().values())
    finally:
        book.close()
