"""The home of runs that needs nothing else: a folder.

Each run is a folder with its journal, its reports and its log. Who
works on what, and which slugs a server has changed, lies in hidden folders beside them.
Invariant: a name that begins with a dot is no run.
"""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.journal import locks, slugs
from importer.journal.commits import storage
from importer.journal.sqlite import MARK, SqliteStore
from importer.journal.store import write_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from importer.journal.claims import Claims
    from importer.journal.ports import Home, SlugMemory, Store

#: The journal inside the folder of its run.
JOURNAL = "journal.db"
#: The file that says that the journal of a run is kept elsewhere, and what stands
#: behind the names of one that was taken there.
KEPT_IN, ASIDE = "journal.json", ".moved"
#: What is written beside it from the beginning on.
LOG = "run.log"
#: Journals of other runs that stay open between two locations.
MOST_OPEN = 64
#: The file that says that a damaged run was given up.
RETIRED = "retired.json"
#: The file by which the process that works on a run is asked to end.
PAUSE = "pause.json"


@dataclass(frozen=True, slots=True)
class FolderHome:
    """A folder of runs, on this machine."""

    folder: Path

    @property
    def shown(self) -> str:
        """The folder."""
        return str(self.folder)

    def described(self) -> str:
        """Return nothing: whether the folder can be used is looked at as a folder."""
        return ""

    @property
    def claims(self) -> Claims:
        """Who works on what under the folder."""
        return locks.FileClaims(self.folder)

    def crew(self, run_id: str) -> None:
        """Return nothing: a file has one process that writes to it."""
        del run_id

    @property
    def slugs(self) -> SlugMemory:
        """The slugs that servers have changed."""
        return slugs.FolderSlugs(self.folder)

    @property
    def beside(self) -> Home | None:
        """No other home: a folder knows of itself alone."""
        return None

    @property
    def most_open(self) -> int:
        """So many that opening them again costs little."""
        return MOST_OPEN

    def store(self, run_id: str) -> Store:
        """Return where the journal of a run is kept."""
        return SqliteStore(self.folder / run_id / JOURNAL)

    def began(
        self,
        locations: Collection[str] | None = None,
        within_seconds: float | None = None,
    ) -> Iterator[str]:
        """Yield the runs that began, whatever they have touched: the journals know."""
        del locations
        since = None if within_seconds is None else time.time() - within_seconds
        for run_id in self._began():
            if since is None or self.written_at(run_id) >= since:
                yield run_id

    def glance(
        self, run_ids: Iterable[str], *, counted: bool = True
    ) -> Mapping[str, tuple[dict[str, Any], dict[str, int]]]:
        """Return nothing: each is a file of its own, which is quick to open."""
        del run_ids, counted
        return {}

    def written_at(self, run_id: str) -> float:
        """When journal or log of a run was last written to."""
        written = self.store(run_id).written_at
        with suppress(FileNotFoundError):  # a run that was given up goes at any moment
            written = max(written, (self.folder / run_id / LOG).stat().st_mtime)
        return written

    def _began(self) -> Iterator[str]:
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            # a hidden one holds the locks, or is being removed
            if path.name.startswith(".") or not path.is_dir():
                continue
            if not kept_in(self.folder, path.name):
                store = self.store(path.name)
                if store.exists() or store.began():
                    yield path.name

    def holds(self, run_id: str) -> bool:
        """Return whether a folder has what a run leaves there."""
        place = self.folder / run_id
        try:
            held = any((place / file).is_file() for file in (JOURNAL, MARK, LOG))
            return held and not (place / KEPT_IN).exists()
        except (OSError, ValueError):  # no folder can have such a name
            return False

    def reserve(self, run_id: str) -> bool:
        """Return true: its folder, which was made for it, is the name."""
        del run_id
        return True

    def present(self, run_id: str) -> bool:
        """Return whether anything of the run is there."""
        return (self.folder / run_id).exists()

    def retired(self, run_id: str) -> bool:
        """Return whether a file in the folder of the run says so."""
        return (self.folder / run_id / RETIRED).exists()

    def retire(self, run_id: str, document: str) -> None:
        """Write that file.

        Raises:
            StorageError: it cannot be written.
        """
        write_beside(self.folder / run_id / RETIRED, document)

    def ask_pause(self, run_id: str) -> None:
        """Leave a file for the process that works on a run.

        Raises:
            StorageError: it cannot be written.
        """
        document = {"schema": 1, "asked_at": time.time()}
        write_beside(self.folder / run_id / PAUSE, json.dumps(document) + "\n")

    def pause_asked(self, run_id: str) -> bool:
        """Return whether there is that file."""
        return (self.folder / run_id / PAUSE).exists()

    def forget_pause(self, run_id: str) -> None:
        """Remove that file.

        Raises:
            StorageError: it cannot be removed.
        """
        with storage():
            (self.folder / run_id / PAUSE).unlink(missing_ok=True)

    def adopt(
        self, run_id: str, touched: Collection[str], make: Callable[[], None]
    ) -> None:
        """Have its journal made, which says all that is to be known."""
        del run_id, touched
        make()

    def remove(self, run_id: str) -> None:
        """Remove the folder of a run; a kill leaves no half of it."""
        remove_folder(self.folder, run_id)


def kept_in(runs: Path, run_id: str) -> str:
    """Return where the journal of a run is kept; empty: in the run's folder."""
    try:
        text = (runs / run_id / KEPT_IN).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    try:
        return str(json.loads(text)["kept_in"])
    except (ValueError, KeyError, TypeError):
        return "another place"


def refer(runs: Path, run_id: str, place: str) -> None:
    """Let no process take a run for one of the folder: its journal is elsewhere.

    Raises:
        StorageError: the folder cannot be written.
    """
    document = {"schema": 1, "kept_in": place}
    write_beside(runs / run_id / KEPT_IN, json.dumps(document) + "\n")


def keep(runs: Path, run_id: str) -> None:
    """Let a run be one of the folder again, whose journal was not taken elsewhere."""
    (runs / run_id / KEPT_IN).unlink(missing_ok=True)


def elsewhere(runs: Path) -> dict[str, str]:
    """Return where the journals are kept of runs that have only files in the folder."""
    if not runs.is_dir():
        return {}
    names = sorted(path.parent.name for path in runs.glob(f"*/{KEPT_IN}"))
    return {name: kept_in(runs, name) for name in names if not name.startswith(".")}


def set_aside(runs: Path, run_id: str) -> None:
    """Give the files of a journal that was taken elsewhere names that are no journal's.

    Raises:
        StorageError: the folder cannot be written.
    """
    place = runs / run_id
    with storage():
        for name in (MARK, f"{JOURNAL}-wal", f"{JOURNAL}-shm", JOURNAL):
            aside = name.replace(JOURNAL, JOURNAL + ASIDE).replace(MARK, MARK + ASIDE)
            if (place / name).exists():
                (place / name).rename(place / aside)


def remove_folder(runs: Path, run_id: str) -> None:
    """Remove the folder of a run, in one step for all that look at it."""
    # renamed first, as that is one step: a kill in the middle of removing leaves a
    # hidden folder that is no run
    gone = runs / f".{run_id}.discarded"
    with suppress(OSError):
        (runs / run_id).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
