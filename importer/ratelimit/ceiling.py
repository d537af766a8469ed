"""A ceiling for a whole process, whatever limiters it has, of which it may get a part.

Where several processes work together each has its share of what a user allows, and the
shares change as processes come and go. Invariant: of the calls that begin within a
second no more are let through than the share allows, plus as many at its beginning.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Who waits looks at least so often whether the share is another one.
LOOK_SECONDS = 0.5


class Ceiling:
    """So many calls in a second, all locations together."""

    def __init__(
        self, most: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow `most` calls in a second, until it is shared."""
        self._most = most
        self._clock = clock
        self._parts = 1
        self._level = 0.0
        self._seen = clock()
        self._turn = asyncio.Lock()

    @property
    def rate(self) -> float:
        """The calls in a second that are allowed here."""
        return self._most / self._parts

    @property
    def longest_pause(self) -> float:
        """The seconds that two calls may be kept apart."""
        return 1.0 / self.rate

    def share(self, parts: int) -> None:
        """Allow one of so many equal parts from now on."""
        self._leak()
        self._parts = max(1, parts)

    async def acquire(self) -> None:
        """Wait for the moment at which a call may begin."""
        async with self._turn:  # in line: the first of them looks, the others wait
            while True:
                self._leak()
                over = self._level + 1.0 - max(1.0, self.rate)
                if over <= 0:
                    self._level += 1.0
                    return
                await asyncio.sleep(min(over / self.rate, LOOK_SECONDS))

    def _leak(self) -> None:
        now = self._clock()
        self._level = max(0.0, self._level - (now - self._seen) * self.rate)
        self._seen = now
