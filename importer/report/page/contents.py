"""What stands on the page, worked out from the run in numbers.

Pure: values in, values out; how it looks is the template's. Invariant: every figure is
one of `summary.json`, and no figure is reckoned twice in two ways.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from importer.models import DONE, FINAL_STATUSES, UNFINISHED, Status, Traffic
from importer.report.page import charts
from importer.report.page.steps import steps
from importer.report.summary import summary_document
from importer.report.words import code_phrase, status_phrase
from importer.version import __version__
from importer.wording import counted, duration, number, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.models import Flight, Summary
    from importer.report.page.groups import Group

#: Statuses of rows with a problem of their own.
WRONG = (Status.DUPLICATE, Status.INVALID, Status.REJECTED)
#: Rows of a table that are elements of the page; a turn of it shows as many.
OF_A_GROUP, OF_LOCATIONS = 8, 20

STATES = {
    "finished": "finished",
    "stopped": "stopped",
    "undone": "undone",
}


def contents(summary: Summary, groups: Sequence[Group], folder: Path) -> dict[str, Any]:
    """Return the values of the template."""
    flight = summary.flight
    return {
        "version": __version__,
        "summary": summary_document(summary),
        "headline": headline(summary),
        "state": STATES.get(summary.state, summary.state),
        "mood": mood(summary),
        "steps": steps(summary, folder),
        "statuses": _statuses(summary),
        "remarks": _remarks(summary, groups),
        "timeline": charts.timeline(flight),
        "timeline_words": _timeline_words(flight),
        "latencies": charts.latencies(flight),
        "quota_chart": charts.quota(flight),
        "setbacks": _setbacks(summary),
        "groups": groups,
        "rows_of": [group.rows for group in groups],
        "locations": _locations(summary),
        "of_a_group": OF_A_GROUP,
        "of_locations": OF_LOCATIONS,
        "number": number,
        "duration": duration,
        "share": share,
        "counted": counted,
    }


def headline(summary: Summary) -> str:
    """Put the run into a sentence."""
    rows = sum(summary.counts.values())
    there = _sum(summary.counts, DONE)
    if summary.state == "undone":
        return "What this run created was deleted again."
    if not rows:
        return "The input had no rows, so nothing was sent."
    if there == rows:
        if rows == 1:
            return "The one collection is in HighLevel."
        return f"All {number(rows)} collections are in HighLevel."
    are = "is" if there == 1 else "are"
    parts = [f"{number(there)} of {counted(rows, 'collection')} {are} in HighLevel"]
    if wrong := _sum(summary.counts, WRONG):
        parts.append(f"{counted(wrong, 'row')} to fix")
    if left := _sum(summary.counts, UNFINISHED):
        parts.append(f"{counted(left, 'row is', 'rows are')} still to be done")
    return _listed(parts) + "."


def mood(summary: Summary) -> str:
    """Return how the page shall look at first sight: `good`, `mixed` or `stopped`."""
    if summary.state == "stopped" or summary.location_stops:
        return "stopped"
    return "mixed" if _sum(summary.counts, WRONG) else "good"


def _listed(parts: Sequence[str]) -> str:
    return "; ".join(parts)


def _sum(counts: Mapping[str, int], statuses: Sequence[Status]) -> int:
    return sum(counts.get(status, 0) for status in statuses)


def _statuses(summary: Summary) -> list[dict[str, Any]]:
    """Return what became of the rows, as the bar and its legend show it."""
    rows = sum(summary.counts.values())
    return [
        {
            "status": status.value,
            "phrase": status_phrase(status),
            "count": summary.counts.get(status, 0),
            "percent": round(summary.counts.get(status, 0) / rows * 100, 3),
            "share": share(summary.counts.get(status, 0), rows),
        }
        for status in FINAL_STATUSES
        if summary.counts.get(status, 0)
    ]


def _remarks(summary: Summary, groups: Sequence[Group]) -> list[tuple[str, str, int]]:
    """Return what was noted of rows that were carried out, and of locations."""
    told = {group.code for group in groups}
    said = summary.location_remarks.values()
    located = Counter(code for codes in said for code in codes)
    return [
        (code, code_phrase(code), count)
        for code, count in (*summary.codes.items(), *located.items())
        if code not in told
    ]


def _setbacks(summary: Summary) -> list[tuple[str, str, int]]:
    """Return what went wrong on the way, what was done about it, and how often."""
    flight, refused = summary.flight, summary.calls.refused
    found = [("HTTP 429", "waited as long as the limit asks", refused)]
    found += [
        (reason, "sent again", count)
        for reason, count in sorted(flight.retries.items(), key=lambda item: -item[1])
    ]
    found += [
        (reason, "looked whether it was created", count)
        for reason, count in sorted(flight.doubts.items(), key=lambda item: -item[1])
    ]
    return [one for one in found if one[-1]]


def _timeline_words(flight: Flight) -> str:
    """Tell what the chart of the calls shows, for those who cannot see it."""
    if not flight.windows:
        return ""
    calls = [window.peak for window in flight.windows]
    limits = {window.limit for window in flight.windows if window.limit}
    refused = sum(window.refused for window in flight.windows)
    text = f"Calls in {counted(len(calls), 'window')}: from {number(min(calls))} "
    text += f"to {number(max(calls))} in a window"
    if limits:
        low, high = min(limits), max(limits)
        text += f", where {number(low)}"
        text += "" if low == high else f" to {number(high)}"
        text += " were allowed"
    return f"{text}; {number(refused) if refused else 'none'} refused."


def _locations(summary: Summary) -> list[list[Any]]:
    """Return a line for each location, as the table and its script take it."""
    found = []
    for location, counts in summary.locations.items():
        made = summary.flight.locations.get(location, Traffic())
        found.append(
            [
                location,
                summary.location_names.get(location, ""),
                sum(counts.values()),
                _sum(counts, DONE),
                _sum(counts, WRONG),
                _sum(counts, UNFINISHED),
                summary.location_calls.get(location, 0),
                made.refused,
                made.peak,
                made.limit,
                made.quota_left,
                summary.location_stops.get(location, ""),
            ]
        )
    return sorted(found, key=lambda one: (not one[11], -one[4] - one[5], one[0]))
