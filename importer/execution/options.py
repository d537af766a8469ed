"""What the user may say about how rows are sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorLimit:
    """How many bad rows end the run: a number, or a share of all rows."""

    count: int | None = None
    share: float | None = None

    def reached(self, bad: int, rows: int) -> bool:
        """Whether `bad` of `rows` are too many."""
        if self.count is not None and bad >= self.count:
            return True
        return self.share is not None and rows > 0 and bad > self.share * rows

    def __str__(self) -> str:
        """The notation of the `--max-errors` flag."""
        return str(self.count) if self.share is None else f"{self.share * 100:g}%"


@dataclass(frozen=True, slots=True)
class Options:
    """How many requests are in flight, and what ends a run early.

    `daily_reserve` is the share of the day's quota that is left to others. With
    `wait_for_quota` a location whose day is over waits for the reset instead of
    ending; `quota_look_seconds` is how often it looks.
    """

    concurrency: int = 64
    max_errors: ErrorLimit | None = None
    max_duration_seconds: float | None = None
    daily_reserve: float = 0.1
    wait_for_quota: bool = False
    quota_look_seconds: float = 3600.0
