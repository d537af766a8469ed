"""After a refused call (429): how long nothing is sent, and who goes first then.

A small server says the most curious things in `Retry-After`, with a window that is
short, so that nothing here takes long.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from small_server import Answered, Asked, serving

from importer import client, logs, retry
from importer.destination import Destination
from importer.errors import DayIsOver
from importer.ratelimit import Limiter
from importer.ratelimit import Options as Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.client import Request

WINDOW = 0.1
LIMIT = {
    "X-RateLimit-Max": "100",
    "X-RateLimit-Interval-Milliseconds": f"{WINDOW * 1000:.0f}",
}
COLLECTIONS = "/products/collections"
#: What asks for no pause at all, by what it is.
CURIOUS = {
    "nothing": "0",
    "less than nothing": "-1",
    "a moment": "0.001",
    "no number": "nan",
    "a word": "soon",
    "the year 1970": formatdate(0, usegmt=True),
    "a date that has passed": formatdate(time.time() - 8 * 3600),
    "a Unix time": f"{time.time() - 5:.0f}",
    "a Unix time in milliseconds": f"{(time.time() - 5) * 1000:.0f}",
}
#: What asks for more than a person wants to wait.
ENDLESS = {
    "two hours": "7200",
    "milliseconds": "30000000",
    "no end": "1e300",
    "a date in 30 years": formatdate(time.time() + 1e9, usegmt=True),
    "a Unix time in 16 years": f"{time.time() + 5e8:.0f}",
    "the same in milliseconds": f"{(time.time() + 5e8) * 1000:.0f}",
}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log of what is done, as a file."""
    path = tmp_path / "run.log"
    logs.configure(logs.ERROR, run_log=path)
    yield path
    logs.close()


def limiter(longest: float = 3600.0) -> Limiter:
    return Limiter(Limits(None, max_retry_after_seconds=longest))


async def create(there: Destination, budgets: Limiter, name: str) -> Any:
    """One row, again for as long as the limit refuses it, as the execution does."""
    body = b'{"altId":"LOC","name":"%s","slug":"s"}' % name.encode()
    while True:
        permit = await budgets.acquire("LOC")
        verdict = await there.create("LOC", body, permit)
        if not getattr(verdict, "limited", False):
            return verdict


@pytest.mark.parametrize("text", CURIOUS.values(), ids=CURIOUS)
def test_who_asks_for_no_wait_again_and_again_is_asked_once_in_a_window(
    text: str,
) -> None:
    """Three rows were sent 149 times in 12 s; here it is one call in each window."""
    refusals = itertools.chain([True] * 5, itertools.repeat(False))

    def answer(asked: Asked) -> Answered:
        if next(refusals):
            return Answered(429, {"message": "no"}, LIMIT | {"Retry-After": text})
        return Answered(201, {"data": {"_id": asked.body["name"]}}, LIMIT)

    async def go() -> list[float]:
        budgets = limiter()
        async with (
            serving(answer) as server,
            client.connect(
                client.Options(server.url), budgets, client.FixedToken("t")
            ) as made,
        ):
            there = Destination(made, retry.Options(), lambda: 0.0)
            async with asyncio.TaskGroup() as group:
                for name in "abc":
                    group.create_task(create(there, budgets, name))
            return [one.at for one in server.asked]

    times = asyncio.run(go())
    assert len(times) == 8
    gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert min(gaps[:5]) >= WINDOW


