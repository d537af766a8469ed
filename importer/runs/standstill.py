"""The listing of locations, before and after the sending, watched like the sending.

Work that lists waits for a slot, an answer or a pause; where none of these can be and
still no call ends, the waiters are woken, and then the work is ended. It lists nothing
itself. Invariant: work that is watched ends, with a result or with a failure.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from importer.errors import StalledError, alone
from importer.execution.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from importer.ratelimit import Limiter
    from importer.settings import Settings

Result = TypeVar("Result")

#: So many locations are described in the log.
SHOWN = 10


class Listed(Protocol):
    """Whose work it is that lists: a run, or a shard of one."""

    @property
    def settings(self) -> Settings:
        """The options."""

    @property
    def limiter(self) -> Limiter:
        """The budgets of all locations."""


class Listing:
    """What those who list wait for."""

    def __init__(self, limiter: Limiter, longest_seconds: float) -> None:
        """Look at the budgets.

        Args:
            limiter: has the budgets of all locations.
            longest_seconds: between two calls, where no budget keeps them apart.
        """
        self._limiter = limiter
        self._longest_seconds = longest_seconds

    def marks(self) -> tuple[int, ...]:
        """Return the calls that have ended, or were given back."""
        budgets = self._limiter.budgets.values()
        return (sum(budget.calls for budget in budgets), self._limiter.returned)

    def waits_until(self, now: float) -> float:
        """Return when the last budget has a slot, and a call in it has ended."""
        until, pause = now, 0.0
        for location, budget in self._limiter.budgets.items():
            if math.isfinite(ready_at := budget.ready_at(now)):
                until = max(until, ready_at)
            pause = max(pause, self._limiter.longest_pause(location))
        return until + self._longest_seconds + pause

    def state(self, now: float) -> dict[str, object]:
        """Return who waits, and the budgets that calls are under way of."""
        budgets = self._limiter.budgets
        busy = [place for place in budgets if budgets[place].in_flight]
        return {
            "lines": self._limiter.queued(),
            "calls_in_flight": {place: budgets[place].in_flight for place in busy},
            "closed_for": {
                place: round(budgets[place].closed_for(now), 3)
                for place in busy[:SHOWN]
            },
        }

    def wake(self) -> None:
        """Have all who wait for a slot look for it."""
        self._limiter.wake()


async def watched(
    context: Listed,
    work: Callable[[], Coroutine[Any, Any, Result]],
    pause_seconds: float = 0.0,
) -> Result:
    """Do `work`, which lists locations, and end it where it stands still.

    Args:
        context: whose work it is.
        work: begins what is done; a coroutine would be left unawaited by a stop.
        pause_seconds: the longest pause that it makes by itself.

    Raises:
        StalledError: nothing went on, although nothing was waited for.
    """
    settings = context.settings
    longest = settings.values.timeout + settings.retries.cap_seconds + pause_seconds
    listing = Listing(context.limiter, longest)
    stalled: list[StalledError] = []
    with alone():
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work())

            def end(error: StalledError) -> None:
                stalled.append(error)
                task.cancel()

            watchdog = Watchdog(listing, context.limiter.clock, end)
            watching = group.create_task(watchdog.watch())
            # the watchdog looks for ever: it ends with what it watches
            task.add_done_callback(lambda _: watching.cancel())
    if task.cancelled() and stalled:
        raise stalled[0]
    return task.result()
