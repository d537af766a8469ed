"""What old runs leave on the disk, and which of it no later run needs.

The journal of a run that created or updated something is kept: undo and audit, which
run a collection belongs to, and what a list does not show of it go by that, at any age;
its reports can be written again from it. A finished run that has done nothing goes as a
whole. Invariant: what is unfinished, at work or cannot be read is left as it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import journal
from importer.errors import FatalError, LocationHeldError
from importer.journal.folder_home import JOURNAL, KEPT_IN, RETIRED
from importer.models import State, Status
from importer.runs import folders, inventory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.journal import Home
    from importer.runs.folders import RunFolder
    from importer.runs.inventory import Listed

#: States of rows that show that a run has changed nothing at the API.
HARMLESS = frozenset({Status.EXISTING, Status.DUPLICATE, Status.INVALID})
#: What stays of a run whose journal stays.
KEPT = (journal.MARK, RETIRED, KEPT_IN)


@dataclass(frozen=True, slots=True)
class Old:
    """A run that is older than wanted: what of it can go.

    `whole` says that nothing stays; `files` are what goes otherwise.
    """

    folder: RunFolder
    whole: bool
    files: tuple[Path, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """What can go, and why other old runs are spared: reason → how many."""

    old: tuple[Old, ...] = ()
    spared: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that are freed."""
        return sum(run.size for run in self.old)


def find(home: Home, before: float) -> Found:
    """Look for what runs have left that were last worked on before a time.

    Args:
        home: where the runs are kept.
        before: seconds since the epoch.
    """
    old: list[Old] = []
    spared: Counter[str] = Counter()
    waiting = set(home.slugs.begun())
    # all at once: a journal that is being read has files that are new
    for run in list(inventory.listed(home)):
        if _last(run) >= before:
            continue
        reason = _spared(run)
        if reason:
            spared[reason] += 1
            continue
        found = _judged(run, keep=run.folder.run_id in waiting)
        if found.whole or found.files:
            old.append(found)
    return Found(tuple(old), spared)


def remove(old: Old) -> bool:
    """Remove what can go of a run; false where a process has taken it up meanwhile."""
    try:
        with old.folder.claims.claim(old.folder.run_id):
            # asked again under the lock: a person may have gone on with it since the
            # look
            if _changed(old):
                return False
            if old.whole:
                old.folder.home.remove(old.folder.run_id)
            for path in () if old.whole else old.files:
                path.unlink(missing_ok=True)
    except LocationHeldError:
        return False
    return True


def _last(run: Listed) -> float:
    """Return when the run was last worked on: by its own words, or by its files."""
    said = run.facts.get("finished_at") or run.facts.get("started_at") or 0.0
    return max(float(said), run.folder.written_at)


def _spared(run: Listed) -> str:
    """Say why a run is left as it is; empty where it need not be."""
    if run.process is not None:
        return "at work"
    if not run.facts:
        return "damaged" if run.problem else "retired"
    return "" if run.facts["state"] in {State.FINISHED, State.UNDONE} else "unfinished"


def _judged(run: Listed, *, keep: bool) -> Old:
    """Return what can go of a finished run."""
    # a run whose slugs are not remembered yet has to be asked by its journal
    complete = not keep and all(Status(count) in HARMLESS for count in run.counts)
    files = tuple(path for path in _files(run.folder) if complete or _goes(path))
    return Old(run.folder, complete, files, sum(path.stat().st_size for path in files))


def _files(folder: RunFolder) -> list[Path]:
    return sorted(
        path for path in folder.path.rglob("*") if path.is_file() or path.is_symlink()
    )


def _goes(path: Path) -> bool:
    return not (path.name.startswith(JOURNAL) or path.name in KEPT)


def _changed(old: Old) -> bool:
    """Return whether a resume, an audit or an undo has begun since the look."""
    try:
        book = folders.opened(old.folder, journal.Depth.FACTS)
    except FatalError:
        return True
    try:
        return book.noted()["state"] not in {State.FINISHED, State.UNDONE}
    finally:
        book.close()
