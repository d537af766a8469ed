"""The memory of a long run: 200,000 rows, as fast as they go."""

from __future__ import annotations

import shutil

import processes
import rows as spreadsheet
from common import Figures, Goal, Line, Measured, Options, Point

ROWS = 200_000
PEAK_MB = 350


def measure(options: Options) -> Measured:
    """Peak memory of the whole process."""
    count = options.scaled(ROWS)
    path = spreadsheet.write(options.folder / "long.csv", count)
    runs = options.folder / "runs"
    with processes.fast_server() as url:
        command = processes.unlimited_run(path, url, runs)
        ended = []
        for _ in range(options.repeats):
            ended.append(processes.run(command, core=processes.CLIENT_CORE))
            shutil.rmtree(runs)
    peak = Figures.of(one.peak_mb for one in ended)
    seconds = Figures.of(one.seconds for one in ended)
    line = Line(
        f"run of {count:,} rows, no limit: peak memory",
        f"{peak.median:.0f} MB",
        f"{count / seconds.median:,.0f} rows/s",
        goals=[Goal.at_most(PEAK_MB, peak.median, " MB")],
    )
    points = [
        Point("rows-seconds", "run, no limit", count, seconds.median),
        Point("rows-memory", "run, no limit", count, peak.median),
    ]
    return Measured([line], points)
