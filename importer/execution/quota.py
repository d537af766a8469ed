"""The day's quota: whether a location may go on today, and when to look again.

When the API's day begins anew is unknown, so a location that waits is looked at
once at every full hour of UTC (or whatever the options say), with a row's own call:
its answer says what is left, and it is work done. Nothing here waits. Invariant:
below the reserve no location makes more than one call between two looks.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.execution.lanes import Lane
    from importer.execution.options import Options

#: A look comes this share of the pause after the full hour, since clocks differ,
#: and up to twice as late, so that thousands of locations do not look together.
LATE = 0.005


def until_next_look(location_id: str, pause_seconds: float, wall: float) -> float:
    """The seconds until a location is looked at again, by the clock in UTC.

    Args:
        location_id: they do not all look at the same moment.
        pause_seconds: looks are made at multiples of this.
        wall: seconds since the epoch.
    """
    spread = zlib.crc32(location_id.encode()) / 2**32
    full = (wall // pause_seconds + 1) * pause_seconds
    return full - wall + pause_seconds * LATE * (1 + spread)


class Quota:
    """The locations whose day is over. `wall` gives seconds since the epoch."""

    def __init__(
        self, options: Options, clock: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        """Nobody waits yet."""
        self._reserve = options.daily_reserve
        self._waits = options.wait_for_quota
        self._pause = options.quota_look_seconds
        self._clock = clock
        self._wall = wall
        #: locations that ended early, and those that wait with the time of their
        #: next look, in seconds since the epoch
        self.parked: set[str] = set()
        self.waiting: dict[str, float] = {}

    def used_up(self, lane: Lane) -> bool:
        """Whether what is left today is for others."""
        if lane.budget.day_is_over(self._reserve):
            return True
        if lane.look_at is not None:
            self.go_on(lane)
        return False

    def park(self, lane: Lane) -> bool:
        """Wait for the reset, where the options say so; False ends the location."""
        if not self._waits:
            self.parked.add(lane.location_id)
            return False
        if lane.look_at is None:
            self.plan_look(lane)
        return True

    def plan_look(self, lane: Lane) -> None:
        """Look again at the next full hour, or whatever the pause is."""
        wall = self._wall()
        wait = until_next_look(lane.location_id, self._pause, wall)
        self.waiting[lane.location_id] = wall + wait
        lane.look_at = self._clock() + wait

    def go_on(self, lane: Lane) -> None:
        """The location waits no longer."""
        lane.look_at = None
        self.waiting.pop(lane.location_id, None)
