"""How fast: slots on a stepped clock, and the waiting for them."""

from __future__ import annotations

import asyncio
import math

import pytest
import simulated_time

from importer.models import Spent
from importer.ratelimit import (
    MARGIN_SECONDS,
    Budget,
    Limiter,
    Options,
    Permit,
    Rate,
    Reading,
)
from importer.ratelimit.limiter import LOOK_SECONDS
from importer.ratelimit.slots import Others

TEN = Rate(10, 10.0)
SILENT = Reading()
ROUND = 10.0 + MARGIN_SECONDS


def opened(budget: Budget, now: float = 0.0, reading: Reading = SILENT) -> None:
    """Make the first call, after which the budget believes in its limit."""
    permit = budget.take(now)
    assert permit is not None
    budget.answered(permit, reading, now)


def burst(budget: Budget, now: float) -> list[Permit]:
    """Take all that there is."""
    permits = []
    while permit := budget.take(now):
        permits.append(permit)
    return permits


def test_a_rate_reads_like_its_flag() -> None:
    """`100/10s` is how people write it."""
    assert str(Rate(100, 10.0)) == "100/10s"
    assert str(Rate(5, 0.5)) == "5/0.5s"


def test_one_call_goes_ahead_of_all_others() -> None:
    """What a killed run, or somebody else, left of the window is not known before."""
    budget = Budget(TEN)
    assert len(burst(budget, 0.0)) == 1
    assert budget.ready_at(0.0) == math.inf


def test_the_first_answer_opens_the_window() -> None:
    """Then all the slots that are left may go at once."""
    budget = Budget(TEN)
    opened(budget)
    assert budget.left(1.0) == 9
    assert len(burst(budget, 1.0)) == 9
    assert budget.left(1.0) == 0


def test_a_slot_is_free_one_interval_after_its_answer_not_its_start() -> None:
    """The server counted somewhere between, so the answer is the safe moment."""
    budget = Budget(Rate(2, 10.0))
    opened(budget)
    permit = budget.take(0.0)
    assert permit is not None
    budget.answered(permit, SILENT, 7.0)
    assert budget.ready_at(8.0) == pytest.approx(ROUND)
    assert budget.take(ROUND) is not None
    assert budget.take(ROUND) is None
    assert budget.take(17.0) is None
    assert budget.take(7.0 + ROUND) is not None


def test_a_call_in_flight_holds_its_slot_however_long() -> None:
    """Only an answer tells when it was counted."""
    budget = Budget(Rate(1, 10.0))
    permit = budget.take(0.0)
    assert permit is not None
    assert budget.take(1000.0) is None
    assert budget.ready_at(1000.0) == math.inf
    budget.answered(permit, SILENT, 1000.0)
    assert budget.take(1000.0 + ROUND) is not None


def test_a_call_without_an_answer_spends_its_slot_all_the_same() -> None:
    """It may have been counted, or may still be: it is held for two intervals."""
    budget = Budget(Rate(1, 10.0))
    permit = budget.take(0.0)
    assert permit is not None
    budget.answered(permit, None, 5.0)
    assert budget.take(5.0 + ROUND) is None
    assert budget.ready_at(5.0 + ROUND) == pytest.approx(5.0 + 2 * ROUND)
    assert budget.take(5.0 + 2 * ROUND) is not None
    assert budget.calls == 1


def test_calls_without_an_answer_go_one_after_the_other() -> None:
    """The first line that breaks must not cost a whole interval of silence."""
    budget = Budget(TEN)
    for _ in range(10):
        (permit,) = burst(budget, 0.0)
        budget.answered(permit, None, 0.0)
    assert burst(budget, 0.0) == []
    assert budget.ready_at(0.0) == pytest.approx(2 * ROUND)


def test_each_call_without_an_answer_holds_its_slot_for_its_own_two_intervals() -> None:
    """That the first of them leaves the window frees no other, and keeps none."""
    budget = Budget(Rate(2, 10.0))
    for now in (0.0, 5.0):
        (permit,) = burst(budget, now)
        budget.answered(permit, None, now)
    for now in (0.0, 5.0):
        assert budget.ready_at(7.0) == pytest.approx(now + 2 * ROUND)
        (permit,) = burst(budget, now + 2 * ROUND)
        budget.answered(permit, None, now + 2 * ROUND)


