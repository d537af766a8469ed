"""Whose turn it is: lanes, budgets and the workers that wait."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from importer.execution.ports import Options
from importer.execution.turns import BATCH, LOOK_SECONDS, Turns
from importer.models import Job, Status
from importer.ratelimit import Limiter, Permit, Rate, Reading
from importer.ratelimit import Options as Limits
from importer.runs.waits import phrase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.execution import Execution
    from importer.execution.turns import Try

SILENT = Reading()


class Rows:
    """A ledger that holds planned rows."""

    def __init__(self, **counts: int) -> None:
        self.jobs_of: dict[str, list[Job]] = {}
        self.reads = 0
        seq = 0
        for location, count in counts.items():
            mine = self.jobs_of.setdefault(location, [])
            for _ in range(count):
                mine.append(Job(seq, location, f"n{seq}", f"s{seq}", "", b""))
                seq += 1

    def jobs(self, location_id: str, after: int, limit: int, *_: Status) -> list[Job]:
        self.reads += 1
        found = [job for job in self.jobs_of[location_id] if job.seq > after]
        return found[:limit]

    async def sending(self, seq: int, attempts: int) -> None:
        del seq, attempts

    def record(self, outcome: object) -> None:
        del outcome

    def before(self, location_id: str) -> set[str]:
        del location_id
        return set()


class Bench:
    """Turns with everything around them."""

    def __init__(
        self,
        rows: Rows,
        *,
        rate: Rate | None = None,
        concurrency: int = 8,
        reserve: float = 0.1,
    ) -> None:
        self.limiter = Limiter(Limits(rate))
        self.turns = Turns(
            rows,
            self.limiter,
            list(rows.jobs_of),
            Options(concurrency, daily_reserve=reserve),
        )
        self.given: list[Try] = []
        self.concurrency = concurrency

    def land(self, one: Try, permit: Permit, reading: Reading = SILENT) -> None:
        self.limiter.answered(
            one.job.location_id, permit, reading, self.limiter.clock()
        )
        self.turns.finish(one)
        self.turns.landed(one)

    async def run(
        self, each: Callable[[Try, Permit], Awaitable[None]] | None = None
    ) -> None:
        """Workers that take turns until there are none; a hang is a failure."""

        async def work() -> None:
            while (turn := await self.turns.next()) is not None:
                self.given.append(turn[0])
                if each is not None:
                    await each(*turn)
                else:
                    await asyncio.sleep(0)
                    self.land(*turn)

        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            for _ in range(self.concurrency):
                group.create_task(work())

    @property
    def seqs(self) -> list[int]:
        return [one.job.seq for one in self.given]


def test_every_row_gets_exactly_one_turn() -> None:
    """Also where a location has more rows than are read in one go."""

    async def go() -> None:
        bench = Bench(Rows(a=2 * BATCH + 1, b=BATCH, c=0, d=3))
        await bench.run()
        assert sorted(bench.seqs) == list(range(3 * BATCH + 4))

    asyncio.run(go())


def test_the_rows_of_a_location_go_in_input_order() -> None:
    """A report that is read while the run goes on makes sense."""

    async def go() -> None:
        bench = Bench(Rows(a=50), concurrency=1)
        await bench.run()
        assert bench.seqs == list(range(50))

    asyncio.run(go())


def test_locations_take_turns() -> None:
    """The second location does not wait for the end of the first."""

    async def go() -> None:
        bench = Bench(Rows(a=40, b=40))
        await bench.run()
        first = Counter(one.job.location_id for one in bench.given[:20])
        assert first["a"] >= 8
        assert first["b"] >= 8

    asyncio.run(go())


def test_no_locations_are_no_turns() -> None:
    """A run in which everything exists already ends at once."""
    asyncio.run(Bench(Rows()).run())
    asyncio.run(Bench(Rows(a=0)).run())


def test_a_closed_budget_holds_up_nobody_else() -> None:
    """One location waits for its slot, the other is sent meanwhile."""

    async def go() -> None:
        bench = Bench(Rows(a=3, b=60), rate=Rate(100, 0.2))
        budget = bench.limiter.budget("a")
        budget.close(bench.limiter.clock(), 0.2)
        await bench.run()
        assert [one.job.location_id for one in bench.given[-3:]] == ["a"] * 3

    asyncio.run(go())


def test_a_row_that_waits_comes_after_its_pause_and_not_before() -> None:
    """The pause of a retry is kept, and other rows go meanwhile."""

    async def go() -> None:
        bench = Bench(Rows(a=5), concurrency=2)
        clock = bench.limiter.clock
        at: dict[int, list[float]] = {}

        async def each(one: Try, permit: Permit) -> None:
            await asyncio.sleep(0)
            times = at.setdefault(one.job.seq, [])
            times.append(clock())
            bench.limiter.answered("a", permit, SILENT, bench.limiter.clock())
            if one.job.seq == 0 and len(times) == 1:
                bench.turns.again(one, 0.1)
            else:
                bench.turns.finish(one)
            bench.turns.landed(one)

        await bench.run(each)
        assert at[0][1] - at[0][0] >= 0.1
        assert bench.seqs[-1] == 0
        assert len(bench.given) == 6

    asyncio.run(go())


def test_a_row_that_a_resume_holds_is_not_read_again_from_the_journal() -> None:
    """Once it was given back it is `planned` there, ahead of the rows that were read.

    It would be sent twice: from the journal and from the lane.
    """

    async def go() -> None:
        rows = Rows(a=3)
        bench = Bench(rows, concurrency=1)
        held = bench.turns.hold(rows.jobs_of["a"][2])
        bench.turns.again(held, 0.1)
        await bench.run()
        assert bench.seqs == [0, 1, 2]

    asyncio.run(go())


def test_a_whole_batch_of_held_rows_does_not_hide_the_rows_behind_it() -> None:
    """The next batch is read when nothing of the first is left."""

    async def go() -> None:
        rows = Rows(a=BATCH + 5)
        bench = Bench(rows)
        for job in rows.jobs_of["a"][:BATCH]:
            bench.turns.finish(bench.turns.hold(job))
        await bench.run()
        assert sorted(bench.seqs) == list(range(BATCH, BATCH + 5))

    asyncio.run(go())


def test_workers_wait_for_a_row_that_is_being_settled() -> None:
    """It may come back, so nobody goes home before it is finished."""

    async def go() -> None:
        bench = Bench(Rows(a=2))
        doubtful: list[Try] = []

        async def each(one: Try, permit: Permit) -> None:
            if one.job.seq == 0 and not doubtful:
                doubtful.append(one)
                bench.limiter.answered("a", permit, SILENT, bench.limiter.clock())
                bench.turns.landed(one)
                loop = asyncio.get_running_loop()
                loop.call_later(0.05, bench.turns.again, one, 0.0)
            else:
                bench.land(one, permit)

        await bench.run(each)
        assert sorted(bench.seqs) == [0, 0, 1]

    asyncio.run(go())


def test_a_location_that_pauses_sends_none_of_its_rows_meanwhile() -> None:
    """New ones neither: what refused one row's caller would refuse the next one's."""

    async def go() -> None:
        bench = Bench(Rows(a=50, b=1))
        bench.turns.pause(bench.turns.lanes["a"], 3600.0)
        given = [turn[0] for turn in iter(bench.turns.now, None)]
        assert [one.job.location_id for one in given] == ["b"]

    asyncio.run(go())


def test_a_closed_location_gives_nothing_more_and_ends_the_run() -> None:
    """Rows that come back to it are left as they are."""

    async def go() -> None:
        bench = Bench(Rows(a=50, b=5), concurrency=4)
        waiting: list[Try] = []

        async def each(one: Try, permit: Permit) -> None:
            await asyncio.sleep(0)
            bench.limiter.answered(
                one.job.location_id, permit, SILENT, bench.limiter.clock()
            )
            if one.job.location_id == "b" or len(waiting) == 3:
                bench.turns.finish(one)
            elif len(waiting) < 2:
                waiting.append(one)
                bench.turns.again(one, 30.0)
            else:
                waiting.append(one)
                bench.turns.close(one.lane)
                bench.turns.again(one, 0.0)
            bench.turns.landed(one)

        await bench.run(each)
        counts = Counter(one.job.location_id for one in bench.given)
        assert counts["b"] == 5
        assert counts["a"] < 10

    asyncio.run(go())


def test_stopping_sends_every_worker_home() -> None:
    """Those that wait for a slot are not waited for."""

    async def go() -> None:
        bench = Bench(Rows(a=50), rate=Rate(1, 3600.0))
        asyncio.get_running_loop().call_later(0.05, bench.turns.stop)
        await bench.run()
        assert bench.seqs == [0]

    asyncio.run(go())


def test_the_reserve_of_the_day_is_never_touched_and_all_above_it_is_used() -> None:
    """20 of 100 are the reserve, 30 are left: ten rows go, and the location parks."""

    async def go() -> None:
        bench = Bench(Rows(a=50, b=50), concurrency=16, reserve=0.2)
        left = {"a": 30, "b": 10_000}

        async def each(one: Try, permit: Permit) -> None:
            location = one.job.location_id
            left[location] -= 1
            await asyncio.sleep(0.002)
            # all that are in flight are counted already in what is left
            reading = Reading(daily_max=100, daily_remaining=left[location])
            bench.land(one, permit, reading)

        await bench.run(each)
        counts = Counter(one.job.location_id for one in bench.given)
        assert counts == {"a": 10, "b": 50}
        assert bench.turns.parked == {"a"}

    asyncio.run(go())


@pytest.mark.parametrize("locations", [2, 5])
def test_no_location_takes_all_the_workers(locations: int) -> None:
    """A location whose answers are slow leaves the others their share."""

    async def go() -> None:
        names = [f"loc{n}" for n in range(locations)]
        bench = Bench(Rows(**dict.fromkeys(names, 40)), concurrency=10)
        in_flight: Counter[str] = Counter()
        most: Counter[str] = Counter()

        async def each(one: Try, permit: Permit) -> None:
            location = one.job.location_id
            in_flight[location] += 1
            full = len({n for n in names if not bench.turns.lanes[n].finished})
            if full == locations:
                most[location] = max(most[location], in_flight[location])
            await asyncio.sleep(0.001)
            in_flight[location] -= 1
            bench.land(one, permit)

        await bench.run(each)
        assert max(most.values()) <= 10 // locations
        assert len(bench.given) == 40 * locations

    asyncio.run(go())


def test_waiting_workers_do_not_spin() -> None:
    """A row that is due, in a lane that has its share in flight, wakes nobody."""

    async def go() -> None:
        rows = Rows(a=4, b=1)
        bench = Bench(rows, concurrency=4)
        looks = 0
        pick = bench.turns.now

        def counted() -> tuple[Try, Permit] | None:
            nonlocal looks
            looks += 1
            return pick()

        bench.turns.now = counted  # type: ignore[method-assign]
        again: set[int] = set()

        async def each(one: Try, permit: Permit) -> None:
            location = one.job.location_id
            if location == "a" and one.job.seq < 2 and one.job.seq not in again:
                again.add(one.job.seq)
                bench.limiter.answered(location, permit, SILENT, bench.limiter.clock())
                bench.turns.again(one, 0.02)
                bench.turns.landed(one)
                return
            await asyncio.sleep(0.1)
            bench.land(one, permit)

        await bench.run(each)
        assert sorted(bench.seqs) == [0, 0, 1, 1, 2, 3, 4]
        assert looks < 60

    asyncio.run(go())


def test_a_permit_comes_with_every_turn() -> None:
    """With a budget of five and no answers only five rows go out."""

    async def go() -> None:
        bench = Bench(Rows(a=50), rate=Rate(5, 3600.0), concurrency=20)
        opened = asyncio.Event()

        async def each(one: Try, permit: Permit) -> None:
            if not opened.is_set():
                opened.set()
                bench.land(one, permit)
                return
            await asyncio.sleep(0.05)
            bench.turns.stop()
            bench.land(one, permit)

        await bench.run(each)
        assert len(bench.given) == 4  # the last slot waits for what is under way

    asyncio.run(go())


def test_a_held_row_keeps_the_attempts_that_were_made_for_it() -> None:
    """A resume does not begin to count anew."""
    rows = Rows(a=1)
    bench = Bench(rows)
    one = bench.turns.hold(replace(rows.jobs_of["a"][0], attempts=3))
    assert one.attempts == 3


def test_many_locations_keep_few_rows_each_in_memory() -> None:
    """Thousands of lanes with a full batch each would hold a million rows."""

    async def go() -> None:
        rows = Rows(**{f"loc{number}": 60 for number in range(1000)})
        bench = Bench(rows, concurrency=1)
        assert await bench.turns.next() is not None
        assert len(bench.turns.lanes["loc0"].ready) == 19

    asyncio.run(go())


class Wall:
    """A wall clock that goes with the monotonic one, both moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1_000_000_000.0 + self.now


