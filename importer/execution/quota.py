"""The day's quota: whether a location may go on today, and when to look again.

When the API's day begins anew its answers may say; then a location waits until that.
Else it is looked at once at every full hour of UTC (or whatever the options say), with
a row's own call: its answer says what is left, and it is work done. Nothing here
waits. Invariant: below the reserve no location makes more than one call between looks.
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

from importer import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.execution.lanes import Lane
    from importer.execution.ports import Options

log = logs.get("run")

#: A look comes this share of the pause after the full hour, since clocks differ,
#: and up to twice as late, so that thousands of locations do not look together.
LATE = 0.005


def until_next_look(location_id: str, pause_seconds: float, wall: float) -> float:
    """Return the seconds until a location is looked at again, by the clock in UTC.

    Args:
        location_id: they do not all look at the same moment.
        pause_seconds: looks are made at multiples of this.
        wall: seconds since the epoch.
    """
    # when the day begins anew is not documented; that it does so at a full hour of UTC
    # is likely, and a look too many costs one call
    full = (wall // pause_seconds + 1) * pause_seconds
    return full - wall + late(location_id, pause_seconds)


def late(location_id: str, pause_seconds: float) -> float:
    """Return the seconds by which a location's look is late; locations differ."""
    # crc32 and not `hash`, so that a location keeps its moment across processes
    spread = zlib.crc32(location_id.encode()) / 2**32
    return pause_seconds * LATE * (1 + spread)


class Quota:
    """The locations whose day is over. `wall` gives seconds since the epoch."""

    def __init__(
        self, options: Options, clock: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        """Begin with no waiter."""
        self._reserve = options.daily_reserve
        self._waits = options.wait_for_quota
        self._pause = options.quota_look_seconds
        self._clock = clock
        self._wall = wall
        #: locations that ended early, and those that wait with the time of their
        #: next look, in seconds since the epoch
        self.parked: set[str] = set()
        self.waiting: dict[str, float] = {}
        #: when their days begin anew, of those whose answers say so, as above
        self.resets: dict[str, float] = {}
        self._planned: dict[str, float] = {}

    def used_up(self, lane: Lane) -> bool:
        """Return whether what is left today is for others."""
        if lane.budget.day_is_over(self._reserve):
            return True
        if lane.look_at is not None:
            # an answer said that there is quota again, before the look was due
            self.go_on(lane)
        return False

    def park(self, lane: Lane) -> bool:
        """Wait for the reset, where the options say so; False ends the location."""
        if not self._waits:
            self.parked.add(lane.location_id)
            self._note_reset(lane, self._wall())
            return False
        reset, planned = lane.budget.reset, self._planned.get(lane.location_id, 0.0)
        # an answer that came after the look was planned knows better than the plan
        if lane.look_at is None or (reset and reset.heard_at > planned):
            self.plan_look(lane)
            self._tell(lane)
        return True

    def plan_look(self, lane: Lane) -> None:
        """Look again after the reset, or at the next full hour (or other pause)."""
        location, wall, now = lane.location_id, self._wall(), self._clock()
        reset = self._note_reset(lane, wall)
        wait = until_next_look(location, self._pause, wall)
        if reset is not None:
            # at least a window, so that a reset which is told as if it were now is not
            # looked at in a loop
            wait = max(
                reset + late(location, self._pause), lane.budget.interval_seconds
            )
        self.waiting[location] = wall + wait
        self._planned[location] = now
        lane.look_at = now + wait

    def _note_reset(self, lane: Lane, wall: float) -> float | None:
        """Note when a location's day begins anew, and return the seconds until then.

        None, where no answer has said it.
        """
        seconds = lane.budget.reset_seconds(self._clock(), wall)
        self.resets.pop(lane.location_id, None)
        if seconds is not None:
            self.resets[lane.location_id] = wall + seconds
        return seconds

    def _tell(self, lane: Lane) -> None:
        location = lane.location_id
        until = time.gmtime(self.waiting[location])
        log.info(
            "location.waits",
            location=location,
            until=time.strftime("%Y-%m-%dT%H:%M:%SZ", until),
            reason="the day's quota is used up to its reserve",
            reset="told" if location in self.resets else "unknown",
        )

    def go_on(self, lane: Lane) -> None:
        """Let the location go on: it waits no longer."""
        lane.look_at = None
        self.waiting.pop(lane.location_id, None)
        self.resets.pop(lane.location_id, None)
