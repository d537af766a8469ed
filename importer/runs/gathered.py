"""What other processes have come to with shards of a run, added up for its books.

Each result counts what its shard has called and found; a session that has sent a shard
itself has counted that already. It reads and writes nothing. Invariant: a result is
taken in once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import flight
from importer.models import Calls, Flight

if TYPE_CHECKING:
    from importer.models import ClockDifference
    from importer.runs.shards import ShardResult


@dataclass(slots=True)
class Gathered:
    """The sums; `remarks` and `accepted` are of lists, by location."""

    calls: Calls = field(default_factory=lambda: Calls(0, 0, 0))
    flight: Flight = field(default_factory=Flight)
    events: Counter[str] = field(default_factory=Counter)
    location_calls: Counter[str] = field(default_factory=Counter)
    remarks: dict[str, dict[str, str]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    codes_beside: Counter[str] = field(default_factory=Counter)
    clocks: ClockDifference | None = None
    instance: str = ""

    def take_in(self, result: ShardResult) -> None:
        """Add a result; one of this process says nothing new."""
        found, made, before = result.elsewhere, result.calls, self.calls
        if found is None:
            return
        self.calls = Calls(
            before.made + made.made,
            before.refused + made.refused,
            before.retried + made.retried,
        )
        self.flight = flight.together(self.flight, result.statistics)
        self.events.update(found.events)
        self.location_calls.update(found.calls)
        for location, told in found.remarks.items():
            self.remarks[location] = {**self.remarks.get(location, {}), **told}
        self.accepted |= found.accepted
        self.codes_beside.update(found.codes_beside)
        if found.clocks is not None:
            known = self.clocks
            self.clocks = found.clocks if known is None else known.widened(found.clocks)
        self.instance = self.instance or found.instance or ""
