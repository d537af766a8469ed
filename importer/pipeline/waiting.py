"""What a run waits for at this moment, in words, and how much longer.

Looks at lanes and budgets from another thread and changes nothing. Invariant: a run
that gets on waits for nothing, and how long is said only where somebody knows.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from importer.pipeline import lagging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.execution import Execution
    from importer.ratelimit import Budget

Waiting = tuple[str, float | None]
NOTHING: Waiting = ("", None)
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
    """What is waited for, and how many seconds more; None where nobody knows.

    Args:
        phase: of the run.
        execution: where there is one already.
        budgets: of all locations.
        left: calls left in the windows now, None where there is no limit.
        now: monotonic seconds.
    """
    if phase in _FOR_A_LIST:
        return _FOR_A_LIST[phase], None
    if execution is not None and execution.turns.quota.waiting:
        return _day(list(execution.turns.quota.waiting.values())), None
    if phase not in {"sending", "comparing"}:
        return NOTHING
    if left == 0:
        return _limit(budgets, now)
    lanes = list(execution.turns.lanes.values()) if execution else []
    if len(lanes) == 1 and not lanes[0].in_flight:
        return lagging.waiting(lanes[0], now)
    return NOTHING


def _limit(budgets: Sequence[Budget], now: float) -> Waiting:
    closed = [one.closed_for(now) for one in budgets]
    if closed and all(closed):
        return "the pause after a refused call (429)", min(closed)
    times = [one.next_in(now) for one in budgets]
    soon = min((one for one in times if one is not None), default=None)
    return "the rate limit", soon


def _day(looks: Sequence[float]) -> str:
    """What locations wait for whose quota is used up, and until when."""
    look = time.strftime("%H:%MZ", time.gmtime(min(looks, default=0.0)))
    noun = "location" if len(looks) == 1 else "locations"
    return f"the day's quota of {len(looks):,} {noun}; next look at {look}"
