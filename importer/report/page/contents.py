"""What stands on the page: the run in numbers, the rows to look at, the next steps.

Pure: values in, values out; how it looks is the template's. Rows are put together by
what is wrong with them: all are counted and some of each kind kept, so that neither the
page nor the memory grows with a million alike. Invariants: every figure is one of
`summary.json`, and no figure is reckoned twice in two ways; every line is counted, kept
or not; a run with nothing left to do says so, and a command can be typed as it stands.
"""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer import wording
from importer.codebook import phrase as code_phrase
from importer.models import (
    DONE,
    FINAL_STATUSES,
    PROBLEMS,
    UNFINISHED,
    Code,
    Status,
    Traffic,
)
from importer.report.columns import status_phrase
from importer.report.page import charts
from importer.report.page.made import UNTOLD, Made
from importer.report.page.room import KEPT, LONGEST, OF_A_GROUP, OF_LOCATIONS, Room
from importer.report.summary import summary_document
from importer.version import __version__
from importer.wording import counted, duration, number, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.models import Flight, ReportLine, Summary


#: Locations of a canary that are told one by one.
CANARY_NAMES = 5


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: what, why and how, and the command where there is one."""

    title: str
    words: str
    command: str = ""


def steps(summary: Summary, folder: Path) -> list[Step]:
    """Return the steps, the most urgent first."""
    return [
        *_places(summary),
        *_resume(summary),
        *_fix(summary, folder),
        *_findings(summary),
    ]


def _places(summary: Summary) -> Iterator[Step]:
    """Name the locations that were left before all was done."""
    stops = summary.location_stops
    if not stops:
        return
    first, reason = next(iter(stops.items()))
    name = summary.location_names.get(first, first)
    more = f" The table below says it of {counted(len(stops) - 1, 'other')}."
    yield Step(
        f"See why {counted(len(stops), 'location was', 'locations were')} left",
        f"{name}: {reason}{more if len(stops) > 1 else ''}",
    )


def _resume(summary: Summary) -> Iterator[Step]:
    counts = summary.counts
    left = sum(counts.get(status, 0) for status in UNFINISHED)
    if not left:
        return
    text = "It looks first whether a row without a clear answer was created."
    if not counts.get(Status.UNKNOWN):
        text = "What is done already is not done again."
    # why a location was left stands in the step before
    if summary.stopped_because and not summary.location_stops:
        text = f"{summary.stopped_because} {text}"
    yield Step(
        f"Finish {counted(left, 'row')}",
        text,
        f"importer resume {shlex.quote(summary.run_id)}",
    )


def _fix(summary: Summary, folder: Path) -> Iterator[Step]:
    bad = sum(
        summary.counts.get(status, 0) for status in PROBLEMS if status not in UNFINISHED
    )
    if bad and any(file.sheet for file in summary.files):
        yield Step(
            f"Fix {counted(bad, 'row')}",
            "report.xlsx is your own table, with the reason behind each row. Correct "
            "the red cells, save it, and run it: what is done is not sent again.",
            f"importer run {shlex.quote(str(folder / 'report.xlsx'))}",
        )
    elif bad:
        yield Step(
            f"Fix {counted(bad, 'row')}",
            "failed.csv has them as they came, with the reason behind. Correct the "
            "cells, save it, and run it: only these rows are sent.",
            f"importer run {shlex.quote(str(folder / 'failed.csv'))}",
        )


def _findings(summary: Summary) -> Iterator[Step]:
    run = shlex.quote(summary.run_id)
    if twice := summary.codes.get(Code.CREATED_TWICE):
        yield Step(
            f"Remove the surplus of {counted(twice, 'collection')}",
            "The location holds further copies that this run made.",
            f"importer audit {run} --repair",
        )
    if unclaimed := summary.codes.get(Code.COPY_UNCLAIMED):
        yield Step(
            f"Compare {counted(unclaimed, 'collection')} with another one like it",
            "The location holds one more with the same name and slug, and nothing "
            "proves who made it. Look in HighLevel, and remove what is too many.",
        )
    if missing := summary.codes.get(Code.MISSING_AT_SERVER):
        yield Step(
            f"Look for {counted(missing, 'collection')}",
            "HighLevel gave an id, but its list does not show it. Compare once more:",
            f"importer audit {run}",
        )


def canary(summary: Summary) -> str:
    """Say which locations went first, and whether the others followed."""
    first = summary.canary
    if first is None:
        return ""
    names = [summary.location_names.get(one, one) for one in first.locations]
    told = ", ".join(names[:CANARY_NAMES])
    if names[CANARY_NAMES:]:
        told += f" and {counted(len(names) - CANARY_NAMES, 'more location')}"
    verdict = "That has not gone well yet, and the others wait for it."
    if first.passed:
        verdict = "That went well, so the others followed."
    return f"Sent and audited before all others: {told}. {verdict}"


@dataclass(slots=True)
class Group:
    """The rows with one code. `rows` are (place, name, slug, location, message)."""

    code: str
    count: int = 0
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    @property
    def phrase(self) -> str:
        """What is wrong, in words."""
        text = code_phrase(self.code)
        return text[:1].upper() + text[1:] if text else "Without a reason"


def gathered(lines: Iterable[ReportLine]) -> list[Group]:
    """Gather lines into groups, the largest first."""
    groups: dict[str, Group] = {}
    room = Room()
    for line in lines:
        code = str(line.code)
        group = groups.get(code)
        if group is None:
            group = groups[code] = Group(code)
        group.count += 1
        if len(group.rows) < KEPT:
            row = (
                str(line.place),
                wording.cut(line.name, LONGEST),
                wording.cut(line.slug, LONGEST),
                line.location_id,
                wording.cut(line.message, LONGEST),
            )
            if room.takes(row, len(group.rows)):
                group.rows.append(row)
    return sorted(groups.values(), key=lambda one: -one.count)


#: Statuses of rows with a problem of their own.
WRONG = (Status.DUPLICATE, Status.INVALID, Status.REJECTED)

NOTHING_MADE = Made()

STATES = {
    "finished": "finished",
    "stopped": "stopped",
    "undone": "undone",
}


def contents(
    summary: Summary,
    groups: Sequence[Group],
    folder: Path,
    made: Made = NOTHING_MADE,
) -> dict[str, Any]:
    """Return the values of the template."""
    flight = summary.flight
    return {
        "version": __version__,
        "summary": summary_document(summary),
        "files": summary.files,
        "headline": headline(summary),
        "canary": canary(summary),
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
        "created": made.created,
        "updated": made.updated,
        "unshown": made.unshown,
        "untold": UNTOLD,
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
