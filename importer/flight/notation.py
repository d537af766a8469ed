"""A record as the journal keeps it: JSON of lists, short, and read back the same.

Invariant: what an older version of the program kept, or did not keep, can be read.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from importer.models import Flight, Traffic, Window

if TYPE_CHECKING:
    from collections.abc import Mapping


def noted(flight: Flight) -> dict[str, Any]:
    """The record as JSON has it."""
    return {
        "windows": [astuple(window) for window in flight.windows],
        "window_seconds": flight.window_seconds,
        "latency": list(flight.latency),
        "slowest_seconds": flight.slowest_seconds,
        "unanswered": flight.unanswered,
        "retries": dict(flight.retries),
        "doubts": dict(flight.doubts),
        "locations": {name: astuple(one) for name, one in flight.locations.items()},
    }


def recalled(document: Mapping[str, Any]) -> Flight:
    """The record that was noted; an empty one where none was."""
    if not document:
        return Flight()
    return Flight(
        windows=tuple(Window(*one) for one in document["windows"]),
        window_seconds=document["window_seconds"],
        latency=tuple(document["latency"]),
        slowest_seconds=document["slowest_seconds"],
        unanswered=document["unanswered"],
        retries=document["retries"],
        doubts=document["doubts"],
        locations={name: Traffic(*one) for name, one in document["locations"].items()},
    )
