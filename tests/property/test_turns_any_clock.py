"""No lane is left asleep, however the time moves between two looks at the clock.

The turns, the lanes, the limiter and the budgets are the real ones; the server keeps
the sandbox's windows, in which another program spends too. The clock is later at each
reading, by as much as a loaded machine may take, and nothing sleeps in real time: a
worker that waits for what cannot come raises `Stuck`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import examples
import pytest
import simulated_time
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer.execution import turns as whose
from importer.execution.ports import Options
from importer.execution.turns import Turns
from importer.models import Job, Status
from importer.ratelimit import Limiter, Rate, Reading
from importer.ratelimit import Options as Limits
from importer.sandbox.traffic import Allowance, Budget, Limit

if TYPE_CHECKING:
    from importer.execution.turns import Try
    from importer.ratelimit import Permit

pytestmark = [pytest.mark.examples, pytest.mark.no_cover]


@dataclass(frozen=True)
class Weather:
    """What a run meets. Times are seconds, shares are of all answers."""

    locations: int = 3
    rows: int = 6
    concurrency: int = 8
    calls: int = 10
    step: float = 0.01  # how far the clock may move at each reading
    jitter: float = 0.1  # how long an answer may take
    foreign: float = 0.0  # calls of another program in a second
    used: int = 0  # calls that the run before has made a moment ago
    lost: float = 0.0  # calls without an answer
    unsent: float = 0.0  # calls that never left
    lists: int = 0  # lists that are read beside, some of them given up
    rate: Rate | None = None
    kind: str = "fixed"
    seed: int = 0


WEATHER = st.builds(
    Weather,
    st.integers(1, 40),
    st.integers(0, 9),
    st.integers(1, 40),
    st.integers(1, 30),
    st.sampled_from((1e-9, 1e-4, 0.01, 0.3, 2.0)),
    st.sampled_from((0.0, 0.05, 1.5)),
    st.sampled_from((0.0, 0.0, 0.5, 3.0)),
    st.integers(0, 12),
    st.sampled_from((0.0, 0.0, 0.2)),
    st.sampled_from((0.0, 0.0, 0.2)),
    st.integers(0, 6),
    st.sampled_from((None, Rate(3, 1.0), Rate(10, 10.0))),
    st.sampled_from(("fixed", "sliding")),
    st.integers(0, 999),
)


class Rows:
    """A ledger that holds planned rows."""

    def __init__(self, weather: Weather) -> None:
        self.jobs_of: dict[str, list[Job]] = {
            f"loc{place}": [
                Job(seq, f"loc{place}", f"n{seq}", f"s{seq}", "", b"")
                for seq in range(place * weather.rows, (place + 1) * weather.rows)
            ]
            for place in range(weather.locations)
        }

    def jobs(self, location_id: str, after: int, limit: int, *_: Status) -> list[Job]:
        found = [job for job in self.jobs_of[location_id] if job.seq > after]
        return found[:limit]

    async def sending(self, seq: int, attempts: int) -> None:
        raise NotImplementedError

    def record(self, outcome: object) -> None:
        raise NotImplementedError

    def before(self, location_id: str) -> set[str]:
        raise NotImplementedError


@dataclass
class World:
    """A run, its clock and its server."""

    weather: Weather
    loop: simulated_time.Loop
    given: Counter[int] = field(default_factory=Counter)
    ended: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        weather = self.weather
        self.chance = random.Random(weather.seed)  # noqa: S311 - no secret
        self.rows = Rows(weather)
        self.limiter = Limiter(Limits(weather.rate), self.clock)
        self.turns = Turns(
            self.rows,
            self.limiter,
            list(self.rows.jobs_of),
            Options(weather.concurrency),
            lambda: 1_000_000_000.0 + self.loop.time(),
        )
        allowance = Allowance(
            Limit(weather.calls, 10.0),
            "fixed" if weather.kind == "fixed" else "sliding",
            None,
            min(weather.foreign, weather.calls / 20),
        )
        self.server = {place: Budget(allowance) for place in self.rows.jobs_of}
        for budget in self.server.values():
            for _ in range(min(weather.used, weather.calls)):
                budget.take(self.loop.time())

    def clock(self) -> float:
        """The time, which is later at each reading."""
        self.loop.jumping.now += self.chance.random() * self.weather.step
        return self.loop.time()

    async def call(self, location_id: str, permit: Permit) -> bool:
        """One request; whether it was answered, and not with a 429."""
        weather, chance = self.weather, self.chance
        await asyncio.sleep(chance.random() * weather.jitter)
        if chance.random() < weather.unsent:
            self.limiter.give_back(location_id, permit)
            return False
        budget, now = self.server[location_id], self.loop.time()
        accepted = budget.is_open(now)
        if accepted:
            budget.take(now)
        said = budget.headers(now)
        await asyncio.sleep(chance.random() * weather.jitter)
        if chance.random() < weather.lost:
            self.limiter.answered(location_id, permit, None, self.clock())
            return False
        left = int(said["X-RateLimit-Remaining"])
        reading = Reading(weather.calls, left, 10.0)
        self.limiter.answered(location_id, permit, reading, self.clock())
        if not accepted:
            self.limiter.refused(location_id, None)
        return accepted

    async def work(self) -> None:
        """A worker, as the execution has them."""
        while turn := self.turns.now() or await self.turns.next():
            one, permit = turn
            self.given[one.job.seq] += 1
            if await self.call(one.job.location_id, permit):
                self.ended.add(one.job.seq)
                self.turns.finish(one)
            else:
                self.put_back(one)
            self.turns.landed(one)

    def put_back(self, one: Try) -> None:
        """A row that comes again: at once, after a pause, or when it was looked for."""
        fate = self.chance.randrange(4)
        if fate == 0:
            self.turns.pause(one.lane, 0.7)
        if fate == 1:
            self.loop.call_later(30.0, self.turns.again, one, 0.0)
        else:
            self.turns.again(one, fate * 0.4)

    async def list(self, location_id: str) -> None:
        """A list beside the rows, waited for in line; who waits may give up."""
        await asyncio.sleep(self.chance.random() * 20)
        patience = self.chance.choice((None, 0.0, 3.0))
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                permit = await self.limiter.acquire(location_id)
            await self.call(location_id, permit)

    async def run(self) -> None:
        """All workers, and those who list."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.weather.concurrency):
                group.create_task(self.work())
            for _ in range(self.weather.lists):
                place = self.chance.choice(list(self.rows.jobs_of))
                group.create_task(self.list(place))