def waiting(rows: Rows, clock: Wall) -> tuple[Turns, Limiter]:
    """Turns that wait for the quota, looked at every hour."""
    limiter = Limiter(Limits(None), clock.clock)
    options = Options(8, wait_for_quota=True)
    return Turns(rows, limiter, list(rows.jobs_of), options, clock.wall), limiter


def used_up(limiter: Limiter, location_id: str, left: int = 10) -> None:
    """An answer that says how many of 100 calls of the day are left."""
    permit = limiter.try_take(location_id)
    assert permit is not None
    reading = Reading(daily_max=100, daily_remaining=left)
    limiter.answered(location_id, permit, reading, limiter.clock())


def test_a_location_that_waits_for_its_quota_holds_up_nobody() -> None:
    """The other one goes on, and who watches is told of the next look."""
    clock = Wall()
    turns, limiter = waiting(Rows(a=3, b=3), clock)
    used_up(limiter, "a")
    given = [turns.now() for _ in range(3)]
    assert {turn[0].job.location_id for turn in given if turn} == {"b"}
    assert turns.parked == set()
    (look,) = turns.quota.waiting.values()
    assert 0 < look % 3600 < 40, "shortly after a full hour"
    assert 0 < look - clock.wall() < 3640


def test_a_look_is_one_row_and_goes_on_with_all_after_the_reset() -> None:
    """Its answer tells whether the day has begun anew; if not, an hour later again."""
    clock = Wall()
    turns, limiter = waiting(Rows(a=5), clock)
    used_up(limiter, "a")
    assert turns.now() is None
    for left in (9, 99):
        clock.now += 3640.0
        turn = turns.now()
        assert turn is not None
        assert turns.now() is None, "a second call before the first one's answer"
        reading = Reading(daily_max=100, daily_remaining=left)
        limiter.answered("a", turn[1], reading, limiter.clock())
        turns.finish(turn[0])
        turns.landed(turn[0])
    assert turns.now() is not None
    assert turns.now() is not None
    assert turns.quota.waiting == {}


