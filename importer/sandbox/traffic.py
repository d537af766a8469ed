"""How many calls a location may make, and the count of everything that arrived.

Pure: the time is passed in, in seconds, and never goes back. Windows are fixed or
sliding, beside them stands the day. A window is half open: a call at `t` weighs in `[t,
t + interval)` and no longer at `t + interval`. Invariants: no window ever holds more
than its limit, and a refused call spends nothing (whether HighLevel counts refused
calls is unknown); for each location `calls` is all that arrived, `refused` those of
them that were answered 429, and `peak` the most arrivals in any one interval, refused
ones included.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


WindowKind = Literal["fixed", "sliding"]

#: What `max_in_window` looks at where a location has no limit.
USUAL_INTERVAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds."""

    calls: int
    interval_seconds: float


#: What HighLevel documents for one app on one location.
USUAL_LIMIT = Limit(100, USUAL_INTERVAL_SECONDS)


class Window(Protocol):
    """A limit at work. `take` may only follow a `remaining` above zero."""

    limit: Limit

    def remaining(self, now: float) -> int:
        """Count the calls that are left at this moment."""

    def take(self, now: float) -> None:
        """Spend one call."""

    def wait_seconds(self, now: float) -> float:
        """Return how long it takes until a call is free; 0 if one is."""


class FixedWindow:
    """Windows one after the other, the first one opened by the first call."""

    def __init__(self, limit: Limit) -> None:
        """Begin with no window: the first call opens one."""
        self.limit = limit
        self._start: float | None = None
        self._used = 0

    def remaining(self, now: float) -> int:
        """Count the calls that are left in the window that `now` is in."""
        self._roll(now)
        return self.limit.calls - self._used

    def take(self, now: float) -> None:
        """Spend one call of the window that `now` is in."""
        if self._start is None:
            self._start = now
        self._roll(now)
        self._used += 1

    def wait_seconds(self, now: float) -> float:
        """Return the rest of this window, if it is used up."""
        if self.remaining(now) > 0 or self._start is None:
            return 0.0
        return self._start + self.limit.interval_seconds - now

    def _roll(self, now: float) -> None:
        if self._start is None:
            return
        passed = (now - self._start) // self.limit.interval_seconds
        if passed >= 1:
            self._start += passed * self.limit.interval_seconds
            self._used = 0


class SlidingWindow:
    """The last `interval` seconds, looked at from every moment."""

    def __init__(self, limit: Limit) -> None:
        """Start with nothing spent."""
        self.limit = limit
        self._spent: deque[float] = deque()

    def remaining(self, now: float) -> int:
        """Count the calls that are left, looking back one interval from `now`."""
        _forget(self._spent, now - self.limit.interval_seconds)
        return self.limit.calls - len(self._spent)

    def take(self, now: float) -> None:
        """Spend one call, for one interval from `now` on."""
        self._spent.append(now)

    def wait_seconds(self, now: float) -> float:
        """Return how long it takes until the oldest call leaves a full window."""
        if self.remaining(now) > 0 or not self._spent:
            return 0.0
        return self._spent[0] + self.limit.interval_seconds - now


def _forget(moments: deque[float], horizon: float) -> None:
    while moments and moments[0] <= horizon:
        moments.popleft()


def window(kind: WindowKind, limit: Limit) -> Window:
    """Make the window of that kind."""
    return FixedWindow(limit) if kind == "fixed" else SlidingWindow(limit)


class Peak:
    """The most arrivals that any stretch of `interval_seconds` has seen."""

    def __init__(self, interval_seconds: float) -> None:
        """Start with no arrival seen."""
        self.most: int = 0
        self.interval_seconds = interval_seconds
        self._recent: deque[float] = deque()

    def note(self, now: float) -> None:
        """Count an arrival."""
        self._recent.append(now)
        _forget(self._recent, now - self.interval_seconds)
        self.most = max(self.most, len(self._recent))


@dataclass(frozen=True, slots=True)
class Allowance:
    """The rules for one location. None means: no limit of that kind."""

    limit: Limit | None = USUAL_LIMIT
    kind: WindowKind = "fixed"
    day: Limit | None = Limit(200_000, 86_400.0)
    foreign_per_second: float = 0.0


