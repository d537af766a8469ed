"""The report as a workbook: every row under `Report`, the sums under `Summary`.

Writes row by row with little memory, whatever the length. Text stays text: nothing
in it becomes a formula, a link or a number. Invariant: no row is dropped; what does
not fit on a sheet goes on the next (`Report 2`).
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from importer.models import FINAL_STATUSES
from importer.report import files
from importer.report.columns import COLUMNS, TIME_COLUMNS, values
from importer.report.words import code_phrase, status_phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

    from importer.models import ReportLine

#: What a sheet can hold, header included, and what a cell can.
ROWS_OF_A_SHEET = 1_048_576
CHARACTERS_OF_A_CELL = 32_767

_WIDTHS = {"file": 24, "name": 32, "slug": 28, "message": 60, "location_id": 26}
_WIDTHS |= {"collection_id": 26, "started_at": 23, "finished_at": 23, "trace_id": 24}

_TOO_LARGE = "it would be too large for a workbook; CSV has no such limit"

# Spreadsheets know no time zones, so the moments stand there as they are in UTC.
_TIME_FORMAT = 'yyyy-mm-dd"T"hh:mm:ss.000"Z"'


def write_xlsx(
    path: Path,
    lines: Iterable[ReportLine],
    *,
    rows_of_a_sheet: int = ROWS_OF_A_SHEET,
) -> None:
    """Write the workbook.

    A message longer than a cell can hold is cut there, and only there.

    Raises:
        StorageError: the file cannot be written.
    """
    with files.replacing(path) as draft, opened(draft) as book:
        sheets = _Sheets(book, rows_of_a_sheet)
        sums: Counter[tuple[str, str]] = Counter()
        for line in lines:
            sheets.add(line)
            sums[line.status.value, str(line.code)] += 1
        sheets.finish()
        _write_sums(book, sums)


@contextmanager
def opened(path: Path) -> Iterator[Workbook]:
    """Give a workbook that is written when all went well; leave no file behind.

    Its rows wait in files of their own until then, which xlsxwriter forgets when
    something goes wrong.
    """
    # Loaded here because it is slow to load, and a workbook is rarely wanted.
    import xlsxwriter  # noqa: PLC0415
    from xlsxwriter.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415
        FileCreateError,
        FileSizeError,
    )

    with TemporaryDirectory(prefix="importer-") as waiting:
        options = {"constant_memory": True, "tmpdir": waiting}
        book = xlsxwriter.Workbook(str(path), options)
        try:
            yield book
            book.close()
        except FileCreateError as problem:
            raise OSError(*problem.args[0].args) from problem
        except FileSizeError as problem:
            raise OSError(_TOO_LARGE) from problem
        finally:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()


class _Sheets:
    """The sheets with the rows: opens the next one when one is full."""

    def __init__(self, book: Workbook, capacity: int) -> None:
        self._book = book
        self._capacity = capacity
        self._bold = book.add_format({"bold": True})
        self._time = book.add_format({"num_format": _TIME_FORMAT})
        self._number = 0
        self._sheet = self._next()

    def add(self, line: ReportLine) -> None:
        if self._row == self._capacity:
            self.finish()
            self._sheet = self._next()
        moments = (line.started_at, line.finished_at)
        for column, value in enumerate(values(line)):
            if isinstance(value, int):
                self._sheet.write_number(self._row, column, value)
            elif value and COLUMNS[column] not in TIME_COLUMNS:
                self._sheet.write_string(self._row, column, _fitting(value))
        for name, moment in zip(TIME_COLUMNS, moments, strict=True):
            if moment is not None:
                there = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
                column = COLUMNS.index(name)
                self._sheet.write_datetime(self._row, column, there, self._time)
        self._row += 1

    def finish(self) -> None:
        """Let the rows of the sheet be filtered; only now is their number known."""
        self._sheet.autofilter(0, 0, max(1, self._row - 1), len(COLUMNS) - 1)

    def _next(self) -> Worksheet:
        self._number += 1
        name = "Report" if self._number == 1 else f"Report {self._number}"
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(COLUMNS):
            sheet.set_column(column, column, _WIDTHS.get(title, 12))
            sheet.write_string(0, column, title, self._bold)
        self._row = 1
        return sheet


def _write_sums(book: Workbook, sums: Counter[tuple[str, str]]) -> None:
    """Write how many rows have each status, and each code within it."""
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("Summary")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 1, 22)
    sheet.set_column(2, 2, 10)
    sheet.set_column(3, 3, 60)
    for column, title in enumerate(("status", "code", "rows", "meaning")):
        sheet.write_string(0, column, title, bold)
    table: list[tuple[str, str, int, str]] = []
    for status in FINAL_STATUSES:
        codes = sorted((code, n) for (of, code), n in sums.items() if of == status)
        total = sum(n for _, n in codes)
        table.append((status.value, "", total, status_phrase(status)))
        table += [("", code, n, code_phrase(code)) for code, n in codes if code]
    table.append(("rows", "", sums.total(), "all of them"))
    for row, (status_text, code, count, meaning) in enumerate(table, start=1):
        sheet.write_string(row, 0, status_text, bold)
        sheet.write_string(row, 1, code)
        sheet.write_number(row, 2, count)
        sheet.write_string(row, 3, meaning)


def _fitting(text: str) -> str:
    """Cut a text to what a cell holds, counted as the format counts, in UTF-16."""
    if len(text) * 2 <= CHARACTERS_OF_A_CELL:
        return text
    units = text.encode("utf-16-le", "replace")
    if len(units) <= CHARACTERS_OF_A_CELL * 2:
        return text
    kept = units[: (CHARACTERS_OF_A_CELL - 1) * 2]
    return kept.decode("utf-16-le", "ignore") + "…"
