"""What the lanes of an execution wait for, and until when.

Looks at lanes, budgets and doubts, for the watchdog and for the log; it changes
nothing but wakes who sleeps when told to. Invariant: what it calls a wait has an end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.execution.doubts import Doubts
    from importer.execution.lanes import Lane
    from importer.execution.ports import Budgets, Progress
    from importer.execution.turns import Turns

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
