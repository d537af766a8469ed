"""What the user allows on top of what the API allows."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in so many seconds."""

    calls: int
    seconds: float

    def below(self, most: float, seconds: float) -> tuple[float, float]:
        """A limit of `most` calls in `seconds`, tightened to no more than this rate.

        A rate below one call in an interval is one call in a longer interval.
        """
        share = self.calls * seconds / self.seconds
        return min(most, max(1, math.floor(share))), seconds / min(1.0, share)

    def __str__(self) -> str:
        """The notation of the `--rate` flag: `100/10s`."""
        return f"{self.calls}/{self.seconds:g}s"


@dataclass(frozen=True, slots=True)
class Options:
    """What the user allows on top of what the API allows.

    `rate` is a ceiling for each location, None lifts it; `max_per_second` one for
    the whole process; `even` spaces the calls of a location instead of sending
    what the window allows at once; below `daily_reserve` (a share of the day's
    quota) nothing more is sent.
    """

    rate: Rate | None = Rate(100, 10.0)
    max_per_second: float | None = None
    even: bool = False
    daily_reserve: float = 0.1
