"""Run folders: one folder is one run, and `ls` shows what is in it.

Makes, finds and lists them. Invariant: a folder is private to the user (0700), and
none is ever made twice or taken over by another run.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer import journal
from importer.errors import FatalError, InputError, UsageError
from importer.journal import locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOURNAL = "journal.db"


class State(StrEnum):
    """How far a run came."""

    READING = "reading"  # the input is being read, or was when the process ended
    RUNNING = "running"  # being sent, or killed while it was
    STOPPED = "stopped"  # ended with rows that a resume would go on with
    FINISHED = "finished"  # nothing is left to do
    UNDONE = "undone"  # what it created was deleted again


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's place on the disk."""

    runs: Path
    run_id: str

    @property
    def path(self) -> Path:
        """The folder."""
        return self.runs / self.run_id

    @property
    def journal(self) -> Path:
        """The database."""
        return self.path / JOURNAL


@dataclass(frozen=True, slots=True)
class Listed:
    """A run as `importer runs` shows it. `process` works on it now, if any does."""

    folder: RunFolder
    facts: dict[str, Any]
    counts: dict[str, int]
    process: int | None
    problem: str = ""


def make(runs: Path, run_id: str | None, started_at: float) -> RunFolder:
    """A new folder.

    Args:
        runs: the folder of runs; made where it is missing.
        run_id: the user's own name for the run, or None for one made of the time.
        started_at: seconds since the epoch.

    Raises:
        UsageError: the name cannot be used or is taken.
        InputError: the folder cannot be written.
    """
    if run_id is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", run_id):
        msg = f"The run id {run_id!r} cannot be the name of a folder."
        raise UsageError(msg, remedy="Use letters, digits, dots and dashes.")
    if run_id is None:
        moment = datetime.fromtimestamp(started_at, UTC)
        run_id = f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = RunFolder(runs, run_id)
    try:
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.path.mkdir(mode=0o700)
        # mkdir succeeds where a full disk lets no file be written
        (folder.path / "run.log").touch(mode=0o600)
    except FileExistsError:
        if not runs.is_dir():
            msg = f"The folder for runs, {runs}, is a file."
            raise InputError(msg, remedy="Choose another with --runs-dir.") from None
        msg = f"There is a run {run_id} already in {runs}."
        remedy = f"Go on with: importer resume {run_id}, or choose another --run-id."
        raise UsageError(msg, remedy=remedy) from None
    except OSError as failure:
        msg = f"The folder for runs, {runs}, cannot be written: {failure.strerror}."
        raise InputError(
            msg, remedy="Choose another with --runs-dir, or make room on the disk."
        ) from None
    return folder


def find(runs: Path, run_id: str) -> RunFolder:
    """The folder of a run, by its id or by the path of its folder.

    Raises:
        InputError: there is no such run.
    """
    folder = RunFolder(runs, run_id.rstrip("/").rsplit("/", 1)[-1])
    if not folder.journal.is_file():
        msg = f"There is no run {folder.run_id} in {runs}."
        raise InputError(msg, remedy="List the runs with: importer runs")
    return folder


def newest_unfinished(runs: Path) -> RunFolder | None:
    """The newest run that a resume could go on with, or None.

    Raises:
        UsageError: there are no runs at all, which is seldom what was meant.
    """
    known = list(listed(runs))
    if not known:
        msg = f"There is no run in {runs}, so there is none to go on with."
        remedy = (
            "Start one with: importer run FILE. If there should be one, name its "
            "folder with --runs-dir."
        )
        raise UsageError(msg, remedy=remedy)
    unfinished = [run for run in known if _can_go_on(run)]
    if not unfinished:
        return None
    return max(unfinished, key=lambda run: run.facts.get("started_at", 0.0)).folder


def _can_go_on(run: Listed) -> bool:
    state = run.facts.get("state")
    if state == State.READING:
        return bool(run.facts.get("inputs"))
    return state in {State.RUNNING, State.STOPPED}


def every(runs: Path) -> Iterator[RunFolder]:
    """Every run folder, in the order of their names."""
    if not runs.is_dir():
        return
    for path in sorted(runs.iterdir()):
        if path.name != locks.FOLDER and (path / JOURNAL).is_file():
            yield RunFolder(runs, path.name)


def listed(runs: Path) -> Iterator[Listed]:
    """Every run with what is known of it, the newest last."""
    for folder in every(runs):
        process = locks.holder(runs, folder.run_id)
        try:
            opened = journal.reopen(folder.journal, thorough=False)
        except FatalError as broken:
            yield Listed(folder, {}, {}, process, str(broken))
            continue
        try:
            with journal.readable(folder.journal):
                one = Listed(folder, opened.noted(), _counts(opened), process)
        except InputError as broken:
            one = Listed(folder, {}, {}, process, str(broken))
        finally:
            opened.close()
        yield one


def _counts(opened: journal.Journal) -> dict[str, int]:
    """Rows by state, of all locations together."""
    counts: dict[str, int] = {}
    for by_status in opened.history.counts().values():
        for status, count in by_status.items():
            counts[status] = counts.get(status, 0) + count
    return counts
