"""New run folders: made for one run alone, under a name that a folder can have.

Invariants: a folder is private to the user (0700), and none is ever made twice or taken
over by another run.
"""

from __future__ import annotations

import re
import secrets
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.errors import InputError, UsageError
from importer.journal.folder_home import (
    LOG,
    kept_in,
    remove_folder,
)
from importer.runs.folders import LONGEST_NAME, RunFolder, make_runs, unwritable

if TYPE_CHECKING:
    from pathlib import Path

    from importer.journal import Home


def make(home: Home, run_id: str | None, started_at: float) -> RunFolder:
    """Make a new folder.

    Args:
        home: where the runs are kept; its folder is made where it is missing.
        run_id: the user's own name for the run, or None for one made of the time.
        started_at: seconds since the epoch.

    Raises:
        UsageError: the name cannot be used or is taken.
        InputError: the folder cannot be written.
    """
    if run_id is not None:
        _refuse_name(run_id)
    else:
        moment = datetime.fromtimestamp(started_at, UTC)
        # the time for people, two random bytes for two runs in one second
        run_id = f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    runs, folder = home.folder, RunFolder(home.folder, run_id, home)
    try:
        make_runs(runs)
        # made here or refused: `exist_ok` would take over another run's folder
        folder.path.mkdir(mode=0o700)
        # the umask may have taken rights from the user, too
        folder.path.chmod(0o700)
        _open_for_files(folder.path)
        (folder.path / LOG).chmod(0o600)
    except FileExistsError:
        if not runs.is_dir():
            msg = f"The folder for runs, {runs}, is a file."
            raise InputError(msg, remedy="Choose another with --runs-dir.") from None
        raise _taken(folder) from None
    except OSError as failure:
        raise unwritable(runs, failure) from None
    _reserve(folder)
    return folder


def _reserve(folder: RunFolder) -> None:
    """Have the name for this run alone; else its folder goes again.

    Raises:
        UsageError: another run has it, which another machine may have begun.
    """
    reserved = False
    try:
        reserved = folder.home.reserve(folder.run_id)
    finally:
        if not reserved:
            remove_folder(folder.runs, folder.run_id)
    if not reserved:
        raise _taken(folder)


def _taken(folder: RunFolder) -> UsageError:
    """Refuse a name that is taken, by a run or by something else."""
    if to := kept_in(folder.runs, folder.run_id):
        msg = f"There is a run {folder.run_id} already, which is kept in {to} now."
        return UsageError(msg, remedy="Choose another --run-id.")
    if _began(folder):
        msg = f"There is a run {folder.run_id} already in {folder.home.shown}."
        remedy = f"Go on with: importer resume {folder.run_id}, or choose another"
        return UsageError(msg, remedy=f"{remedy} --run-id.")
    if not folder.path.exists():
        msg = f"A run {folder.run_id} is about to begin in {folder.home.shown}."
        remedy = "Choose another --run-id; if it never begins, the name is free again "
        return UsageError(msg, remedy=f"{remedy}in some minutes.")
    # it may also be one that begins at this moment, so it is not taken over
    msg = f"{folder.path} is there already, and holds no run that began."
    remedy = "Choose another --run-id. Where no other run is beginning there, nothing "
    remedy += f"was sent, and it can go: rm -r {shlex.quote(str(folder.path))}"
    return UsageError(msg, remedy=remedy)


def _refuse_name(run_id: str) -> None:
    """Refuse a name for a run that no folder can have.

    Raises:
        UsageError: it is too long, or has other characters than all systems take.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", run_id):
        shown = run_id if len(run_id) <= LONGEST_NAME else f"{run_id[:40]}…"
        msg = f"The run id {shown!r} cannot be the name of a folder."
        remedy = (
            "Use letters from A to Z, digits, dots, dashes and underscores; the first "
            "is a letter or a digit."
        )
        raise UsageError(msg, remedy=remedy)
    if len(run_id) > LONGEST_NAME:
        msg = (
            f"The run id {run_id[:40]}… has {len(run_id):,} characters, which is too "
            "long for the name of a folder."
        )
        raise UsageError(msg, remedy=f"Use {LONGEST_NAME} at most.")


def _open_for_files(path: Path) -> None:
    """Write a first file: a folder can be made also where a full disk takes no file."""
    try:
        (path / LOG).touch(mode=0o600)
    except OSError:
        path.rmdir()
        raise


def _began(folder: RunFolder) -> bool:
    return folder.store.exists() or folder.store.began()
