"""Pausing a run: from another terminal, or another machine, than the one it runs on.

`importer pause` leaves a request where the journals are kept; the process that works on
the run looks for it in a thread, so that it is seen whatever the process is doing.
Invariant: a request counts for the process that worked when it was made, and for no
later one.
"""

from __future__ import annotations

import asyncio
import shlex
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from importer.errors import FatalError, LocationHeldError, Paused
from importer.journal import Depth
from importer.models import State
from importer.runs import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.runs.folders import RunFolder

#: So often a process looks whether its run shall pause, and a person whether it has.
LOOK_SECONDS = 1.0
#: So long its end is waited for: requests in flight have a minute at most.
PATIENCE_SECONDS = 120.0
#: The note of a run that ended because it was asked to.
PAUSED = "paused"


class Answer(Enum):
    """What a request has come to."""

    PAUSED = "paused"  # its process has ended, and rows are left
    ENDED = "ended"  # its process has ended, and had nothing left to do
    ASKED = "asked"  # its process has not ended yet
    IDLE = "idle"  # no process worked on it


@dataclass(frozen=True, slots=True)
class Pause:
    """What a request has come to, who was asked, and how the run stands now.

    `state` is None where nothing is left of the run: it had sent nothing, and could not
    be gone on with.
    """

    answer: Answer
    process: int | None
    state: State | None


def paused(run_id: str, *, undoing: bool) -> Paused:
    """Return the error that ends a process that was asked to."""
    remedy = f"Go on with: importer resume {shlex.quote(run_id)}"
    if undoing:
        remedy = f"Go on with: importer undo {shlex.quote(run_id)}"
    return Paused(f"Run {run_id} was paused by importer pause.", remedy=remedy)


@contextmanager
def heeded(folder: RunFolder, stop: Callable[[], None]) -> Iterator[None]:
    """Look for a request in a thread while the block lasts.

    Args:
        folder: of the run, which this process has just claimed.
        stop: called once, in the event loop that is running now.

    Raises:
        StorageError: a request to an earlier process cannot be forgotten.
    """
    folder.home.forget_pause(folder.run_id)
    loop, ended = asyncio.get_running_loop(), threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            # a home that is away is the journal's to tell
            with suppress(FatalError, OSError):
                if folder.home.pause_asked(folder.run_id):
                    with suppress(RuntimeError):  # the loop has been closed meanwhile
                        loop.call_soon_threadsafe(stop)
                    return

    looking = threading.Thread(target=look, name="pauses", daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join(LOOK_SECONDS)


def ask(
    folder: RunFolder,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    sleep: Callable[[float], object] | None = None,
) -> Pause:
    """Ask the process that works on a run to end, and wait until it has.

    Args:
        folder: of the run.
        patience_seconds: so long it is waited for.
        sleep: how to wait; None: as the clock has it.

    Raises:
        StorageError: the request cannot be written.
        InputError: the journal cannot be read.
    """
    sleep = sleep or threading.Event().wait
    process = folder.claims.holder(folder.run_id)
    alone = process is None
    if alone and not _goes_on_alone(folder):
        return Pause(Answer.IDLE, None, state(folder))
    folder.home.ask_pause(folder.run_id)
    waited = 0.0
    while folder.claims.holder(folder.run_id) is not None or (
        alone and _goes_on_alone(folder)
    ):
        if waited >= patience_seconds:
            return Pause(Answer.ASKED, process, state(folder))
        sleep(LOOK_SECONDS / 2)
        waited += LOOK_SECONDS / 2
    if alone:
        _note_paused(folder)
    found = state(folder)
    answer = Answer.PAUSED if found is State.PAUSED else Answer.ENDED
    return Pause(answer, process, found)


def _goes_on_alone(folder: RunFolder) -> bool:
    """Return whether processes send what one has given to them that is gone.

    Raises:
        StorageError: the database cannot be used.
    """
    crew = folder.home.crew(folder.run_id)
    if crew is None:
        return False
    try:
        # to claim it buries those that are gone, too
        with folder.claims.claim(folder.run_id):
            return crew.tally().working > 0
    except LocationHeldError:  # another one has taken the run up at this moment
        return True


def _note_paused(folder: RunFolder) -> None:
    """Note for a process that is gone what it would have noted.

    Raises:
        InputError: the journal cannot be read.
        StorageError: it cannot be written.
    """
    with suppress(LocationHeldError), folder.claims.claim(folder.run_id) as claim:
        book = folders.opened(folder, write=True)
        try:
            book.guard(claim)
            book.note(**{PAUSED: True})
        finally:
            book.close()


def state(folder: RunFolder) -> State | None:
    """Return how a run stands by its journal, whoever works on it.

    Raises:
        InputError: the journal cannot be read.
    """
    if not folder.present:
        return None
    book = folders.opened(folder, Depth.FACTS)
    try:
        with book.readable():
            facts = book.noted()
    finally:
        book.close()
    return State.PAUSED if facts.get(PAUSED) else State(facts["state"])
