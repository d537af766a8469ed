"""Tables on the disk, laid out so that no spreadsheet can ruin them.

A workbook's columns are formatted as text from top to bottom, its header stays in
sight and explains itself, and what can be chosen is chosen from a list; CSV begins
with a mark that says UTF-8. Nothing is cut: what a workbook cannot hold is refused.
Invariant: a file appears whole or not at all, and none is replaced unasked.
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer import atomic_files
from importer.errors import StorageError, UsageError
from importer.report import workbook
from importer.report.formats import LfLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

    from importer.template.columns import Column

    #: Takes the cells of one more row.
    Add = Callable[[Sequence[str]], None]

CSV: Final = ".csv"
XLSX: Final = ".xlsx"
# With a BOM: without one Excel takes every accented letter for two wrong ones.
ENCODING: Final = "utf-8-sig"

_SHEET = "Collections"
_LISTS = "Lists"  # hidden; a list in the rule itself could hold 255 characters only
_TEXT = "@"
_NOTE_WIDTH, _NOTE_HEIGHT = 320, 110  # pixels
_TYPES = ("manual", "smart")
_AS_CSV = "Write a .csv file instead; it has no such limit."


@dataclass(frozen=True, slots=True)
class Layout:
    """The header of a table, and what the location's cells may be chosen from."""

    columns: tuple[Column, ...]
    locations: tuple[str, ...] = ()


def may_write(
    path: Path, option: str, *, force: bool, inputs: Sequence[Path] = ()
) -> None:
    """Refuse a file that cannot be written, or that must not be replaced.

    Args:
        path: the file.
        option: what named it, for the message.
        force: whether a file that is there may be replaced.
        inputs: files that are never replaced.

    Raises:
        UsageError: it is neither .csv nor .xlsx, its folder is not there, it is an
            input, or it is there and `force` was not given.
    """
    if path.suffix.lower() not in {CSV, XLSX}:
        msg = f"{option} {path}: only .csv and .xlsx can be written."
        raise UsageError(msg, remedy="Give the file one of these endings.")
    if not path.parent.is_dir():
        msg = f"{option} {path}: there is no folder {path.parent}."
        raise UsageError(msg, remedy="Make the folder first, or name another one.")
    if not path.exists():
        return
    if path.is_dir() or any(
        path_in.exists() and path.samefile(path_in) for path_in in inputs
    ):
        kind = "a folder" if path.is_dir() else "the input itself"
        msg = f"{option} {path}: this is {kind}, which is never replaced."
        raise UsageError(msg, remedy="Name another file.")
    if not force:
        msg = f"{option} {path}: the file already exists."
        raise UsageError(msg, remedy="Name another one, or replace it with --force.")


@contextmanager
def writing(path: Path, layout: Layout) -> Iterator[Add]:
    """Open a table to write; rows are added one by one, and none is kept.

    Raises:
        UsageError: a workbook cannot hold so many rows, or so long a text.
        StorageError: the file cannot be written.
    """
    opened = _csv if path.suffix.lower() == CSV else _xlsx
    try:
        with opened(path, layout) as add:
            yield add
    except StorageError as problem:
        remedy = "Make room on the disk, or close the file where it is open."
        raise StorageError(str(problem), remedy=remedy) from problem


@contextmanager
def _csv(path: Path, layout: Layout) -> Iterator[Add]:
    with atomic_files.text(path, ENCODING, private=False) as stream:
        lines = LfLines(stream)
        # in quotation marks nothing in a header is taken for a separator
        quoted = csv.writer(lines, quoting=csv.QUOTE_ALL)
        header = csv.writer(lines) if _plain(layout) else quoted
        header.writerow(column.header for column in layout.columns)
        yield csv.writer(lines).writerow


def _plain(layout: Layout) -> bool:
    return all(column.header.isidentifier() for column in layout.columns)


@contextmanager
def _xlsx(path: Path, layout: Layout) -> Iterator[Add]:
    with (
        atomic_files.replacing(path, private=False) as draft,
        workbook.opened(draft) as book,
    ):
        yield _Rows(book, layout, path.name).add


class _Rows:
    """The one sheet that people see, while its rows are written."""

    def __init__(self, book: Workbook, layout: Layout, name: str) -> None:
        self._name = name
        self._row = 0
        self._text = book.add_format({"num_format": _TEXT})
        self._sheet = book.add_worksheet(_SHEET)
        self._sheet.freeze_panes(1, 0)
        _write_header(self._sheet, layout, book, self._text)
        _offer(self._sheet, layout, "type", list(_TYPES), firm=True)
        if layout.locations:
            source = _write_lists(book, layout.locations)
            _offer(self._sheet, layout, "location_id", source, firm=False)

    def add(self, cells: Sequence[str]) -> None:
        self._row += 1
        if self._row == workbook.ROWS_OF_A_SHEET:
            msg = f"{self._name}: there are more rows than a sheet can hold."
            raise UsageError(msg, remedy=_AS_CSV)
        for column, cell in enumerate(cells):
            if not cell:
                continue
            if len(cell.encode("utf-16-le", "replace")) > _MOST_BYTES:
                msg = f"{self._name}, row {self._row + 1}: a text of {len(cell):,} "
                msg += "characters is longer than a workbook's cell can hold."
                raise UsageError(msg, remedy=_AS_CSV)
            self._sheet.write_string(
                self._row, column, workbook.inert(cell), self._text
            )


_MOST_BYTES = 2 * workbook.CHARACTERS_OF_A_CELL


def _write_header(
    sheet: Worksheet, layout: Layout, book: Workbook, text: Format
) -> None:
    bold = book.add_format({"bold": True, "num_format": _TEXT, "bottom": 1})
    size = {"x_scale": 1, "width": _NOTE_WIDTH, "height": _NOTE_HEIGHT}
    for index, column in enumerate(layout.columns):
        sheet.set_column(index, index, column.width, text)
        sheet.write_string(0, index, workbook.inert(column.header), bold)
        if column.note:
            sheet.write_comment(0, index, column.note, size)


def _write_lists(book: Workbook, locations: tuple[str, ...]) -> str:
    """Write what can be chosen on a hidden sheet; the range it takes."""
    sheet = book.add_worksheet(_LISTS)
    sheet.hide()
    for row, name in enumerate(locations):
        sheet.write_string(row, 0, name)
    return f"={_LISTS}!$A$1:$A${len(locations)}"


def _offer(
    sheet: Worksheet,
    layout: Layout,
    header: str,
    source: list[str] | str,
    *,
    firm: bool,
) -> None:
    """Let the cells of a column be chosen; unless `firm`, others may be typed too."""
    headers = [column.header for column in layout.columns]
    if header not in headers or not layout.columns[headers.index(header)].note:
        return
    index = headers.index(header)
    rule = {
        "validate": "list",
        "source": source,
        "error_type": "stop" if firm else "information",
        "error_title": header,
        "error_message": "Choose one of the list, or leave the cell blank."
        if firm
        else "It is none of the listed locations. An id does as well.",
    }
    sheet.data_validation(1, index, workbook.ROWS_OF_A_SHEET - 1, index, rule)
