"""`importer check` beside the bare `csv` reader and beside pandas: speed and memory.

All three are whole processes that read the same file. The reader only counts its
rows and pandas only builds its table; `check` maps, validates and compares slugs.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import processes
import rows as spreadsheet
from common import Figures, Goal, Line, Measured, Options, Point

if TYPE_CHECKING:
    from pathlib import Path

    from processes import Ended

SIZES = (10_000, 100_000, 1_000_000)
SHORT_ROWS = 100_000
PEAK_MB, ROW_BYTES, LEAST_RATIO = 250, 150, 0.25
CSV = (
    "import csv, sys\n"
    "with open(sys.argv[1], newline='', encoding='utf-8') as stream:\n"
    "    assert sum(1 for _ in csv.reader(stream)) == int(sys.argv[2]) + 1\n"
)
PANDAS = (
    "import pandas, sys\n"
    "assert len(pandas.read_csv(sys.argv[1], dtype=str)) == int(sys.argv[2])\n"
)


def measure(options: Options) -> Measured:
    """Each size, short rows, and how much more memory each further row takes."""
    found = Measured()
    peaks: dict[int, float] = {}
    largest = options.scaled(max(SIZES))
    for count in map(options.scaled, SIZES):
        path = spreadsheet.write(options.folder / "check.csv", count)
        kinds = _rounds(path, count, options.repeats)
        peaks[count] = Figures.of(one.peak_mb for one in kinds["check"]).median
        line = _line(f"check of {count:,} rows", count, kinds, goal=count == largest)
        found.lines.append(line)
        found.points += _points(count, kinds)
        path.unlink()
    found.lines.append(_growth(peaks))
    short = options.scaled(SHORT_ROWS)
    path = spreadsheet.write(options.folder / "short.csv", short, short=True)
    kinds = _rounds(path, short, options.repeats)
    found.lines.append(_line(f"check of {short:,} rows of 5 cells", short, kinds))
    return found


def _rounds(path: Path, count: int, repeats: int) -> dict[str, list[Ended]]:
    """All kinds taking turns, so that a slow minute of the machine hits each."""
    given = [str(path), str(count)]
    commands = {
        "check": [*processes.IMPORTER, "check", str(path), "--json"],
        "csv": [sys.executable, "-c", CSV, *given],
        "pandas": [sys.executable, "-c", PANDAS, *given],
    }
    kinds: dict[str, list[Ended]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            ended = processes.run(command, core=processes.CLIENT_CORE)
            kinds[name].append(ended)
    for one in kinds["check"]:
        assert one.document["counts"]["valid"] == count, one.document["counts"]
    return kinds


def _line(
    what: str, count: int, kinds: dict[str, list[Ended]], *, goal: bool = False
) -> Line:
    speeds = {
        name: Figures.of(count / one.seconds for one in ended)
        for name, ended in kinds.items()
    }
    peak, pandas_peak = (
        Figures.of(one.peak_mb for one in kinds[name]).median
        for name in ("check", "pandas")
    )
    ratio = speeds["check"].over(speeds["csv"])
    beside = (
        f"bare csv reader {speeds['csv'].median:,.0f} rows/s; "
        f"pandas {speeds['pandas'].median:,.0f} rows/s, {pandas_peak:.0f} MB"
    )
    wanted = (
        Goal.at_least(LEAST_RATIO, ratio.median),
        Goal.at_most(PEAK_MB, peak, " MB"),
    )
    return Line(
        what,
        f"{speeds['check'].median:,.0f} rows/s, {peak:.0f} MB",
        beside,
        f"{ratio.spread()} of csv",
        wanted if goal else (),
    )


def _growth(peaks: dict[int, float]) -> Line:
    _, middle, most = sorted(peaks)
    grown = (peaks[most] - peaks[middle]) * 1e6 / (most - middle)
    return Line(
        f"check: memory for each row past {middle:,}",
        f"{grown:.0f} bytes",
        goals=[Goal.at_most(ROW_BYTES, grown, " bytes")],
    )


def _points(count: int, kinds: dict[str, list[Ended]]) -> list[Point]:
    points = []
    for name, label in (("check", "check"), ("csv", "bare csv"), ("pandas", "pandas")):
        seconds = Figures.of(one.seconds for one in kinds[name]).median
        peak = Figures.of(one.peak_mb for one in kinds[name]).median
        points.append(Point("rows-seconds", label, count, seconds))
        points.append(Point("rows-memory", label, count, peak))
    return points
