"""What the measures share: options, lines of the table, and points of the plots.

A measure is a module with `measure(options) -> Measured`. Invariant: a line that has a
goal says what the goal is and whether this very run reached it.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How often, how much, and where files may be put meanwhile."""

    folder: Path
    repeats: int = 3
    rows: int = 100_000
    quick: bool = False

    def scaled(self, count: int) -> int:
        """So many, or a hundredth of it where only a smoke test is wanted."""
        return max(10, count // 100) if self.quick else count


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure to be reached: at least, or at most, so much."""

    text: str
    reached: bool

    @classmethod
    def at_least(cls, wanted: float, value: float, unit: str = "") -> Goal:
        """Reached from that value on."""
        return cls(f"at least {wanted:g}{unit}", value >= wanted)

    @classmethod
    def at_most(cls, wanted: float, value: float, unit: str = "") -> Goal:
        """Reached up to that value."""
        return cls(f"at most {wanted:g}{unit}", value <= wanted)

    def __str__(self) -> str:
        """What is wanted, and what became of it."""
        return f"{self.text}: {'reached' if self.reached else 'not reached'}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    measured: str
    beside: str = ""
    ratio: str = ""
    goals: Sequence[Goal] = ()

    def __str__(self) -> str:
        """The line as Markdown."""
        goals = "; ".join(map(str, self.goals))
        cells = [self.what, self.measured, self.beside, self.ratio, goals]
        return "| " + " | ".join(cells) + " |"


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a plot: what grows with what."""

    plot: str
    curve: str
    x: float
    y: float


@dataclass(slots=True)
class Measured:
    """What a measure found; notes say what a reader has to know about it."""

    lines: list[Line] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """The same thing measured some times."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Figures:
        """Keep them in their order."""
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.values)

    def over(self, others: Figures) -> Figures:
        """Ratios of what was measured in the same round, one right after the other."""
        pairs = zip(self.values, others.values, strict=True)
        return Figures(tuple(one / other for one, other in pairs))

    def spread(self, digits: int = 2) -> str:
        """The median, and between which ends the others lay."""
        low, high = min(self.values), max(self.values)
        return f"{self.median:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
