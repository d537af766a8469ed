"""Whose turn it is: rows wait by location, and locations take turns fairly.

One lane for each location. A lane whose budget has no slot, or whose rows wait for
a retry, sleeps until one time; a single timer wakes the earliest. So a slow, closed
or refused location holds up no other, and thousands of sleeping ones cost
nothing. It sends nothing and decides nothing about rows. Invariants: `next` gives a
row only together with a permit of its location's budget; a lane that sleeps without
a time has a request in flight, and whatever happens to that wakes it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import time
from collections import deque
from typing import TYPE_CHECKING

from importer.execution.lanes import Lane, Quota, Trial, Try

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.execution.ports import Budgets, Ledger, Options
    from importer.models import Job
    from importer.ratelimit import Permit

__all__ = ["BATCH", "Lane", "Try", "Turns"]

#: How many rows of a location are taken from the journal in one go, at the most and
#: at the least, and how many rows of all locations together are kept in memory.
BATCH = 200
SMALLEST_BATCH = 8
ROWS_AT_HAND = 20_000
#: A lane that was refused a slot which has come free meanwhile asks again so soon.
SOON_SECONDS = 0.05
#: A lane with nothing in flight that only an event can wake (its rows are in doubt,
#: or another call holds its budget) looks for itself so often all the same.
LOOK_SECONDS = 5.0


class Turns:
    """All lanes, and the workers that wait for a turn."""

    def __init__(
        self,
        ledger: Ledger,
        budgets: Budgets,
        locations: Sequence[str],
        options: Options,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Make a lane for each location; they are tried in this order."""
        self._ledger = ledger
        self._budgets = budgets
        self._options = options
        self.lanes: dict[str, Lane] = {
            location: Lane(location, budgets.budget(location)) for location in locations
        }
        self.quota: Quota = Quota(options, budgets.clock, wall)
        # all lanes begin awake: none has been asked yet whether it has a row
        self._awake: deque[Lane] = deque(self.lanes.values())
        self._sleeping: list[tuple[float, int, Lane]] = []
        self._count = itertools.count()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._unfinished = len(self.lanes)
        self._share = self._shared()
        self.stopped: bool = False
        budgets.on_change = self._budget_changed

    @property
    def parked(self) -> set[str]:
        """Locations that ended early because their day is over."""
        return self.quota.parked

    def now(self) -> tuple[Try, Permit] | None:
        """Take a turn for a worker that need not wait; None where it must."""
        if self.stopped or not self._unfinished:
            return None
        turn = self._pick()
        # a turn that was had at once means there may be another, and only one worker is
        # woken at a time, so each passes it on
        if turn is not None and self._idle:
            self._wake_worker()
        return turn

    async def next(self) -> tuple[Try, Permit] | None:
        """Return the next row that may be sent now; None when there will be none."""
        while not self.stopped and self._unfinished:
            turn = self.now()
            if turn is not None:
                return turn
            if self._unfinished:  # this very look may have finished the last lane
                await self._wait()
        return None

    def stop(self) -> None:
        """Hand out nothing more; what is in flight goes on."""
        self.stopped = True
        self._wake_all_workers()

    def hold(self, job: Job) -> Try:
        """Take over a row that was not handed out, but is open: a resume found it."""
        lane = self.lanes[job.location_id]
        lane.keep(job.seq)
        return Try(job, lane, job.attempts)

    def recall(self, job: Job) -> Try:
        """Open a row again that had come to its end: its answer is in doubt."""
        lane = self.lanes[job.location_id]
        # the row is counted as taken already, so only `open` goes up
        lane.open += 1
        # its lane may have come to its end meanwhile: it counts among the unfinished
        # again, or the workers would end before the row is settled
        if lane.finished:
            lane.finished = False
            self._unfinished += 1
            self._share = self._shared()
            self._wake(lane)
        return Try(job, lane, job.attempts)

    def landed(self, attempt: Try) -> None:
        """Note that the request for this row is no longer in flight."""
        lane = attempt.lane
        lane.in_flight -= 1
        self._stir(lane)

    def again(self, attempt: Try, wait_seconds: float) -> None:
        """Hand out a row once more, not before a pause is over."""
        lane = attempt.lane
        # nothing of a closed lane is handed out; the row keeps its state for the resume
        if lane.closed:
            self.finish(attempt)
            return
        when = self._budgets.clock() + wait_seconds
        heapq.heappush(lane.later, (when, next(self._count), attempt))
        self._stir(lane)

    def pause(self, lane: Lane, seconds: float) -> None:
        """Hand out nothing of this lane for a while."""
        lane.paused_until = max(lane.paused_until, self._budgets.clock() + seconds)

    def finish(self, attempt: Try) -> None:
        """Close a row: it needs no more turns."""
        lane = attempt.lane
        lane.open -= 1
        self._stir(lane)

    def close(self, lane: Lane) -> None:
        """Send nothing more to this location; its rows stay as they are."""
        lane.close()
        self.quota.go_on(lane)
        # awake, so that a worker sees that it has come to its end
        self._wake(lane)

    def wake_all(self) -> None:
        """Forget who sleeps and until when: every lane looks for itself."""
        # whatever bookkeeping lost a wake-up, asking every lane anew repairs it; only
        # the watchdog calls this
        lanes = [lane for lane in self.lanes.values() if not lane.finished]
        for lane in lanes:
            lane.awake = True
            lane.wakes_at = lane.listed_at = None
        self._sleeping.clear()
        self._awake.clear()
        self._awake.extend(lanes)
        self._unfinished = len(lanes)
        self._wake_all_workers()

    def state(self) -> dict[str, int]:
        """Count the workers and lanes that wait, and for what, for the log."""
        lanes = [lane for lane in self.lanes.values() if not lane.finished]
        asleep = [lane for lane in lanes if not lane.awake]
        return {
            "unfinished": len(lanes),
            "awake": len(self._awake),
            "asleep_without_time": sum(lane.wakes_at is None for lane in asleep),
            "sleepers_listed": len(self._sleeping),
            "in_flight": sum(lane.in_flight for lane in lanes),
            "open": sum(lane.open for lane in lanes),
            "idle_workers": len(self._idle),
            "share": self._share,
        }

    def _pick(self) -> tuple[Try, Permit] | None:
        """Find the first lane in turn that has both a row and a slot."""
        now = self._budgets.clock()
        if self._sleeping and self._sleeping[0][0] <= now:
            self._rouse(now)
        awake = self._awake
        while awake:  # each is put to sleep, or has a row
            lane = awake.popleft()
            permit = self._permit(lane, now)
            if permit is not None:
                # to the end of the line: that is what makes the turns fair
                awake.append(lane)
                return lane.hand_out(now), permit
        return None

    def _permit(self, lane: Lane, now: float) -> Permit | None:
        """Take a permit for the lane's next row; None after it was put to sleep."""
        # in this order: the cheapest question first, and the permit last, because it
        # has to be used or given back
        if now < lane.paused_until and not lane.closed:
            self._sleep(lane, lane.paused_until)
            return None
        if not self._has_row(lane, now):
            self._rest(lane)
            return None
        # a trial holds back rows that would only repeat a refusal
        trial = lane.trial
        if lane.in_flight >= (self._share if trial is None else self._least(trial)):
            self._sleep(lane, None)
            return None
        # after the share: a day that is over is asked for only when a row could go
        if self.quota.used_up(lane) and self._day_is_over(lane, now):
            return None
        permit = self._budgets.try_take(lane.location_id)
        if permit is None:
            self._sleep(lane, self._slot_at(lane), for_slot=True)
        elif lane.look_at is not None:
            # this very row is the look: plan the next one
            self.quota.plan_look(lane)
        return permit

    def _least(self, trial: Trial) -> int:
        """Return the requests in flight that a lane on trial may have."""
        return min(self._share, trial.left)

    def left(self, lane: Lane) -> bool:
        """Return whether a lane has rows that were not handed out yet."""
        return bool(lane.later) or self._has_row(lane, self._budgets.clock())

    def _slot_at(self, lane: Lane) -> float:
        """Return when a lane that was just refused may have a slot.

        The time may have moved since the lanes began to be looked at, so what refused
        it is asked by a clock that was read after the refusal.
        """
        now = self._budgets.clock()
        when = lane.budget.ready_at(now)
        # refused, and yet there is one: it has come meanwhile, or a list waits for it
        return when if when > now else now + SOON_SECONDS

    def _day_is_over(self, lane: Lane, now: float) -> bool:
        """Put a lane to sleep whose quota is used up; False where it may look now."""
        if lane.budget.in_flight:
            # what is in flight may be counted twice: only its answers tell
            self._sleep(lane, None)
            return True
        if lane.look_at is not None and lane.look_at <= now:
            return False
        if self.quota.park(lane):
            self._sleep(lane, lane.look_at)
        else:
            lane.close()
            self._rest(lane)
        self._reshare()
        return True

    def _has_row(self, lane: Lane, now: float) -> bool:
        """Return whether the lane has a row that is due, after reading if need be."""
        if lane.closed:
            return False
        if lane.ready or lane.due(now):
            return True
        # several times, as a batch may consist of rows that a resume holds already
        while not (lane.ready or lane.drained):
            # all lanes together keep so many rows: memory stays flat
            batch = ROWS_AT_HAND // self._unfinished
            batch = min(BATCH, max(SMALLEST_BATCH, batch))
            jobs = self._ledger.jobs(lane.location_id, lane.last_seq, batch)
            lane.take_in(jobs, batch)
        return bool(lane.ready)

    def _rest(self, lane: Lane) -> None:
        """Put a lane without a due row to sleep, or end it."""
        if not lane.at_end():
            self._sleep(lane, lane.later[0][0] if lane.later else None)
            return
        if not lane.finished:
            lane.finished = True
            lane.awake = False
            # counted down once, though a finished lane may be asked again
            self._unfinished -= 1
            self.quota.go_on(lane)
            self._reshare()
            if not self._unfinished:
                self._wake_all_workers()

    def _shared(self) -> int:
        """Return the requests in flight that each sending location may have."""
        sending = max(1, self._unfinished - len(self.quota.waiting))
        # rounded up: with more locations than workers each may still have one
        return -(-self._options.concurrency // sending)

    def _reshare(self) -> None:
        """Share out anew; where that is more, the lanes that had their share go on."""
        before, self._share = self._share, self._shared()
        # a smaller share needs no waking: lanes above it fall below as answers come
        if self._share > before:
            for lane in self.lanes.values():
                if before <= lane.in_flight < self._share:
                    self._stir(lane)

    # sleeping and waking

    def _sleep(
        self, lane: Lane, until: float | None, *, for_slot: bool = False
    ) -> None:
        lane.awake = False
        lane.for_slot = for_slot
        if until is None or math.isinf(until):
            # an answer will wake it, whatever it brings; without one in flight nothing
            # might, so it looks for itself
            lane.wakes_at = None
            if lane.in_flight:
                return
            until = self._budgets.clock() + LOOK_SECONDS
        lane.wakes_at = until
        # one entry is enough: when it comes up, the lane may be put further back
        if lane.listed_at is None or lane.listed_at > until:
            lane.listed_at = until
            heapq.heappush(self._sleeping, (until, next(self._count), lane))

    def _wake(self, lane: Lane) -> None:
        if lane.awake or lane.finished:
            return
        lane.awake = True
        lane.wakes_at = None
        self._awake.append(lane)
        self._wake_worker()

    def _stir(self, lane: Lane) -> None:
        """Wake a lane that something happened to, unless it waits for a slot's time."""
        if not lane.awake and (lane.wakes_at is None or not lane.for_slot):
            self._wake(lane)

    def _rouse(self, now: float) -> None:
        """Wake the lanes whose time has come."""
        while self._sleeping and self._sleeping[0][0] <= now:
            when, _, lane = heapq.heappop(self._sleeping)
            # an entry may be out of date: what counts is `wakes_at`
            if lane.listed_at == when:
                lane.listed_at = None
            # only an event can wake it, and that has its own way
            if lane.wakes_at is None:
                continue
            if lane.wakes_at <= now:
                self._wake(lane)
            elif lane.listed_at is None:
                self._sleep(lane, lane.wakes_at, for_slot=lane.for_slot)

    def _budget_changed(self, location_id: str) -> None:
        """Wake a lane for whose budget an answer came, or a permit went back."""
        lane = self.lanes.get(location_id)
        if lane is None or lane.awake:
            return
        # a lane whose slot has not come nearer would only be refused again: at a full
        # budget that is every answer
        if lane.for_slot and lane.wakes_at is not None:
            now = self._budgets.clock()
            if lane.budget.ready_at(now) >= lane.wakes_at:
                return
        self._wake(lane)

    async def _wait(self) -> None:
        """Wait for an event, or for the time that the earliest sleeper waits for."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._idle.append(future)
        if self._sleeping:
            # one timer for all: the latest to wait knows the earliest sleeper
            if self._timer is not None:
                self._timer.cancel()
            pause = max(0.0, self._sleeping[0][0] - self._budgets.clock())
            self._timer = loop.call_later(pause, self._wake_worker)
        await future

    def _wake_worker(self) -> None:
        while self._idle:
            future = self._idle.popleft()
            if not future.done():
                future.set_result(None)
                # only one: there is one turn to take, and who takes it wakes the next
                return

    def _wake_all_workers(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for future in self._idle:
            if not future.done():
                future.set_result(None)
        self._idle.clear()
