"""Whose turn it is: rows wait by location, and locations take turns fairly.

One lane for each location. A lane whose budget has no slot, or whose rows wait for
a retry, sleeps until one time; a single timer wakes the earliest. So a slow, closed
or refused location holds up nobody else, and thousands of sleeping ones cost
nothing. It sends nothing and decides nothing about rows. Invariant: `next` gives a
row only together with a permit of its location's budget.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.execution.options import Options
    from importer.execution.ports import Budgets, Ledger
    from importer.models import Job
    from importer.ratelimit import Permit

#: How many rows of a location are taken from the journal in one go.
BATCH = 200


@dataclass(slots=True)
class Lane:
    """The rows of one location that are still to be sent.

    `open` counts rows that were handed out and have no outcome yet, wherever they
    are: in flight, waiting for a retry, or being settled. `held` are those that a
    resume brought: they may be ahead of `last_seq` and must not be read again.
    `wakes_at` is the time a sleeping lane waits for, None where only an event can
    wake it.
    """

    location_id: str
    ready: deque[Try] = field(default_factory=deque)
    later: list[tuple[float, int, Try]] = field(default_factory=list)
    last_seq: int = -1
    drained: bool = False
    closed: bool = False
    finished: bool = False
    awake: bool = True
    wakes_at: float | None = None
    paused_until: float = 0.0
    held: set[int] = field(default_factory=set)
    open: int = 0
    in_flight: int = 0


@dataclass(slots=True)
class Try:
    """A job on its way: what the journal does not need to know of it.

    `attempts` counts requests that were made for it, `refusals` answers in a row
    that refused the caller and not the job.
    """

    job: Job
    lane: Lane
    attempts: int = 0
    refusals: int = 0


class Turns:
    """All lanes, and the workers that wait for a turn."""

    def __init__(
        self,
        ledger: Ledger,
        budgets: Budgets,
        locations: Sequence[str],
        options: Options,
    ) -> None:
        """Make a lane for each location; they are tried in this order."""
        self._ledger = ledger
        self._budgets = budgets
        self._options = options
        self.lanes = {location: Lane(location) for location in locations}
        self._awake: deque[Lane] = deque(self.lanes.values())
        self._sleeping: list[tuple[float, int, Lane]] = []
        self._count = itertools.count()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._unfinished = len(self.lanes)
        self.stopped = False
        self.parked: set[str] = set()
        budgets.on_change = self._budget_changed

    async def next(self) -> tuple[Try, Permit] | None:
        """The next row that may be sent now; None when there will be none."""
        while not self.stopped and self._unfinished:
            turn = self._pick()
            if turn is not None:
                self._wake_worker()
                return turn
            if self._unfinished:  # this very look may have finished the last lane
                await self._wait()
        self._wake_all_workers()
        return None

    def stop(self) -> None:
        """Hand out nothing more; what is in flight goes on."""
        self.stopped = True
        self._wake_all_workers()

    def hold(self, job: Job) -> Try:
        """A row that nobody handed out, but which is open: a resume found it."""
        lane = self.lanes[job.location_id]
        lane.open += 1
        lane.held.add(job.seq)
        return Try(job, lane, job.attempts)

    def landed(self, one: Try) -> None:
        """The request for this row is no longer in flight."""
        one.lane.in_flight -= 1
        self._wake(one.lane)

    def again(self, one: Try, wait_seconds: float) -> None:
        """Hand out a row once more, not before a pause is over."""
        if one.lane.closed:
            self.finish(one)
            return
        when = self._budgets.clock() + wait_seconds
        heapq.heappush(one.lane.later, (when, next(self._count), one))
        self._wake(one.lane)

    def pause(self, lane: Lane, seconds: float) -> None:
        """Hand out nothing of this lane for a while."""
        lane.paused_until = max(lane.paused_until, self._budgets.clock() + seconds)

    def finish(self, one: Try) -> None:
        """A row needs no more turns."""
        one.lane.open -= 1
        self._wake(one.lane)

    def close(self, lane: Lane) -> None:
        """Nothing more may be sent to this location; its rows stay as they are."""
        lane.closed = True
        lane.open -= len(lane.later)
        lane.ready.clear()
        lane.later.clear()
        self._wake(lane)

    def _pick(self) -> tuple[Try, Permit] | None:
        """The first lane in turn that has both a row and a slot."""
        now = self._budgets.clock()
        self._rouse(now)
        for _ in range(len(self._awake)):
            lane = self._awake.popleft()
            turn = self._turn(lane, now)
            if turn is not None:
                self._awake.append(lane)
                return turn
        return None

    def _turn(self, lane: Lane, now: float) -> tuple[Try, Permit] | None:
        """A row and a permit, or None after the lane was put to sleep."""
        if now < lane.paused_until and not lane.closed:
            self._sleep(lane, lane.paused_until)
            return None
        if not self._may_send(lane) or not self._fill(lane, now):
            if not self._finish_lane(lane):
                due = lane.later[0][0] if lane.later else None
                # a row that is due already waits for one that is in flight to land
                self._sleep(lane, due if due and due > now else None)
            return None
        permit = self._budgets.try_take(lane.location_id)
        if permit is None:
            when = self._budgets.budget(lane.location_id).ready_at(now)
            self._sleep(lane, when if when > now else None)
            return None
        lane.in_flight += 1
        if lane.later and lane.later[0][0] <= now:
            return heapq.heappop(lane.later)[2], permit
        lane.open += 1
        return lane.ready.popleft(), permit

    def _may_send(self, lane: Lane) -> bool:
        if lane.closed:
            return False
        budget = self._budgets.budget(lane.location_id)
        if budget.spare(self._options.daily_reserve) == 0:
            # what is in flight may be counted twice: only its answers tell
            if not lane.in_flight:
                self.parked.add(lane.location_id)
                self.close(lane)
            return False
        share = -(-self._options.concurrency // self._unfinished)
        return lane.in_flight < share

    def _fill(self, lane: Lane, now: float) -> bool:
        """Whether the lane has a row that is due, read from the journal if need be."""
        if lane.ready or (lane.later and lane.later[0][0] <= now):
            return True
        while not (lane.ready or lane.drained):
            jobs = self._ledger.jobs(lane.location_id, lane.last_seq, BATCH)
            lane.drained = len(jobs) < BATCH
            lane.last_seq = jobs[-1].seq if jobs else lane.last_seq
            lane.ready.extend(
                Try(job, lane, job.attempts) for job in jobs if job.seq not in lane.held
            )
        return bool(lane.ready)

    def _finish_lane(self, lane: Lane) -> bool:
        """Whether nothing of this lane will ever be handed out again."""
        waiting = lane.ready or lane.later or not (lane.drained or lane.closed)
        if lane.open or waiting:
            return False
        if not lane.finished:
            lane.finished = True
            lane.awake = False
            self._unfinished -= 1
            if not self._unfinished:
                self._wake_all_workers()
        return True

    # sleeping and waking

    def _sleep(self, lane: Lane, until: float | None) -> None:
        lane.awake = False
        lane.wakes_at = None if until is None or math.isinf(until) else until
        if lane.wakes_at is not None:
            heapq.heappush(self._sleeping, (lane.wakes_at, next(self._count), lane))

    def _wake(self, lane: Lane) -> None:
        if lane.awake or lane.finished:
            return
        lane.awake = True
        lane.wakes_at = None
        self._awake.append(lane)
        self._wake_worker()

    def _rouse(self, now: float) -> None:
        while self._sleeping and self._sleeping[0][0] <= now:
            when, _, lane = heapq.heappop(self._sleeping)
            if lane.wakes_at == when:
                self._wake(lane)

    def _budget_changed(self, location_id: str) -> None:
        if lane := self.lanes.get(location_id):
            self._wake(lane)

    async def _wait(self) -> None:
        """Wait for an event, or for the time that the earliest sleeper waits for."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._idle.append(future)
        if self._sleeping:
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
                return

    def _wake_all_workers(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for future in self._idle:
            if not future.done():
                future.set_result(None)
        self._idle.clear()
