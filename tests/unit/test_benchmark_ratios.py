"""What pairs of measurements show: a difference that is there, and no other."""

from __future__ import annotations

import importlib
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SEEDS = range(4000)
#: What the two states took, pair by pair.
PAIRS = st.lists(st.tuples(st.integers(100, 900), st.integers(100, 900)), min_size=1)


@pytest.fixture(scope="module")
def ratios() -> Iterator[Any]:
    """The module of the benchmarks, which are no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("ratios")


def noisy(
    seed: int, pairs: int, factor: float = 1, noise: float = 0.03
) -> tuple[list[float], list[float]]:
    """What both states took: the machine's slow minutes slow both of a pair."""
    chance = Random(seed)  # noqa: S311 - not a secret
    machine = [chance.uniform(1, 3) for _ in range(pairs)]
    old = [base * chance.lognormvariate(0, noise) for base in machine]
    new = [factor * base * chance.lognormvariate(0, noise) for base in machine]
    return new, old


@pytest.mark.parametrize("seed", range(10))
def test_a_shifted_series_is_slower_and_faster_the_other_way(
    ratios: Any, seed: int
) -> None:
    """A tenth is seen in twelve pairs, however slow the machine is at times."""
    new, old = noisy(seed, 12, factor=1.1)
    assert ratios.Ratio.of(new, old).verdict == "slower"
    assert ratios.Ratio.of(old, new).verdict == "faster"


def test_two_equal_noisy_series_show_no_difference(ratios: Any) -> None:
    """Where nothing differs, at most one verdict in twenty says that something does."""
    verdicts = [ratios.Ratio.of(*noisy(seed, 12, noise=0.1)).verdict for seed in SEEDS]
    unseen = verdicts.count("no difference seen")
    assert unseen >= 0.95 * len(verdicts)


@pytest.mark.parametrize("pairs", [7, 12, 15, 20])
def test_the_interval_holds_the_true_ratio_as_often_as_it_says(
    ratios: Any, pairs: int
) -> None:
    """In at least 95 of 100 comparisons, less what a sample of 4,000 may miss."""
    found = [ratios.Ratio.of(*noisy(seed, pairs, factor=1.2)) for seed in SEEDS]
    held = sum(one.low <= 1.2 <= one.high for one in found)
    assert held >= 0.945 * len(found)


@pytest.mark.parametrize(
    ("count", "rank"),
    [(6, 1), (7, 1), (8, 1), (9, 2), (11, 2), (12, 3), (15, 4), (17, 5), (20, 6)],
)
def test_the_ends_are_the_ranks_of_the_published_tables(
    ratios: Any, count: int, rank: int
) -> None:
    """Tables of the sign test give them for 95 %."""
    values = list(range(1, count + 1))
    assert ratios.interval(values) == (rank, count + 1 - rank)


def test_five_pairs_show_nothing_at_all(ratios: Any) -> None:
    """However large a difference they have, its interval is without end."""
    found = ratios.Ratio.of([9.0] * 5, [1.0] * 5)
    assert (found.verdict, str(found)) == ("too few pairs", "9.000")


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        ([1.02] * 12, "no difference seen"),
        ([1.04] * 12, "slower"),
        ([0.98] * 12, "no difference seen"),
        ([0.96] * 12, "faster"),
        ([0.9, 1.2] * 6, "no difference seen"),
        ([0.9] * 3 + [1.2] * 9, "no difference seen"),
        ([0.9] * 2 + [1.2] * 10, "slower"),
        ([0.001] + [1.1] * 11, "slower"),
        ([1.1] * 3 + [1.0] * 9, "no difference seen"),
    ],
)
def test_a_difference_is_named_where_it_is_certain_and_large(
    ratios: Any, new: list[float], verdict: str
) -> None:
    """Neither 2 % for certain nor 20 % perhaps is enough; an outlier hides nothing."""
    assert ratios.Ratio.of(new, [1.0] * 12).verdict == verdict


@given(pairs=PAIRS)
def test_series_that_change_places_change_the_verdict(
    ratios: Any, pairs: list[tuple[int, int]]
) -> None:
    """What is slower one way is faster the other, and the interval is turned over."""
    new, old = zip(*pairs, strict=True)
    forth, back = ratios.Ratio.of(new, old), ratios.Ratio.of(old, new)
    assert back.median == pytest.approx(1 / forth.median)
    if len(pairs) > 5:
        assert (back.low, back.high) == pytest.approx((1 / forth.high, 1 / forth.low))
    edge = ratios.LEAST_RATIO
    assume(all(abs(one.median / edge - 1) > 1e-9 for one in (forth, back)))
    turned = {"slower": "faster", "faster": "slower"}
    assert back.verdict == turned.get(forth.verdict, forth.verdict)


@given(pairs=PAIRS, slow=st.lists(st.integers(0, 9), min_size=1))
def test_what_slows_both_states_of_a_pair_changes_nothing(
    ratios: Any, pairs: list[tuple[int, int]], slow: list[int]
) -> None:
    """A machine that is slower from pair to pair gives the ratio of a quiet one."""
    factors = [2.0 ** slow[turn % len(slow)] for turn in range(len(pairs))]
    new, old = zip(*pairs, strict=True)
    scaled = [
        [value * factor for value, factor in zip(values, factors, strict=True)]
        for values in (new, old)
    ]
    assert ratios.Ratio.of(*scaled) == ratios.Ratio.of(new, old)


@given(pairs=st.integers(1, 60), seed=st.integers())
def test_each_state_comes_first_in_half_of_the_pairs(
    ratios: Any, pairs: int, seed: int
) -> None:
    """The order is drawn by lot, and the same seed draws the same."""
    drawn, again = (ratios.orders(pairs, Random(seed)) for _ in range(2))  # noqa: S311 - not a secret
    assert drawn == again
    assert len(drawn) == pairs
    assert sum(drawn) == pairs // 2
