"""All runs of a folder: what is known of each, and of which nothing can be told.

A run that cannot be read may have sent anything. So it is listed, it keeps new runs
from beginning until it was dealt with, and it is never passed over in silence.
Invariant: the files of the runs stay as they are.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import FatalError, InputError, UsageError
from importer.journal import Depth
from importer.models import State
from importer.models.outcomes import time_between
from importer.runs import pauses, worktime
from importer.runs.folders import UNCONFIRMED, every, opened, related, unborn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.journal import Home, Journal
    from importer.runs.folders import RunFolder

    #: What was read of many runs at once: facts, and rows by status.
    Seen = Mapping[str, tuple[dict[str, Any], dict[str, int]]]

#: Of a run in one of these states a resume has something to do.
UNFINISHED = (State.READING, State.RUNNING, State.STOPPED)
#: So long after its last write a run that cannot be read holds up others.
RECENT_SECONDS = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Listed:
    """A run as `importer runs` shows it.

    `process` works on it now, if any does; `problem` is why nothing is known of it.
    """

    folder: RunFolder
    facts: dict[str, Any]
    counts: dict[str, int]
    process: int | None
    problem: FatalError | None = None

    @property
    def unconfirmed(self) -> bool:
        """Whether it was to be asked for, and ended without an answer."""
        return bool(self.facts.get(UNCONFIRMED)) and self.process is None

    @property
    def paused(self) -> bool:
        """Whether it was asked to wait, and no process has gone on with it."""
        waits = self.facts.get("state") in UNFINISHED and self.process is None
        return bool(self.facts.get(pauses.PAUSED)) and waits

    @property
    def work_seconds(self) -> float | None:
        """How long processes have worked on it; None where that is not known."""
        if not self.facts:
            return None
        return round(worktime.so_far(self.facts, self.folder.written_at), 3)

    @property
    def between_seconds(self) -> float:
        """How long none did, from its start to its last end."""
        ended = self.facts.get("finished_at")
        if ended is None or self.facts.get(worktime.SINCE) is not None:
            return 0.0
        return time_between(self.facts["started_at"], ended, self.work_seconds or 0.0)


@dataclass(frozen=True, slots=True)
class Survey:
    """The runs of a folder as a resume sees them.

    `newest` is the newest that it can go on with; `unread` is why it is not known of
    others whether they are finished; `unfinished` are all that it can go on with, the
    oldest first. `unconfirmed` ended before a person had said yes to the sending: they
    are gone on with only by their names.
    """

    newest: RunFolder | None
    unread: tuple[FatalError, ...] = ()
    unfinished: tuple[RunFolder, ...] = ()
    unconfirmed: tuple[RunFolder, ...] = ()
    #: whether there is no run at all
    empty: bool = False


def survey(home: Home) -> Survey:
    """Return what a resume could go on with, and what cannot be read."""
    known = list(listed(home))
    unfinished = [run for run in known if _can_go_on(run)]
    unfinished.sort(key=lambda run: run.facts["started_at"])
    folders_of = tuple(run.folder for run in unfinished)
    return Survey(
        folders_of[-1] if folders_of else None,
        tuple(run.problem for run in known if run.problem is not None),
        folders_of,
        tuple(run.folder for run in known if run.unconfirmed),
        empty=not known,
    )


def no_run(home: Home) -> UsageError:
    """Return what is said where there is no run at all: seldom what was meant."""
    msg = f"There is no run in {home.shown}, so there is none to go on with."
    remedy = (
        "Start one with: importer run FILE. If there should be one, name its "
        "folder with --runs-dir."
    )
    return UsageError(msg, remedy=remedy)


def _can_go_on(run: Listed) -> bool:
    if run.unconfirmed:
        return False
    state = run.facts.get("state")
    # half of an input, which can be read again only where it was files
    if state == State.READING:
        return bool(run.facts.get("inputs"))
    return state in UNFINISHED


def listed(home: Home, *, verified: bool = True) -> Iterator[Listed]:
    """Yield every run with what is known of it, in the order of their names.

    Args:
        home: where they are kept.
        verified: whether every page is read of one that waits to be finished.
    """
    found = list(every(home))
    seen = home.glance(folder.run_id for folder in found)
    for folder in found:
        # asked before the journal is read: a run that ends in between is only told as
        # at work
        process = folder.claims.holder(folder.run_id)
        run = _known(folder, process, seen) or _listed(
            folder, process, verified=verified
        )
        # one that was refused, or given up, may be removed while it is looked at
        if folder.present:
            yield run


def _known(folder: RunFolder, process: int | None, seen: Seen) -> Listed | None:
    """Return the run as it was seen among many; None where it has to be opened."""
    facts, counts = seen.get(folder.run_id, ({}, {}))
    return Listed(folder, facts, counts, process) if not unborn(facts) else None


def _listed(folder: RunFolder, process: int | None, *, verified: bool) -> Listed:
    try:
        book = _inspected(folder, process, verified=verified)
    except FatalError as unread:
        return _unread(folder, process, unread)
    try:
        with book.readable():
            return Listed(folder, book.noted(), _counts(book), process)
    except InputError as unread:
        return _unread(folder, process, unread)
    finally:
        book.close()


def refuse_unread(home: Home) -> None:
    """Make sure that it is known of every recent run what it sent.

    Args:
        home: where the runs are kept.

    Raises:
        InputError: of one it is not; it cannot be told which rows a new run would
            create a second time.
    """
    found = list(related(home, within_seconds=RECENT_SECONDS))
    names = [folder.run_id for folder in found if folder.home == home]
    seen = home.glance(names, counted=False)
    for folder in found:
        if folder.retired or (folder.home == home and _known(folder, None, seen)):
            continue
        try:
            _inspected(folder, folder.claims.holder(folder.run_id)).close()
        except InputError as unread:
            if not folder.present:
                continue  # removed meanwhile, as nothing was sent
            msg = (
                f"{unread} What run {folder.run_id} sent is not known, so nothing is "
                "sent beside it."
            )
            raise type(unread)(msg, remedy=unread.remedy) from None


def unreadable(folder: RunFolder) -> InputError:
    """Return why the journal of a run cannot be read.

    Raises:
        UsageError: it can be read, so nothing of the run is unknown.
    """
    try:
        opened(folder).close()
    except InputError as unread:
        return unread
    msg = f"Run {folder.run_id} is not damaged, so it holds nothing up."
    remedy = f"Go on with: importer resume {shlex.quote(folder.run_id)}"
    raise UsageError(msg, remedy=remedy)


def retire(folder: RunFolder, error: InputError, now: float) -> None:
    """Let a run that cannot be read hold up no other any more; all its files stay.

    Args:
        folder: of the run.
        error: it cannot be read.
        now: seconds since the epoch.

    Raises:
        LocationHeldError: a process works on it.
        StorageError: the folder cannot be written.
    """
    with folder.claims.claim(folder.run_id):
        document = {"schema": 1, "retired_at": now, "because": str(error)}
        folder.home.retire(folder.run_id, json.dumps(document) + "\n")


def _inspected(
    folder: RunFolder, process: int | None, *, verified: bool = True
) -> Journal:
    """Open the journal of a run, to be read.

    Of one that waits to be finished every page is verified: a resume
    believes them.

    Raises:
        InputError: it cannot be read.
    """
    book = opened(folder, Depth.FACTS)
    try:
        # not of one at work: its pages change while they are read
        looks = verified and process is None
        if looks and book.noted()["state"] in UNFINISHED:
            folder.store.check(Depth.PAGES)
    except InputError:
        book.close()
        raise
    return book


def _unread(folder: RunFolder, process: int | None, error: FatalError) -> Listed:
    return Listed(folder, {}, {}, process, None if folder.retired else error)


def _counts(opened: Journal) -> dict[str, int]:
    """Count rows by state, of all locations together."""
    counts: dict[str, int] = {}
    for by_status in opened.history.counts().values():
        for status, count in by_status.items():
            counts[status] = counts.get(status, 0) + count
    return counts