class Budget:
    """What one location has left, after its own calls and those of others."""

    def __init__(self, allowance: Allowance) -> None:
        """Begin with nothing spent, by this client and by others."""
        # which kind of window HighLevel has is unknown: a client has to hold in both
        self._window = (
            window(allowance.kind, allowance.limit) if allowance.limit else None
        )
        # A day is a window like any other; when HighLevel resets it is unknown.
        self._day = FixedWindow(allowance.day) if allowance.day else None
        self._foreign_per_second = allowance.foreign_per_second
        self._foreign_due: float | None = None
        self.foreign_calls: int = 0
        self._fixed_headers = _fixed_headers(allowance)

    def is_open(self, now: float) -> bool:
        """Return whether a call is allowed now; others' calls come first."""
        self._spend_foreign(now)
        return self._has_room(now)

    def take(self, now: float) -> None:
        """Spend one call; only after `is_open` said yes at the same moment."""
        if self._window is not None:
            self._window.take(now)
        if self._day is not None:
            self._day.take(now)

    def wait_seconds(self, now: float) -> float:
        """Return how long it takes until a call is allowed again."""
        both = (self._window, self._day)
        return max((w.wait_seconds(now) for w in both if w is not None), default=0.0)

    def headers(self, now: float) -> dict[str, str]:
        """Return the five headers; those of a limit that is off are left out."""
        headers = dict(self._fixed_headers)
        if self._day is not None:
            headers["X-RateLimit-Daily-Remaining"] = str(self._day.remaining(now))
        if self._window is not None:
            headers["X-RateLimit-Remaining"] = str(self._window.remaining(now))
        return headers

    def _has_room(self, now: float) -> bool:
        if self._window is not None and self._window.remaining(now) <= 0:
            return False
        return self._day is None or self._day.remaining(now) > 0

    def _spend_foreign(self, now: float) -> None:
        """Let the calls of the simulated other program happen, each at its time."""
        if not self._foreign_per_second:
            return
        step = 1 / self._foreign_per_second
        due = now + step if self._foreign_due is None else self._foreign_due
        while due <= now:
            # one that finds no room is not made up for later: the other program is
            # refused, too
            if self._has_room(due):
                self.take(due)
                self.foreign_calls += 1
            due += step
        self._foreign_due = due


def _fixed_headers(allowance: Allowance) -> dict[str, str]:
    headers = {}
    if allowance.day is not None:
        headers["X-RateLimit-Limit-Daily"] = str(allowance.day.calls)
    if allowance.limit is not None:
        milliseconds = round(allowance.limit.interval_seconds * 1000)
        headers["X-RateLimit-Interval-Milliseconds"] = str(milliseconds)
        headers["X-RateLimit-Max"] = str(allowance.limit.calls)
    return headers


@dataclass(slots=True)
class Lane:
    """The calls of one location."""

    budget: Budget
    peak: Peak
    calls: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Allowances:
    """The rules for all locations: the usual ones, and what differs where."""

    usual: Allowance = field(default_factory=Allowance)
    limits: Mapping[str, Limit | None] = field(default_factory=dict)
    foreign_per_second: Mapping[str, float] = field(default_factory=dict)

    def of(self, location: str) -> Allowance:
        """Return the rules for one location."""
        return replace(
            self.usual,
            limit=self.limits.get(location, self.usual.limit),
            foreign_per_second=self.foreign_per_second.get(location, 0.0),
        )


class Traffic:
    """Everything that arrived since the start, or since it was forgotten."""

    def __init__(self, allowances: Allowances) -> None:
        """Begin with nothing arrived."""
        self._allowances = allowances
        self.forget()

    def forget(self) -> None:
        """Start again with full budgets and nothing counted."""
        self.calls: int = 0
        self.by_method: Counter[str] = Counter()
        self.lanes: dict[str, Lane] = {}
        # Calls that name no location have no budget; they see an untouched one.
        self.nowhere: Lane = self._lane("")

    def lane(self, location: str) -> Lane:
        """Return the calls of that location, or of no location if it is empty."""
        if not location:
            return self.nowhere
        found = self.lanes.get(location)
        if found is None:
            found = self.lanes[location] = self._lane(location)
        return found

    def arrived(self, method: str) -> int:
        """Count a call, at the edge already; its ordinal, from 0 on."""
        ordinal = self.calls
        self.calls += 1
        self.by_method[method] += 1
        return ordinal

    def _lane(self, location: str) -> Lane:
        allowance = self._allowances.of(location)
        limit = allowance.limit
        interval = limit.interval_seconds if limit else USUAL_INTERVAL_SECONDS
        return Lane(Budget(allowance), Peak(interval))
