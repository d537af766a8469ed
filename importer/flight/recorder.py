"""Counts calls as they end, by window, by location and by duration, and setbacks.

It is told of every call and may cost a microsecond, so a call changes a few counts and
nothing else; the rest is worked out when a window is over. The time is passed in.
Setbacks are the reasons why rows were sent again or left in doubt: a status, or what
became of the connection, never a server's own words. Invariant: whatever the number of
calls, there are at most twice `MOST` windows, and `MOST_REASONS` of a kind.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.flight.sums import BOUNDS, MOST, fuller, thinned
from importer.models import Flight, Traffic, Window

if TYPE_CHECKING:
    from importer.models import Verdict
    from importer.ratelimit import Reading


#: The limit's window, until an answer says how long it is (the API's help pages).
# 100 calls in 10 s are documented; 25 in 10 s were seen (docs/api-facts.md)
WINDOW_SECONDS = 10.0
LIMITED = 429


class Recorder:
    """The calls of one process. Moments are those of a monotonic clock, in seconds."""

    def __init__(self, wall_offset: float) -> None:
        """Begin with no call.

        Args:
            wall_offset: what has to be added to a moment to have seconds since the
                epoch.
        """
        self._offset = wall_offset
        self._seconds = WINDOW_SECONDS
        self._opened_at = 0.0
        self._closes_at = -math.inf
        self._calls: defaultdict[str, int] = defaultdict(int)
        self._readings: dict[str, Reading] = {}
        self._refused: defaultdict[str, int] = defaultdict(int)
        self._unanswered = 0
        self._latency = [0] * (len(BOUNDS) + 1)
        self._slowest = 0.0
        self._windows: list[Window] = []
        self._locations: dict[str, Traffic] = {}

    def ended(
        self,
        location_id: str,
        began: float,
        ended: float,
        status: int,
        reading: Reading | None,
    ) -> None:
        """Count a call.

        Args:
            location_id: whose budget it was made from.
            began: when it was sent.
            ended: when its answer was there, or it was given up.
            status: of the answer.
            reading: what its headers said; None where no answer came.
        """
        # windows are closed by the next call, not by a timer: a run that waits for
        # hours writes no empty windows
        if ended >= self._closes_at:
            self._turn(ended, reading)
        self._calls[location_id] += 1
        if reading is None:
            self._unanswered += 1
            return
        self._readings[location_id] = reading
        took = ended - began
        # latencies are counted in bins and never kept, or a million rows would be a
        # million numbers
        self._latency[bisect_left(BOUNDS, took)] += 1
        if took > self._slowest:  # noqa: PLR1730 - a third of the time of max
            self._slowest = took
        if status == LIMITED:
            self._refused[location_id] += 1

    def flight(self) -> Flight:
        """Return all that was counted so far."""
        self._close()
        # the next call begins a new window even inside this one's time; windows that
        # begin together are added up when they are noted
        self._closes_at = -math.inf
        return Flight(
            windows=tuple(thinned(self._windows)),
            window_seconds=self._seconds,
            latency=tuple(self._latency),
            slowest_seconds=self._slowest,
            unanswered=sum(window.unanswered for window in self._windows),
            locations=dict(self._locations),
        )

    def _turn(self, now: float, reading: Reading | None) -> None:
        """Begin another window; all of them start at multiples of their length."""
        self._close()
        # fixed at the first window: lengths that change in between could not be
        # compared
        if not self._windows and reading and reading.interval_seconds:
            self._seconds = reading.interval_seconds
        wall = now + self._offset
        # all processes of a run start windows at the same moments, so theirs can be
        # added
        self._opened_at = wall - wall % self._seconds
        self._closes_at = self._opened_at + self._seconds - self._offset

    def _close(self) -> None:
        """Work out the window that is over."""
        if not self._calls:
            return
        limits = [self._settle(location_id) for location_id in self._calls]
        known = [limit for limit in limits if limit is not None]
        shares = [
            reading.daily_remaining / reading.daily_max
            for reading in self._readings.values()
            if reading.daily_remaining is not None and reading.daily_max
        ]
        calls = sum(self._calls.values())
        window = Window(
            self._opened_at,
            self._seconds,
            calls,
            sum(self._refused.values()),
            self._unanswered,
            calls,
            sum(known) if known else None,
            min(shares, default=None),
        )
        self._windows.append(window)
        # thinned at twice the size, so it happens once in `MOST` windows
        if len(self._windows) > 2 * MOST:
            self._windows = thinned(self._windows)
        self._calls.clear()
        self._readings.clear()
        self._refused.clear()
        self._unanswered = 0

    def _settle(self, location_id: str) -> int | None:
        """Add the window to its location, and return what it allowed there."""
        before = self._locations.get(location_id, Traffic())
        calls, limit = self._calls[location_id], before.limit
        left, of = before.quota_left, before.quota_of
        if reading := self._readings.get(location_id):
            if reading.max_calls is not None:
                limit = self._allowed(reading.max_calls, reading.interval_seconds)
            if reading.daily_remaining is not None:
                left, of = reading.daily_remaining, reading.daily_max or of
        peak, most = fuller((before.peak, before.limit), (calls, limit))
        self._locations[location_id] = replace(
            before,
            calls=before.calls + calls,
            refused=before.refused + self._refused.get(location_id, 0),
            peak=peak,
            limit=most,
            quota_left=left,
            quota_of=of,
        )
        return limit

    def _allowed(self, most: int, interval_seconds: float | None) -> int:
        """Return what a window of ours allows where the location's own is shorter."""
        interval = interval_seconds or self._seconds
        return most * max(1, math.ceil(self._seconds / interval))


MOST_REASONS = 40
OTHER = "other"
NOT_THERE = "looked for, and not there"
#: Events of rows that were sent again, those after a refusal by the limit apart.
RETRIES = frozenset({"row.retried", "row.absent"})
DOUBTS = frozenset({"row.unknown"})


@dataclass(slots=True)
class Setbacks:
    """What went wrong on the way to the answers."""

    retries: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)

    def saw(self, event: str, verdict: Verdict | None) -> None:
        """Count an event of a row, if it is one of these."""
        if event in RETRIES:
            _count(self.retries, reason(verdict))
        elif event in DOUBTS:
            _count(self.doubts, reason(verdict))


def reason(verdict: Verdict | None) -> str:
    """Say why, in few words and without any of the server's."""
    if verdict is None:
        return NOT_THERE
    status: int | None = getattr(verdict, "http_status", None)
    if status:
        return f"HTTP {status}"
    # without a status it is this program's own text about a connection that failed
    return str(getattr(verdict, "reason", "") or "no connection to the server")


def _count(counts: Counter[str], why: str) -> None:
    # a server may invent reasons without end; the table must stay small
    counts[why if why in counts or len(counts) < MOST_REASONS else OTHER] += 1
