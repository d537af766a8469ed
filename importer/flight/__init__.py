"""The flight record: how the calls of a run went, in sums that stay small.

`recorder` counts while calls are made, `sums` adds up what several processes did of
one run and keeps it short, `figures` reads percentiles and extremes from the sums,
`setbacks` names what went wrong on the way, and `notation` is what the journal keeps.
Invariant: memory is bounded by the locations, not by the calls.
"""

from __future__ import annotations

from importer.flight.figures import fullest, quantile, scarcest, worst
from importer.flight.notation import noted, recalled
from importer.flight.recorder import BOUNDS, Recorder
from importer.flight.setbacks import Setbacks
from importer.flight.sums import together

__all__ = [
    "BOUNDS",
    "Recorder",
    "Setbacks",
    "fullest",
    "noted",
    "quantile",
    "recalled",
    "scarcest",
    "together",
    "worst",
]
