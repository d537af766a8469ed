"""`report.xlsx`: the user's own tables, with what became of each row behind it.

A sheet for each table of the input, its columns in their order, then status, id,
problem and location; the cell that a problem is about is red and has a note. Corrected
there it can be run again. The last sheet says how many rows have each status. Writes
row by row with little memory. Invariants: text stays text, nothing in it becomes a
formula, a link or a number; no row is dropped, what does not fit on a sheet goes on the
next, and no collection is torn apart by that.
"""

from __future__ import annotations

from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from importer import atomic_files
from importer.models import DONE, Code, Status
from importer.models.annotations import (
    ANNOTATIONS,
    OF_PRODUCTS,
    whereabouts,
)
from importer.report import workbook
from importer.report.columns import (
    Blame,
    first_filled,
    own,
    rows,
    surplus,
)
from importer.report.sums import Sums
from importer.report.workbook import Paint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

    from importer.models import ReportLine

    Widths = Mapping[tuple[str, str], Sequence[float]]
    #: the rows over a header, each with its number
    Above = Sequence[tuple[int, Sequence[str]]]
    Titles = Mapping[tuple[str, str], Above]


#: Columns of a row whose own are not known, or do not make a collection.
PLAIN: Final = ("location_id", "name", "slug")
#: Notes live in memory until the end, and a spreadsheet is slow with many of them.
NOTES: Final = 10_000
#: The same for remarks on rows that are done: they must not use up the others' room.
REMARKS: Final = 1_000

#: What an audit found, which is a problem whatever the status.
_FOUND: Final = frozenset(
    {Code.MISSING_AT_SERVER, Code.CREATED_TWICE, Code.COPY_UNCLAIMED}
)
_WIDTHS: Final = (15, 27, 60, 27)
_NARROWEST, _WIDEST = 8, 60
_SAMPLED = 500
_NOTE: Final = {"x_scale": 1, "width": 300, "height": 100}


def write_xlsx(  # noqa: PLR0913 - each tells another thing of the input
    path: Path,
    lines: Iterable[ReportLine],
    *,
    widths: Widths = MappingProxyType({}),
    above: Titles = MappingProxyType({}),
    beside: Mapping[str, int] = MappingProxyType({}),
    server: str = "",
    rows_of_a_sheet: int = workbook.ROWS_OF_A_SHEET,
) -> None:
    """Write the workbook.

    A text longer than a cell can hold is cut there, and only there.

    Args:
        path: the file.
        lines: the rows in the order of the input, with their cells.
        widths: of the columns, where the input has them.
        above: the rows over the header, where the input has any.
        beside: counts, by code, the rows whose line shows another code.
        server: what the ids are of, where it is not HighLevel itself.
        rows_of_a_sheet: what a sheet can hold.

    Raises:
        StorageError: the file cannot be written.
    """
    with atomic_files.replacing(path) as draft, workbook.opened(draft) as book:
        written = _Book(book, widths, above, server, rows_of_a_sheet)
        sums = Sums(beside)
        for line in lines:
            written.add(line)
            sums.add(line)
        written.finish()
        sums.write(book, written.paint, written.taken, written.notes.missing)


class _Book:
    """Finds the sheet for each row; opens the next one when one is full."""

    def __init__(
        self, book: Workbook, widths: Widths, above: Titles, server: str, capacity: int
    ) -> None:
        self.paint = Paint.of(book)
        self.taken: set[str] = set()
        self.notes = _Notes()
        self._book = book
        self._widths = widths
        self._above = above
        self._headed: set[tuple[str, str]] = set()
        self._server = server
        self.capacity = capacity
        self._table: tuple[object, ...] = ()
        self._sheet: _Sheet | None = None

    def add(self, line: ReportLine) -> None:
        place = line.place
        table = (place.file, place.sheet, line.header)
        own_rows = _fits(line)
        cells = rows(line) if own_rows else [(line.location_id, line.name, line.slug)]
        sheet = self._sheet
        if sheet is None or table != self._table or not sheet.has_room(len(cells)):
            self.finish()
            self._table = table
            sheet = self._sheet = self._next(line)
        sheet.add(cells, _answer(line, self._server), line)

    def finish(self) -> None:
        """End the sheet that is being written."""
        if self._sheet is not None:
            self._sheet.finish()

    def _next(self, line: ReportLine) -> _Sheet:
        place = line.place
        wanted = place.sheet or PurePath(place.file).stem
        name = workbook.sheet_name(wanted, self.taken)
        header = line.header if _fits(line) else PLAIN
        given = self._widths.get((place.file, place.sheet), ())
        sheet = self._book.add_worksheet(name)
        # once: a table that goes on over the next sheet has its titles on the first
        table = (place.file, place.sheet)
        above = () if table in self._headed else self._above.get(table, ())
        self._headed.add(table)
        return _Sheet(sheet, self, header, given, above)


class _Notes:
    """How many notes may still be hung, and how many could not be."""

    def __init__(self) -> None:
        self._left = {True: NOTES, False: REMARKS}
        self.missing = 0

    def take(self, *, wrong: bool) -> bool:
        """Return whether there is room for one more, of a problem or of a remark."""
        if self._left[wrong] > 0:
            self._left[wrong] -= 1
            return True
        self.missing += 1
        return False


