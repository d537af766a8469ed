"""A budget, a network that takes its time, and a server that counts and refuses.

The server counts in fixed or sliding windows and may change its limit; other programs
may spend from it. Time is stepped, not slept, so a minute takes milliseconds.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.ratelimit import Budget, Permit, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(eq=False)
class Call:
    """One call of ours: what the budget knew when it was taken, and when it arrived.

    `fate` is fine, lost (counted, its answer never comes), late (given up before it
    is counted) or unsent.
    """

    permit: Permit
    most: float
    interval: float
    taken: float
    number: int
    fate: str
    back: float
    arrived: float = math.nan
    refused: bool = False


@dataclass(order=True)
class Event:
    """A call that arrives, an answer with what its headers say, or a giving up."""

    when: float
    number: int
    what: str = field(compare=False)
    call: Call = field(compare=False)
    reading: Reading | None = field(compare=False, default=None)


@dataclass
class Server:
    """Counts what arrives, in windows of its own, and refuses what is too much.

    `limits` are (from when on, calls, seconds); a fixed window begins at `phase`.
    `others` are the times at which other programs call; they take what is left.
    """

    limits: list[tuple[float, int, float]]
    sliding: bool = True
    phase: float = 0.0
    others: list[float] = field(default_factory=list)
    counted: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    theirs: int = 0

    def limit(self, now: float) -> tuple[int, float]:
        return next(
            (calls, seconds)
            for since, calls, seconds in reversed(self.limits)
            if since <= now
        )

    def room(self, now: float) -> int:
        """Calls that are left in the window that `now` is in."""
        calls, seconds = self.limit(now)
        since = now - seconds
        if not self.sliding:
            since = (now - self.phase) // seconds * seconds + self.phase - 1e-9
        used = 0
        for one in reversed(self.counted):
            if one <= since:
                break
            used += 1
        return calls - used

    def let_others(self, now: float) -> None:
        """Let other programs call, each at its time."""
        while self.others and self.others[0] <= now:
            when = self.others.pop(0)
            if self.room(when) > 0:
                self.counted.append(when)
                self.theirs += 1

    def arrive(self, now: float) -> tuple[Reading, bool]:
        """Count one call of ours; what the headers say, and whether it is refused."""
        self.let_others(now)
        self.arrivals.append(now)
        refused = self.room(now) <= 0
        if refused:
            self.refused.append(now)
        else:
            self.counted.append(now)
        calls, seconds = self.limit(now)
        return Reading(calls, max(0, self.room(now)), seconds), refused

    def most_in(self, interval: float) -> int:
        """The most calls of ours that any stretch of `interval` has seen."""
        times = sorted(self.arrivals)
        most = first = 0
        for last, when in enumerate(times):
            while when - times[first] >= interval:
                first += 1
            most = max(most, last - first + 1)
        return most


@dataclass
class World:
    """A budget, a server, and a network that takes its time.

    `delays` are (there, back, fate), used in turn; `at_once` is how many calls may
    be under way.
    """

    budget: Budget
    server: Server
    delays: list[tuple[float, float, str]]
    at_once: int = 1000
    now: float = 0.0
    under_way: int = 0
    calls: list[Call] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, until: float, most_calls: int) -> None:
        """Send whatever may be sent, as soon as it may."""
        while self.now <= until:
            while self._wants(most_calls) and self._send():
                pass
            ready = math.inf
            if self._wants(most_calls):
                ready = self.budget.ready_at(self.now)
                assert ready > self.now, "ready, and yet nothing was given"
            soonest = min(ready, self.events[0].when if self.events else math.inf)
            if math.isinf(soonest):
                break
            self.now = max(self.now, soonest)
            while self.events and self.events[0].when <= self.now:
                self._happen(heapq.heappop(self.events))

    def _wants(self, most_calls: int) -> bool:
        return len(self.calls) < most_calls and self.under_way < self.at_once

    def _send(self) -> bool:
        budget = self.budget
        permit = budget.take(self.now)
        if permit is None:
            return False
        number = len(self.calls)
        there, back, fate = self.delays[number % len(self.delays)]
        call = Call(
            permit,
            budget.max_calls,
            budget.interval_seconds,
            self.now,
            number,
            fate,
            back,
        )
        self.calls.append(call)
        self.under_way += 1
        if fate == "late":
            # given up first, counted up to one interval afterwards
            self._later(there, "given up", call)
            self._later(there + min(back, budget.interval_seconds), "arrives", call)
        else:
            self._later(there, "unsent" if fate == "unsent" else "arrives", call)
        return True

    def _later(
        self, delay: float, what: str, call: Call, reading: Reading | None = None
    ) -> None:
        event = Event(self.now + delay, next(self.numbers), what, call, reading)
        heapq.heappush(self.events, event)

    def _happen(self, event: Event) -> None:
        """A call arrives, or its answer does, or it is given up."""
        call = event.call
        if event.what == "arrives":
            call.arrived = self.now
            reading, call.refused = self.server.arrive(self.now)
            if call.fate == "lost":
                self._later(call.back, "given up", call)
            elif call.fate != "late":
                self._later(call.back, "answered", call, reading)
            return
        self.under_way -= 1
        if event.what == "unsent":
            self.budget.give_back(call.permit)
            return
        self.budget.answered(call.permit, event.reading, self.now)
        if event.reading is not None and call.refused:
            self.budget.close(self.now, None)

    def told(self, late: Call) -> float:
        """When the first answer told of the limit that this call met."""
        since = max(since for since, *_ in self.server.limits if since <= late.arrived)
        return min(
            call.arrived + call.back
            for call in self.calls
            if call.arrived >= since and call.fate == "fine"
        )

    def worst(self) -> float:
        """How far any interval went over what its last-taken call knew to be allowed.

        A call that left before a tighter limit was known cannot be called back, so
        an interval is measured by the newest knowledge that any of its calls had.
        """
        sent = sorted(
            (call for call in self.calls if not math.isnan(call.arrived)),
            key=lambda call: call.arrived,
        )
        worst = -math.inf
        for number, first in enumerate(sent):
            window = []
            for call in sent[number:]:
                window.append(call)
                newest = max(window, key=lambda one: one.number)
                if call.arrived - first.arrived < newest.interval:
                    worst = max(worst, len(window) - newest.most)
        return worst


def network(
    seconds: float, jitter: float, dice: Iterator[float], *, slow: float = 0.0
) -> list[tuple[float, float, str]]:
    """Delays of answers around `seconds`, half of it on each way; some take 5 s."""
    delays = []
    for _ in range(997):
        took = seconds + jitter * (2 * next(dice) - 1)
        if next(dice) < slow:
            took += 5.0
        delays.append((took / 2, took / 2, "fine"))
    return delays
