"""Adds up records: neighbouring windows to longer ones, and one process to another.

Pure arithmetic on values. Invariant: calls, refusals and answers are neither lost nor
counted twice, and no more than `MOST` windows are left.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from importer.models import Flight, Traffic, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: So many windows are told apart: an hour and a half of those of 10 s.
MOST = 540

#: Calls, and how many were allowed, if that is known.
Fill = tuple[int, int | None]


def fuller(one: Fill, other: Fill) -> Fill:
    """Of two windows the one nearer to its limit, or beyond it."""
    return max(one, other, key=fullness)


def fullness(fill: Fill) -> tuple[float, int]:
    """How near a window came to its limit; one without a limit comes last."""
    calls, limit = fill
    return (calls / limit if limit else 0.0, calls)


def thinned(windows: Sequence[Window], most: int = MOST) -> list[Window]:
    """The same calls in no more than `most` windows, twice as long where need be."""
    kept = list(windows)
    seconds = max((window.seconds for window in kept), default=0.0)
    while len(kept) > most:
        seconds *= 2
        kept = [
            _one(start * seconds, seconds, list(group))
            for start, group in groupby(kept, lambda one: one.at // seconds)  # noqa: B023 - used at once
        ]
    return kept


def together(earlier: Flight, later: Flight) -> Flight:
    """What two processes did one after the other, as the record of one run."""
    windows = sorted((*earlier.windows, *later.windows), key=lambda one: one.at)
    joined = [
        _one(at, seconds, list(group))
        for (at, seconds), group in groupby(windows, lambda one: (one.at, one.seconds))
    ]
    counts = zip_longest(earlier.latency, later.latency, fillvalue=0)
    return Flight(
        windows=tuple(thinned(joined)),
        window_seconds=(earlier if earlier.windows else later).window_seconds,
        latency=tuple(map(sum, counts)),
        slowest_seconds=max(earlier.slowest_seconds, later.slowest_seconds),
        unanswered=earlier.unanswered + later.unanswered,
        retries=_sum(earlier.retries, later.retries),
        doubts=_sum(earlier.doubts, later.doubts),
        locations=_locations(earlier.locations, later.locations),
    )


def _one(at: float, seconds: float, windows: Iterable[Window]) -> Window:
    """Several windows as one.

    The fullest of them stays what it was: a process that begins in the middle of
    another's window may find a new one at the server, and both would not be one.
    """
    whole = Window(at, seconds)
    for one in windows:
        peak, limit = fuller((whole.peak, whole.limit), (one.peak, one.limit))
        quotas = [q for q in (whole.quota, one.quota) if q is not None]
        whole = replace(
            whole,
            calls=whole.calls + one.calls,
            refused=whole.refused + one.refused,
            unanswered=whole.unanswered + one.unanswered,
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