class Hasty(Wall):
    """A clock that is later at each reading, once `step` says by how much."""

    step = 0.0

    def clock(self) -> float:
        self.now += self.step
        return self.now


def test_a_lane_refused_by_a_later_clock_sleeps_until_a_time() -> None:
    """With nothing in flight no event would ever wake it.

    Between the look at the lanes and the refusal the budget heard nothing for too
    long, so it asks with one call when the calls before are out of the window.
    """
    clock = Hasty()
    limiter = Limiter(Limits(None), clock.clock)
    turns = Turns(Rows(a=2), limiter, ["a"], Options(1))
    turn = turns.now()
    assert turn is not None
    reading = Reading(max_calls=10, remaining=4, interval_seconds=10.0)
    limiter.answered("a", turn[1], reading, limiter.clock())
    turns.finish(turn[0])
    turns.landed(turn[0])
    clock.now, clock.step = 0.5, 0.3  # 0.8 s, then 1.1 s: over the tenth of 10 s
    assert turns.now() is None
    assert turns.lanes["a"].wakes_at == pytest.approx(10.0, abs=0.1)
    clock.now = 10.0
    assert turns.now() is not None


def test_a_lane_with_nothing_in_flight_never_sleeps_without_a_time() -> None:
    """A list holds the whole budget: its answer wakes the lane, or else a look."""

    async def go() -> None:
        clock = Wall()
        limiter = Limiter(Limits(None), clock.clock)
        turns = Turns(Rows(a=2), limiter, ["a"], Options(1))
        permit = await limiter.acquire("a")
        assert turns.now() is None
        assert turns.lanes["a"].wakes_at == LOOK_SECONDS
        limiter.answered("a", permit, SILENT, clock.now)
        assert turns.lanes["a"].awake

    asyncio.run(go())


