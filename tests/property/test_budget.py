"""The budget against a simulated server: no schedule of the network breaks the limit.

The server counts our calls in fixed and in sliding windows; the network delays each
call and each answer by whatever hypothesis thinks of. Time is stepped, not slept.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.ratelimit import Budget, Permit, Rate, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Call:
    """One call of ours: what the budget knew when it was taken, and when it arrived."""

    permit: Permit
    most: float
    interval: float
    taken: float
    number: int
    arrived: float = math.nan
    back: float = 0.0
    fate: str = ""


@dataclass(order=True)
class Event:
    """A call that arrives, or an answer with what its headers say."""

    when: float
    number: int
    call: Call = field(compare=False)
    reading: Reading | None = field(compare=False)


@dataclass
class Server:
    """Counts what arrives, in windows of its own.

    `limits` are (from when on, calls, seconds); a fixed window begins at `phase`.
    """

    limits: list[tuple[float, int, float]]
    sliding: bool = True
    phase: float = 0.0
    others: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)

    def limit(self, now: float) -> tuple[int, float]:
        return next(
            (calls, seconds)
            for since, calls, seconds in reversed(self.limits)
            if since <= now
        )

    def count(self, now: float, seconds: float) -> int:
        """Everything that the window which `now` is in has seen."""
        if self.sliding:
            since = now - seconds
            return sum(since < one <= now for one in self.arrivals + self.others)
        since = (now - self.phase) // seconds * seconds + self.phase
        return sum(since <= one <= now for one in self.arrivals + self.others)

    def arrive(self, now: float) -> Reading:
        """Count one call of ours, and say what the headers say."""
        self.arrivals.append(now)
        calls, seconds = self.limit(now)
        left = max(0, calls - self.count(now, seconds))
        return Reading(max_calls=calls, remaining=left, interval_seconds=seconds)


@dataclass
class World:
    """A budget, a server, and a network that takes its time."""

    budget: Budget
    server: Server
    delays: list[tuple[float, float, str]]
    now: float = 0.0
    calls: list[Call] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, until: float, most_calls: int) -> None:
        """Send whatever may be sent, as soon as it may."""
        while self.now <= until:
            while len(self.calls) < most_calls and self._send():
                pass
            ready = math.inf
            if len(self.calls) < most_calls:
                ready = self.budget.ready_at(self.now)
                assert ready > self.now, "ready, and yet nothing was given"
            soonest = min(ready, self.events[0].when if self.events else math.inf)
            if math.isinf(soonest):
                break
            self.now = max(self.now, soonest)
            while self.events and self.events[0].when <= self.now:
                self._happen(heapq.heappop(self.events))

    def _send(self) -> bool:
        permit = self.budget.take(self.now)
        if permit is None:
            return False
        budget = self.budget
        there, back, fate = self.delays[len(self.calls) % len(self.delays)]
        call = Call(
            permit,
            budget.max_calls,
            budget.interval_seconds,
            self.now,
            len(self.calls),
        )
        call.back, call.fate = back, fate
        self.calls.append(call)
        self._later(there, call, None)
        return True

    def _later(self, delay: float, call: Call, reading: Reading | None) -> None:
        event = Event(self.now + delay, next(self.numbers), call, reading)
        heapq.heappush(self.events, event)

    def _happen(self, event: Event) -> None:
        """A call arrives, or its answer does."""
        call = event.call
        if call.fate == "unsent":
            self.budget.give_back(call.permit)
        elif math.isnan(call.arrived):
            call.arrived = self.now
            reading = self.server.arrive(self.now)
            self._later(call.back, call, None if call.fate == "lost" else reading)
        else:
            self.budget.answered(call.permit, event.reading, self.now)

    def worst(self) -> float:
        """How far any interval went over what its last-taken call knew to be allowed.

        A call that left before a tighter limit was known cannot be called back, so
        an interval is measured by the newest knowledge that any of its calls had.
        """
        sent = sorted(
            (call for call in self.calls if not math.isnan(call.arrived)),
            key=lambda call: call.arrived,
        )
        worst = -math.inf
        for number, first in enumerate(sent):
            window = []
            for call in sent[number:]:
                window.append(call)
                newest = max(window, key=lambda one: one.number)
                if call.arrived - first.arrived < newest.interval:
                    worst = max(worst, len(window) - newest.most)
        return worst


seconds = st.floats(0.0, 15.0).map(lambda value: round(value, 3))
fates = st.sampled_from(["fine"] * 6 + ["lost", "unsent"])
delays = st.lists(st.tuples(seconds, seconds, fates), min_size=1, max_size=12)
answered = st.lists(
    st.tuples(seconds, seconds, st.sampled_from(["fine", "fine", "unsent"])),
    min_size=1,
    max_size=12,
).filter(lambda network: any(fate == "fine" for _, _, fate in network))
rates = st.tuples(st.integers(1, 12), st.sampled_from([1.0, 5.0, 10.0]))


def over(server: Server, interval: float, calls: int) -> int:
    """The most arrivals in any sliding interval, above the limit."""
    times = sorted(server.arrivals)
    return max(
        (
            sum(first <= one < first + interval for one in times) - calls
            for first in times
        ),
        default=-calls,
    )


@settings(max_examples=150, deadline=None)
@given(rate=rates, network=delays, sliding=st.booleans(), phase=seconds)
def test_no_delays_of_the_network_let_the_server_see_too_much(
    rate: tuple[int, float],
    network: list[tuple[float, float, str]],
    sliding: bool,
    phase: float,
) -> None:
    """In any interval at all, and so in every fixed and every sliding window."""
    calls, interval = rate
    server = Server([(0.0, calls, interval)], sliding, phase)
    world = World(Budget(Rate(calls, interval)), server, network)
    world.run(200.0, 80)
    assert over(server, interval, calls) <= 0


@settings(max_examples=100, deadline=None)
@given(truth=rates, ceiling=st.none() | rates, network=answered)
def test_the_limit_is_kept_where_only_the_headers_tell_it(
    truth: tuple[int, float],
    ceiling: tuple[int, float] | None,
    network: list[tuple[float, float, str]],
) -> None:
    """Whatever the user's ceiling is, or without one: the first answer tells."""
    calls, interval = truth
    server = Server([(0.0, calls, interval)])
    world = World(Budget(Rate(*ceiling) if ceiling else None), server, network)
    world.run(200.0, 60)
    assert over(server, interval, calls) <= 0
    if ceiling and ceiling[1] >= interval:
        assert over(server, ceiling[1], ceiling[0]) <= 0


