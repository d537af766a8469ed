"""How long processes worked on a run, and how long `--max-duration` allows it to work.

Each process notes when it began and, at its end, the sum so far, apart from the time
between a stop and a resume. Of one that was killed the last write to the run folder is
taken for its end. What is allowed counts while a stage is at work, not while a person
is asked or another run is waited for. Invariants: work is never longer than the time
from a run's start to its end; the stages together take no longer than is allowed, apart
from what is in flight at the end.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.errors import TimeIsUp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


#: What the journal calls the sum of the processes that have ended, and the start of one
#: that has not.
WORKED, SINCE = "worked_seconds", "working_since"


def so_far(facts: Mapping[str, Any], written_at: float) -> float:
    """Return the seconds that processes have worked on a run.

    Args:
        facts: what the journal notes of the run.
        written_at: when the run last wrote anything, seconds since the epoch.
    """
    since = facts.get(SINCE)
    if since is not None:  # killed, or at work
        return float(facts.get(WORKED, 0.0) + max(0.0, written_at - since))
    if WORKED in facts:
        return float(facts[WORKED])
    # a run of an older version, in which only the whole is known
    ended = facts.get("finished_at", written_at)
    return float(max(0.0, ended - facts["started_at"]))


class Allowance:
    """What is left of the time of one process."""

    def __init__(self, seconds: float | None) -> None:
        """Allow so many seconds, or with None as many as it takes."""
        self._seconds = seconds
        self._used_seconds = 0.0
        self._until: float | None = None

    @property
    def left_seconds(self) -> float | None:
        """What is left of it in the block that counts now; None: no end."""
        if self._until is None:
            return None
        return max(0.0, self._until - asyncio.get_running_loop().time())

    @contextmanager
    def counting(self, stop: Callable[[TimeIsUp], None]) -> Iterator[None]:
        """Count the time of the block, and call `stop` when nothing is left."""
        if self._seconds is None:
            yield
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        # of the whole run: a comparison that took long leaves less to the sending
        left = max(0.0, self._seconds - self._used_seconds)
        self._until = began + left
        timer = loop.call_later(left, stop, time_is_up(self._seconds))
        try:
            yield
        finally:
            timer.cancel()
            self._until = None
            self._used_seconds += loop.time() - began


def time_is_up(seconds: float) -> TimeIsUp:
    """Return the error that ends a run where `--max-duration` asks for it."""
    return TimeIsUp(
        f"The time that --max-duration allows ({seconds:g} s) is up.",
        remedy="Go on with: importer resume",
    )
