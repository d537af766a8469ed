"""What a run waits for, in words, and which locations will be done last.

Looks at lanes and budgets from another thread and changes nothing. Invariants: a run
that gets on waits for nothing, and how long is said only where it is known; the slowest
cost a moment for each location that is not done, so they are asked for about once a
second.
"""

from __future__ import annotations

import heapq
import time
from typing import TYPE_CHECKING, NamedTuple

from importer import wording
from importer.models import Lagging, Wait

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.execution import Execution
    from importer.execution.turns import Lane
    from importer.ratelimit import Budget


class Waiting(NamedTuple):
    """What is waited for: in words, for how many seconds more, and which kind it is.

    The words are empty where nothing is; the seconds None where they are not known.
    """

    words: str = ""
    seconds: float | None = None
    wait: Wait | None = None


NOTHING = Waiting()
#: So many are worth a line.
MOST = 10


def slowest(
    lanes: Iterable[Lane],
    rows: Mapping[str, int],
    names: Mapping[str, str],
    now: float,
) -> tuple[Lagging, ...]:
    """Return the locations with the longest way to go, the longest first.

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
    words, seconds, _ = waiting(lane, now)
    windows = (rows - done) / budget.max_calls
    return Lagging(
        names.get(lane.location_id, lane.location_id),
        done,
        rows,
        words,
        seconds,
        windows * budget.interval_seconds + (seconds or 0.0),
    )


def waiting(lane: Lane, now: float) -> Waiting:
    """Say what a location waits for, and how much longer."""
    if lane.look_at is not None:
        return Waiting("the day's quota", max(0.0, lane.look_at - now), Wait.QUOTA)
    if closed := lane.budget.closed_for(now):
        refused = Waiting("the pause after a 429", closed, Wait.PAUSE)
        return refused if lane.budget.refused else Waiting(LEFT, closed, Wait.LIMIT)
    if lane.paused_until > now:
        return Waiting("another try", lane.paused_until - now, Wait.RETRY)
    if not (lane.open > lane.in_flight and not lane.ready and lane.drained):
        return NOTHING
    if due := lane.later[0][0] - now if lane.later else None:
        return Waiting("another try", max(0.0, due), Wait.RETRY)
    return Waiting("a clear answer", None, Wait.ANSWER)


#: What is waited for where a process died a moment ago.
LEFT = "the end of a window of the limit that another process may have filled"

_WITH_CALLS = frozenset({"comparing", "sending", "settling", "auditing"})
_FOR_A_LIST = {
    "auditing": "the list to show what was created last",
    "settling": "the list to show rows without a clear answer",
}


def phrase(
    phase: str,
    execution: Execution | None,
    budgets: Sequence[Budget],
    left: int | None,
    now: float,
) -> Waiting:
    """Say what is waited for, and how many seconds more; None if not known.

    Args:
        phase: of the run.
        execution: where there is one already.
        budgets: of all locations.
        left: calls left in the windows now, None where there is no limit.
        now: monotonic seconds.
    """
    if phase not in _WITH_CALLS:
        return NOTHING
    if stopped := _day(execution) or _paused(budgets, left, now):
        return stopped
    if phase in _FOR_A_LIST:
        return Waiting(_FOR_A_LIST[phase], None, Wait.LIST)
    if left == 0:
        return _limit(budgets, now)
    lanes = list(execution.turns.lanes.values()) if execution else []
    if len(lanes) == 1 and not lanes[0].in_flight:
        return waiting(lanes[0], now)
    return NOTHING


def _paused(budgets: Sequence[Budget], left: int | None, now: float) -> Waiting | None:
    """Say the pause, as after a refusal, where nothing can be sent because of it."""
    closed = [budget for budget in budgets if budget.closed_for(now)]
    # where others have slots and make no calls, nothing is left for them to do
    idle = bool(left) and not any(budget.in_flight for budget in budgets)
    if not closed or not (idle or len(closed) == len(budgets)):
        return None
    first = min(closed, key=lambda one: one.closed_for(now))
    seconds = first.closed_for(now)
    until = time.strftime("%H:%M:%SZ", time.gmtime(time.time() + seconds))
    if not first.refused:
        return Waiting(f"{LEFT} until {until}", seconds, Wait.LIMIT)
    reason = f"until {until} ({first.pause_reason})"
    words = f"the pause after a refused call (429) {reason}"
    return Waiting(words, seconds, Wait.PAUSE)


def _limit(budgets: Sequence[Budget], now: float) -> Waiting:
    times = [budget.next_in(now) for budget in budgets]
    soon = min((seconds for seconds in times if seconds is not None), default=None)
    return Waiting("the rate limit", soon, Wait.LIMIT)


def _day(execution: Execution | None) -> Waiting | None:
    """Say what locations wait for whose quota is used up, and until when."""
    quota = execution.turns.quota if execution else None
    looks = dict(quota.waiting) if quota else {}
    if quota is None or not looks:
        return None
    first = min(looks, key=lambda location: looks[location])
    look = time.strftime("%H:%MZ", time.gmtime(looks[first]))
    held = wording.counted(len(looks), "location")
    text = first in quota.resets
    reason = "after its reset" if text else "HighLevel does not say when it is reset"
    words = f"the day's quota of {held}; next look at {look} ({reason})"
    seconds = max(0.0, looks[first] - time.time()) if text else None
    return Waiting(words, seconds, Wait.QUOTA)
