"""The calls of one location, counted as slots, with the time passed in.

A slot is free again one interval after the **response** to its last use: the server
counted before it answered, so no interval, fixed or sliding, ever sees more than
`max`. Nothing here waits or knows HTTP. Invariant: `take` never gives a permit while
`max` calls are in flight or younger than one interval.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.models import Rate, Spent
from importer.ratelimit.headers import NOTHING, Permit, Reading, Reset, compared
from importer.ratelimit.policy import (
    AHEAD,
    GIVEN_UP,
    LONGEST_SECONDS,
    MARGIN_SECONDS,
    SURE,
    Pause,
    pause,
)
from importer.ratelimit.slots import Others, Slots

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Pauses that end so close together are told as one: many calls may be refused.
ALIKE_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class Budget(Slots):
    """The calls of one location, as slots. Times are monotonic seconds."""

    _ceiling: Rate | None
    max_calls: float = math.inf
    interval_seconds: float = 10.0
    refused: int = 0
    #: why the last pause after a refusal is so long
    pause_reason: str = ""
    #: when the day begins anew; None while no answer has said anything of it
    reset: Reset | None = None
    _hold: float = 0.0
    _ahead: int = 0
    # a server that counts in fixed windows, and others' calls, are unknown at first: so
    # many calls stay back until what is under way is answered
    _cap: float = 0.0  # calls that may be under way before anything is sure
    _sure_at: float = math.inf
    _last: Reading = NOTHING  # what was said last, with the day's latest figures
    _closed_until: float = 0.0
    # until the first answer only one call is under way: what others, or a run
    # that was killed, left of the window is not known before it
    _answered: bool = False
    _plain: bool = False  # answered, and no other program was seen
    _trusted_at: float = math.inf
    _tightened: int = 0  # what had expired when a tighter limit was told

    def __post_init__(self) -> None:
        """Take the ceiling for the limit, until an answer states one."""
        if self._ceiling is not None:
            self.max_calls = self._ceiling.calls
            self.interval_seconds = self._ceiling.seconds
            self._ahead = math.ceil(AHEAD * self.max_calls)
        self._cap = self.max_calls - self._ahead
        self._hold = self.interval_seconds + MARGIN_SECONDS

    @property
    def daily_max(self) -> int | None:
        """Calls of a day, as the API last said."""
        return self._last.daily_max

    @property
    def daily_remaining(self) -> int | None:
        """What is left of them; None where the API did not say."""
        return self._last.daily_remaining

    def take(self, now: float) -> Permit | None:
        """Take a permit for one call; None where there is no slot now."""
        if now < self._closed_until:
            return None
        if self._soonest <= now:
            self._expire(now)
        taken, expired = self._taken, self._expired
        # the counts alone decide nearly always; the rest is asked only where others
        # spend, or nothing is sure yet
        if not ((self._plain and taken - expired < self._cap) or self._admits(now)):
            return None
        self._taken = taken + 1
        return expired

    def ready_at(self, now: float) -> float:
        """Return when `take` may succeed; infinity where only an answer tells."""
        if now < self._closed_until:
            return self._closed_until
        self._expire(now)
        if self._admits(now):
            return now
        # the first call is under way, and nothing is known before its answer
        if self.in_flight and not self._answered:
            return math.inf
        if self._others:
            return max(self._soonest, self._ready_among_others(self._others, now))
        # slots are free, but kept back until the first interval's doubts are over
        if self._held < self.max_calls:
            return self._sure_at
        own: Sequence[float] = self._leaving
        if self._given_up:
            own = sorted([*own, *self._given_up])
        place = int(self._held - self.max_calls)
        # a shifted time may be rounded to before those that it waits for
        return max(own[place], self._soonest) if place < len(own) else math.inf

    def closed_for(self, now: float) -> float:
        """Return the seconds until nothing is waited for, such as after a refusal."""
        return max(0.0, self._closed_until - now)

    def next_in(self, now: float) -> float | None:
        """Return the seconds until a slot may be free again; changes nothing."""
        until = max(self._closed_until, self._soonest)
        return max(0.0, until - now) if math.isfinite(until) else None

    def left(self, now: float) -> float:
        """Count the calls that could start now. Changes nothing: any thread may ask."""
        if now < self._closed_until:
            return 0
        gone = bisect_right(self._leaving, now)
        return max(0, self.max_calls - self._held + gone - self._kept(now))

    def spare(self, reserve: float) -> int | None:
        """Count the calls left today above the reserve.

        None where that is not known.
        """
        _, _, _, most, left = self._last
        if left is None:
            return None
        # what is in flight may not be counted in the figure yet
        return max(0, left - math.ceil((most or 0) * reserve) - self.in_flight)

    def day_is_over(self, reserve: float) -> bool:
        """Return whether nothing is left today above the reserve, as far as known."""
        return self.spare(reserve) == 0

    def hear_reset(self, text: str, now: float) -> None:
        """Take in what an answer says of the time at which the day begins anew."""
        if self.reset is None:
            self.reset = Reset()
        self.reset.hear(text, now)

    def reset_seconds(self, now: float, wall: float) -> float | None:
        """Return the seconds until the day begins anew; None where it is not known.

        Args:
            now: the time.
            wall: the same in seconds since the epoch.
        """
        return None if self.reset is None else self.reset.seconds(now, wall)

    def give_back(self, permit: Permit) -> None:
        """Take back a permit whose call was never sent: no slot was used."""
        del permit
        self._taken -= 1

    def answered(self, permit: Permit, reading: Reading | None, now: float) -> None:
        """Note that the call ended: its slot is free one interval from now.

        Args:
            permit: what `take` gave for it.
            reading: what the answer's headers said; None where no answer came.
            now: when the answer was there, or the call was given up.
        """
        self.calls: int = self.calls + 1
        if reading is None:
            # no answer: when the server counted it, if it did, is not known, and it may
            # still be on its way
            self._give_up(now + GIVEN_UP * self._hold)
            return
        leaving, last = self._leaving, self._last
        leaves = now + self._hold
        if not leaving and leaves < self._soonest:
            self._soonest = leaves
        leaving.append(leaves)
        self._last = reading
        if not self._plain:
            self._open(now)
        most, left, interval, daily_max, today = reading
        # nearly every answer states the same limits: comparing is cheap
        if most != last[0] or interval != last[2] or daily_max is None or today is None:
            self._restated(reading, last, permit, now)
        # every own call that the server may have counted is one that was taken and
        # had not expired when this one was; what is more was another program's
        if left is not None and most:
            unknown = most - left - self._taken + permit
            if unknown > 0:
                self._see(unknown, now)

    def close(
        self,
        now: float,
        retry_after_seconds: float | None,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> Pause | None:
        """Close the budget after a 429, for an interval or as asked; then one call.

        Args:
            now: the time.
            retry_after_seconds: what the answer asks for; None where it states none.
            longest_seconds: the most that is waited, but for a longer interval.

        Returns:
            The pause; None where one that is as long is under way already.
        """
        self.refused += 1
        chosen = pause(retry_after_seconds, self.interval_seconds, longest_seconds)
        # a 429 inside the limit that was believed (not the day's, and no earlier
        # pause's) can only mean that others spend, and more than the headers have shown
        if (
            now >= self._closed_until
            and now >= self._trusted_at
            and not self._last.remaining
            and self._last.daily_remaining != 0
        ):
            self._expect_more(now)
        # after the pause one call goes first, as at the start: its answer tells what is
        # left
        self._answered = self._plain = False
        until = now + chosen.seconds + MARGIN_SECONDS
        if until <= self._closed_until:
            return None
        # a burst of refusals asks for nearly the same end: it is told to the log once
        known = now < self._closed_until and until <= self._closed_until + ALIKE_SECONDS
        self._closed_until, self.pause_reason = until, chosen.reason
        return None if known else chosen

    def inherit(self, spent: Spent, now: float) -> None:
        """Hold slots for what was called here before, or wait until it is over."""
        if spent.rate is not None:
            self._follow(spent.rate.calls, spent.rate.seconds, now)
        if spent.calls is None:
            self._closed_until = max(self._closed_until, now + spent.seconds)
        else:
            self._inherit(spent.calls, now + spent.seconds)

    def spent(self, now: float) -> Spent | None:
        """Return what the next process has to know; None: nothing was called."""
        most, held = self.max_calls, self.held(now)
        rate = Rate(int(most), self.interval_seconds) if most < math.inf else None
        rest = self._last_leaves(now, self._hold) - now if held else 0.0
        if closed := self.closed_for(now):
            return Spent(None, max(rest, min(closed, self._hold)), rate)
        # however few: where a server counts in fixed windows, no answer of a new one
        # shows them, and a call that was refused shows in none at all
        return Spent(held, rest, rate) if held else None

    def _ready_among_others(self, others: Others, now: float) -> float:
        own, seconds = [*self._leaving], self.interval_seconds
        own += self._given_up or ()
        room = self.max_calls - self._held - (self._ahead if self.in_flight else 0)
        ready = others.make_room(room, own, now, seconds, self.max_calls)
        # nothing was heard for a while, so a call asks first, when our own have left
        if not self.in_flight and others.unheard(max(ready, now), seconds):
            return max(ready, others.heard_at + self._hold)
        return ready

    # what the server says

    def _open(self, now: float) -> None:
        """Believe in the limit again, unless this answer is from before a refusal."""
        # an answer to a call from before the refusal says nothing of after it
        self._answered = self._answered or now >= self._closed_until
        if math.isinf(self._trusted_at):
            # a run that was killed may have left calls of its own in the window
            self._trusted_at = now + self._hold
            self._sure_at = now + SURE * self.interval_seconds
        if self._others is not None:
            self._others.heard_at = now
            if self._others.gone(now, self.interval_seconds):
                self._others = None
        self._plain = self._answered and self._others is None

    def _restated(
        self, reading: Reading, last: Reading, permit: Permit, now: float
    ) -> None:
        """Take in an answer that says something else than the one before it.

        What it leaves out stays as it was, but for what is left of the window. An
        answer that was long under way may tell of a wider limit that is over (more
        calls, or a shorter interval), so only calls that left after the tighter one
        was known are believed to widen it.
        """
        most, left, interval, daily_max, today = reading
        known, seconds = last.max_calls, last.interval_seconds
        if today is None:
            # the day's figures may be missing in an answer; the last ones are better
            # than none
            daily_max, today = last.daily_max, last.daily_remaining
        daily_max = daily_max or last.daily_max
        interval = interval or seconds
        tighter, wider = compared((known, seconds), (most, interval))
        # an answer from before the tighter limit was known may still state the wider
        # one
        if most is None or (wider and permit <= self._tightened):
            self._last = Reading(known, left, seconds, daily_max, today)
            return
        if tighter:
            self._tightened = self._expired
        self._last = Reading(most, left, interval, daily_max, today)
        if (most, interval) != (known, seconds):
            self._follow(most, interval or self.interval_seconds, now)

    def _follow(self, stated: int, seconds: float, now: float) -> None:
        """Keep to the limit that the headers state, below the user's ceiling."""
        most = float(max(1, stated))
        if self._ceiling:
            most, seconds = self._ceiling.below(most, seconds)
        # whether the first interval's caution was over already
        sure = self._cap == self.max_calls and self._answered
        self.max_calls = most
        self._ahead = math.ceil(AHEAD * most)
        self._cap = most if sure else most - self._ahead
        shift = seconds - self.interval_seconds
        if not shift:
            return
        self.interval_seconds = seconds
        self._hold = seconds + MARGIN_SECONDS
        # a slot's time is one interval after its answer, so all of them move with it
        self._leaving = deque(leaves + shift for leaves in self._leaving)
        if self._given_up:
            self._given_up = [item + GIVEN_UP * shift for item in self._given_up]
        if self._others is not None:
            self._others.shift(shift)
        self._soonest = self._next()
        # a longer interval shows again what had left the shorter one
        self._trusted_at = max(self._trusted_at, now + self._hold)

    # other programs

    def _admits(self, now: float) -> bool:
        """Return whether there is a slot, where counting alone does not tell."""
        if self.in_flight:
            # the very first call decides for the rest: what a killed run left is not
            # known
            if not self._answered:
                return False
        elif (others := self._others) and others.unheard(now, self.interval_seconds):
            # one call first, when none of ours is left in the window: only then
            # does its answer tell how many of others are, in any kind of window
            if self._held and now < others.heard_at + self._hold:
                return False
            self._answered = False
        if self._others is not None:
            return self._held + self._kept(now) < self.max_calls
        if self.in_flight and now < self._sure_at:
            return self._held < self._cap
        # the first interval passed with answers: the whole limit may be used
        if self._answered:
            self._cap = self.max_calls
        return self._held < self.max_calls

    def _kept(self, now: float) -> int:
        """Return the slots for others; more while calls are under way."""
        if self._others is None:
            return 0
        kept = self._others.kept(now, self.interval_seconds, self.max_calls)
        # theirs may be under way at this moment as well, and no header shows those
        return kept + self._ahead if self.in_flight else kept

    def _reckon(self, now: float) -> Others:
        """Take in that another program spends from the budget."""
        self._plain = False
        self._others = self._others or Others(now)
        return self._others

    def _see(self, calls: int, now: float) -> None:
        """Take slots for calls of others, made at a time unknown before now."""
        others, leaves = self._reckon(now), now + self._hold
        others.saw(calls, now, leaves)
        self._taken += calls
        self._foreign += calls
        self._soonest = min(self._soonest, leaves)
        # before that the foreign calls may be those of a run that was killed, which
        # spends no more
        if now >= self._trusted_at:
            others.expect(others.count, now, self.interval_seconds)

    def _expect_more(self, now: float) -> None:
        """Expect more calls of others, as a refusal came without a warning."""
        if math.isfinite(self.max_calls):
            others, seconds = self._reckon(now), self.interval_seconds
            # 2 % of the limit more with each such refusal; the guess fades again by
            # itself
            more = max(1, self.max_calls // 50)
            others.expect(others.guess(now, seconds) + more, now, seconds)
