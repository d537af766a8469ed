"""A database that goes away and comes back: waited for, but not for ever.

A server is restarted, fails over, or is cut off for a moment. Whoever needs a new
connection then tries again until it is there. A database that was never reached is not
waited for: its address may be wrong. Invariants: a wait ends after `PATIENCE_SECONDS`;
however many threads wait, it is told once.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from importer import logs
from importer.journal.commits import PATIENCE_SECONDS, passing, reason

if TYPE_CHECKING:
    from collections.abc import Callable

log: logs.Log = logs.get("journal")

Connected = TypeVar("Connected")
Result = TypeVar("Result")

#: Between two tries, seconds: the first soon, as most servers are back at once.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


class Patience:
    """Connections to one database, which may be away for a while."""

    def __init__(
        self, seconds: float = PATIENCE_SECONDS, *, reached: bool = False
    ) -> None:
        """Wait for so long at most, for one that was `reached` before."""
        self._seconds = seconds
        self._mutex = threading.Lock()
        self._reached = reached
        self._away_since: float | None = None
        self._pause = threading.Event()

    def connect(self, attempt: Callable[[], Connected]) -> Connected:
        """Return what an attempt gives; where the database is away, the next does.

        Raises:
            Exception: the attempt's own, where waiting does not help or no more.
        """
        began = time.monotonic()
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            try:
                made = attempt()
            except Exception as failure:
                left = self._seconds - (time.monotonic() - began)
                if not (self._reached and passing(failure) and left > 0):
                    # waited for once: whoever comes next is told at once
                    self._reached = False
                    raise
                self._tell_away(failure)
                # nothing ends it: it is a pause, and one that no other shares
                self._pause.wait(min(pause_seconds, left))
                pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
            else:
                self._tell_back()
                return made

    def _tell_away(self, failure: Exception) -> None:
        with self._mutex:
            if self._away_since is not None:
                return
            self._away_since = time.monotonic()
        log.warning(
            "journal.away", message=reason(failure), waits_seconds=self._seconds
        )

    def _tell_back(self) -> None:
        with self._mutex:
            self._reached = True
            since, self._away_since = self._away_since, None
        if since is not None:
            seconds = round(time.monotonic() - since, 1)
            log.warning("journal.back", away_seconds=seconds)


def waited(work: Callable[[], Result]) -> Result:
    """Return what some work gives; where the database goes away meanwhile, do it again.

    Args:
        work: what may be done twice; it blocks, as does the wait.

    Raises:
        StorageError: the database cannot be used, or stays away.
    """
    return Patience(reached=True).connect(work)
