"""What a user may say about how much is allowed, and what is never sent."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: What the template's example row is called: a row of that name is never sent.
EXAMPLE_NAME = "Example: write over this row"
#: Where the template is told no location: it passes for an id, and says what to do.
NO_LOCATION = "WriteYourLocationIdHere"

#: The location of a row that goes into many, while it is judged once for all of them.
EVERY_LOCATION = "EachLocationOfTheSelection"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in so many seconds."""

    calls: int
    seconds: float

    def below(self, most: float, seconds: float) -> tuple[float, float]:
        """Tighten a limit of `most` calls in `seconds` to no more than this rate.

        A rate below one call in an interval is one call in a longer interval.
        """
        share = self.calls * seconds / self.seconds
        return min(most, max(1, math.floor(share))), seconds / min(1.0, share)

    def __str__(self) -> str:
        """Write the notation of the `--rate` flag: `100/10s`."""
        return f"{self.calls}/{self.seconds:g}s"


@dataclass(frozen=True, slots=True)
class Spent:
    """What was called at a location by another process, or earlier by this one.

    So many `calls` have left its window in so many `seconds`; None: how many is not
    known, so it may be full. `rate` is the limit that they kept to, where it was known.
    """

    calls: int | None
    seconds: float
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class ErrorLimit:
    """How many bad rows end the run: a number, or a share of all rows."""

    count: int | None = None
    share: float | None = None

    def reached(self, bad: int, rows: int) -> bool:
        """Return whether `bad` of `rows` are too many."""
        if self.count is not None and bad >= self.count:
            return True
        return self.share is not None and rows > 0 and bad > self.share * rows

    def __str__(self) -> str:
        """Write the notation of the `--max-errors` flag."""
        return str(self.count) if self.share is None else f"{self.share * 100:g}%"
