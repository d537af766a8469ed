"""Which locations will be done last, and what each of them waits for.

Looks at lanes and budgets from another thread and changes nothing. Invariant: it
costs a moment for each location that is not done, so it is asked about once a second.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from importer.models import Lagging

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.execution.turns import Lane

#: So many are worth a line.
MOST = 10


def slowest(
    lanes: Iterable[Lane],
    rows: Mapping[str, int],
    names: Mapping[str, str],
    now: float,
) -> tuple[Lagging, ...]:
    """The locations with the longest way to go, the longest first.

    Args:
        lanes: all of them.
        rows: how many rows each location has to send, by id.
        names: names by id, of those that have one.
        now: monotonic seconds.
    """
    unfinished = [lane for lane in lanes if not lane.finished]
    found = (
        _lagging(lane, rows.get(lane.location_id, 0), names, now) for lane in unfinished
    )
    return tuple(heapq.nlargest(MOST, found, key=lambda one: one.seconds_left))


def _lagging(lane: Lane, rows: int, names: Mapping[str, str], now: float) -> Lagging:
    done = min(rows, lane.done)
    budget = lane.budget
    waits, seconds = waiting(lane, now)
    windows = (rows - done) / budget.max_calls
    return Lagging(
        names.get(lane.location_id, lane.location_id),
        done,
        rows,
        waits,
        seconds,
        windows * budget.interval_seconds + (seconds or 0.0),
    )


def waiting(lane: Lane, now: float) -> tuple[str, float | None]:
    """What a location waits for, and how much longer."""
    if lane.look_at is not None:
        return "the day's quota", max(0.0, lane.look_at - now)
    if closed := lane.budget.closed_for(now):
        return "the pause after a 429", closed
    if lane.paused_until > now:
        return "another try", lane.paused_until - now
    if lane.open > lane.in_flight and not lane.ready and lane.drained:
        due = lane.later[0][0] - now if lane.later else None
        return ("another try", max(0.0, due)) if due else ("a clear answer", None)
    return "", None
