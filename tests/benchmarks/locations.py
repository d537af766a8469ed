"""One location or thousands: what a row costs, and whether turns are fair.

The same number of rows, spread over ever more locations, unthrottled against the fast
server; then 300 locations at a small limit each against the sandbox. A location's time
is from the first row sent at all to the location's last answer, as `report.csv` has it.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

import processes
import rows as spreadsheet
from common import Figures, Goal, Line, Measured, Options, Point
from limit import best_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from processes import Ended

ROWS, COUNTS = 20_000, (1, 100, 1_000, 5_000)
LIMITED, ROWS_EACH, CALLS, SECONDS = 300, 40, 20, 5.0
OF_BEST, FAIR = 1.5, 1.2


def measure(options: Options) -> Measured:
    """Each number of locations, then the limited ones."""
    found = Measured()
    with processes.fast_server() as url:
        rounds = [_round(options, url) for _ in range(options.repeats)]
    alone = Figures.of(one[0].cpu for one in rounds)
    for turn, count in enumerate(COUNTS):
        outcomes = [one[turn] for one in rounds]
        found.lines.append(_line(count, outcomes, alone))
        cpu = Figures.of(one.cpu for one in outcomes).median
        peak = Figures.of(one.ended.peak_mb for one in outcomes).median
        found.points.append(Point("locations-cpu", "CPU µs a row", count, cpu))
        found.points.append(Point("locations-memory", "peak MB", count, peak))
    found.lines.append(_limited(options))
    return found


class Outcome:
    """A run over some locations."""

    def __init__(self, ended: Ended, runs: Path) -> None:
        """Read its report."""
        (report,) = runs.glob("*/report.csv")
        self.ended = ended
        self.rows, finishes = _finishes(report)
        self.cpu = ended.cpu_seconds / self.rows * 1e6
        self.fastest, self.slowest = min(finishes), max(finishes)
        shutil.rmtree(runs)

    @property
    def unfairness(self) -> float:
        """The slowest location's time over the fastest one's."""
        return self.slowest / self.fastest


def _round(options: Options, url: str) -> list[Outcome]:
    outcomes = []
    for count in COUNTS:
        rows = max(count, options.scaled(ROWS))
        path = spreadsheet.write(options.folder / "locations.csv", rows, count)
        runs = options.folder / "runs"
        command = processes.unlimited_run(path, url, runs)
        ended = processes.run(command, core=processes.CLIENT_CORE)
        outcomes.append(Outcome(ended, runs))
        assert outcomes[-1].rows == rows
    return outcomes


def _line(count: int, outcomes: list[Outcome], alone: Figures) -> Line:
    cpu = Figures.of(one.cpu for one in outcomes)
    peak = Figures.of(one.ended.peak_mb for one in outcomes).median
    unfair = Figures.of(one.unfairness for one in outcomes).median
    rows = outcomes[0].rows
    plural = "s" if count > 1 else ""
    return Line(
        f"run of {rows:,} rows in {count:,} location{plural}, no limit",
        f"{cpu.median:.0f} µs CPU a row, {peak:.0f} MB",
        f"slowest location {unfair:.2f} times the fastest" if plural else "",
        f"{cpu.over(alone).spread()} of one location's CPU" if plural else "",
    )


def _limited(options: Options) -> Line:
    count = options.scaled(LIMITED)
    path = spreadsheet.write(options.folder / "many.csv", count * ROWS_EACH, count)
    rounds = [_limited_once(options, path) for _ in range(options.repeats)]
    over = Figures.of(one["seconds"] / one["best"] for one in rounds)
    unfair = Figures.of(one["unfair"] for one in rounds)
    refused = max(one["refused"] for one in rounds)
    seconds = Figures.of(one["seconds"] for one in rounds).median
    best = Figures.of(one["best"] for one in rounds).median
    cpu = Figures.of(one["cpu"] for one in rounds).median
    return Line(
        f"{count} locations of {ROWS_EACH} rows at {CALLS} calls in {SECONDS:g} s",
        f"{seconds:.1f} s, {cpu:.1f} s CPU, {refused:.0f} refused, "
        f"slowest location {unfair.median:.2f} times the fastest",
        f"best possible {best:.1f} s",
        f"{over.spread()} times",
        [
            Goal.at_most(OF_BEST, over.median, " times the best"),
            Goal("none refused", reached=not refused),
            Goal.at_most(FAIR, unfair.median, " times the fastest"),
        ],
    )


def _limited_once(options: Options, path: Path) -> dict[str, float]:
    runs = options.folder / "runs"
    flags = ("--limit", f"{CALLS}/{SECONDS:g}s", "--daily", "none")
    with processes.sandbox(*flags, core=processes.SERVER_CORE) as url:
        command = [
            *processes.IMPORTER,
            "run",
            path,
            "--base-url",
            url,
            "--yes",
            "--json",
        ]
        ended = processes.run(
            [*command, "--runs-dir", runs], core=processes.CLIENT_CORE
        )
        truth = processes.tell(url, "/_sandbox/summary")
    there = truth["locations"].values()
    most = max(one["calls"] - one["refused"] for one in there)
    return {
        "seconds": json.loads(ended.out)["duration_seconds"],
        "cpu": ended.cpu_seconds,
        "best": best_seconds(most, CALLS, SECONDS, 0),
        "refused": sum(one["refused"] for one in there),
        "unfair": Outcome(ended, runs).unfairness,
    }


def _finishes(report: Path) -> tuple[int, list[float]]:
    """The rows that were created, and when each location was done, in seconds."""
    last: dict[str, float] = defaultdict(float)
    first, rows = float("inf"), 0
    with report.open(newline="", encoding="utf-8") as stream:
        for line in csv.DictReader(stream):
            assert line["status"] == "created", line
            rows += 1
            first = min(first, _seconds(line["started_at"]))
            place = line["location_id"]
            last[place] = max(last[place], _seconds(line["finished_at"]))
    return rows, [time - first for time in last.values()]


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()