def test_a_lane_that_had_its_share_goes_on_when_another_comes_to_its_end() -> None:
    """Its own answers may be slow, and workers have nothing else to do."""

    async def go() -> None:
        bench = Bench(Rows(a=9, b=1), concurrency=4)
        slow = asyncio.Event()

        async def each(one: Try, permit: Permit) -> None:
            if one.job.location_id == "b":
                await asyncio.sleep(0.02)
                asyncio.get_running_loop().call_later(0.05, slow.set)
            else:
                await slow.wait()
                assert len(bench.given) >= 5, "two workers waited all the time"
            bench.land(one, permit)

        # budgets that know their limit let more than one call go at once
        for location in ("a", "b"):
            permit = bench.limiter.try_take(location)
            assert permit is not None
            bench.limiter.answered(location, permit, SILENT, bench.limiter.clock())
        await bench.run(each)
        assert len(bench.given) == 10

    asyncio.run(go())


def test_a_list_in_flight_does_not_end_a_day() -> None:
    """Its call may be counted twice, by the server and by us: its answer tells."""

    async def go() -> None:
        clock = Wall()
        limiter = Limiter(Limits(None), clock.clock)
        turns = Turns(Rows(a=2), limiter, ["a"], Options(8))
        used_up(limiter, "a", left=11)
        permit = await limiter.acquire("a")
        assert turns.now() is None
        assert not turns.parked
        reading = Reading(daily_max=100, daily_remaining=11)
        limiter.answered("a", permit, reading, clock.now)
        assert turns.now() is not None

    asyncio.run(go())


