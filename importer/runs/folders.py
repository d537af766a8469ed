"""Run folders: one folder is one run, and `ls` shows what is in it.

Finds, opens and lists them; `new_folders` makes them. Invariant: a folder is private to
the user (0700).
"""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import journal
from importer.errors import FatalError, InputError, StorageError, UsageError
from importer.journal import Depth, FolderHome, locks
from importer.journal.folder_home import (
    JOURNAL,
    elsewhere,
    kept_in,
    refer,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from importer.journal import Claims, Home, Store

#: Bytes, and characters, in the name of a run: beside its folder stand files that have
#: an ending more, and the name of a file has 255.
LONGEST_NAME = 200
#: What may stand between the folders of a path.
SEPARATORS = "/" if os.sep == "/" else "/\\"
#: Names of folders that are no runs.
UNUSABLE = ("", ".", "..", locks.FOLDER)


#: What every run notes at its birth, and of which kind it is.
BORN_WITH: dict[str, type] = {
    "state": str,
    "run_id": str,
    "started_at": float,
    "settings": dict,
}

#: The note of a run that is sent only after a person has said yes to it.
UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's place on the disk, and where its journal is.

    `kept` is the home of the journal; without one that is the folder of runs itself.
    """

    runs: Path
    run_id: str
    kept: Home | None = field(default=None, repr=False, compare=False)

    @property
    def home(self) -> Home:
        """Where its journal is kept, with those of other runs."""
        return self.kept or FolderHome(self.runs)

    @property
    def path(self) -> Path:
        """The folder."""
        return self.runs / self.run_id

    @property
    def journal(self) -> Path:
        """The file of a journal that is kept in the folder."""
        return self.path / JOURNAL

    @property
    def store(self) -> Store:
        """Where the journal is kept."""
        return self.home.store(self.run_id)

    @property
    def claims(self) -> Claims:
        """Who works on which of the runs that are kept there, and on what locations."""
        return self.home.claims

    @property
    def retired(self) -> bool:
        """Whether it was said that the run shall hold up nothing."""
        return self.home.retired(self.run_id)

    @property
    def present(self) -> bool:
        """Whether anything of it is there: one that is given up may go at any time."""
        return self.home.present(self.run_id)

    @property
    def written_at(self) -> float:
        """When the run last wrote anything, in seconds since the epoch."""
        return self.home.written_at(self.run_id)


def make_runs(runs: Path) -> None:
    """Make the folder of runs, for the user alone, where it is missing."""
    if not runs.is_dir():
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        runs.chmod(0o700)


def find(home: Home, run_id: str) -> RunFolder:
    """Return the folder of a run, by its id or by the path of its folder.

    Raises:
        JournalDamaged: it is there, and its journal is gone.
        InputError: there is no such run, or it never began.
        UsageError: the path is that of a run in another folder of runs.
    """
    folder = locate(home, run_id)
    if folder.store.exists():
        at_hand(folder)
        return folder
    if folder.store.began():
        gone = "it is gone"
        raise folder.store.damaged(gone)
    msg = f"Run {folder.run_id} was stopped before it began; nothing was sent."
    raise InputError(msg, remedy="Start again with: importer run FILE")


def at_hand(folder: RunFolder) -> None:
    """Make the folder of a run that another machine has, for reports and a log.

    Raises:
        InputError: it cannot be written.
        UsageError: it is that of another run, whose journal is in it.
    """
    if folder.path.is_dir():
        _refuse_namesake(folder)
        return
    try:
        make_runs(folder.runs)
        folder.path.mkdir(mode=0o700, exist_ok=True)
        folder.path.chmod(0o700)
    except OSError as failure:
        raise unwritable(folder.runs, failure) from None
    refer(folder.runs, folder.run_id, folder.home.shown)


def _refuse_namesake(folder: RunFolder) -> None:
    own = FolderHome(folder.runs)
    if folder.home.beside is None or kept_in(folder.runs, folder.run_id):
        return
    if own.store(folder.run_id).exists():
        msg = f"{folder.path} is of another run than {folder.run_id} in "
        msg += f"{folder.home.shown}, and its files would be written over."
        remedy = "Name another folder with --runs-dir; or, for the run of this one, "
        raise UsageError(msg, remedy=f"{remedy}give --journal ''.")


def unwritable(runs: Path, failure: OSError) -> InputError:
    """Return why no folder could be made among the runs."""
    msg = f"The folder for runs, {runs}, cannot be written: {failure.strerror}."
    remedy = "Choose another with --runs-dir, or make room on the disk."
    return InputError(msg, remedy=remedy)


def locate(home: Home, run_id: str) -> RunFolder:
    """Return the folder of a run, whatever became of its journal.

    Raises:
        InputError: there is no such run.
        UsageError: the path is that of a run in another folder of runs.
    """
    name = run_id.rstrip(SEPARATORS)
    by_path = any(separator in name for separator in SEPARATORS)
    place = Path(name) if by_path else home.folder / name
    # also a link in the folder of runs leads to the run itself, which has one lock
    real = Path(os.path.realpath(place))
    here = real.parent == Path(os.path.realpath(home.folder))
    kept = home if here else FolderHome(real.parent)
    if name in UNUSABLE or not kept.holds(real.name):
        raise _unknown(home, name, real.name if here else "")
    if not here:
        raise _elsewhere(home.folder, run_id, real)
    return RunFolder(home.folder, _spelled(real), home)


def _unknown(home: Home, name: str, here: str) -> FatalError:
    """Return why there is no run of a name; `here` is its folder among the runs."""
    if home.beside is not None and here and home.beside.holds(here):
        msg = f"Run {here} is kept in {home.beside.shown}, and not in {home.shown}."
        remedy = f"Take it there with: importer runs move {shlex.quote(here)}"
        return UsageError(msg, remedy=remedy)
    if home.beside is None and here and (to := kept_in(home.folder, here)):
        msg = f"Run {here} is kept in {to} now."
        remedy = "Name that with --journal, or with IMPORTER_JOURNAL."
        return UsageError(msg, remedy=remedy)
    shown = name if len(name) <= LONGEST_NAME else f"{name[:40]}…"
    msg = f"There is no run {shown} in {home.shown}."
    return InputError(msg, remedy="List the runs with: importer runs")


def leaving(runs: Path, run_id: str) -> RunFolder:
    """Return the folder of a run whose journal is in it, also of one half taken away.

    Raises:
        InputError: there is no such run, or its journal was taken away.
        JournalDamaged: it is there, and its journal is gone.
        UsageError: the path is that of a run in another folder of runs.
    """
    name = Path(run_id.rstrip(SEPARATORS)).name
    folder = RunFolder(runs, name)
    if kept_in(runs, name) and folder.store.exists():
        return folder
    return find(FolderHome(runs), run_id)


def _elsewhere(runs: Path, run_id: str, real: Path) -> UsageError:
    msg = f"{run_id} is not a run of the folder of runs in use, which is {runs}."
    given = f"{shlex.quote(real.name)} --runs-dir {shlex.quote(str(real.parent))}"
    return UsageError(msg, remedy=f"Name the run and its folder of runs: {given}")


def _spelled(real: Path) -> str:
    """Return a folder's name as on the disk, where capitals are not told apart."""
    if not real.exists():  # another machine has it
        return real.name
    names = {path.name for path in real.parent.iterdir()}
    if real.name in names:
        return real.name
    same = [name for name in names if (real.parent / name).samefile(real)]
    return same[0] if same else real.name


def opened(
    folder: RunFolder, depth: Depth = Depth.ALL, *, write: bool = False
) -> journal.Journal:
    """Open the journal of a run, with the facts that every run notes at its birth.

    Args:
        folder: the run.
        depth: how much of it is verified.
        write: whether it shall be written to; else its files stay as they are.

    Raises:
        JournalDamaged: it is not whole.
        InputError: there is none, or another version wrote it.
    """
    book = journal.open(folder.store, depth=depth, write=write)
    try:
        with book.readable():
            facts = book.noted()
        for name in unborn(facts):
            gone = f"what it says of {name} is gone"
            raise folder.store.damaged(gone)
    except InputError:
        book.close()
        raise
    return book


def unborn(facts: Mapping[str, Any]) -> list[str]:
    """Return which facts are missing that every run notes at its birth."""
    return [
        name
        for name, kind in BORN_WITH.items()
        if not isinstance(facts.get(name), kind)
    ]


def every(home: Home) -> Iterator[RunFolder]:
    """Yield every run that began, in the order of their names."""
    for run_id in home.began():
        yield RunFolder(home.folder, run_id, home)


def kept_elsewhere(home: Home) -> Mapping[str, str]:
    """Return the runs of a folder whose journals a database has, and which one."""
    return elsewhere(home.folder) if home.beside is None else {}


def related(
    home: Home,
    locations: Collection[str] | None = None,
    within_seconds: float | None = None,
) -> Iterator[RunFolder]:
    """Yield runs as `Home.began` does, also those of the home beside it.

    These came before; see there for what is asked for.
    """
    for kept in (home, home.beside):
        if kept is None:
            continue
        for run_id in kept.began(locations, within_seconds):
            yield RunFolder(kept.folder, run_id, kept)


def discard(folder: RunFolder) -> None:
    """Remove a run that sent nothing; a kill leaves no half of it."""
    # where that cannot be done, why the run ends is what has to be told
    with suppress(StorageError):
        folder.home.remove(folder.run_id)