@settings(max_examples=100, deadline=None)
@given(
    changes=st.lists(st.tuples(st.floats(0.0, 60.0), st.integers(1, 12)), max_size=4),
    network=delays,
)
def test_a_limit_that_changes_is_kept_by_every_call_that_knows_it(
    changes: list[tuple[float, int]], network: list[tuple[float, float, str]]
) -> None:
    """Tighter and wider again, in the middle of what is in flight."""
    limits = [(0.0, 8, 10.0), *((when, calls, 10.0) for when, calls in sorted(changes))]
    world = World(Budget(Rate(12, 10.0)), Server(limits), network)
    world.run(200.0, 80)
    assert world.worst() <= 0


@settings(max_examples=100, deadline=None)
@given(
    rate=rates,
    network=delays,
    strangers=st.lists(st.floats(0.0, 60.0), max_size=40),
    sliding=st.booleans(),
)
def test_others_calls_make_it_slower_and_never_faster(
    rate: tuple[int, float],
    network: list[tuple[float, float, str]],
    strangers: list[float],
    sliding: bool,
) -> None:
    """Our own share stays within the limit, and it still comes to an end."""
    calls, interval = rate
    server = Server([(0.0, calls, interval)], sliding, others=sorted(strangers))
    world = World(Budget(Rate(calls, interval)), server, network)
    world.run(10_000.0, 40)
    assert over(server, interval, calls) <= 0
    assert len(world.calls) == 40, "the budget never opened again"


@settings(max_examples=100, deadline=None)
@given(network=delays, refusals=st.lists(st.floats(0.0, 50.0), max_size=3))
def test_a_refusal_holds_for_as_long_as_it_says(
    network: list[tuple[float, float, str]], refusals: list[float]
) -> None:
    """Nothing is taken while the budget is closed, and afterwards it goes on."""
    budget = Budget(Rate(5, 10.0))
    world = World(budget, Server([(0.0, 5, 10.0)]), network)
    for wait in refusals:
        world.run(world.now + 20.0, len(world.calls) + 15)
        before = len(world.calls)
        closed = world.now
        budget.close(closed, wait)
        world.run(world.now + 200.0, before + 5)
        assert all(call.taken >= closed + wait for call in world.calls[before:])
        assert len(world.calls) == before + 5
    assert over(world.server, 10.0, 5) <= 0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("latency", [0.05, 0.2, 1.0])
def test_with_steady_answers_nearly_all_of_the_limit_is_used(
    latency: float, seed: int
) -> None:
    """1,000 rows at 100 in 10 s: at least 0.93 of the best possible time."""
    dice = random.Random(seed)  # noqa: S311 - no secret depends on it
    network = [
        (latency / 2 * dice.uniform(0.5, 1.5), latency / 2 * dice.uniform(0.5, 1.5), "")
        for _ in range(97)
    ]
    network = [(there, back, "fine") for there, back, _ in network]
    server = Server([(0.0, 100, 10.0)])
    world = World(Budget(Rate(100, 10.0)), server, network)
    world.run(1000.0, 1000)
    assert len(server.arrivals) == 1000
    assert over(server, 10.0, 100) <= 0
    best = 9 * 10.0 + latency
    slack = 9 * 1.5 * latency  # a slot is free one interval after its answer
    assert max(server.arrivals) <= best / 0.93 + slack
