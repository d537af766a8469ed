"""Which slots of a location are taken, and until when.

Counts and times; what is allowed is the budget's to say. Invariant: a slot that was
taken leaves the window once, and only after its call has ended.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.ratelimit.headers import FIRST

if TYPE_CHECKING:
    from importer.ratelimit.headers import Permit
    from importer.ratelimit.others import Others


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

    def _give_up(self, leaves: float) -> None:
        self._given_up = [*(self._given_up or ()), leaves]
        self._soonest = min(self._soonest, leaves)
