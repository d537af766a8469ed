"""What the rate limit costs for each call at 5,000 locations, beside aiolimiter.

Permit and answer go round the locations; the clock is stepped so that each location
makes 99 calls in 10 s and every permit needs a slot to have become free, as in a run
that uses its limit. The bare loop over the locations is subtracted. It is measured in
a process of its own on one core.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time

import processes
from aiolimiter import AsyncLimiter
from common import Figures, Goal, Line, Measured, Options

from importer.ratelimit import Limiter, Reading
from importer.ratelimit import Options as LimiterOptions

LOCATIONS, TURNS, WARM_UP_TURNS = 5_000, 60, 110
#: A slot is kept a moment longer than an interval, so 100 in 10 s would find none.
CALLS_A_SECOND = 9.9
AIOLIMITER_TURNS = 50
MOST_MICROSECONDS = 2.0


def measure(options: Options) -> Measured:
    """Microseconds of CPU for each call."""
    command = [sys.executable, __file__, str(options.scaled(LOCATIONS))]
    found = [
        processes.run(command, core=processes.CLIENT_CORE).document
        for _ in range(options.repeats)
    ]
    ours = Figures.of(one["ours"] for one in found)
    theirs = Figures.of(one["aiolimiter"] for one in found)
    line = Line(
        f"rate limit: permit and answer at {options.scaled(LOCATIONS):,} locations",
        f"{ours.spread()} µs of CPU a call",
        f"aiolimiter's acquire, no waiting {theirs.median:.2f} µs",
        f"{ours.over(theirs).spread()}",
        [Goal.at_most(MOST_MICROSECONDS, ours.median, " µs")],
    )
    return Measured([line])


def _ours(names: list[str]) -> float:
    # the clock is read twice for each call: once for its permit, once for its answer
    step = 1 / (CALLS_A_SECOND * len(names)) / 2
    clock = itertools.count(0.0, step).__next__
    limiter = Limiter(LimiterOptions(), clock)
    # what others may have spent is looked for and not found
    reading = Reading(100, 99, 10.0, 200_000, 199_999)
    for name in names * WARM_UP_TURNS:
        if permit := limiter.try_take(name):
            limiter.answered(name, permit, reading, clock())
    started = time.process_time()
    for name in names * TURNS:
        permit = limiter.try_take(name)
        assert permit is not None
        limiter.answered(name, permit, reading, clock())
    return (time.process_time() - started) / (len(names) * TURNS)


def _bare(names: list[str]) -> float:
    started = time.process_time()
    for _ in names * TURNS:
        pass
    return (time.process_time() - started) / (len(names) * TURNS)


async def _aiolimiter(names: list[str]) -> float:
    limiters = {name: AsyncLimiter(100, 10) for name in names}
    started = time.process_time()
    for name in names * AIOLIMITER_TURNS:
        await limiters[name].acquire()
    return (time.process_time() - started) / (len(names) * AIOLIMITER_TURNS)


if __name__ == "__main__":
    many = [f"location-{number}" for number in range(int(sys.argv[1]))]
    bare = _bare(many)
    figures = {
        "ours": (_ours(many) - bare) * 1e6,
        "aiolimiter": (asyncio.run(_aiolimiter(many)) - bare) * 1e6,
    }
    print(json.dumps(figures))
