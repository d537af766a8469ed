"""Records as values: added up, read out, and noted as the journal keeps them.

Adds neighbouring windows to longer ones and one process to another, says percentiles,
the fullest window and the scarcest day, and writes JSON of lists, short. Invariants:
nothing is lost but detail; what an older version kept, or did not keep, can be read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, replace
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Any

from importer.models import Flight, Traffic, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


#: So many windows are told apart: an hour and a half of those of 10 s.
MOST = 540
# 12 % steps: a percentile is good to an eighth, in a hundred numbers
#: Borders of durations in seconds, from 1 ms to 100 s, each 12 % above the one before.
BOUNDS = tuple(10 ** (step / 20) for step in range(-60, 41))

#: Calls, and how many were allowed, if that is known.
Fill = tuple[int, int | None]


def fuller(one: Fill, other: Fill) -> Fill:
    """Return of two windows the one nearer to its limit, or beyond it."""
    return max(one, other, key=fullness)


def fullness(fill: Fill) -> tuple[float, int]:
    """Return how near a window came to its limit; without a limit it comes last."""
    calls, limit = fill
    return (calls / limit if limit else 0.0, calls)


def thinned(windows: Sequence[Window], most: int = MOST) -> list[Window]:
    """Put the calls into no more than `most` windows, twice as long where need be."""
    kept = list(windows)
    seconds = max((window.seconds for window in kept), default=0.0)
    while len(kept) > most:
        # doubling keeps the borders of the longer windows on those of the shorter ones
        seconds *= 2
        kept = [
            _one(start * seconds, seconds, list(group))
            for start, group in groupby(kept, lambda one: one.at // seconds)  # noqa: B023 - used at once
        ]
    return kept


def together(earlier: Flight, later: Flight) -> Flight:
    """Return what two processes did one after the other, as one run's record."""
    windows = sorted((*earlier.windows, *later.windows), key=lambda one: one.at)
    joined = [
        _one(at, seconds, list(group))
        for (at, seconds), group in groupby(windows, lambda one: (one.at, one.seconds))
    ]
    counts = zip_longest(earlier.latency, later.latency, fillvalue=0)
    return Flight(
        windows=tuple(thinned(joined)),
        # the earlier one's length, as its windows are more, unless it made none
        window_seconds=(earlier if earlier.windows else later).window_seconds,
        latency=tuple(map(sum, counts)),
        slowest_seconds=max(earlier.slowest_seconds, later.slowest_seconds),
        unanswered=earlier.unanswered + later.unanswered,
        retries=_sum(earlier.retries, later.retries),
        doubts=_sum(earlier.doubts, later.doubts),
        locations=_locations(earlier.locations, later.locations),
    )


def _one(at: float, seconds: float, windows: Iterable[Window]) -> Window:
    """Put several windows into one.

    The fullest of them stays what it was: a process that begins in the middle of
    another's window may find a new one at the server, and both would not be one.
    """
    whole = Window(at, seconds)
    for window in windows:
        peak, limit = fuller((whole.peak, whole.limit), (window.peak, window.limit))
        quotas = [q for q in (whole.quota, window.quota) if q is not None]
        whole = replace(
            whole,
            calls=whole.calls + window.calls,
            refused=whole.refused + window.refused,
            unanswered=whole.unanswered + window.unanswered,
            peak=peak,
            limit=limit,
            quota=min(quotas, default=None),
        )
    return whole


def _sum(earlier: Mapping[str, int], later: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(earlier) + Counter(later))


def _locations(
    earlier: Mapping[str, Traffic], later: Mapping[str, Traffic]
) -> dict[str, Traffic]:
    found = dict(earlier)
    for location, now in later.items():
        before = found.get(location, Traffic())
        peak, limit = fuller((before.peak, before.limit), (now.peak, now.limit))
        known = now if now.quota_left is not None else before
        found[location] = Traffic(
            before.calls + now.calls,
            before.refused + now.refused,
            peak,
            limit,
            known.quota_left,
            known.quota_of,
        )
    return found


def noted(flight: Flight) -> dict[str, Any]:
    """Return the record as JSON has it."""
    return {
        "windows": [astuple(window) for window in flight.windows],
        "window_seconds": flight.window_seconds,
        "latency": list(flight.latency),
        "slowest_seconds": flight.slowest_seconds,
        "unanswered": flight.unanswered,
        "retries": dict(flight.retries),
        "doubts": dict(flight.doubts),
        "locations": {
            name: astuple(traffic) for name, traffic in flight.locations.items()
        },
    }


def recalled(document: Mapping[str, Any]) -> Flight:
    """Return the record that was noted; an empty one where none was."""
    # runs of versions before the flight record have none
    if not document:
        return Flight()
    return Flight(
        windows=tuple(Window(*item) for item in document["windows"]),
        window_seconds=document["window_seconds"],
        latency=tuple(document["latency"]),
        slowest_seconds=document["slowest_seconds"],
        unanswered=document["unanswered"],
        retries=document["retries"],
        doubts=document["doubts"],
        locations={name: Traffic(*one) for name, one in document["locations"].items()},
    )


#: How many locations are named where thousands may have been slow.
WORST = 10


def quantile(flight: Flight, share: float) -> float | None:
    """Return the duration in seconds that such a share of the answers stayed within.

    Good to an eighth: durations are counted between borders, and where in between is
    reckoned.
    """
    wanted = share * sum(flight.latency)
    passed = 0
    for step, count in enumerate(flight.latency):
        if count and passed + count >= wanted:
            low = BOUNDS[step - 1] if step else 0.0
            high = BOUNDS[step] if step < len(BOUNDS) else flight.slowest_seconds
            within = low + (high - low) * (wanted - passed) / count
            # the top of a bin may lie above the slowest answer that there was
            return min(within, flight.slowest_seconds)
        passed += count
    return None


def fullest(flight: Flight) -> tuple[str, Traffic] | None:
    """Return the location that came nearest to its limit in a window, or beyond it."""

    def near(item: tuple[str, Traffic]) -> tuple[float, int]:
        return fullness((item[1].peak, item[1].limit))

    return max(flight.locations.items(), key=near, default=None)


def scarcest(flight: Flight) -> tuple[str, Traffic] | None:
    """Return the location with the smallest share of its day's quota left."""
    known = [
        (traffic.quota_left / traffic.quota_of, name, traffic)
        for name, traffic in flight.locations.items()
        if traffic.quota_left is not None and traffic.quota_of
    ]
    if not known:
        return None
    _, name, one = min(known, key=lambda item: item[:2])
    return name, one


def worst(flight: Flight) -> dict[str, Traffic]:
    """Return the locations that were refused most, then those that called most."""
    ordered = sorted(
        flight.locations.items(),
        key=lambda item: (-item[1].refused, -item[1].calls, item[0]),
    )
    return dict(ordered[:WORST])
