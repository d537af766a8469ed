"""Whether a series of pairs shows a difference: ratios, their interval, and a verdict.

The interval is the one of order statistics for a median: of n sorted ratios, the k-th
from either end, where k is the largest for which the binomial distribution (n, 1/2)
leaves at least 95 % between the two. It is exact for any distribution, so a burst of
noise in one pair costs nothing but a pair. Source: J.-Y. Le Boudec, "Performance
Evaluation of Computer and Communication Systems", EPFL Press 2010, theorem 2.1 and
appendix A; ratios of pairs in random order, because what slows the machine slows both.

Invariant: two series that change places change "slower" into "faster", and nothing
else; nothing here measures or prints.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

#: The interval holds the true median in at least so many of all comparisons.
CONFIDENCE = 0.95
#: A smaller ratio is not worth a word, however surely it is there.
LEAST_RATIO = 1.03


class Verdict(StrEnum):
    """What the pairs show about the new state."""

    SLOWER = "slower"
    FASTER = "faster"
    #: nothing but that: the interval says how large a difference may hide in the noise
    UNSEEN = "no difference seen"
    #: no interval can be given
    UNKNOWN = "too few pairs"


@dataclass(frozen=True, slots=True)
class Ratio:
    """New over old, as the median of the pairs' ratios, and its interval."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, new: Sequence[float], old: Sequence[float]) -> Ratio:
        """Compare what was measured in the same pairs, one value of each for a pair."""
        logs = sorted(
            math.log(after / before) for after, before in zip(new, old, strict=True)
        )
        ends = interval(logs)
        # logarithms, so that the median of an even number lies amid ratios, too
        return cls(*map(math.exp, (statistics.median(logs), *ends)))

    @property
    def verdict(self) -> Verdict:
        """Name a difference where the interval excludes 1 and it is large enough."""
        if math.isinf(self.high):
            return Verdict.UNKNOWN
        if self.low > 1 and self.median > LEAST_RATIO:
            return Verdict.SLOWER
        if self.high < 1 and self.median < 1 / LEAST_RATIO:
            return Verdict.FASTER
        return Verdict.UNSEEN

    def __str__(self) -> str:
        """Say the median and the interval."""
        if self.verdict is Verdict.UNKNOWN:
            return f"{self.median:.3f}"
        return f"{self.median:.3f} ({self.low:.3f} to {self.high:.3f})"


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends between which the median lies; infinite below six values."""
    rank = _rank(len(values))
    if not rank:
        return -math.inf, math.inf
    ordered = sorted(values)
    return ordered[rank - 1], ordered[-rank]


def orders(pairs: int, chance: Random) -> list[bool]:
    """Draw by lot in which half of the pairs the new state comes first."""
    firsts = [bool(number % 2) for number in range(pairs)]
    chance.shuffle(firsts)
    return firsts


def _rank(count: int) -> int:
    """Return which value from either end is the end of the interval; 0 for none."""
    outside = (1 - CONFIDENCE) / 2 * 2**count
    below = rank = 0
    while (below := below + math.comb(count, rank)) <= outside:
        rank += 1
    return rank