def test_one_probe_goes_before_the_rest() -> None:
    """While it is under way, nobody else is."""
    under_way: set[str] = set()
    crowds: list[int] = []
    refusals = itertools.chain([True, True], itertools.repeat(False))

    def answer(asked: Asked) -> Answered:
        crowds.append(len(under_way))
        if next(refusals):
            return Answered(429, None, LIMIT | {"Retry-After": "0"})
        return Answered(201, {"data": {"_id": asked.body["name"]}}, LIMIT)

    async def go() -> None:
        budgets = limiter()
        async with (
            serving(answer) as server,
            client.connect(
                client.Options(server.url), budgets, client.FixedToken("t")
            ) as made,
        ):
            there = Destination(made, retry.Options(), lambda: 0.0)
            sent = made.send

            async def counted(request: Request, permit: Any = None) -> Any:
                name = request.body.decode() if request.body else ""
                under_way.add(name)
                try:
                    return await sent(request, permit)
                finally:
                    under_way.discard(name)

            made.send = counted  # type: ignore[method-assign]
            async with asyncio.TaskGroup() as group:
                for number in range(20):
                    group.create_task(create(there, budgets, f"n{number}"))

    asyncio.run(go())
    assert crowds[:3] == [1, 1, 1]
    assert max(crowds[3:]) > 1


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_no_answer_stops_a_location_for_longer_than_the_setting_says(
    text: str, log: Path
) -> None:
    """The clock is stepped: an hour passes at once, 57 years never do."""
    budgets = limiter()
    now = [1000.0]
    budgets.clock = lambda: now[0]

    def answer(_: Asked) -> Answered:
        return Answered(429, None, LIMIT | {"Retry-After": text})

    async def go() -> None:
        async with (
            serving(answer) as server,
            client.connect(
                client.Options(server.url), budgets, client.FixedToken("t")
            ) as made,
        ):
            there = Destination(made, retry.Options(), lambda: 0.0)
            permit = budgets.try_take("LOC")
            assert permit is not None
            await there.create("LOC", b"{}", permit)

    asyncio.run(go())
    budget = budgets.budget("LOC")
    assert budget.closed_for(now[0]) == pytest.approx(3600.0, abs=0.1)
    assert "are the most that is waited" in budget.pause_reason
    now[0] += 3601.0
    assert budgets.try_take("LOC") is not None
    assert budgets.try_take("LOC") is None
    (said,) = [line for line in events(log) if line["event"] == "location.paused"]
    assert said["location"] == "LOC"
    assert said["seconds"] == 3600.0
    assert said["until"].endswith("Z")
    assert said["reason"].startswith("HTTP 429: HighLevel asks for")


def events(path: Path) -> list[dict[str, Any]]:
    """What the log file holds."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_many_refusals_at_once_are_told_once(log: Path) -> None:
    """A hundred calls may be under way when the limit is met."""
    budgets = limiter()
    for _ in range(100):
        budgets.refused("LOC", 120.0)
    budgets.refused("LOC", 600.0)
    told = [line for line in events(log) if line["event"] == "location.paused"]
    assert [line["seconds"] for line in told] == [120.0, 600.0]
    assert budgets.budget("LOC").refused == 101


# the day


DAY = {"X-RateLimit-Limit-Daily": "200000", "X-RateLimit-Daily-Reset": "18000000"}


def refused_day(left: str, headers: dict[str, str]) -> Limiter:
    """The budgets after one call that was refused for the day."""
    budgets = limiter()

    def answer(_: Asked) -> Answered:
        told = {"X-RateLimit-Daily-Remaining": left, "X-RateLimit-Remaining": "0"}
        return Answered(429, None, LIMIT | told | headers)

    async def go() -> None:
        async with (
            serving(answer) as server,
            client.connect(
                client.Options(server.url), budgets, client.FixedToken("t")
            ) as made,
        ):
            there = Destination(made, retry.Options(), lambda: 0.0)
            with pytest.raises(DayIsOver) as over:
                await there.existing("LOC")
            assert len(server.asked) == 1
            seconds = over.value.reset_seconds
            assert ("HighLevel says that it begins anew" in str(over.value)) is (
                seconds is not None
            )

    asyncio.run(go())
    return budgets


@pytest.mark.parametrize("left", ["0", "-3"])
def test_a_429_with_nothing_left_of_the_day_is_the_day_and_not_the_window(
    left: str, log: Path
) -> None:
    """The reset is read, and the budget is not closed for the day's `Retry-After`."""
    budgets = refused_day(left, DAY | {"Retry-After": "7200"})
    budget = budgets.budget("LOC")
    assert budget.day_is_over(0.0)
    assert budget.closed_for(budgets.clock()) < 1.0
    seconds = budget.reset_seconds(budgets.clock(), time.time())
    assert seconds == pytest.approx(18_000, abs=30)
    assert not [one for one in events(log) if one["event"] == "location.paused"]


def test_retry_after_of_the_day_is_the_reset_where_no_header_states_it() -> None:
    """It speaks of the day then, so it may be longer than an hour."""
    budgets = refused_day("0", {"Retry-After": "7200"})
    budget = budgets.budget("LOC")
    seconds = budget.reset_seconds(budgets.clock(), time.time())
    assert seconds == pytest.approx(7200, abs=30)
    assert budget.closed_for(budgets.clock()) < 1.0


def test_a_reset_that_nobody_states_is_unknown() -> None:
    """And said to be."""
    budgets = refused_day("0", {"X-RateLimit-Daily-Reset": "tomorrow"})
    assert budgets.budget("LOC").reset_seconds(budgets.clock(), time.time()) is None