def check(weather: Weather) -> None:
    """Every row of every location came to its end."""
    loop = simulated_time.Loop(1000.0)
    world = World(weather, loop)
    try:
        loop.run_until_complete(world.run())
    except simulated_time.Stuck:
        lanes = [lane for lane in world.turns.lanes.values() if not lane.finished]
        pytest.fail(f"{len(lanes)} lanes sleep for ever: {lanes[:3]}")
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
    assert loop.time() < LONGEST_SECONDS, "a lane was found only when it looked itself"
    assert len(world.ended) == weather.locations * weather.rows
    held = {place: one.in_flight for place, one in world.limiter.budgets.items()}
    assert not any(held.values()), "a permit did not come back"


#: Longer than any of these runs may take, by the simulated clock.
LONGEST_SECONDS = 1e6
NEVER_SECONDS = 1e7
#: Runs back to back: the windows are half used by the run before, and it takes a
#: moment to look at all lanes.
BACK_TO_BACK = Weather(40, 6, 8, 10, 0.3, 0.05, used=6)


@given(WEATHER)
@example(BACK_TO_BACK)
@settings(
    max_examples=examples.tried(150),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_every_row_is_handed_out_however_the_clock_moves(weather: Weather) -> None:
    """Between two readings a slot may go, or come, and no lane sleeps for it."""
    check(weather)


@given(WEATHER)
@example(BACK_TO_BACK)
@settings(
    max_examples=examples.tried(150),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_no_wake_up_is_lost_that_a_look_now_and_then_would_hide(
    weather: Weather,
) -> None:
    """Lanes that look for themselves are a net, and nothing ever falls into it."""
    usual = whose.LOOK_SECONDS
    whose.LOOK_SECONDS = NEVER_SECONDS
    try:
        check(weather)
    finally:
        whose.LOOK_SECONDS = usual
