"""What the sums say: percentiles, the fullest window, the scarcest day.

Pure reading of a record. Invariant: a figure that nobody measured is None, never 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.flight.recorder import BOUNDS
from importer.flight.sums import fullness

if TYPE_CHECKING:
    from importer.models import Flight, Traffic

#: How many locations are named where thousands may have been slow.
WORST = 10


def quantile(flight: Flight, share: float) -> float | None:
    """The duration in seconds that so large a share of the answers stayed within.

    Good to an eighth: durations are counted between borders, and where in between is
    reckoned.
    """
    wanted = share * sum(flight.latency)
    passed = 0
    for step, count in enumerate(flight.latency):
        if count and passed + count >= wanted:
            low = BOUNDS[step - 1] if step else 0.0
            high = BOUNDS[step] if step < len(BOUNDS) else flight.slowest_seconds
            within = low + (high - low) * (wanted - passed) / count
            return min(within, flight.slowest_seconds)
        passed += count
    return None


def fullest(flight: Flight) -> tuple[str, Traffic] | None:
    """The location that came nearest to its limit in one window, or beyond it."""

    def near(item: tuple[str, Traffic]) -> tuple[float, int]:
        return fullness((item[1].peak, item[1].limit))

    return max(flight.locations.items(), key=near, default=None)


def scarcest(flight: Flight) -> tuple[str, Traffic] | None:
    """The location with the smallest share of its day's quota left."""
    known = [
        (one.quota_left / one.quota_of, name, one)
        for name, one in flight.locations.items()
        if one.quota_left is not None and one.quota_of
    ]
    if not known:
        return None
    _, name, one = min(known, key=lambda item: item[:2])
    return name, one


def worst(flight: Flight) -> dict[str, Traffic]:
    """The locations that were refused most, then those that called most."""
    ordered = sorted(
        flight.locations.items(),
        key=lambda item: (-item[1].refused, -item[1].calls, item[0]),
    )
    return dict(ordered[:WORST])
