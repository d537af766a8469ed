"""How fast: never more than `max` calls in any `interval`, whatever the network does.

One `Budget` for each location counts calls as *slots*: a slot is free again one
interval after the **response** to its last use. The server counted the call before
it answered, so it can never see more than `max` in any interval, fixed or sliding.
The budget knows no event loop and is told the time; `Limiter` is the part that
waits. Nothing here knows HTTP: answers arrive as a `Reading`.

Invariant: `take` never gives a permit while `max` calls are in flight or younger
than one interval.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiolimiter import AsyncLimiter

#: A slot stays taken this much longer than an interval: two clocks, one of them
#: the server's, may round a boundary differently.
MARGIN_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in so many seconds."""

    calls: int
    seconds: float

    def __str__(self) -> str:
        """The notation of the `--rate` flag: `100/10s`."""
        return f"{self.calls}/{self.seconds:g}s"


@dataclass(frozen=True, slots=True)
class Options:
    """What the user allows on top of what the API allows.

    `rate` is a ceiling for each location, None lifts it; `max_per_second` one for
    the whole process; `even` spaces the calls of a location instead of sending
    what the window allows at once; below `daily_reserve` (a share of the day's
    quota) nothing more is sent.
    """

    rate: Rate | None = Rate(100, 10.0)
    max_per_second: float | None = None
    even: bool = False
    daily_reserve: float = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """What the headers of one answer said; None where one was missing."""

    max_calls: int | None = None
    remaining: int | None = None
    interval_seconds: float | None = None
    daily_max: int | None = None
    daily_remaining: int | None = None


@dataclass(slots=True)
class Permit:
    """The right to make one call now.

    `expired` is the budget's count of expired slots when it was given: what tells
    this program's own calls from others' when the answer shows what is left.
    """

    expired: int


class Budget:
    """The calls of one location, as slots. Times are monotonic seconds."""

    __slots__ = (
        "_answered",
        "_ceiling",
        "_closed_until",
        "_expired",
        "_in_flight",
        "_leaving",
        "_taken",
        "calls",
        "daily_max",
        "daily_remaining",
        "interval_seconds",
        "max_calls",
        "refused",
    )

    def __init__(self, ceiling: Rate | None) -> None:
        """Start from the user's ceiling; the first answer's headers tighten it."""
        self._ceiling = ceiling
        self.max_calls: float = ceiling.calls if ceiling else math.inf
        self.interval_seconds = ceiling.seconds if ceiling else 10.0
        # when each answered call (own or seen in `Remaining`) leaves the window
        self._leaving: deque[float] = deque()
        self._in_flight = 0
        self._taken = 0
        self._expired = 0
        self._closed_until = 0.0
        # until the first answer only one call is under way: what others, or a run
        # that was killed, left of the window is not known before it
        self._answered = False
        self.daily_max: int | None = None
        self.daily_remaining: int | None = None
        self.calls = 0
        self.refused = 0

    def take(self, now: float) -> Permit | None:
        """A permit for one call, or None where there is no slot now."""
        if now < self._closed_until:
            return None
        self._expire(now)
        if self._in_flight and not self._answered:
            return None
        if self._in_flight + len(self._leaving) >= self.max_calls:
            return None
        self._in_flight += 1
        self._taken += 1
        return Permit(self._expired)

    def ready_at(self, now: float) -> float:
        """When `take` may succeed: a time, or infinity where only an answer tells."""
        if now < self._closed_until:
            return self._closed_until
        self._expire(now)
        if self._in_flight and not self._answered:
            return math.inf
        surplus = self._in_flight + len(self._leaving) - self.max_calls
        if surplus < 0:
            return now
        if surplus >= len(self._leaving):
            return math.inf
        return self._leaving[int(surplus)]

    def left(self, now: float) -> float:
        """How many calls could start now."""
        if now < self._closed_until:
            return 0
        self._expire(now)
        return max(0, self.max_calls - self._in_flight - len(self._leaving))

    def spare(self, reserve: float) -> int | None:
        """Calls left today above the reserve; None where the API did not say."""
        if self.daily_remaining is None:
            return None
        kept = math.ceil((self.daily_max or 0) * reserve)
        return max(0, self.daily_remaining - kept - self._in_flight)

    def give_back(self, permit: Permit) -> None:
        """The call was never sent, so no slot was used."""
        del permit
        self._in_flight -= 1
        self._taken -= 1

    def answered(self, permit: Permit, reading: Reading | None, now: float) -> None:
        """The call ended: its slot is free one interval from now.

        Args:
            permit: what `take` gave for it.
            reading: what the answer's headers said; None where no answer came.
            now: when the answer was there, or the call was given up.
        """
        self._in_flight -= 1
        self.calls += 1
        self._leaving.append(now + self.interval_seconds + MARGIN_SECONDS)
        if reading is None:
            return
        # answers to calls that left before a refusal say nothing of what comes after
        self._answered = self._answered or now >= self._closed_until
        self._follow(reading)
        self._see_others(permit, reading, now)

    def close(self, now: float, retry_after_seconds: float | None) -> None:
        """A 429: nothing more until `Retry-After`, or one interval, has passed.

        Afterwards a single call goes first again, since the refusal shows that
        somebody else spends from the same budget.
        """
        self.refused += 1
        wait = retry_after_seconds
        if wait is None:
            wait = self.interval_seconds
        self._closed_until = max(self._closed_until, now + wait + MARGIN_SECONDS)
        self._answered = False

    def _expire(self, now: float) -> None:
        leaving = self._leaving
        while leaving and leaving[0] <= now:
            leaving.popleft()
            self._expired += 1

    def _follow(self, reading: Reading) -> None:
        if reading.daily_remaining is not None:
            self.daily_remaining = reading.daily_remaining
            self.daily_max = reading.daily_max or self.daily_max
        if reading.max_calls is None:
            return
        interval = reading.interval_seconds or self.interval_seconds
        most: float = max(1, reading.max_calls)
        if self._ceiling:
            share = self._ceiling.calls * interval / self._ceiling.seconds
            most = min(most, max(1, math.floor(share)))
            # a ceiling below one call in an interval is one call in a longer one
            interval /= min(1.0, share)
        if interval != self.interval_seconds:
            shift = interval - self.interval_seconds
            self._leaving = deque(time + shift for time in self._leaving)
            self.interval_seconds = interval
        self.max_calls = most

    def _see_others(self, permit: Permit, reading: Reading, now: float) -> None:
        """Take slots for calls that the server counted and this program did not make.

        Every own call that the server may have counted is one that was taken and had
        not expired when this one was; what is more than those was somebody else's,
        made at a time unknown, so it leaves the window one interval from now.
        """
        if reading.remaining is None or reading.max_calls is None:
            return
        counted = reading.max_calls - reading.remaining
        others = counted - (self._taken - permit.expired)
        if others <= 0:
            return
        self._taken += others
        leaves = now + self.interval_seconds + MARGIN_SECONDS
        self._leaving.extend([leaves] * others)


