"""The sandbox's budgets: both windows at their edges, the day, and other callers.

Time is stepped, not slept; the last test asks a real server once.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import aiohttp
import pytest

from importer.sandbox import Limit, Options, running
from importer.sandbox.traffic import (
    Allowance,
    Budget,
    FixedWindow,
    Peak,
    SlidingWindow,
    WindowKind,
)

TWO_IN_TEN = Limit(2, 10.0)


def taken(budget: Budget, now: float) -> bool:
    """Make a call; whether it was allowed."""
    allowed = budget.is_open(now)
    if allowed:
        budget.take(now)
    return allowed


def test_a_fixed_window_opens_with_the_first_call_and_ends_one_interval_later() -> None:
    """A call just before the end is refused, one at the end is not."""
    budget = Budget(Allowance(limit=TWO_IN_TEN, kind="fixed"))
    assert [taken(budget, now) for now in (103.0, 112.0, 112.9, 113.0)] == [
        True,
        True,
        False,
        True,
    ]


def test_a_fixed_window_lets_nearly_twice_the_limit_through_around_its_edge() -> None:
    """Windows lie end to end from the first call on, whenever calls come."""
    budget = Budget(Allowance(limit=TWO_IN_TEN, kind="fixed"))
    assert taken(budget, 100.0)
    assert taken(budget, 109.9)
    assert taken(budget, 110.0)
    assert taken(budget, 110.1)
    assert not taken(budget, 119.9)
    assert taken(budget, 120.0)


def test_a_sliding_window_frees_each_call_one_interval_after_it() -> None:
    """Looking back from any moment there are never more calls than the limit."""
    budget = Budget(Allowance(limit=TWO_IN_TEN, kind="sliding"))
    moments = (100.0, 109.0, 109.9, 110.0, 110.1, 118.9, 119.0)
    assert [taken(budget, now) for now in moments] == [
        True,
        True,
        False,
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("window", [FixedWindow, SlidingWindow])
def test_the_wait_ends_exactly_when_a_call_is_free_again(
    window: type[FixedWindow | SlidingWindow],
) -> None:
    """After the wait there is room, just before it there is none."""
    tried = window(TWO_IN_TEN)
    assert tried.wait_seconds(100.0) == 0
    tried.take(100.0)
    tried.take(101.0)
    assert tried.wait_seconds(104.0) == 6.0
    assert tried.remaining(109.999) == 0
    assert tried.remaining(110.0) > 0


def test_refused_calls_spend_nothing() -> None:
    """A client that hammers a closed window does not keep it closed."""
    budget = Budget(Allowance(limit=TWO_IN_TEN, kind="sliding"))
    assert [taken(budget, 100.0) for _ in range(50)].count(True) == 2
    assert taken(budget, 110.0)


def test_the_day_closes_the_budget_although_the_window_is_open() -> None:
    """The day's quota counts on its own and begins anew after a day."""
    day = Limit(3, 86_400.0)
    budget = Budget(Allowance(limit=TWO_IN_TEN, kind="fixed", day=day))
    assert [taken(budget, now) for now in (0.0, 20.0, 40.0, 60.0)][-1] is False
    assert budget.headers(60.0)["X-RateLimit-Daily-Remaining"] == "0"
    assert budget.wait_seconds(60.0) == 86_340.0
    assert taken(budget, 86_400.0)


def test_headers_name_the_five_numbers() -> None:
    """The names are HighLevel's, the numbers those after this call."""
    budget = Budget(Allowance(limit=Limit(25, 2.5), day=Limit(10_000, 86_400.0)))
    taken(budget, 5.0)
    assert budget.headers(5.0) == {
        "X-RateLimit-Limit-Daily": "10000",
        "X-RateLimit-Daily-Remaining": "9999",
        "X-RateLimit-Interval-Milliseconds": "2500",
        "X-RateLimit-Max": "25",
        "X-RateLimit-Remaining": "24",
    }


def test_no_limit_says_nothing_and_refuses_nothing() -> None:
    """Without limits there are no numbers to tell."""
    budget = Budget(Allowance(limit=None, day=None))
    assert all(taken(budget, 1.0) for _ in range(1_000))
    assert budget.headers(1.0) == {}
    assert budget.wait_seconds(1.0) == 0


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_another_programs_calls_spend_the_same_budget(kind: WindowKind) -> None:
    """Three a second leave 70 of 100 in a window for everybody else."""
    allowance = Allowance(limit=Limit(100, 10.0), kind=kind, foreign_per_second=3.0)
    budget = Budget(allowance)
    assert taken(budget, 100.0)
    assert budget.is_open(109.99)
    assert budget.headers(109.99)["X-RateLimit-Remaining"] == str(100 - 1 - 29)
    assert budget.foreign_calls == 29


def test_another_program_is_refused_too() -> None:
    """It cannot spend what is not there, and goes on when there is room again."""
    budget = Budget(Allowance(limit=TWO_IN_TEN, kind="sliding", foreign_per_second=1.0))
    assert taken(budget, 100.0)
    assert not taken(budget, 109.5)
    assert budget.foreign_calls == 1
    assert not taken(budget, 110.5)
    assert budget.foreign_calls == 2


def test_the_peak_is_the_true_maximum_of_any_interval() -> None:
    """It agrees with counting around every arrival, for random arrivals."""
    chosen = random.Random(7)  # noqa: S311 - no secret
    arrivals = sorted(chosen.uniform(0, 60) for _ in range(400))
    peak = Peak(10.0)
    for moment in arrivals:
        peak.note(moment)
    slow = max(
        sum(1 for other in arrivals if moment - 10.0 < other <= moment)
        for moment in arrivals
    )
    assert peak.most == slow


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_a_real_server_refuses_what_is_over_and_recovers(kind: WindowKind) -> None:
    """5 in 800 ms: the sixth call is a 429, and a while later one is not."""

    async def go() -> list[int]:
        options = Options(limit=Limit(5, 0.8), window=kind)
        async with running(options) as box, aiohttp.ClientSession() as session:
            headers = {
                "Authorization": "Bearer t",
                "Version": "2021-07-28",
                "User-Agent": "tests",
            }
            where = f"{box.url}/products/collections?altId=LOC&altType=location"
            statuses = []
            for number in range(7):
                await asyncio.sleep(0.85 if number == 6 else 0)
                async with session.get(where, headers=headers) as response:
                    statuses.append(response.status)
            assert box.summary()["locations"]["LOC"] == {
                "collections": 0,
                "calls": 7,
                "refused": 1,
                "max_in_window": 6,
                "foreign_calls": 0,
            }
            return statuses

    assert asyncio.run(go()) == [200] * 5 + [429, 200]


def test_a_location_can_have_a_limit_of_its_own() -> None:
    """`--location-limit` and `--foreign-calls` change one location only."""

    async def go() -> list[str]:
        options = replace(
            Options(),
            location_limits={"SMALL": Limit(25, 10.0)},
            foreign_calls={"SMALL": 1.0},
        )
        async with running(options) as box:
            small, usual = box.traffic.lane("SMALL"), box.traffic.lane("OTHER")
            assert small.budget.is_open(0.0)
            assert small.budget.is_open(5.5)
            assert (small.budget.foreign_calls, usual.budget.foreign_calls) == (5, 0)
            return [
                lane.budget.headers(5.5)["X-RateLimit-Remaining"]
                for lane in (small, usual)
            ]

    assert asyncio.run(go()) == ["20", "100"]
