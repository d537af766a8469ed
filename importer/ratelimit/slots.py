"""Which slots of a location are taken, and until when: by own calls and by others'.

Counts and times, passed in; what is allowed is the budget's to say. A call of another
program that an answer showed holds a slot for one interval. Who spends once will spend
again, so as many slots are kept for the next calls, fewer with every interval in which
less is seen. Invariants: a slot that was taken leaves the window once, and only after
its call has ended; a guess fades by itself and never keeps more than half of the limit.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.ratelimit.headers import FIRST
from importer.ratelimit.policy import GIVEN_UP, HALF_LIFE, MEMORY, QUIET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.ratelimit.headers import Permit


class Others:
    """The calls of other programs in one location. Times are monotonic seconds."""

    __slots__ = ("_at", "_guess", "_seen_at", "count", "heard_at", "leaving")

    def __init__(self, now: float) -> None:
        """Begin with no other program seen."""
        self._guess = 0.0
        self._at = now
        self.heard_at: float = now
        self._seen_at = now
        # when calls that were seen leave the window, and how many at a time
        self.leaving: list[tuple[float, int]] = []
        self.count: int = 0

    def saw(self, calls: int, now: float, leaves: float) -> None:
        """Take in that an answer showed so many calls that were not known."""
        self._seen_at = now
        self.leaving.append((leaves, calls))
        self.count += calls

    def expect(self, least: float, now: float, interval_seconds: float) -> None:
        """Keep slots for at least so many calls in an interval."""
        self._guess = max(self.guess(now, interval_seconds), least)
        self._at = now

    def guess(self, now: float, interval_seconds: float) -> float:
        """Return how many calls of others are to be expected in an interval."""
        passed = (now - self._at) / interval_seconds
        return float(self._guess * 0.5 ** (passed / HALF_LIFE))

    def kept(self, now: float, interval_seconds: float, most: float) -> int:
        """Count the slots that are not for this program: seen, or else expected."""
        return max(self.count, self.guessed(now, interval_seconds, most))

    def guessed(self, now: float, interval_seconds: float, most: float) -> int:
        """Count the slots that are kept for calls of others, seen or not."""
        # never more than half: two importers beside each other would else each leave
        # the whole budget to the other
        return math.ceil(min(self.guess(now, interval_seconds), most // 2))

    def unheard(self, now: float, interval_seconds: float) -> bool:
        """Return whether the last answer is too old to start many calls at once."""
        return now - self.heard_at > QUIET * interval_seconds

    def make_room(
        self,
        room: float,
        own: Sequence[float],
        now: float,
        interval_seconds: float,
        most: float,
    ) -> float:
        """Return when enough calls, own ones or others', have left the window.

        Args:
            room: calls of the limit that own calls do not hold now.
            own: when each of those leaves the window.
            now: the time.
            interval_seconds: the window.
            most: its limit.

        Returns:
            A time, or infinity where only an answer can make room.
        """
        guess, seen = self.guessed(now, interval_seconds, most), self.count
        events = [(leaves, 1, 0) for leaves in own]
        events += [(leaves, 0, calls) for leaves, calls in self.leaving]
        for leaves, ours, theirs in sorted(events):
            room += ours
            seen -= theirs
            # the greater of the two: a call that was seen is one of those expected
            if room > max(seen, guess):
                return leaves
        return math.inf

    def shift(self, seconds: float) -> None:
        """Move the times, as the interval has changed by so much."""
        self.leaving = [(leaves + seconds, calls) for leaves, calls in self.leaving]

    def expire(self, now: float) -> int:
        """Forget calls that left the window; returns how many."""
        gone = sum(calls for leaves, calls in self.leaving if leaves <= now)
        if gone:
            self.leaving = [item for item in self.leaving if item[0] > now]
            self.count -= gone
        return gone

    def gone(self, now: float, interval_seconds: float) -> bool:
        """Return whether no other program was seen for so long that it is gone."""
        return not self.count and now - self._seen_at > MEMORY * interval_seconds


@dataclass(slots=True, eq=False)
class Slots:
    """The slots of one location. Times are monotonic seconds."""

    #: calls that ended, answered or not
    calls: int = field(default=0, init=False)
    # when each answered call of ours leaves the window
    _leaving: deque[float] = field(default_factory=deque, init=False)
    _given_up: list[float] | None = field(default=None, init=False)
    _others: Others | None = field(default=None, init=False)
    # the next time that anything leaves the window
    _soonest: float = field(default=math.inf, init=False)
    # Two counts that only grow tell how many slots are taken, and a third how many
    # of them are in flight: what changes with every call is as little as can be.
    _taken: int = field(default=1, init=False)  # by us or, once seen, by others
    _expired: Permit = field(default=FIRST, init=False)  # those out of the window
    _foreign: int = field(default=0, init=False)  # those of others

    @property
    def in_flight(self) -> int:
        """Calls that were permitted and have not ended."""
        return self._taken - 1 - self._foreign - self.calls

    @property
    def _held(self) -> int:
        """Own calls that are in flight, or not yet out of the window."""
        held = self._taken - self._expired
        # calls of others were added to the taken ones when they were seen
        return held - self._others.count if self._others else held

    def _expire(self, now: float) -> None:
        """Free the slots of everything that has left the window."""
        # asked before every call, and nearly always there is nothing to do
        if now < self._soonest:
            return
        leaving, own = self._leaving, 0
        while leaving and leaving[0] <= now:
            leaving.popleft()
            own += 1
        self._soonest = leaving[0] if leaving else math.inf
        if self._given_up or self._others is not None:
            own += self._expire_others(now)
        self._expired += own  # type: ignore[assignment] # a Permit, as it was

    def _expire_others(self, now: float) -> int:
        """Hold slots for calls that were given up, and for those of others."""
        gone = 0
        if self._given_up:
            # they are not in order: each was held from the moment at which it was given
            # up
            kept = [leaves for leaves in self._given_up if leaves > now]
            gone = len(self._given_up) - len(kept)
            self._given_up = kept or None
        if self._others is not None:
            gone += self._others.expire(now)
        self._soonest = self._next()
        return gone

    def _next(self) -> float:
        times = [self._leaving[0]] if self._leaving else []
        times += (self._given_up or ())[:1]
        if self._others is not None:
            times += [leaves for leaves, _ in self._others.leaving[:1]]
        return min(times, default=math.inf)

    def held(self, now: float) -> int:
        """Count the calls that are in flight, or in the window."""
        self._expire(now)
        return self._held

    def _last_leaves(self, now: float, hold_seconds: float) -> float:
        """Return when the last of them has left the window."""
        last: list[float] = [*self._leaving, *(self._given_up or ())]
        if self.in_flight:
            last.append(now + GIVEN_UP * hold_seconds)
        return max(last)

    def _inherit(self, calls: int, leaves: float) -> None:
        """Hold slots for calls that an earlier process made."""
        self._leaving = deque(sorted([*self._leaving, *([leaves] * calls)]))
        self._taken += calls
        self._foreign += calls
        self._soonest = self._next()

    def _give_up(self, leaves: float) -> None:
        self._given_up = [*(self._given_up or ()), leaves]
        self._soonest = min(self._soonest, leaves)
