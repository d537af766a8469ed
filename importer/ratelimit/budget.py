"""The calls of one location, counted as slots, with the time passed in.

A slot is free again one interval after the **response** to its last use. The server
counted the call before it answered, so it can never see more than `max` in any
interval, fixed or sliding. Nothing here waits or knows HTTP: answers arrive as a
`Reading`. Invariant: `take` never gives a permit while `max` calls are in flight or
younger than one interval.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.ratelimit.options import Rate

#: A slot stays taken this much longer than an interval: two clocks, one of them
#: the server's, may round a boundary differently.
MARGIN_SECONDS = 0.005


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
