"""One writer for a location: who works on what, under one folder of runs.

A run holds one operating system lock on a file of its own for as long as its
process lives, and writes the locations it works on beside it. A lock that a dead
process left is free by itself; one that a frozen process holds stays held.
Invariant: two living runs never claim the same location or the same run folder.
"""

from __future__ import annotations

import errno
import json
import os
import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from importer.errors import LocationHeldError, StorageError
from importer.journal import durable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from importer.models import Spent

#: The folder of locks inside the folder of runs; its name keeps it out of `runs`.
FOLDER = ".locks"
#: The file in it that counts the claims.
FENCE = "fence"
#: How long a claim may wait for another claim being made, seconds.
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FileClaims:
    """The claims of all that work under one folder of runs, on one machine."""

    runs: Path

    def claim(
        self, run_id: str, locations: Collection[str] = (), *, server: str = ""
    ) -> FileClaim:
        """Hold a run and some locations, see `claim`; of whatever server they are."""
        del server
        return claim(self.runs, run_id, locations)

    def holder(self, run_id: str) -> int | None:
        """Return the process that works on a run now, or None."""
        return holder(self.runs, run_id)


@dataclass(frozen=True, slots=True)
class FileClaim:
    """A run whose lock this process holds, and the locations that it works on."""

    folder: Path
    run_id: str
    fence: int
    own: FileLock
    lock: os.stat_result

    def alive(self) -> bool:
        """Return whether the lock is held, and nothing of the claim was removed."""
        if not self.own.is_locked:
            return False
        try:
            # the file, and that it is still the one that was locked: one that was
            # removed and made again is another's to lock
            found = os.stat(_lock(self.folder, self.run_id))  # noqa: PTH116 - often
            os.stat(_claim(self.folder, self.run_id))  # noqa: PTH116 - the same
        except OSError:
            return False
        # a lock on a file that has no name any more keeps no one away
        return os.path.samestat(found, self.lock)

    def check(self) -> None:
        """Make sure that nothing of the claim was removed.

        Raises:
            StorageError: it was, so another run may have begun with the same.
        """
        if self.alive():
            return
        msg = (
            f"The lock of run {self.run_id} was removed from {self.folder} while the "
            "run was working, so another run may have begun with its locations."
        )
        remedy = (
            "Let nothing clear away that folder. Nothing more was sent; go on with: "
            f"importer resume {shlex.quote(self.run_id)}"
        )
        raise StorageError(msg, remedy=remedy)

    @property
    def gate(self) -> None:
        """Nothing: the lock of a frozen process stays held."""
        return

    def outlast(self, longest_seconds: Callable[[], float]) -> None:
        """Do nothing: the system holds the lock for as long as the process lives."""

    def hand_over(self, spent: Callable[[str], Spent | None]) -> None:
        """Do nothing: the journal of the run tells what was sent last."""

    def found(self) -> Mapping[str, Spent]:
        """Return nothing."""
        return {}

    def rest_seconds(self, answer_seconds: float) -> float:
        """Return 0: what a dead process has sent left before its lock was free."""
        del answer_seconds
        return 0.0

    def extend(self, locations: Collection[str]) -> None:
        """Work on these locations from now on.

        Raises:
            LocationHeldError: a living run holds one of them.
            StorageError: the claim could not be written.
        """
        # looked and noted under one mutex: two runs that begin together would both find
        # the location free
        with _mutex(self.folder):
            _refuse_held(self.folder, self.run_id, set(locations))
            self._note(locations)

    def extend_free(self, locations: Collection[str]) -> dict[str, LocationHeldError]:
        """Work on those of these locations that no other process works on.

        Returns:
            The others, and who works on each.

        Raises:
            StorageError: the claim could not be written.
        """
        with _mutex(self.folder):
            taken = dict(_held_by_others(self.folder, self.run_id, set(locations)))
            self._note([location for location in locations if location not in taken])
        return taken

    def release(self) -> None:
        """Remove the claim, unless it may be another process's by now."""
        if not self.own.is_locked:
            return
        try:
            # what another process has taken over must not be removed under its feet
            if self.alive():
                _claim(self.folder, self.run_id).unlink(missing_ok=True)
        finally:
            self.own.release()

    def __enter__(self) -> Self:
        """Enter; the lock is held already."""
        return self

    def __exit__(self, *failure: object) -> None:
        """Release the claim."""
        self.release()

    def _note(self, locations: Collection[str]) -> None:
        claimed = {"pid": os.getpid(), "locations": sorted(locations)}
        _write(_claim(self.folder, self.run_id), json.dumps(claimed))


