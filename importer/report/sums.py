"""The summary sheet of the workbook: how many rows have each status, and the way on.

Counts what goes by, and writes once. Invariant: the numbers cover every row.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from importer.models import FINAL_STATUSES, Status
from importer.models.annotations import PROBLEM, STATUS
from importer.report import workbook
from importer.report.words import code_phrase, status_phrase

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    from importer.models import ReportLine
    from importer.report.paint import Paint

SHEET: Final = "Summary"

_WAY_ON: Final = (
    "To go on: correct the red cells, save the workbook, and give it to importer run.",
    "Rows that are created, updated or existing are skipped then: nothing is sent.",
    f"To have one of these looked at again, empty its cell under {STATUS}.",
    f"To see only what is to be fixed, filter {PROBLEM} for cells that are not empty.",
)


class Sums:
    """Rows by status and code."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._sums: Counter[tuple[str, str]] = Counter()

    def add(self, line: ReportLine) -> None:
        """Count a row."""
        self._sums[line.status.value, str(line.code)] += 1

    def write(
        self, book: Workbook, paint: Paint, taken: set[str], unnoted: int
    ) -> None:
        """Write the sheet, behind all others.

        Args:
            book: the workbook.
            paint: its formats.
            taken: the names of its sheets.
            unnoted: how many notes had no room.
        """
        sheet = book.add_worksheet(workbook.sheet_name(SHEET, taken))
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        for column, wide in enumerate((22, 26, 10, 60)):
            sheet.set_column(column, column, wide)
        for column, title in enumerate(("status", "code", "rows", "meaning")):
            sheet.write_string(0, column, title, paint.header)
        row = 0
        for row, (status, code, count, meaning) in enumerate(self._table(), start=1):
            counted = status in FINAL_STATUSES and count
            colour = paint.status[Status(status)] if counted else paint.bold
            sheet.write_string(row, 0, status, colour)
            sheet.write_string(row, 1, code)
            sheet.write_number(row, 2, count)
            sheet.write_string(row, 3, meaning)
        for line, text in enumerate(_words(unnoted), start=row + 2):
            sheet.write_string(line, 0, text)

    def _table(self) -> list[tuple[str, str, int, str]]:
        table: list[tuple[str, str, int, str]] = []
        for status in FINAL_STATUSES:
            codes = sorted((c, n) for (of, c), n in self._sums.items() if of == status)
            total = sum(n for _, n in codes)
            table.append((status.value, "", total, status_phrase(status)))
            table += [("", code, n, code_phrase(code)) for code, n in codes if code]
        table.append(("rows", "", self._sums.total(), "all of them"))
        return table


def _words(unnoted: int) -> tuple[str, ...]:
    if not unnoted:
        return _WAY_ON
    more = f"{unnoted:,} more notes would make the workbook slow and were left out; "
    return (*_WAY_ON, f"{more}{PROBLEM} has every problem, report.csv every remark.")
