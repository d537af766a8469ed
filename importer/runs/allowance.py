"""The time that `--max-duration` allows a run: comparing, sending and the last look.

Counts while a stage is at work, not while a person is asked or another run is waited
for. It stops nothing by itself. Invariant: the stages together take no longer than is
allowed, apart from what is in flight at the end.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import TimeIsUp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Allowance:
    """What is left of the time of one process."""

    def __init__(self, seconds: float | None) -> None:
        """Allow so many seconds, or with None as many as it takes."""
        self._seconds = seconds
        self._used_seconds = 0.0

    @contextmanager
    def counting(self, stop: Callable[[TimeIsUp], None]) -> Iterator[None]:
        """Count the time of the block, and call `stop` when nothing is left."""
        if self._seconds is None:
            yield
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        left = max(0.0, self._seconds - self._used_seconds)
        timer = loop.call_later(left, stop, time_is_up(self._seconds))
        try:
            yield
        finally:
            timer.cancel()
            self._used_seconds += loop.time() - began


def time_is_up(seconds: float) -> TimeIsUp:
    """The end of a run that `--max-duration` asks for."""
    return TimeIsUp(
        f"The time that --max-duration allows ({seconds:g} s) is up.",
        remedy="Go on with: importer resume",
    )
