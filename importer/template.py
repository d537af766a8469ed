"""The project's own template: its columns, and tables on the disk that are laid out so.

The empty template and corrected copies, as CSV or as a workbook. A workbook's columns
are formatted as text from top to bottom, its header stays in sight and explains itself,
and what can be chosen is chosen from a list; CSV begins with a mark that says UTF-8. It
reads no input and judges no row. Invariants: the headers are the fields of the mapping
by their own names and in their order, so that a table that has them is recognised
whatever else is set; a spreadsheet leaves every text as it is, and what a workbook
cannot hold is refused; a file appears whole or not at all, and none is replaced
unasked.
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer import atomic_files
from importer.errors import StorageError, UsageError
from importer.models.limits import EXAMPLE_NAME, NO_LOCATION
from importer.report import workbook
from importer.report.formats import LfLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

    Add = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, what to write, an example, its width in characters."""

    header: str
    note: str
    example: str = ""
    width: int = 16


#: The columns that the template has, in order.
COLUMNS = (
    Column(
        "location_id",
        "Required. The id of the sub-account (location): copy it from its settings, "
        "20 to 24 letters and digits. A name does where a locations file lists it. "
        "Blank: the location that --location-id gives.",
        NO_LOCATION,
        27,
    ),
    Column(
        "name",
        "Required. What the collection is called, as customers read it.",
        EXAMPLE_NAME,
        32,
    ),
    Column(
        "slug",
        "The end of the collection's web address: letters a to z, digits and dashes. "
        "No two rows of a location may have the same. Blank: made from the name.",
        "example-collection",
        28,
    ),
    Column(
        "type",
        "manual: the products that are listed. smart: the products that the rules "
        "find. It cannot be changed later. Blank: manual where products are listed, "
        "smart where rules are.",
        "manual",
        10,
    ),
    Column(
        "product_ids",
        "Required for manual. The ids of the products, 24 characters (0-9, a-f) each, "
        "with commas between them. The column is text already, so that no id becomes "
        "a number.",
        "655b33a82209e60b6adb87a5,655b33a82209e60b6adb87a6",
        52,
    ),
    Column(
        "rules",
        'Required for smart. A JSON object: {"logic": "AND", "conditions": [{…}]}. '
        "Blank for manual.",
        "",
        32,
    ),
    Column(
        "image",
        "The address of a picture on the web, in full: https://example.com/shoes.png. "
        "Blank: no picture.",
        "https://example.com/shoes.png",
        36,
    ),
    Column(
        "seo_title",
        "The title that search engines show. Blank: none.",
        "Example",
        28,
    ),
    Column(
        "seo_description",
        "The sentence or two that search engines show. Blank: none.",
        "What is in this collection, in a sentence",
        44,
    ),
    Column(
        "collection_id",
        "Leave it blank, unless HighLevel has given the collection an id that shall "
        "be written down: 24 characters (0-9, a-f).",
        "",
        27,
    ),
)

#: Columns of the same kind that are hardly ever needed, behind the others where used.
OPTIONAL = (
    Column("rule_hash", "Any text; sent only with --send-rule-metadata."),
    Column("rule_version", "A number; sent only with --send-rule-metadata."),
    Column("stats", "A JSON object; sent only with --send-rule-metadata."),
    Column(
        "product_skus",
        "SKUs of products with commas between them, instead of their ids.",
        width=32,
    ),
    Column(
        "product_names",
        "Names of products with commas between them, instead of their ids. A name "
        'that has a comma itself stands in quotation marks: "Shirt, blue".',
        width=32,
    ),
    Column(
        "product_handles",
        "Handles (slugs) of products with commas between them, instead of their ids.",
        width=32,
    ),
)


def example(location: str) -> list[str]:
    """Return the cells of the example row, which the check refuses by its name."""
    cells = [column.example for column in COLUMNS]
    return [location, *cells[1:]] if location else cells


CSV: Final = ".csv"
XLSX: Final = ".xlsx"
# With a BOM: without one Excel takes every accented letter for two wrong ones.
ENCODING: Final = "utf-8-sig"

_SHEET = "Collections"
_NOTES = "Notes"
_LISTS = "Lists"  # hidden; a list in the rule itself could hold 255 characters only
_TEXT = "@"
_NOTE_WIDTH, _NOTE_HEIGHT = 320, 110  # pixels
_TYPES = ("manual", "smart")
_AS_CSV = "Write a .csv file instead; it has no such limit."


@dataclass(frozen=True, slots=True)
class Layout:
    """The header of a table, what its cells may be chosen from, and notes.

    `locations` are offered for the cells of the location; `notes` have a sheet of
    their own; `encoding` and `separator` are those of a CSV file.
    """

    columns: tuple[Column, ...]
    locations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    encoding: str = ENCODING
    separator: str = ","


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
    with atomic_files.text_as(path, layout.encoding, private=False) as stream:
        lines = LfLines(stream)
        # in quotation marks nothing in a header is taken for a separator
        between = layout.separator
        quoted = csv.writer(lines, delimiter=between, quoting=csv.QUOTE_ALL)
        header = csv.writer(lines, delimiter=between) if _plain(layout) else quoted
        header.writerow(column.header for column in layout.columns)
        yield csv.writer(lines, delimiter=between).writerow


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
        if layout.notes:
            _write_notes(book, layout.notes)

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


def _write_notes(book: Workbook, notes: tuple[str, ...]) -> None:
    """Write what is told of the input on a sheet that is read by people only."""
    sheet = book.add_worksheet(_NOTES)
    for row, note in enumerate(("Notes on the input", *notes)):
        sheet.write_string(row, 0, workbook.inert(note))


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
