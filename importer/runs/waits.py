"""What a run waits for at this moment, in words, and how much longer.

Looks at lanes and budgets from another thread and changes nothing. Invariant: a run
that gets on waits for nothing, and how long is said only where it is known.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from importer import wording
from importer.runs import slowest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.execution import Execution
    from importer.ratelimit import Budget

Waiting = tuple[str, float | None]
NOTHING: Waiting = ("", None)
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
    """What is waited for, and how many seconds more; None where it is not known.

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
        return _FOR_A_LIST[phase], None
    if left == 0:
        return _limit(budgets, now)
    lanes = list(execution.turns.lanes.values()) if execution else []
    if len(lanes) == 1 and not lanes[0].in_flight:
        return slowest.waiting(lanes[0], now)
    return NOTHING


def _paused(budgets: Sequence[Budget], left: int | None, now: float) -> Waiting | None:
    """The pause after a refusal, where nothing can be sent because of it."""
    closed = [budget for budget in budgets if budget.closed_for(now)]
    # where others have slots and make no calls, nothing is left for them to do
    idle = bool(left) and not any(budget.in_flight for budget in budgets)
    if not closed or not (idle or len(closed) == len(budgets)):
        return None
    first = min(closed, key=lambda one: one.closed_for(now))
    seconds = first.closed_for(now)
    until = time.strftime("%H:%M:%SZ", time.gmtime(time.time() + seconds))
    reason = f"until {until} ({first.pause_reason})"
    return f"the pause after a refused call (429) {reason}", seconds


def _limit(budgets: Sequence[Budget], now: float) -> Waiting:
    times = [budget.next_in(now) for budget in budgets]
    soon = min((seconds for seconds in times if seconds is not None), default=None)
    return "the rate limit", soon


def _day(execution: Execution | None) -> Waiting | None:
    """What locations wait for whose quota is used up, and until when."""
    quota = execution.turns.quota if execution else None
    looks = dict(quota.waiting) if quota else {}
    if quota is None or not looks:
        return None
    first = min(looks, key=lambda location: looks[location])
    look = time.strftime("%H:%MZ", time.gmtime(looks[first]))
    held = wording.counted(len(looks), "location")
    text = first in quota.resets
    reason = "after its reset" if text else "HighLevel does not say when it is reset"
    message = f"the day's quota of {held}; next look at {look} ({reason})"
    return message, max(0.0, looks[first] - time.time()) if text else None