class _Sheet:
    """One sheet: header, rows, and what is known only at its end."""

    def __init__(
        self,
        sheet: Worksheet,
        book: _Book,
        header: tuple[str, ...],
        widths: Sequence[float],
        above: Above = (),
    ) -> None:
        self._sheet = sheet
        self._paint = paint = book.paint
        self._notes = book.notes
        self._capacity = book.capacity
        self._own = own(header)
        titles = self._own.header
        self._first = len(titles)
        self._blame = Blame(titles)
        kept = [widths[index] for index in self._own.kept if index < len(widths)]
        self._given = kept
        self._seen = [workbook.width(title) + 3 for title in titles]
        self._head = self._write_above(above)
        sheet.freeze_panes(self._head + 1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(self._head)
        for column, title in enumerate(titles):
            sheet.write_string(self._head, column, _written(title), paint.header)
        for column, title in enumerate(ANNOTATIONS, self._first):
            sheet.write_string(self._head, column, title, paint.ours)
        self._row = self._head + 1

    def _write_above(self, above: Above) -> int:
        """Write the rows over the header; return the index of the header's row."""
        end = 0
        for number, cells in above:
            kept = [cells[index] for index in self._own.kept if index < len(cells)]
            for column, cell in enumerate(kept):
                if cell:
                    text = _written(cell)
                    self._sheet.write_string(number - 1, column, text, self._paint.text)
            end = number
        return end

    def has_room(self, count: int) -> bool:
        """Return whether so many rows fit; an empty sheet takes what it can."""
        return self._row + count <= self._capacity or self._row == self._head + 1

    def add(
        self,
        collection: Sequence[tuple[str, ...]],
        answer: tuple[str, ...],
        line: ReportLine,
    ) -> None:
        """Write the rows of a collection; blank ones of the input stay above it."""
        place = line.place.row - 1
        kept = line.header and OF_PRODUCTS not in line.header
        beside = kept and place > self._row
        if beside and place + len(collection) <= self._capacity:
            self._row = place
        split = [self._own.cells(cells) for cells in collection]
        wrong = bool(answer[2])
        # what was done before needs no word on every row of a large table
        text = "" if line.code == Code.DONE_BEFORE else line.message
        notes = self._about([cells for cells, _ in split], text, wrong=wrong)
        # before the cells: xlsxwriter refuses a note on a row that has left memory
        for (row, column), message in notes.items():
            if self._notes.take(wrong=wrong):
                self._note(self._row + row, column, message)
        painted = notes.keys() if wrong else ()
        for number, (cells, behind) in enumerate(split):
            parts = answer if number == 0 else (*answer[:2], "", answer[3])
            refused = surplus(line, behind)
            self._write(number, [*cells, *parts, *refused], painted, line.status)
        self._row += len(split)

    def _about(
        self, split: Sequence[Sequence[str]], text: str, *, wrong: bool
    ) -> dict[tuple[int, int], str]:
        """Return what is to be said of which cell, by row and column."""
        notes = {}
        for column, message in self._blame.columns(text).items():
            if column is not None:
                notes[first_filled(split, column), column] = message
            elif not wrong:  # else our own column of problems has it
                notes[0, self._first] = message
        for cell in _cut(split) if wrong else ():
            notes[cell] = f"{notes[cell]}\n{_CUT}" if cell in notes else _CUT
        return notes

    def _write(
        self,
        number: int,
        cells: Sequence[str],
        painted: Collection[tuple[int, int]],
        status: Status,
    ) -> None:
        write, row, text = (
            self._sheet.write_string,
            self._row + number,
            self._paint.text,
        )
        if row < _SAMPLED and not self._given:
            measured = zip(self._seen, cells, strict=False)
            self._seen = [max(seen, workbook.width(cell)) for seen, cell in measured]
        for column, cell in enumerate(cells):
            colour = self._paint.wrong if (number, column) in painted else None
            if column == self._first:
                colour = self._paint.status[status]
            if cell:
                write(row, column, _written(cell), colour or text)
            elif colour:
                self._sheet.write_blank(row, column, None, colour)

    def _note(self, row: int, column: int, text: str) -> None:
        """Hang a note on a cell."""
        said = (word if word.isprintable() or word == "\n" else " " for word in text)
        self._sheet.write_comment(row, column, "".join(said)[:_LONGEST_NOTE], _NOTE)

    def finish(self) -> None:
        """Set the widths, and let the rows be filtered: only now is both known."""
        seen = [min(max(item, _NARROWEST), _WIDEST) for item in self._seen]
        own_widths = [*self._given, *seen[len(self._given) :]]
        for column, wide in enumerate([*own_widths, *_WIDTHS]):
            self._sheet.set_column(column, column, wide, self._paint.text)
        last = max(self._head + 1, self._row - 1)
        end = self._first + len(ANNOTATIONS) - 1
        self._sheet.autofilter(self._head, 0, last, end)
        # ids and prices are text on purpose
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})


_LONGEST_NOTE = 2_000
_CUT = (
    "This text is longer than a workbook's cell can hold and was cut. Fix the row in "
    "failed.csv, which has it whole."
)


def _cut(collection: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Return the cells that a workbook cannot hold whole."""
    least = workbook.CHARACTERS_OF_A_CELL // 2  # a letter may count twice
    return [
        (row, column)
        for row, cells in enumerate(collection)
        for column, cell in enumerate(cells)
        if len(cell) > least and workbook.fitting(cell) != cell
    ]


def _written(text: str) -> str:
    """Return a text as a cell can hold it."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")  # half a pair is none
    return workbook.inert(workbook.fitting(text))


def _fits(line: ReportLine) -> bool:
    """Return whether the row's own columns, and ours behind them, make a sheet."""
    most = workbook.COLUMNS_OF_A_SHEET - len(ANNOTATIONS)
    return 0 < len(line.header) <= most


def _answer(line: ReportLine, server: str) -> tuple[str, ...]:
    """Return what stands in our columns, in the order of `ANNOTATIONS`."""
    done = (*DONE, Status.PLANNED)  # what a check finds nothing wrong with
    wrong = line.status not in done or line.code in _FOUND
    return (
        line.status.value,
        line.collection_id,
        line.message if wrong else "",
        whereabouts(line.location_id, server),
    )
