"""How the calls of a run went: windows, durations, reasons to try again, clocks.

Sums only, so that a run of a million calls is as small as one of a hundred. Nothing
here says what a sum means. Invariant: the calls of all windows, and those of all
locations, add up to the calls that were made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self


@dataclass(frozen=True, slots=True)
class Window:
    """The calls that ended in a stretch of time, all locations together.

    `at` is seconds since the epoch. A long run has stretches of several windows of the
    limit: `peak` is then the most calls in one of these, and `limit` what that one
    allowed; None where no answer said it. `quota` is the smallest share of a day's
    quota that a location had left.
    """

    at: float
    seconds: float
    calls: int = 0
    refused: int = 0
    unanswered: int = 0
    peak: int = 0
    limit: int | None = None
    quota: float | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """The calls of one location, its fullest window, and what it has left today."""

    calls: int = 0
    refused: int = 0
    peak: int = 0
    limit: int | None = None
    quota_left: int | None = None
    quota_of: int | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """The calls of a run. `latency` counts answers by duration, see `flight.BOUNDS`.

    `window_seconds` is how long the limit's own window is; `retries` are rows that were
    sent again, by the reason; `doubts` answers that left a row in doubt.
    """

    windows: tuple[Window, ...] = ()
    window_seconds: float = 10.0
    latency: tuple[int, ...] = ()
    slowest_seconds: float = 0.0
    unanswered: int = 0
    retries: Mapping[str, int] = field(default_factory=dict)
    doubts: Mapping[str, int] = field(default_factory=dict)
    locations: Mapping[str, Traffic] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """The server's clock less this machine's, in seconds: from `low` to `high`.

    A time of the server is one of this machine's plus something between the two. The
    range is wide where a clock was set while it was measured.
    """

    low: float
    high: float

    def widened(self, other: Self) -> Self:
        """Return the range that holds both."""
        return type(self)(min(self.low, other.low), max(self.high, other.high))
