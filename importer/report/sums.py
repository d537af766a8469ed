"""The last sheet of `report.xlsx`: rows by status and code, and how to go on.

Invariant: a row is counted once under its status, and once under each of its codes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from importer.codebook import of_cells
from importer.codebook import phrase as code_phrase
from importer.models import FINAL_STATUSES, Status
from importer.models.annotations import OF_PRODUCTS, PROBLEM, STATUS
from importer.report import workbook
from importer.report.columns import status_phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    from importer.models import ReportLine
    from importer.report.workbook import Paint

SHEET: Final = "Summary"
_WAY_ON: Final = (
    "To go on: correct the red cells, save the workbook, and give it to importer run.",
    "Rows that are created, updated or existing are skipped then: nothing is sent.",
    f"To have one of these looked at again, empty its cell under {STATUS}.",
    f"To see only what is to be fixed, filter {PROBLEM} for cells that are not empty.",
)
_MADE_OF: Final = (
    "Collections made of products do not have these here: correct the table of "
    "products, and give that to importer run."
)


class Sums:
    """Rows by status and code; a row with several problems has several codes."""

    def __init__(self, beside: Mapping[str, int]) -> None:
        """Begin at nothing but the codes that rows have beside those of their lines."""
        self._sums: Counter[tuple[str, str]] = Counter()
        self._beside = {code: count for code, count in beside.items() if of_cells(code)}
        self._made = False

    def add(self, line: ReportLine) -> None:
        """Count a row."""
        self._sums[line.status.value, str(line.code)] += 1
        self._made = self._made or OF_PRODUCTS in line.header

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
            counted = status in set(Status) and count
            colour = paint.status[Status(status)] if counted else paint.bold
            sheet.write_string(row, 0, status, colour)
            sheet.write_string(row, 1, code)
            sheet.write_number(row, 2, count)
            sheet.write_string(row, 3, meaning)
        words = (*((_MADE_OF,) if self._made else ()), *_words(unnoted))
        for line, text in enumerate(words, start=row + 2):
            sheet.write_string(line, 0, text)

    def _has(self, status: Status) -> bool:
        return any(of == status for of, _ in self._sums)

    def _table(self) -> list[tuple[str, str, int, str]]:
        table: list[tuple[str, str, int, str]] = []
        checked = (Status.PLANNED,) if self._has(Status.PLANNED) else ()
        for status in (*checked, *FINAL_STATUSES):
            counted = Counter(
                {c: n for (of, c), n in self._sums.items() if of == status}
            )
            total = counted.total()
            if status is Status.INVALID and total:
                counted.update(self._beside)
            codes = sorted(counted.items())
            table.append((status.value, "", total, status_phrase(status)))
            table += [("", code, n, code_phrase(code)) for code, n in codes if code]
        table.append(("rows", "", self._sums.total(), "all of them"))
        return table


def _words(unnoted: int) -> tuple[str, ...]:
    if not unnoted:
        return _WAY_ON
    more = f"{unnoted:,} more notes would make the workbook slow and were left out; "
    return (*_WAY_ON, f"{more}{PROBLEM} has every problem, report.csv every remark.")
