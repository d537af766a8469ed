"""`importer check` of a workbook beside calamine alone and beside pandas.

All three are whole processes that read the same XLSX. Calamine reads it row by row
and only counts; pandas builds its table with the same reader; `check` maps, validates
and compares slugs.
"""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import processes
import rows as spreadsheet
import xlsxwriter  # type: ignore[import-untyped]
from common import Figures, Goal, Line, Measured, Options

if TYPE_CHECKING:
    from pathlib import Path

    from processes import Ended

ROWS = 100_000
MOST_TIMES = 3
CALAMINE = (
    "import python_calamine, sys\n"
    "book = python_calamine.CalamineWorkbook.from_path(sys.argv[1])\n"
    "rows = book.get_sheet_by_index(0).iter_rows()\n"
    "assert sum(1 for _ in rows) == int(sys.argv[2]) + 1\n"
)
PANDAS = (
    "import pandas, sys\n"
    "table = pandas.read_excel(sys.argv[1], dtype=str, engine='calamine')\n"
    "assert len(table) == int(sys.argv[2])\n"
)


def measure(options: Options) -> Measured:
    """CPU time and peak memory, all taking turns."""
    count = options.scaled(ROWS)
    path = _write(options.folder, count)
    given = [str(path), str(count)]
    commands = {
        "check": [*processes.IMPORTER, "check", str(path), "--json"],
        "calamine": [sys.executable, "-c", CALAMINE, *given],
        "pandas": [sys.executable, "-c", PANDAS, *given],
    }
    kinds: dict[str, list[Ended]] = {name: [] for name in commands}
    for _ in range(options.repeats):
        for name, command in commands.items():
            kinds[name].append(processes.run(command, core=processes.CLIENT_CORE))
    path.unlink()
    for one in kinds["check"]:
        assert one.document["counts"]["valid"] == count, one.document["counts"]
    return Measured([_line(count, kinds)])


def _line(count: int, kinds: dict[str, list[Ended]]) -> Line:
    seconds = {
        name: Figures.of(one.seconds for one in ended) for name, ended in kinds.items()
    }
    peaks = {
        name: Figures.of(one.peak_mb for one in ended).median
        for name, ended in kinds.items()
    }
    times = seconds["check"].over(seconds["calamine"])
    return Line(
        f"check of {count:,} rows of XLSX",
        f"{count / seconds['check'].median:,.0f} rows/s, {peaks['check']:.0f} MB",
        f"calamine alone {count / seconds['calamine'].median:,.0f} rows/s, "
        f"{peaks['calamine']:.0f} MB; pandas "
        f"{count / seconds['pandas'].median:,.0f} rows/s, {peaks['pandas']:.0f} MB",
        f"{times.spread()} times calamine's time",
        [
            Goal.at_most(MOST_TIMES, times.median, " times"),
            Goal.at_most(round(peaks["pandas"]), peaks["check"], " MB (pandas)"),
        ],
    )


def _write(folder: Path, count: int) -> Path:
    """The rows of the other measures, as a workbook."""
    text = spreadsheet.write(folder / "workbook.csv", count)
    path = folder / "workbook.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Collections")
    with text.open(newline="", encoding="utf-8") as stream:
        for number, cells in enumerate(csv.reader(stream)):
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, column, cell)
    book.close()
    text.unlink()
    return path
