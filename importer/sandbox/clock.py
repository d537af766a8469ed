"""The time in the sandbox: seconds since the epoch that never go back.

The wall clock is read once, at the start; from then on a monotonic clock counts.
So windows cannot be bent by somebody who sets the computer's clock, and times
still mean something after a restart. Invariant: a later call never answers less.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Call it to get the time."""

    def __init__(self) -> None:
        """Take the wall clock's time as the start."""
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return self._offset + time.monotonic()


def stamp(moment: float) -> str:
    """A moment the way the API writes it: `2024-02-22T09:27:19.728Z`."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text[:-6] + "Z"
