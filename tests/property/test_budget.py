"""The budget against a simulated server: no schedule of the network breaks the limit.

The server counts our calls in fixed and in sliding windows and refuses what is too
much; the network delays each call and each answer by whatever hypothesis thinks of.
Time is stepped, not slept.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import examples
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simulated_network import Server, World, network

from importer.ratelimit import Budget, Rate

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.examples, pytest.mark.no_cover]

seconds = st.floats(0.0, 15.0).map(lambda value: round(value, 3))
fates = st.sampled_from(["fine"] * 6 + ["lost", "late", "unsent"])
delays = st.lists(st.tuples(seconds, seconds, fates), min_size=1, max_size=12)
answered = st.lists(
    st.tuples(seconds, seconds, st.sampled_from(["fine", "fine", "unsent"])),
    min_size=1,
    max_size=12,
).filter(lambda network: any(fate == "fine" for _, _, fate in network))
rates = st.tuples(st.integers(1, 12), st.sampled_from([1.0, 5.0, 10.0]))

LATENCIES = [(0.005, 0.0), (0.2, 0.1)]
HUNDRED = Rate(100, 10.0)


def chance(seed: int) -> Iterator[float]:
    dice = random.Random(seed)  # noqa: S311 - no secret depends on it
    while True:
        yield dice.random()


def most_refused(server: Server, interval: float) -> int:
    """The most refusals that any stretch of `interval` has seen."""
    times = server.refused
    return max(
        (sum(first <= one < first + interval for one in times) for first in times),
        default=0,
    )


@settings(max_examples=examples.tried(150), deadline=None)
@given(rate=rates, network=delays, sliding=st.booleans(), phase=seconds)
def test_no_delays_of_the_network_let_the_server_see_too_much(
    rate: tuple[int, float],
    network: list[tuple[float, float, str]],
    sliding: bool,
    phase: float,
) -> None:
    """In any interval at all: also where answers are lost, or calls counted late."""
    calls, interval = rate
    server = Server([(0.0, calls, interval)], sliding, phase)
    world = World(Budget(Rate(calls, interval)), server, network)
    world.run(200.0, 80)
    assert server.most_in(interval) <= calls
    assert server.refused == []


@settings(max_examples=examples.tried(100), deadline=None)
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
    assert server.most_in(interval) <= calls
    assert server.refused == []
    if ceiling and ceiling[1] >= interval:
        assert server.most_in(ceiling[1]) <= ceiling[0]


@settings(max_examples=examples.tried(100), deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.floats(0.0, 60.0), st.integers(1, 12), st.sampled_from([5, 10])),
        max_size=4,
    ),
    network=answered,
)
@example(  # answers that were under way for longer than the change
    changes=[(1.0, 1, 10)],
    network=[(0.0, 0.0, "fine"), (0.0, 11.0, "fine"), (1.0, 0.0, "fine")],
)
def test_a_limit_that_changes_is_kept_by_every_call_that_knows_it(
    changes: list[tuple[float, int, float]], network: list[tuple[float, float, str]]
) -> None:
    """Tighter and wider again, shorter and longer, in the middle of what is sent."""
    limits = [(0.0, 8, 10.0), *sorted(changes)]
    world = World(Budget(Rate(12, 10.0)), Server(limits), network)
    world.run(10_000.0, 80)
    assert len(world.calls) == 80, "the budget never opened again"
    if all(interval == 10 for _, _, interval in limits):
        assert world.worst() <= 0
        # whoever left before the change was told may be refused; nobody after it
        for call in world.calls:
            assert not call.refused or call.taken <= world.told(call)


@settings(max_examples=examples.tried(100), deadline=None)
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
    assert server.most_in(interval) <= calls
    assert len(world.calls) == 40, "the budget never opened again"


@settings(max_examples=examples.tried(100), deadline=None)
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
        world.run(world.now + 400.0, before + 5)
        assert all(call.taken >= closed + wait for call in world.calls[before:])
        assert len(world.calls) == before + 5
    assert world.server.most_in(10.0) <= 5


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sliding", [False, True])
@pytest.mark.parametrize(("latency", "jitter"), LATENCIES)
def test_alone_nearly_all_of_the_limit_is_used(
    latency: float, jitter: float, sliding: bool, seed: int
) -> None:
    """1,000 calls at 100 in 10 s: 0.99 of the best time at 5 ms, 0.95 at 200 ms."""
    server = Server([(0.0, 100, 10.0)], sliding)
    links = network(latency, jitter, chance(seed))
    world = World(Budget(HUNDRED), server, links, at_once=64)
    world.run(1000.0, 1000)
    best = 9 * 10.0 + latency
    assert server.refused == []
    assert best / world.now >= (0.99 if latency < 0.01 else 0.95)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sliding", [False, True])
@pytest.mark.parametrize(("latency", "jitter"), LATENCIES)
def test_another_program_that_takes_a_third_costs_one_refusal_in_an_interval(
    latency: float, jitter: float, sliding: bool, seed: int
) -> None:
    """It shows in what is left, and slots are kept for it."""
    strangers = [number * 0.3 for number in range(1, 1000)]
    phase = 10.0 * next(chance(seed + 50))
    server = Server([(0.0, 100, 10.0)], sliding, phase, strangers)
    links = network(latency, jitter, chance(seed))
    world = World(Budget(HUNDRED), server, links, at_once=64, now=phase + 5.0)
    world.run(200.0, 100_000)
    assert most_refused(server, 10.0) <= 1
    assert len(server.counted) - server.theirs > 19 * 50, "it hardly got anything"


def test_after_another_program_is_gone_the_whole_limit_is_used_again() -> None:
    """What is kept for others fades, and so does the caution."""
    strangers = [number * 0.3 for number in range(1, 100)]
    server = Server([(0.0, 100, 10.0)], True, 0.0, strangers)
    links = network(0.005, 0.0, chance(1))
    world = World(Budget(HUNDRED), server, links, at_once=64, now=5.0)
    world.run(400.0, 100_000)
    before = len(server.counted)
    world.run(600.0, 100_000)
    assert len(server.counted) - before >= 19 * 100


def test_what_a_killed_run_left_of_the_window_is_gone_by_at_most_one_refusal() -> None:
    """A resume two seconds later, in a window that is used up."""
    for sliding in (False, True):
        server = Server([(0.0, 100, 10.0)], sliding)
        first = World(Budget(HUNDRED), server, network(0.005, 0.0, chance(1)), 64)
        first.run(0.5, 100)
        second = World(Budget(HUNDRED), server, first.delays, 64, first.now + 2.0)
        second.run(60.0, 300)
        assert len(server.refused) <= 1
        assert len(second.calls) == 300