class Limiter:
    """The budgets of all locations, and the waiting for them.

    Invariant: `acquire` serves the waiters of a location in their order.
    """

    def __init__(
        self,
        options: Options,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the options; budgets are made when a location is first named."""
        self.options = options
        self.clock = clock
        self.budgets: dict[str, Budget] = {}
        self._waiting: dict[str, int] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self._turn: dict[str, asyncio.Lock] = {}
        self._even: dict[str, AsyncLimiter] = {}
        self._ceiling = (
            _leaky_bucket(max(1.0, most), max(1.0, most) / most)
            if (most := options.max_per_second)
            else None
        )
        self.on_change: Callable[[str], None] = _nobody

    def budget(self, location_id: str) -> Budget:
        """The budget of a location."""
        budget = self.budgets.get(location_id)
        if budget is None:
            budget = self.budgets[location_id] = Budget(self.options.rate)
        return budget

    def try_take(self, location_id: str) -> Permit | None:
        """A permit now, unless there is none or somebody waits in `acquire`."""
        if self._waiting.get(location_id):
            return None
        return self.budget(location_id).take(self.clock())

    async def acquire(self, location_id: str) -> Permit:
        """A permit, as soon as there is one."""
        budget = self.budget(location_id)
        self._waiting[location_id] = self._waiting.get(location_id, 0) + 1
        try:
            async with self._turn.setdefault(location_id, asyncio.Lock()):
                while True:
                    now = self.clock()
                    if permit := budget.take(now):
                        break
                    await self._until(location_id, budget.ready_at(now) - now)
        finally:
            self._waiting[location_id] -= 1
            self.on_change(location_id)
        try:
            await self.pace(location_id)
        except BaseException:
            self.give_back(location_id, permit)
            raise
        return permit

    async def pace(self, location_id: str) -> None:
        """Wait for the process-wide ceiling, and for even spacing where asked for."""
        if self._ceiling:
            await self._ceiling.acquire()
        if self.options.even and (even := self._spacing(location_id)):
            await even.acquire()

    def _spacing(self, location_id: str) -> AsyncLimiter | None:
        """One call in each gap; None while no limit is known to be spread."""
        budget = self.budget(location_id)
        gap = budget.interval_seconds / budget.max_calls
        if not gap:
            return None
        even = self._even.get(location_id)
        if even is None or even.time_period != gap:
            even = self._even[location_id] = _leaky_bucket(1, gap)
        return even

    def give_back(self, location_id: str, permit: Permit) -> None:
        """The call of `permit` was never sent."""
        self.budget(location_id).give_back(permit)
        self._tell(location_id)

    def answered(
        self,
        location_id: str,
        permit: Permit,
        reading: Reading | None,
    ) -> None:
        """The call of `permit` ended; `reading` is None where no answer came."""
        self.budget(location_id).answered(permit, reading, self.clock())
        self._tell(location_id)

    def refused(self, location_id: str, retry_after_seconds: float | None) -> None:
        """The API answered 429."""
        self.budget(location_id).close(self.clock(), retry_after_seconds)

    def _tell(self, location_id: str) -> None:
        if event := self._changed.get(location_id):
            event.set()
        self.on_change(location_id)

    async def _until(self, location_id: str, seconds: float) -> None:
        """Sleep, but no longer than until something changes for the location."""
        event = self._changed.setdefault(location_id, asyncio.Event())
        event.clear()
        timeout = None if math.isinf(seconds) else max(0.0, seconds)
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError:
            return


def _nobody(location_id: str) -> None:
    del location_id


def _leaky_bucket(calls: float, seconds: float) -> AsyncLimiter:
    from aiolimiter import AsyncLimiter  # noqa: PLC0415 - only where a user asks

    return AsyncLimiter(calls, seconds)