def test_a_call_that_was_never_sent_spends_nothing() -> None:
    """Its slot is free at once, and it is not counted as made."""
    budget = Budget(TEN)
    permit = budget.take(0.0)
    assert permit is not None
    budget.give_back(permit)
    assert budget.take(0.0) is not None
    assert budget.calls == 0


def test_a_smaller_limit_in_the_headers_is_obeyed() -> None:
    """A sandbox account was measured at 25 per 10 s: the headers are the truth."""
    budget = Budget(Rate(100, 10.0))
    opened(budget, reading=Reading(max_calls=25, interval_seconds=10.0))
    assert len(burst(budget, 1.0)) == 24


def test_a_larger_limit_in_the_headers_stays_below_the_users_ceiling() -> None:
    """The ceiling is the user's word."""
    budget = Budget(TEN)
    opened(budget, reading=Reading(max_calls=500, interval_seconds=10.0))
    assert len(burst(budget, 1.0)) == 9


def test_without_a_ceiling_the_headers_are_followed() -> None:
    """`--rate none` trusts the API alone."""
    budget = Budget(None)
    opened(budget, reading=Reading(max_calls=30, interval_seconds=5.0))
    assert len(burst(budget, 1.0)) == 29
    assert budget.interval_seconds == 5.0


def test_without_ceiling_and_headers_nothing_is_limited() -> None:
    """A server that states no limit has none."""
    budget = Budget(None)
    opened(budget)
    assert budget.left(0.0) == math.inf
    assert budget.take(0.0) is not None
    assert budget.ready_at(0.0) == 0.0


def test_a_ceiling_over_another_interval_is_converted() -> None:
    """10 in 1 s is 50 in 5 s, and 2 in 10 s is one in 5 s, never one in 1 s."""
    budget = Budget(Rate(10, 1.0))
    opened(budget, reading=Reading(max_calls=100, interval_seconds=5.0))
    assert budget.max_calls == 50
    slow = Budget(Rate(2, 10.0))
    opened(slow, reading=Reading(max_calls=100, interval_seconds=1.0))
    assert (slow.max_calls, slow.interval_seconds) == (1, 5.0)
    assert slow.ready_at(0.0) == pytest.approx(5.0 + MARGIN_SECONDS)


def test_another_interval_moves_the_slots_that_are_taken() -> None:
    """A slot that was to be free after 10 s is free after the 4 s of the header."""
    budget = Budget(TEN)
    opened(budget, 0.0)
    permit = budget.take(1.0)
    assert permit is not None
    budget.answered(permit, Reading(max_calls=1, interval_seconds=4.0), 1.0)
    assert budget.ready_at(1.0) == pytest.approx(1.0 + 4.0 + MARGIN_SECONDS)


@pytest.mark.parametrize(
    "before", [Reading(8, None, 4.0), Reading(12, None, 10.0), Reading(12, None, 4.0)]
)
def test_an_old_answer_widens_no_limit_that_was_tightened_since(
    before: Reading,
) -> None:
    """It tells of more calls, or of a shorter interval, that are over."""
    budget = Budget(None)
    opened(budget, reading=before)
    slow, quick = budget.take(1.0), budget.take(1.0)
    assert slow is not None
    assert quick is not None
    budget.answered(quick, Reading(8, None, 10.0), 2.0)
    budget.answered(slow, before, 3.0)
    assert (budget.max_calls, budget.interval_seconds) == (8, 10.0)
    opened(budget, 3.0 + ROUND, before)  # that left after the tighter one was known
    assert budget.max_calls == before.max_calls
    assert budget.interval_seconds == before.interval_seconds


@pytest.mark.parametrize("older", [Reading(6, None, 10.0), Reading(8, None, 12.0)])
def test_an_old_answer_tightens_a_limit_all_the_same(older: Reading) -> None:
    """What is too much for any answer is too much; believing it costs little."""
    budget = Budget(None)
    opened(budget, reading=Reading(10, None, 10.0))
    slow, quick = budget.take(1.0), budget.take(1.0)
    assert slow is not None
    assert quick is not None
    budget.answered(quick, Reading(8, None, 10.0), 2.0)
    budget.answered(slow, older, 3.0)
    assert (budget.max_calls, budget.interval_seconds) == (older[0], older[2])


