"""A run that stands still without a reason is woken, or ended if that does not help.

It looks now and then whether anything has changed, and if not, whether something is
waited for (an answer, the limit, the day's quota, a pause); of the lanes of an
execution `Waits` says it, for the log as well. Invariants: what is waited for has an
end that was known when the silence began, so no wait can hide a fault for ever; and
silence is counted in looks, so a process that was frozen is not blamed.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Protocol

from importer import logs
from importer.errors import StalledError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.execution.doubts import Doubts
    from importer.execution.lanes import Lane
    from importer.execution.ports import Budgets, Progress
    from importer.execution.turns import Turns


log: logs.Log = logs.get("run")

LOOK_SECONDS = 5.0
#: After so much silence without a reason everything is woken, after twice as much
#: the run is ended.
PATIENCE_SECONDS = 60.0


class Watched(Protocol):
    """A part of a run that may stand still."""

    def marks(self) -> tuple[int, ...]:
        """Return numbers that change whenever it gets on."""

    def waits_until(self, now: float) -> float:
        """Return the end of what it waits for now; `now` where there is nothing."""

    def state(self, now: float) -> dict[str, object]:
        """Return everything that could explain a silence.

        No cell and no token is in it.
        """

    def wake(self) -> None:
        """Have all who wait look for themselves."""


class Watchdog:
    """The looks at one part of a run."""

    def __init__(
        self,
        watched: Watched,
        clock: Callable[[], float],
        stop: Callable[[StalledError], None],
    ) -> None:
        """Look at `watched`.

        Args:
            watched: what is looked at.
            clock: monotonic seconds.
            stop: called when waking has not helped, and at each look from then on.
        """
        self._watched = watched
        self._clock = clock
        self._stop = stop
        self._seen: tuple[int, ...] = ()
        self._waits_until: float | None = None
        self._looked_at = 0.0
        self._silent_seconds = 0.0
        self._woken = False

    async def watch(self) -> None:
        """Look until cancelled."""
        self._looked_at = self._clock()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Compare with the look before, and do what the silence calls for."""
        now = self._clock()
        # a look that comes late tells of a process that stood still, not of the run
        passed = min(now - self._looked_at, 2 * LOOK_SECONDS)
        self._looked_at = now
        if (seen := self._watched.marks()) != self._seen:
            self._seen, self._silent_seconds, self._woken = seen, 0.0, False
            self._waits_until = None
            return
        # asked once for a silence: a wait that is always put off would never end
        if self._waits_until is None:
            self._waits_until = self._watched.waits_until(now)
        if now >= self._waits_until:
            self._silent_seconds += passed
            self._act(now)

    def _act(self, now: float) -> None:
        seconds = round(self._silent_seconds)
        # the state goes to the log before the run ends, since it explains the fault
        if seconds >= 2 * PATIENCE_SECONDS:
            log.error("run.given_up", silent_seconds=seconds)
            log.info("run.state", **self._watched.state(now))
            self._stop(_stalled(seconds))
        # once: a second waking would only find what the first has not helped with
        elif seconds >= PATIENCE_SECONDS and not self._woken:
            self._woken = True
            log.warning("run.stalled", silent_seconds=seconds)
            log.info("run.state", **self._watched.state(now))
            self._watched.wake()


def _stalled(seconds: float) -> StalledError:
    return StalledError(
        f"Nothing went on for {seconds} s although nothing was waited for: this is a "
        "bug in the program. What was sent is in the journal.",
        remedy="run.log says how it stood (run.state). Please report it with that.",
    )


#: So many lanes are described in the log.
SHOWN = 10


class Waits:
    """Those of one execution."""

    def __init__(
        self,
        turns: Turns,
        doubts: Doubts,
        budgets: Budgets,
        progress: Progress,
        call_seconds: float,
    ) -> None:
        """Look at what is passed in.

        Args:
            turns: the lanes.
            doubts: when locations are looked at.
            budgets: the rate limit.
            progress: what came to its end.
            call_seconds: the longest that a call may take, from the moment at which it
                may leave or is repeated.
        """
        self._turns = turns
        self._doubts = doubts
        self._budgets = budgets
        self._progress = progress
        self._call_seconds = call_seconds

    def wake(self) -> None:
        """Have every lane look for itself."""
        self._turns.wake_all()

    def marks(self) -> tuple[int, ...]:
        """Return numbers that change whenever the run gets on."""
        progress = self._progress
        return (
            sum(lane.budget.calls for lane in self._turns.lanes.values()),
            self._budgets.returned,
            sum(progress.done.values()),
            progress.doubtful,
            progress.retried,
        )

    def waits_until(self, now: float) -> float:
        """Return until when all lanes have something to wait for."""
        lanes = [lane for lane in self._turns.lanes.values() if not lane.finished]
        # the least: one lane that waits for nothing is a fault, however long others
        # wait
        until = min((self._lane_waits_until(lane, now) for lane in lanes), default=now)
        if any(lane.budget.in_flight for lane in lanes):
            # what is in flight, of whichever lane, also keeps the workers
            until = max(until, now + self._longest_call(lanes))
        return until

    def _lane_waits_until(self, lane: Lane, now: float) -> float:
        """Return the end of what keeps a lane from sending.

        `now` where nothing does.
        """
        if lane.budget.in_flight:
            return now + self._longest_call([lane])
        times = [now, lane.paused_until, lane.look_at or now]
        if (due := self._doubts.due(lane.location_id)) is not None:
            # when it is due, the look takes its own time on the wire
            times.append(due + self._call_seconds)
        ready_at = lane.budget.ready_at(now)
        if math.isfinite(ready_at):  # nothing in flight will tell more
            times.append(ready_at)
        return max(times)

    def _longest_call(self, lanes: list[Lane]) -> float:
        pauses = (self._budgets.longest_pause(lane.location_id) for lane in lanes)
        return self._call_seconds + max(pauses, default=0.0)

    def state(self, now: float) -> dict[str, object]:
        """Return everything that could explain the silence.

        No cell and no token is in it.
        """
        lanes = [lane for lane in self._turns.lanes.values() if not lane.finished]
        return {
            **self._turns.state(),
            "doubtful": self._progress.doubtful,
            "lines": self._budgets.queued(),
            "lanes": [self._described(lane, now) for lane in lanes[:SHOWN]],
        }

    def _described(self, lane: Lane, now: float) -> Mapping[str, object]:
        budget = lane.budget
        due = self._doubts.due(lane.location_id)
        return {
            "location": lane.location_id,
            "awake": lane.awake,
            "for_slot": lane.for_slot,
            "wakes_in": _seconds(lane.wakes_at, now),
            "paused_for": _seconds(max(lane.paused_until, now), now),
            "look_in": _seconds(lane.look_at, now),
            "settles_in": _seconds(due, now),
            "in_flight": lane.in_flight,
            "open": lane.open,
            "ready": len(lane.ready),
            "later": len(lane.later),
            "last_seq": lane.last_seq,
            "drained": lane.drained,
            "closed": lane.closed,
            "calls": budget.calls,
            "calls_in_flight": budget.in_flight,
            "calls_max": _number(budget.max_calls),
            "calls_left": _number(budget.left(now)),
            "slot_in": _seconds(budget.next_in(now), 0.0),
            "closed_for": round(budget.closed_for(now), 3),
        }


def _seconds(when: float | None, now: float) -> float | None:
    """Return how much later that is, to the millisecond."""
    return None if when is None else _number(round(when - now, 3))


def _number(value: float) -> float | None:
    """Return a number that JSON has; None for infinity."""
    return value if math.isfinite(value) else None