def test_a_stop_does_not_wait_for_the_quota() -> None:
    """Ctrl-C and --max-duration work while nothing can be sent."""

    async def go() -> None:
        turns, limiter = waiting(Rows(a=3), Wall())
        used_up(limiter, "a")
        waiter = asyncio.ensure_future(turns.next())
        await asyncio.sleep(0)
        assert not waiter.done()
        turns.stop()
        assert await asyncio.wait_for(waiter, 5.0) is None

    asyncio.run(go())


@pytest.mark.parametrize("others", [1, 2, 3])
def test_a_row_that_is_recalled_outlasts_the_other_locations(others: int) -> None:
    """Its location had come to its end; the run has not, whoever ends before it."""

    async def go() -> None:
        counts = dict.fromkeys("abcd"[: others + 1], 1)
        bench = Bench(Rows(**counts))
        turns = [await bench.turns.next() for _ in counts]
        first, *rest = [turn for turn in turns if turn is not None]
        bench.land(*first)
        assert bench.turns.now() is None
        assert bench.turns.lanes["a"].finished
        recalled = bench.turns.recall(first[0].job)
        for turn in rest:
            bench.land(*turn)
            assert bench.turns.now() is None
        assert bench.turns.state()["asleep_without_time"] == 0, "nothing wakes it"
        bench.turns.again(recalled, 0.0)
        again = await asyncio.wait_for(bench.turns.next(), 5)
        assert again is not None
        assert again[0].job is first[0].job
        bench.land(*again)
        assert await asyncio.wait_for(bench.turns.next(), 5) is None

    asyncio.run(go())


def test_a_lane_waits_for_the_reset_that_its_answers_state() -> None:
    """One look after five hours instead of five looks, and who watches is told."""
    clock = Wall()
    turns, limiter = waiting(Rows(a=2), clock)
    used_up(limiter, "a", left=0)
    limiter.budget("a").hear_reset("18000000", clock.now)
    assert turns.now() is None
    execution = cast("Execution", SimpleNamespace(turns=turns))
    said, seconds, kind = phrase(
        "sending", execution, [limiter.budget("a")], 1, clock.now
    )
    assert said.startswith("the day's quota of 1 location; next look at ")
    assert kind == "quota"
    assert said.endswith("(after its reset)")
    assert seconds is not None
    clock.now += 17_990.0
    assert turns.now() is None
    clock.now += 60.0
    assert turns.now() is not None
