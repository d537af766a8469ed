"""Where the journals of runs are kept, and the kind of it that needs nothing else.

A folder of runs: each run is a folder with its journal, its reports and its log. Who
works on what, and which slugs a server has changed, lies in hidden folders beside them.
Invariant: a name that begins with a dot is no run.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.journal import locks, slugs
from importer.journal.sqlite import SqliteStore
from importer.journal.store import write_beside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from importer.journal.ports import Claims, Home, SlugMemory, Store

#: The journal inside the folder of its run.
JOURNAL = "journal.db"
#: The file that says that a damaged run was given up.
RETIRED = "retired.json"


@dataclass(frozen=True, slots=True)
class FolderHome:
    """A folder of runs, on this machine."""

    folder: Path

    @property
    def shown(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def claims(self) -> Claims:
        """Who works on what under the folder."""
        return locks.FileClaims(self.folder)

    @property
    def slugs(self) -> SlugMemory:
        """The slugs that servers have changed."""
        return slugs.FolderSlugs(self.folder)

    @property
    def beside(self) -> Home | None:
        """No other home: a folder knows of itself alone."""
        return None

    def store(self, run_id: str) -> Store:
        """Return where the journal of a run is kept."""
        return SqliteStore(self.folder / run_id / JOURNAL)

    def began(self) -> Iterator[str]:
        """Yield the runs that began, in the order of their names."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            # a hidden one holds the locks, or is being removed
            if not path.name.startswith(".") and path.is_dir():
                store = self.store(path.name)
                if store.exists() or store.began():
                    yield path.name

    def touching(self, locations: Collection[str]) -> Iterator[str]:
        """Yield all runs: only their journals know what they have touched."""
        del locations
        yield from self.began()

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

    def remove(self, run_id: str) -> None:
        """Remove the folder of a run; a kill leaves no half of it."""
        remove_folder(self.folder, run_id)


def remove_folder(runs: Path, run_id: str) -> None:
    """Remove the folder of a run, in one step for all that look at it."""
    # renamed first, as that is one step: a kill in the middle of removing leaves a
    # hidden folder that is no run
    gone = runs / f".{run_id}.discarded"
    with suppress(OSError):
        (runs / run_id).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