@pytest.mark.parametrize(
    "between", [SILENT, Reading(max_calls=8), Reading(max_calls=8, remaining=3)]
)
def test_an_answer_that_leaves_something_out_forgets_nothing(between: Reading) -> None:
    """The interval stays known, so an old answer does not shorten it either."""
    budget = Budget(None)
    opened(budget, reading=Reading(8, None, 4.0))
    slow, quick, third = budget.take(1.0), budget.take(1.0), budget.take(1.0)
    assert slow is not None
    assert quick is not None
    assert third is not None
    budget.answered(quick, Reading(8, None, 10.0), 2.0)
    budget.answered(third, between, 2.5)
    assert (budget.max_calls, budget.interval_seconds) == (8, 10.0)
    budget.answered(slow, Reading(8, None, 4.0), 3.0)
    assert (budget.max_calls, budget.interval_seconds) == (8, 10.0)


def test_a_limit_of_nothing_still_lets_one_call_through() -> None:
    """Else no answer would ever say that there is more again."""
    budget = Budget(TEN)
    opened(budget, reading=Reading(max_calls=0))
    assert budget.take(ROUND) is not None


def test_others_calls_take_slots() -> None:
    """The app's other jobs spend the same budget."""
    budget = Budget(TEN)
    opened(budget, reading=Reading(max_calls=10, remaining=3))
    assert len(burst(budget, 0.0)) == 2
    assert budget.ready_at(0.0) == pytest.approx(ROUND)


def test_own_calls_are_not_taken_for_others() -> None:
    """Answers come in any order; what is in flight may be counted already."""
    budget = Budget(TEN)
    opened(budget, reading=Reading(max_calls=10, remaining=9))
    permits = burst(budget, 0.6)
    for permit in reversed(permits):
        budget.answered(permit, Reading(max_calls=10, remaining=0), 1.0)
    assert len(burst(budget, 0.0 + ROUND)) == 1
    assert len(burst(budget, 1.0 + ROUND)) == 9


def test_others_calls_are_counted_once() -> None:
    """The same stranger shows in every answer of the window."""
    budget = Budget(TEN)
    opened(budget, reading=Reading(max_calls=10, remaining=8))
    permit = budget.take(0.0)
    assert permit is not None
    budget.answered(permit, Reading(max_calls=10, remaining=7), 0.0)
    assert budget.left(0.0) == 7


def test_a_refusal_closes_the_budget_for_as_long_as_the_api_says() -> None:
    """`Retry-After` is honoured."""
    budget = Budget(TEN)
    opened(budget)
    budget.close(1.0, 3600.0)
    assert budget.left(2.0) == 0
    assert budget.take(3600.0) is None
    assert budget.ready_at(2.0) == pytest.approx(3601.0 + MARGIN_SECONDS)
    assert budget.take(3601.1) is not None
    assert budget.refused == 1


def test_a_refusal_without_retry_after_closes_for_one_interval() -> None:
    """The window is the only thing that is known."""
    budget = Budget(TEN)
    opened(budget)
    budget.close(1.0, None)
    assert budget.ready_at(1.0) == pytest.approx(1.0 + ROUND)


def test_a_second_refusal_never_opens_the_budget_earlier() -> None:
    """The longest wait that was asked for holds."""
    budget = Budget(TEN)
    budget.close(0.0, 60.0)
    budget.close(1.0, 5.0)
    assert budget.ready_at(2.0) == pytest.approx(60.0 + MARGIN_SECONDS)


def test_after_a_refusal_a_single_call_goes_first() -> None:
    """Somebody else spends from the budget, so the first answer tells how much."""
    budget = Budget(TEN)
    opened(budget)
    budget.close(0.0, 20.0)
    assert len(burst(budget, 21.0)) == 1


def test_answers_from_before_a_refusal_do_not_open_the_budget() -> None:
    """They left before it, and say nothing of what comes after."""
    budget = Budget(TEN)
    opened(budget)
    first, second = budget.take(0.0), budget.take(0.0)
    assert first is not None
    assert second is not None
    budget.answered(first, SILENT, 0.1)
    budget.close(0.1, 5.0)
    budget.answered(second, SILENT, 0.2)
    assert len(burst(budget, 0.2 + ROUND)) == 1


