"""The time in the sandbox: seconds since the epoch that never go back.

The wall clock is read once, at the start; from then on a monotonic clock counts.
So windows cannot be bent by setting the computer's clock, and times
still mean something after a restart. Invariant: a later call never answers less.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate


class Clock:
    """Call it to get the time."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        """Take the wall clock's time as the start, or so much later than that."""
        self._offset = time.time() - time.monotonic() + offset_seconds

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return self._offset + time.monotonic()

    def move(self, seconds: float) -> None:
        """Let so much time pass at once.

        Raises:
            ValueError: it would go back.
        """
        if not seconds >= 0:
            message = f"seconds is {seconds!r}. Write how far the time moves on."
            raise ValueError(message)
        self._offset += seconds


def http_date(moment: float) -> str:
    """Write a moment as the header `Date`: `Thu, 22 Feb 2024 09:27:19 GMT`."""
    return formatdate(moment, usegmt=True)


def stamp(moment: float) -> str:
    """Write a moment as the API does: `2024-02-22T09:27:19.728Z`."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text[:-6] + "Z"