def claim(runs: Path, run_id: str, locations: Collection[str] = ()) -> FileClaim:
    """Hold a run and its locations until the claim is released.

    Args:
        runs: the folder of runs.
        run_id: the run that claims.
        locations: the location ids it will send to, as far as they are known.

    Raises:
        LocationHeldError: a living run holds this run or one of the locations.
        StorageError: the claim could not be written.
    """
    folder = runs / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    # asked by the journal's thread as well whether it still holds
    # the lock and not the note beside it is what counts: the system frees it when a
    # process dies
    own = FileLock(_lock(folder, run_id), thread_local=False)
    with _mutex(folder):
        _refuse_held(folder, run_id, set(locations))
        _acquire(own, run_id)
        try:
            fence = _next_fence(folder)
            # taken now: `alive` compares with it what lies there later
            held = FileClaim(folder, run_id, fence, own, _lock(folder, run_id).stat())
        except BaseException:
            own.release()
            raise
    try:
        held.extend(locations)
    except BaseException:
        held.release()
        raise
    return held


def _next_fence(folder: Path) -> int:
    """Return the number of one more claim, which no earlier one had.

    Raises:
        StorageError: it could not be written.
    """
    counter = folder / FENCE
    try:
        last = int(counter.read_bytes())
    except (OSError, ValueError):
        last = 0
    try:
        # whole or not at all: a number that is lost would be given to two claims
        durable.replace(counter, b"%d\n" % (last + 1))
    except OSError as failure:
        raise _unwritten(counter, failure) from None
    return last + 1


def _lock(folder: Path, run_id: str) -> Path:
    return folder / f"{run_id}.lock"


def _claim(folder: Path, run_id: str) -> Path:
    return folder / f"{run_id}.json"


def _write(note: Path, claimed: str) -> None:
    try:
        note.write_text(claimed, encoding="utf-8")
    except OSError as failure:
        raise _unwritten(note, failure) from None


def _unwritten(note: Path, failure: OSError) -> StorageError:
    msg = f"The claim {note} could not be written: {failure.strerror}."
    return StorageError(msg, remedy="Free some space on the disk, then try again.")


def holder(runs: Path, run_id: str) -> int | None:
    """Return the process that works on a run now, or None."""
    folder = runs / FOLDER
    if not _lock(folder, run_id).exists():
        return None
    # a look tries the lock for a moment, and must not meet another that does so too
    with _mutex(folder):
        return _note(folder, run_id)[0] if _held(folder, run_id) else None


@contextmanager
def _mutex(folder: Path) -> Iterator[None]:
    """Keep others from claiming, and from looking at claims, in the block."""
    mutex = FileLock(folder / "mutex")
    try:
        mutex.acquire(timeout=PATIENCE_SECONDS)
    except Timeout as waited:
        msg = "Another run is being started and does not come to an end."
        raise LocationHeldError(msg, remedy="Try again in a minute.") from waited
    try:
        yield
    finally:
        mutex.release()


def _acquire(own: FileLock, run_id: str) -> None:
    try:
        own.acquire(timeout=0)
    except Timeout as taken:
        pid = _note(Path(own.lock_file).parent, run_id)[0]
        who = "this very process" if pid == os.getpid() else "another process"
        msg = f"Run {run_id} is being worked on by {who}."
        raise LocationHeldError(msg, remedy="Wait until it has ended.") from taken


def _refuse_held(folder: Path, run_id: str, wanted: set[str]) -> None:
    for _, error in _held_by_others(folder, run_id, wanted):
        raise error


def _held_by_others(
    folder: Path, run_id: str, wanted: set[str]
) -> Iterator[tuple[str, LocationHeldError]]:
    """Yield the wanted locations that living runs work on, each with its refusal."""
    for path in sorted(folder.glob("*.json")):
        other = path.stem
        if other == run_id:
            continue
        pid, theirs = _note(folder, other)
        shared = wanted & theirs
        if not shared:
            continue
        # a note without a lock: its process died, so nothing is held
        if not _held(folder, other):
            path.unlink(missing_ok=True)
            continue
        for location in sorted(shared):
            own = pid == os.getpid()
            process = "this very process" if own else f"process {pid}"
            msg = (
                f"Run {other} ({process}) is working on location {location} "
                "at this moment."
            )
            remedy = "Wait until it has ended, or stop it."
            if own:
                remedy = "Await that run first, or give the rows of both to one run."
            yield location, LocationHeldError(msg, remedy=remedy)


def _held(folder: Path, run_id: str) -> bool:
    lock = FileLock(_lock(folder, run_id))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _note(folder: Path, run_id: str) -> tuple[int, set[str]]:
    """Return who wrote a claim, and for what; a claim cut short claims nothing.

    Raises:
        OSError: too many files are open to read it, so it may claim something.
    """
    try:
        text = _claim(folder, run_id).read_text(encoding="utf-8")
        note = json.loads(text)
        return int(note["pid"]), set(note["locations"])
    except OSError as failure:
        if failure.errno in {errno.EMFILE, errno.ENFILE}:
            raise
        return 0, set()
    except (ValueError, KeyError, TypeError):
        return 0, set()