def test_the_days_quota_keeps_a_reserve_for_others() -> None:
    """10 % of 200 are 20, and what is in flight is spent already."""
    budget = Budget(TEN)
    assert budget.spare(0.1) is None
    opened(budget, reading=Reading(daily_max=200, daily_remaining=25))
    assert budget.spare(0.1) == 5
    assert budget.take(0.0) is not None
    assert budget.spare(0.1) == 4
    assert budget.spare(0.5) == 0
    opened(budget, reading=Reading(daily_max=200))
    assert budget.spare(0.1) == 4, "an answer without what is left forgets nothing"


def test_a_quota_without_its_maximum_has_no_reserve() -> None:
    """A share of the unknown is nothing."""
    budget = Budget(TEN)
    opened(budget, reading=Reading(daily_remaining=25))
    assert budget.spare(0.1) == 25


# the part that waits


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("reading", [SILENT, Reading(10, 4, 10.0)])
def test_what_a_process_has_called_holds_slots_of_the_next_one(
    reading: Reading,
) -> None:
    """Also what was refused, which no answer shows; and nothing of it counts twice."""
    budget = Budget(TEN)
    opened(budget, 0.0)
    # where windows are fixed, the next one's first answer may not show it
    assert budget.spent(1.0) == Spent(1, ROUND - 1.0, TEN)
    first, *rest = burst(budget, 1.0)
    for permit in rest[:4]:
        budget.answered(permit, SILENT, 1.0)
    for permit in rest[4:]:
        budget.give_back(permit)
    budget.answered(first, SILENT, 1.0)
    left = budget.spent(2.0)
    assert left is not None
    assert left == Spent(6, 1.0 + ROUND - 2.0, TEN)
    following = Budget(None)
    following.inherit(left, 2.0)
    opened(following, 2.0, reading)
    assert len(burst(following, 8.0)) == 10 - 6 - 1
    assert following.calls == 1
    assert following.in_flight == 10 - 6 - 1
    assert burst(following, 1.0 + ROUND - 0.001) == []
    assert following.take(1.0 + ROUND + 0.001)


def test_a_budget_that_was_handed_over_in_full_is_closed_until_a_window_is_over() -> (
    None
):
    """Of a process that died it is not known what it has called."""
    budget = Budget(TEN)
    budget.inherit(Spent(None, 7.0), 1.0)
    assert budget.take(7.9) is None
    assert budget.ready_at(2.0) == 8.0
    assert budget.spent(2.0) == Spent(None, 6.0, TEN)
    assert len(burst(budget, 8.0)) == 1


def test_what_was_refused_or_given_up_is_told_however_few_calls_it_was() -> None:
    """The next process is told of a call that may be counted, and until when."""
    budget = Budget(TEN)
    opened(budget, 0.0)
    permit = budget.take(1.0)
    assert permit is not None
    budget.close(1.0, None)
    assert budget.spent(1.0) == Spent(None, 2 * ROUND, TEN)
    longest = 12.0 + 2 * ROUND - 12.0  # rounded alike
    assert budget.spent(12.0) == Spent(1, longest, TEN)
    budget.answered(permit, None, 12.0)
    assert budget.spent(12.0) == Spent(1, longest, TEN)
    assert Budget(None).spent(0.0) is None


def test_a_limiter_hands_over_what_it_knows_of_a_location() -> None:
    """And what it does not know of it is nothing."""
    limiter = Limiter(Options(), clock=lambda: 5.0)
    assert limiter.spent("a") is None
    limiter.inherit({"a": Spent(100, 3.0, Rate(100, 10.0))})
    assert limiter.spent("a") == Spent(100, 3.0, Rate(100, 10.0))
    assert limiter.try_take("a") is None


def test_acquire_serves_in_the_order_of_asking() -> None:
    """Nobody is overtaken, also not by whoever does not wait."""

    async def go() -> list[int]:
        limiter = Limiter(Options(Rate(1, 0.02)))
        served: list[int] = []

        async def call(number: int) -> None:
            permit = await limiter.acquire("loc")
            served.append(number)
            limiter.answered("loc", permit, SILENT, limiter.clock())
            assert limiter.try_take("loc") is None

        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(call(number))
        return served

    assert asyncio.run(go()) == [0, 1, 2, 3]


