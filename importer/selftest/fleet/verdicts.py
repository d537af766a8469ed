"""The verdict of a trial of a cluster: what happened to it, and what was wrong.

Pure. What the report says is judged by `verdict`, as in every trial; here are the limit
of each location and the accidents. Invariants: a trial is good only if nothing is
wrong, every planned accident fell and the run has ended by itself; a control is good
only if something is there twice, else a trial could find nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.selftest.verdict import Figures

#: What a selftest of a cluster counts; all of it must be zero.
COUNTED = {
    "duplicates": "collections that are there twice",
    "missing": "rows without a collection",
    "wrong": "lines of the report that are not true",
    "touched": "collections of others that were changed or removed",
    "over": "locations with more calls in a window than the limit allows",
}


@dataclass(frozen=True, slots=True)
class FleetVerdict:
    """All there is to say of one trial, in figures.

    `accidents` counts what happened by kind, `starts` how often each process was
    started; `ends` are the exit codes of the driver, one after the other.
    """

    seed: int
    fence: bool
    rows: int
    collections: int
    locations: int
    calls: int
    faults: Mapping[str, int]
    accidents: Mapping[str, int]
    starts: Mapping[str, int]
    ends: tuple[int, ...]
    figures: Figures
    seconds: float
    surprises: tuple[str, ...] = field(default=())

    @property
    def found(self) -> int:
        """How much is wrong."""
        return sum(getattr(self.figures, name) for name in COUNTED)

    @property
    def good(self) -> bool:
        """Whether it came out as it has to."""
        if self.fence:
            return not (self.found or self.surprises)
        return self.figures.duplicates > 0


def check_limit(truth: Mapping[str, Any], limit: int, figures: Figures) -> None:
    """Count the locations that got more calls in one window than the limit allows."""
    for location, counted in truth["locations"].items():
        if (most := counted["max_in_window"]) > limit:
            figures.note("over", f"{location}: {most} calls where {limit} are allowed")
