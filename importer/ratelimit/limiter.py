"""The budgets of all locations, and the waiting for them.

The part of the rate limit that knows an event loop. What is allowed when is the
`Budget`'s to say. A waiter makes what waiting needs and takes it away again, so
thousands of locations cost no more than their budgets. Invariant: `acquire` serves
the waiters of a location in their order, and a permit that was not used goes back.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING

from importer import logs
from importer.models import Rate
from importer.ratelimit.budget import Budget
from importer.ratelimit.headers import Reset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiolimiter import AsyncLimiter

    from importer.models import Spent
    from importer.ratelimit.ceiling import Ceiling
    from importer.ratelimit.headers import Permit, Reading
    from importer.ratelimit.policy import Options

log: logs.Log = logs.get("ratelimit")

#: A pause that is longer is worth a person's attention at once.
LONG_SECONDS = 60.0
#: Who waits for a permit looks at least so often, whatever it is told.
LOOK_SECONDS = 5.0


class Queue:
    """Those who wait for a permit of one location."""

    __slots__ = ("changed", "turn", "waiting")

    def __init__(self) -> None:
        """Begin with no waiter."""
        self.waiting: int = 0
        self.turn: asyncio.Lock = asyncio.Lock()
        self.changed: asyncio.Event = asyncio.Event()


class Limiter:
    """The budgets of all locations, and the waiting for them.

    Invariant: `acquire` serves the waiters of a location in their order.
    """

    def __init__(
        self,
        options: Options,
        clock: Callable[[], float] = time.monotonic,
        ceiling: Ceiling | None = None,
    ) -> None:
        """Keep the options; budgets are made when a location is first named.

        `ceiling` is one that other limiters share, in place of the options' own.
        """
        self.options = options
        self.clock = clock
        self.budgets: dict[str, Budget] = {}
        self._queues: dict[str, Queue] = {}
        self._even: dict[str, AsyncLimiter] = {}
        self._shared = ceiling
        self._ceiling: AsyncLimiter | Ceiling | None = ceiling or (
            # below one call in a second the bucket takes 1 in more seconds, as one that
            # holds less than a call would never let any through
            _leaky_bucket(max(1.0, most), max(1.0, most) / most)
            if (most := options.max_per_second)
            else None
        )
        self.on_change: Callable[[str], None] = _nobody
        #: calls that were never sent
        self.returned: int = 0
        #: whether `pace` ever waits
        self.paced: bool = bool(self._ceiling or options.even)

    def budget(self, location_id: str) -> Budget:
        """Return the budget of a location; it is made where there is none yet."""
        budget = self.budgets.get(location_id)
        if budget is None:
            budget = self.budgets[location_id] = Budget(self.options.rate)
        return budget

    def try_take(self, location_id: str) -> Permit | None:
        """Return a permit now, unless there is none or a call waits in `acquire`."""
        # those who stand in line come first, or listings would starve beside the rows
        if self._queues and location_id in self._queues:
            return None
        return self.budget(location_id).take(self.clock())

    async def acquire(self, location_id: str) -> Permit:
        """Wait for a permit and return it."""
        permit = self.try_take(location_id)
        if permit is None:
            permit = await self._queued(location_id)
        try:
            await self.pace(location_id)
        # a caller that is cancelled while it is paced has sent nothing
        except BaseException:
            self.give_back(location_id, permit)
            raise
        return permit

    async def pace(self, location_id: str) -> None:
        """Wait for the process-wide ceiling, and for even spacing where asked for."""
        if self._ceiling:
            # the ceiling before the spacing: the other way round a call would hold its
            # gap while it waits for the process
            await self._ceiling.acquire()
        if self.options.even and (even := self._spacing(location_id)):
            await even.acquire()

    def longest_interval(self) -> float:
        """Return the seconds of the longest window of a limit; any thread may ask."""
        # copied in one step: the loop may add a location meanwhile
        budgets = list(self.budgets.values())
        return max((budget.interval_seconds for budget in budgets), default=0.0)

    def inherit(self, found: Mapping[str, Spent]) -> None:
        """Reckon with what others have called at locations before this process."""
        now = self.clock()
        for location_id, spent in found.items():
            self.budget(location_id).inherit(spent, now)
            self._tell(location_id)

    def spent(self, location_id: str) -> Spent | None:
        """Return what the next process that calls a location has to know."""
        budget = self.budgets.get(location_id)
        return None if budget is None else budget.spent(self.clock())

    @property
    def tightest(self) -> Rate | None:
        """The fewest calls in the longest window of all locations; None: no limit."""
        budgets = list(self.budgets.values())
        most = min((budget.max_calls for budget in budgets), default=math.inf)
        if not math.isfinite(most):
            return None
        return Rate(int(most), self.longest_interval())

    def longest_pause(self, location_id: str) -> float:
        """Return the seconds that `pace` may keep two calls of a location apart."""
        most = self.options.max_per_second
        pause = 1 / most if most else 0.0
        if self._shared is not None:
            pause = self._shared.longest_pause
        if self.options.even:
            budget = self.budget(location_id)
            pause = max(pause, budget.interval_seconds / budget.max_calls)
        return pause

    def wake(self) -> None:
        """Have all who wait in `acquire` look whether there is a slot."""
        for queue in self._queues.values():
            queue.changed.set()

    def queued(self) -> dict[str, int]:
        """Count those who wait in `acquire`, by location; only where there are any."""
        return {place: queue.waiting for place, queue in self._queues.items()}

    def _spacing(self, location_id: str) -> AsyncLimiter | None:
        """Return what spaces a location's calls; None while no limit is known."""
        budget = self.budget(location_id)
        gap = budget.interval_seconds / budget.max_calls
        if not gap:
            return None
        even = self._even.get(location_id)
        # the limit was stated anew: a bucket cannot change its rate
        if even is None or even.time_period != gap:
            even = self._even[location_id] = _leaky_bucket(1, gap)
        return even

    def give_back(self, location_id: str, permit: Permit) -> None:
        """Take a permit back whose call was never sent."""
        self.returned += 1
        self.budget(location_id).give_back(permit)
        self._tell(location_id)

    def answered(
        self,
        location_id: str,
        permit: Permit,
        reading: Reading | None,
        now: float,
    ) -> None:
        """Note that the call of `permit` ended; `reading` is None without an answer."""
        self.budgets[location_id].answered(permit, reading, now)
        if self._queues:
            self._tell(location_id)
        else:
            self.on_change(location_id)

    def refused(self, location_id: str, retry_after_seconds: float | None) -> None:
        """Close the budget after a 429; how long nothing is sent is in the log."""
        now, budget = self.clock(), self.budget(location_id)
        # window and day both answer 429 with the same headers; only the day's figure
        # tells which of them it was
        day_is_over = budget.daily_remaining == 0
        if day_is_over and retry_after_seconds:  # it is the day that this speaks of
            budget.reset = budget.reset or Reset()
            budget.reset.after(retry_after_seconds, now, time.time())
        longest = self.options.max_retry_after_seconds
        # a whole day is not waited for here: the quota's look decides that
        asked = None if day_is_over else retry_after_seconds
        pause = budget.close(now, asked, longest)
        if pause is None or day_is_over:  # who waits for the day says so
            return
        until = time.gmtime(time.time() + pause.seconds)
        note = log.warning if pause.seconds > LONG_SECONDS else log.info
        note(
            "location.paused",
            location=location_id,
            seconds=round(pause.seconds, 3),
            until=time.strftime("%Y-%m-%dT%H:%M:%SZ", until),
            reason=f"HTTP 429: {pause.reason}",
        )

    def _tell(self, location_id: str) -> None:
        if queue := self._queues.get(location_id):
            queue.changed.set()
        self.on_change(location_id)

    async def _queued(self, location_id: str) -> Permit:
        """Wait in line for a permit."""
        budget = self.budget(location_id)
        queue = self._queues.get(location_id)
        if queue is None:
            queue = self._queues[location_id] = Queue()
        queue.waiting += 1
        try:
            # in line, so that one of them looks at the budget and the rest wait for it
            async with queue.turn:
                while True:
                    now = self.clock()
                    if permit := budget.take(now):
                        return permit
                    # what is told may be wrong by a rounding, so who wakes asks again
                    await _until(queue.changed, budget.ready_at(now) - now)
        finally:
            queue.waiting -= 1
            # a location that no one waits for must cost `try_take` nothing
            if not queue.waiting:
                del self._queues[location_id]
            self.on_change(location_id)


async def _until(changed: asyncio.Event, seconds: float) -> None:
    """Sleep, but no longer than until something changes, or might have."""
    changed.clear()
    try:
        async with asyncio.timeout(min(max(0.0, seconds), LOOK_SECONDS)):
            await changed.wait()
    except TimeoutError:
        return


def _nobody(_location_id: str) -> None:
    """Tell nothing."""


def _leaky_bucket(calls: float, seconds: float) -> AsyncLimiter:
    from aiolimiter import AsyncLimiter  # noqa: PLC0415 - only where a user asks

    return AsyncLimiter(calls, seconds)