def test_acquire_wakes_when_a_call_is_given_back() -> None:
    """The wait has no end of its own where only an event can end it."""

    async def go() -> None:
        limiter = Limiter(Options(Rate(1, 3600.0)))
        held = limiter.try_take("loc")
        assert held is not None
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, limiter.give_back, "loc", held)
        await asyncio.wait_for(limiter.acquire("loc"), 5.0)

    asyncio.run(go())


def test_a_waiter_looks_for_itself_where_no_event_comes() -> None:
    """A list that waits for a slot must not wait for ever, whatever went unheard."""

    async def go() -> None:
        loop = asyncio.get_running_loop()
        limiter = Limiter(Options(Rate(1, 3600.0)), loop.time)
        held = limiter.try_take("loc")
        assert held is not None
        # straight to the budget, so that the limiter tells nobody
        loop.call_later(1.0, limiter.budget("loc").give_back, held)
        await limiter.acquire("loc")
        assert loop.time() <= 1000.0 + LOOK_SECONDS

    simulated_time.run(go(), 1000.0)


def test_the_end_of_a_line_is_told_however_it_ends() -> None:
    """A lane that was refused because of the line sleeps until then."""

    async def go() -> list[str]:
        limiter = Limiter(Options(Rate(1, 3600.0)))
        held = limiter.try_take("loc")
        assert held is not None
        told: list[str] = []
        limiter.on_change = told.append
        waiter = asyncio.ensure_future(limiter.acquire("loc"))
        await asyncio.sleep(0)
        assert limiter.queued() == {"loc": 1}
        waiter.cancel()
        await asyncio.wait([waiter])
        assert limiter.queued() == {}
        return told

    assert asyncio.run(go()) == ["loc"]


def test_a_cancelled_acquire_keeps_no_permit_and_no_place() -> None:
    """The next one in the queue gets the slot."""

    async def go() -> None:
        limiter = Limiter(Options(Rate(1, 3600.0)))
        held = limiter.try_take("loc")
        assert held is not None
        waiter = asyncio.ensure_future(limiter.acquire("loc"))
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.wait([waiter])
        limiter.give_back("loc", held)
        assert limiter.try_take("loc") is not None

    asyncio.run(go())


def test_an_acquire_that_is_cancelled_while_it_paces_returns_its_permit() -> None:
    """A permit that nobody holds would be a slot less for ever."""

    async def go() -> None:
        limiter = Limiter(Options(Rate(10, 3600.0), even=True))
        first = await limiter.acquire("loc")
        limiter.answered("loc", first, SILENT, limiter.clock())
        before = limiter.budget("loc").left(limiter.clock())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(limiter.acquire("loc"), 0.02)
        assert limiter.budget("loc").left(limiter.clock()) == before

    asyncio.run(go())


def test_locations_do_not_wait_for_each_other() -> None:
    """Each has a budget of its own."""
    limiter = Limiter(Options(Rate(1, 10.0)), Clock())
    assert limiter.try_take("a") is not None
    assert limiter.try_take("a") is None
    assert limiter.try_take("b") is not None


def test_whoever_listens_is_told_of_every_change() -> None:
    """Lanes sleep until their budget changes."""
    limiter = Limiter(Options(Rate(1, 10.0)), Clock())
    told: list[str] = []
    limiter.on_change = told.append
    for _ in range(2):
        permit = limiter.try_take("a")
        assert permit is not None
        limiter.give_back("a", permit)
    permit = limiter.try_take("a")
    assert permit is not None
    limiter.answered("a", permit, None, limiter.clock())
    assert told == ["a", "a", "a"]
    assert limiter.returned == 2, "else a run without a connection seems to stand still"


def test_even_pace_spreads_the_calls_of_a_location() -> None:
    """10 in 0.2 s is one in 20 ms; four calls have three gaps."""

    async def go() -> float:
        limiter = Limiter(Options(Rate(10, 0.2), even=True))
        started = limiter.clock()
        for _ in range(4):
            await limiter.pace("loc")
        return limiter.clock() - started

    assert asyncio.run(go()) >= 0.05


