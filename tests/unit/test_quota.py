"""The day's quota: when a location looks again, and who waits or ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from importer.execution.lanes import LATE, Lane, Quota, until_next_look
from importer.execution.ports import Options
from importer.ratelimit import Limiter, Reading
from importer.ratelimit import Options as Limits

HOUR = 3600.0
NOON = 1_700_000_000 // HOUR * HOUR


@given(
    st.text("abc0123", min_size=1, max_size=24),
    st.sampled_from([60.0, 600.0, HOUR]),
    st.floats(0, 10_000),
)
def test_a_look_comes_right_after_the_next_full_hour_and_never_before(
    location: str, pause: float, since: float
) -> None:
    """A little late, since clocks differ, and less than twice that late."""
    wall = NOON + since
    look = wall + until_next_look(location, pause, wall)
    full = (wall // pause + 1) * pause
    assert full + pause * LATE * 0.99 <= look <= full + 2.01 * pause * LATE


def test_locations_do_not_look_at_the_same_moment() -> None:
    """Thousands of calls at once would meet a server that counts calls."""
    waits = {until_next_look(f"loc{number}", HOUR, NOON) for number in range(200)}
    assert len(waits) > 190
    assert max(waits) - min(waits) > HOUR * LATE * 0.9


def test_a_full_hour_that_is_now_is_not_the_next() -> None:
    """The look that was made at it said that nothing is left."""
    assert until_next_look("a", HOUR, NOON) > HOUR
    assert until_next_look("a", HOUR, NOON - 1) < HOUR * LATE * 2 + 1.01


class Bench:
    """A lane whose day has so much left, and a quota with clocks that stand."""

    def __init__(self, *, waits: bool, left: int, reserve: float = 0.1) -> None:
        self.limiter = Limiter(Limits(None))
        self.lane = Lane("a", self.limiter.budget("a"))
        options = Options(daily_reserve=reserve, wait_for_quota=waits)
        self.quota = Quota(options, lambda: 50.0, lambda: NOON)
        self.answer(left)

    def look_at(self) -> float | None:
        return self.lane.look_at

    def answer(self, left: int) -> None:
        permit = self.limiter.try_take("a")
        assert permit is not None
        reading = Reading(daily_max=100, daily_remaining=left)
        self.limiter.answered("a", permit, reading, self.limiter.clock())


def test_the_reserve_is_left_to_the_last_call() -> None:
    """At the reserve nothing more is sent; one call above it, something is."""
    for left, over in ((9, True), (10, True), (11, False), (12, False)):
        bench = Bench(waits=False, left=left)
        assert bench.quota.used_up(bench.lane) is over, left
    for left, over in ((0, True), (1, False)):
        bench = Bench(waits=False, left=left, reserve=0.0)
        assert bench.quota.used_up(bench.lane) is over, left


def test_a_location_that_is_not_to_wait_ends() -> None:
    """It is named among the parked, and waits for nothing."""
    bench = Bench(waits=False, left=0)
    assert not bench.quota.park(bench.lane)
    assert bench.quota.parked == {"a"}
    assert bench.quota.waiting == {}
    assert bench.look_at() is None


def test_a_location_that_waits_keeps_the_time_of_its_look() -> None:
    """Parking it again does not put the look off; going on forgets it."""
    bench = Bench(waits=True, left=0)
    assert bench.quota.park(bench.lane)
    wait = until_next_look("a", bench.quota._pause, NOON)
    assert bench.look_at() == 50.0 + wait
    assert bench.quota.waiting == {"a": NOON + wait}
    assert bench.quota.parked == set()
    bench.lane.look_at = 60.0
    assert bench.quota.park(bench.lane)
    assert bench.look_at() == 60.0
    assert bench.quota.used_up(bench.lane)
    assert bench.look_at() == 60.0
    bench.answer(80)
    assert not bench.quota.used_up(bench.lane)
    assert bench.look_at() is None
    assert bench.quota.waiting == {}


def test_a_location_whose_answers_state_the_reset_waits_until_it() -> None:
    """Not hour after hour: once, a little late, and again from each new answer."""
    bench = Bench(waits=True, left=0)
    bench.lane.budget.hear_reset("18000000", 50.0)
    assert bench.quota.park(bench.lane)
    wait = 5 * HOUR
    assert bench.quota.resets == {"a": NOON + wait}
    first = bench.look_at()
    assert first is not None
    assert 50.0 + wait < first < 50.0 + wait + 2.01 * HOUR * LATE
    assert bench.quota.park(bench.lane)
    assert bench.look_at() == first
    bench.lane.budget.hear_reset("7200000", 60.0)
    assert bench.quota.park(bench.lane)
    later = bench.look_at()
    assert later is not None
    assert later < 60.0 + 2.1 * HOUR
    bench.quota.go_on(bench.lane)
    assert bench.quota.resets == {}


def test_a_reset_that_is_told_again_and_again_is_not_looked_at_all_the_time() -> None:
    """At least a window lies between two looks."""
    bench = Bench(waits=True, left=0)
    bench.quota._pause = 0.001
    bench.lane.budget.hear_reset("1", 50.0)
    bench.quota.plan_look(bench.lane)
    assert bench.look_at() == 50.0 + bench.lane.budget.interval_seconds


def test_a_location_that_ends_says_when_its_day_begins_anew() -> None:
    """Where that is known."""
    bench = Bench(waits=False, left=0)
    assert not bench.quota.park(bench.lane)
    assert bench.quota.resets == {}
    bench.lane.budget.hear_reset("3600000", 50.0)
    assert not bench.quota.park(bench.lane)
    assert bench.quota.resets == {"a": NOON + HOUR}
