"""What to do next, as a run's numbers tell it: one step for each thing that is left.

Pure: a summary in, sentences and commands out. Invariant: a run with nothing left to do
says so, and a command on the page can be typed as it stands.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.models import PROBLEMS, UNFINISHED, Code, Status
from importer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.models import Summary


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
    if bad:
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
