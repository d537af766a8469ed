"""The flight record: how the calls of a run went, in sums that stay small.

`recorder` counts while calls are made, and names what went wrong on the way; `sums`
adds up what several processes did of one run, reads percentiles and extremes from it,
and notes it as the journal keeps it.
Invariant: memory is bounded by the locations, not by the calls.
"""

from __future__ import annotations

from importer.flight.recorder import Recorder, Setbacks
from importer.flight.sums import (
    BOUNDS,
    fullest,
    noted,
    quantile,
    recalled,
    scarcest,
    together,
    worst,
)

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