def test_even_pace_follows_a_limit_that_the_headers_tighten() -> None:
    """The gap grows from 1 ms to a tenth of a second."""

    async def go() -> float:
        limiter = Limiter(Options(Rate(1000, 1.0), even=True))
        await limiter.pace("loc")
        permit = limiter.try_take("loc")
        assert permit is not None
        limiter.answered(
            "loc", permit, Reading(max_calls=10, interval_seconds=1.0), limiter.clock()
        )
        await limiter.pace("loc")
        started = limiter.clock()
        await limiter.pace("loc")
        return limiter.clock() - started

    assert asyncio.run(go()) >= 0.08


def test_even_pace_without_any_limit_does_not_wait() -> None:
    """Before the first answer `--rate none` has nothing that could be spread."""

    async def go() -> None:
        limiter = Limiter(Options(None, even=True))
        for _ in range(100):
            await asyncio.wait_for(limiter.pace("loc"), 1.0)

    asyncio.run(go())


@pytest.mark.parametrize(("most", "calls"), [(100.0, 2), (0.5, 1)])
def test_the_process_wide_ceiling_takes_any_number(most: float, calls: int) -> None:
    """Half a call a second is slow, but it is a rate."""

    async def go() -> None:
        limiter = Limiter(Options(max_per_second=most))
        for _ in range(calls):
            await asyncio.wait_for(limiter.pace("loc"), 1.0)

    asyncio.run(go())


def test_the_process_wide_ceiling_holds_over_all_locations() -> None:
    """50 a second after a burst of 50: ten more take at least 150 ms."""

    async def go() -> float:
        limiter = Limiter(Options(max_per_second=50.0))
        started = limiter.clock()
        for number in range(60):
            await limiter.pace(f"loc{number}")
        return limiter.clock() - started

    assert asyncio.run(go()) >= 0.15


@pytest.mark.parametrize(
    ("most", "even", "paced"),
    [(None, False, False), (5.0, False, True), (None, True, True), (5.0, True, True)],
)
def test_a_limiter_says_whether_its_user_asked_for_a_pace(
    most: float | None, even: bool, paced: bool
) -> None:
    """Either wish alone is one: rows are sent without a pace where there is none."""
    assert Limiter(Options(TEN, most, even)).paced is paced


def test_what_is_kept_for_others_fades() -> None:
    """A false alarm must not slow the program down for ever."""
    others = Others(0.0)
    others.expect(32, 0.0, 10.0)
    assert others.kept(0.0, 10.0, 100) == 32
    assert others.kept(30.0, 10.0, 100) == 16
    assert others.kept(0.0, 10.0, 40) == 20, "never more than half"
    assert not others.gone(300.0, 10.0)
    assert others.gone(301.0, 10.0)


def test_a_refusal_that_says_that_much_is_left_is_nobody_elses_doing() -> None:
    """It closes the budget, but no slots are kept for others afterwards."""
    budget = Budget(TEN)
    for now in (0.0, 20.0, 40.0):
        permit = budget.take(now)
        assert permit is not None
        budget.answered(permit, Reading(max_calls=10, remaining=9), now)
    budget.close(40.0, 1.0)
    opened(budget, 51.0, Reading(max_calls=10, remaining=9))
    assert budget.left(62.0) == 10


def test_a_refusal_without_warning_keeps_slots_for_others() -> None:
    """Somebody took what this program thought was its own."""
    budget = Budget(TEN)
    for now in (0.0, 20.0, 40.0):
        permit = budget.take(now)
        assert permit is not None
        budget.answered(permit, Reading(max_calls=10, remaining=0), now)
    budget.close(40.0, 1.0)
    assert budget.left(52.0) < 10


@pytest.mark.parametrize(("remaining", "left"), [(None, 9), (9, 10)])
def test_after_a_refusal_a_slot_is_kept_unless_much_was_left(
    remaining: int | None, left: int
) -> None:
    """Where answers do not say what is left, others may have taken it."""
    budget = Budget(TEN)
    for now in (0.0, 20.0, 40.0):
        opened(budget, now, Reading(max_calls=10, remaining=remaining))
    budget.close(40.0, 1.0)
    opened(budget, 51.0, Reading(max_calls=10, remaining=remaining))
    assert budget.left(62.0) == left


