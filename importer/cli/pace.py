"""How fast the rows go, and how long the rest will take.

Figures only, from one snapshot to the next; it neither reads a clock nor shows
anything. Invariant: a figure is given once there is something to tell it from, and
it moves smoothly although the calls come in bursts.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.models import Snapshot

# The budget is spent in bursts of ten seconds: a mean over much less would jump
# between nothing and a hundred.
_MEMORY_SECONDS = 45.0

# Within this time the shown time left follows a change of the estimate.
_CALM_SECONDS = 4.0

# Before this the figures would be guesses.
_FIRST_FIGURE_SECONDS = 1.5


class Pace:
    """Rows a second and seconds left, kept up from snapshot to snapshot."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._phase = ""
        self._first_rows = self._rows = 0
        self._since = self._elapsed = 0.0
        self._rate = 0.0
        self._left: float | None = None

    @property
    def rows_a_second(self) -> float | None:
        """Rows done a second of late, or None while there is nothing to tell from."""
        seen = self._elapsed - self._since
        return self._rate if self._rate > 0 and seen >= _FIRST_FIGURE_SECONDS else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the last row, or None while there is nothing to tell from."""
        return self._left

    def see(self, snapshot: Snapshot) -> None:
        """Take in a moment of the run; one that is no later changes nothing."""
        rows = moved(snapshot)
        if snapshot.phase != self._phase or rows < self._rows:
            self._phase = snapshot.phase
            self._forget(rows, snapshot.elapsed_seconds)
            return
        passed = snapshot.elapsed_seconds - self._elapsed
        if passed <= 0:
            return
        self._see_rate((rows - self._rows) / passed, passed)
        self._rows, self._elapsed = rows, snapshot.elapsed_seconds
        self._see_left(snapshot, passed)

    def _forget(self, rows: int, elapsed: float) -> None:
        self._first_rows = self._rows = rows
        self._since = self._elapsed = elapsed
        self._rate = 0.0
        self._left = None

    def _see_rate(self, rate: float, passed: float) -> None:
        """Mix the newest rate in: first a plain mean, later one that forgets."""
        seen = self._elapsed + passed - self._since
        weight = min(1.0, passed / min(seen, _MEMORY_SECONDS))
        self._rate += weight * (rate - self._rate)

    def _see_left(self, snapshot: Snapshot, passed: float) -> None:
        """Let the shown figure run down like a clock and lean to the estimate."""
        estimate = self._estimate(snapshot)
        if estimate is None or self._left is None:
            self._left = estimate
            return
        running_down = max(0.0, self._left - passed)
        weight = 1 - exp(-passed / _CALM_SECONDS)
        self._left = running_down + weight * (estimate - running_down)

    def _estimate(self, snapshot: Snapshot) -> float | None:
        """Give what the run itself foresees, and more and more what was measured."""
        foreseen, rate = snapshot.seconds_left, self.rows_a_second
        if not snapshot.rows_total or rate is None:
            return foreseen
        measured = max(0, snapshot.rows_total - self._rows) / rate
        if foreseen is None:
            return measured
        trust = min(1.0, 2 * (self._rows - self._first_rows) / snapshot.rows_total)
        return foreseen + trust * (measured - foreseen)


def moved(snapshot: Snapshot) -> int:
    """Give the figure that grows in this phase: rows read, or rows done."""
    return snapshot.rows_read if snapshot.phase == "reading" else snapshot.rows_done
