"""Traffic: the budget of each location, and the count of everything that arrived.

Pure; the time is passed in. Invariant: for each location `calls` is all that
arrived, `refused` those of them that were answered 429, and `peak` the most arrivals
in any one interval, refused ones included.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.sandbox.budgets import USUAL_INTERVAL_SECONDS, Allowance, Budget, Peak

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sandbox.budgets import Limit


@dataclass(slots=True)
class Lane:
    """The calls of one location."""

    budget: Budget
    peak: Peak
    calls: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Allowances:
    """The rules for all locations: the usual ones, and what differs where."""

    usual: Allowance = field(default_factory=Allowance)
    limits: Mapping[str, Limit | None] = field(default_factory=dict)
    foreign_per_second: Mapping[str, float] = field(default_factory=dict)

    def of(self, location: str) -> Allowance:
        """Return the rules for one location."""
        return replace(
            self.usual,
            limit=self.limits.get(location, self.usual.limit),
            foreign_per_second=self.foreign_per_second.get(location, 0.0),
        )


class Traffic:
    """Everything that arrived since the start, or since it was forgotten."""

    def __init__(self, allowances: Allowances) -> None:
        """Begin with nothing arrived."""
        self._allowances = allowances
        self.forget()

    def forget(self) -> None:
        """Start again with full budgets and nothing counted."""
        self.calls = 0
        self.by_method: Counter[str] = Counter()
        self.lanes: dict[str, Lane] = {}
        # Calls that name no location have no budget; they see an untouched one.
        self.nowhere = self._lane("")

    def lane(self, location: str) -> Lane:
        """Return the calls of that location, or of no location if it is empty."""
        if not location:
            return self.nowhere
        found = self.lanes.get(location)
        if found is None:
            found = self.lanes[location] = self._lane(location)
        return found

    def arrived(self, method: str) -> int:
        """Count a call, at the edge already; its ordinal, from 0 on."""
        ordinal = self.calls
        self.calls += 1
        self.by_method[method] += 1
        return ordinal

    def _lane(self, location: str) -> Lane:
        allowance = self._allowances.of(location)
        limit = allowance.limit
        interval = limit.interval_seconds if limit else USUAL_INTERVAL_SECONDS
        return Lane(Budget(allowance), Peak(interval))