def test_beside_others_the_time_that_is_told_is_the_time_of_the_next_call() -> None:
    """After a silence that is a whole window without calls of its own."""
    budget = Budget(TEN)
    opened(budget, 0.0, Reading(10, 9))
    permits = [budget.take(0.0) for _ in range(3)]
    late = permits.pop()
    for permit, remaining in zip(permits, (8, 7), strict=True):
        assert permit is not None
        budget.answered(permit, Reading(10, remaining), 0.0)
    assert late is not None
    budget.answered(late, Reading(10, 5), 5.0)  # another program made a call
    when = budget.ready_at(7.0)
    assert when == pytest.approx(5.0 + ROUND)
    assert budget.take(when - 0.01) is None
    assert budget.take(when) is not None


def test_beside_others_that_were_just_heard_of_an_own_slot_is_used_at_once() -> None:
    """An answer of a moment ago has told how many there are: no silence is due."""
    budget = Budget(TEN)
    opened(budget, 0.0, Reading(10, 9))
    for permit in [budget.take(0.0) for _ in range(6)]:
        assert permit is not None
        budget.answered(permit, Reading(10, 3), 0.0)
    opened(budget, 9.8, Reading(10, 0))  # another program made two calls
    assert budget.ready_at(9.9) == pytest.approx(ROUND)
    assert budget.take(ROUND) is not None


def test_calls_of_others_are_counted_until_they_leave_the_window() -> None:
    """Those that left hold no slot, and the others still do."""
    others = Others(0.0)
    others.saw(3, 0.0, 10.0)
    others.saw(2, 5.0, 15.0)
    assert others.expire(9.0) == 0
    assert others.count == 5
    assert others.expire(10.0) == 3
    assert others.count == 2
    assert others.expire(15.0) == 2
    assert others.count == 0
    assert others.leaving == []


def test_room_beside_others_is_made_by_own_calls_and_by_theirs() -> None:
    """Each that leaves makes one place; an own one takes nothing from theirs."""
    others = Others(0.0)
    others.saw(2, 0.0, 20.0)
    assert others.make_room(0, [5.0, 6.0, 7.0], 0.0, 10.0, 100) == 7.0
    assert others.make_room(0, [5.0, 6.0], 0.0, 10.0, 100) == 20.0
    assert others.make_room(-2, [5.0, 6.0], 0.0, 10.0, 100) == math.inf


def test_at_the_time_that_a_budget_names_there_is_a_slot() -> None:
    """Also beside others and with a call that was given up: nobody waits in vain."""
    budget = Budget(TEN)
    opened(budget, 0.0, Reading(max_calls=10, remaining=5))
    permit = budget.take(0.0)
    assert permit is not None
    budget.answered(permit, None, 0.5)
    ready = budget.ready_at(5.0)
    assert ready == ROUND
    assert budget.take(ready) is not None


def test_a_limit_that_falls_to_what_was_left_of_it_is_kept() -> None:
    """The new figure is compared with the last limit, not with what remained."""
    budget = Budget(None)
    day = {"daily_max": 1000, "daily_remaining": 900}
    opened(budget, 0.0, Reading(100, 99, 10.0, **day))
    permits = [budget.take(0.0) for _ in range(2)]
    for permit, remaining in zip(permits, (50, 49), strict=True):
        assert permit is not None
        most = 100 if remaining == 50 else 50
        budget.answered(permit, Reading(most, remaining, 10.0, **day), 1.0)
    assert budget.max_calls == 50


def test_acquire_wakes_when_the_call_ahead_is_answered() -> None:
    """A row waits no longer than the answer that opens the window."""

    async def go() -> float:
        limiter = Limiter(Options(TEN), clock=lambda: 0.0)
        first = limiter.try_take("loc")
        assert first is not None
        waiter = asyncio.ensure_future(limiter.acquire("loc"))
        await asyncio.sleep(0.01)
        assert not waiter.done()
        loop = asyncio.get_running_loop()
        began = loop.time()
        limiter.answered("loc", first, SILENT, 0.0)
        await asyncio.wait_for(waiter, 2 * LOOK_SECONDS)
        return loop.time() - began

    assert asyncio.run(go()) < LOOK_SECONDS / 2
