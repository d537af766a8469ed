"""Workbooks, read sheet by sheet and row by row: xlsx, xlsm, xlsb, xls, ods.

calamine lives here. Row numbers are those of the sheet, also where its used range
begins further down. Invariant: nothing is unpacked before its size is known.
"""

from __future__ import annotations

import difflib
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from importer import patterns
from importer.errors import AbsentError, BrokenError, LockedError, OversizedError
from importer.models import Faulty, Note, NoteCode, Unreadable
from importer.source import excel_xml, faulty, grids
from importer.source.cells import Cells, Hidden, told
from importer.source.extent import Extent, cell_name, refused
from importer.source.objects import text, text_of
from importer.source.rows import Record, refusal, table, unreadable, without_blank_end
from importer.source.sheet_rows import Rows
from importer.texts import folded

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from python_calamine import CalamineSheet, CalamineWorkbook

    from importer.errors import InputError
    from importer.models import Table
    from importer.source.content import Content
    from importer.source.rows import Options


#: Halves of characters (U+D800 to U+DFFF), which the reader leaves as they are written.
_HALF_PAIRS = patterns.later("(?:_x[dD][89a-fA-F][0-9a-fA-F]{2}_)+")
_SPAN = patterns.later(r"\A(-?)PT(\d+)H(\d\d)M(\d\d)(?:\.\d+)?S\Z")
_CODE = patterns.later("_x([0-9a-fA-F]{4})_")


def read(content: Content, options: Options) -> list[Table]:
    """Read one sheet: the first that is visible, or the one that was named.

    Raises:
        InputError: the workbook is locked, broken or too large, or lacks the sheet.
    """
    # first: what a header states is believed where it refuses, before calamine unpacks
    _refuse_bomb(content, options.max_uncompressed_bytes)
    with _plain_errors(content):
        from python_calamine import CalamineWorkbook  # noqa: PLC0415 - heavy

        grids.refuse_far(content)
        book = CalamineWorkbook.from_path(content.path)
        name = _sheet_name(content, book, options.sheet)
        hidden = Hidden()
        lost = _looked_through(content, name, book.sheet_names.index(name), hidden)
        sheet = book.get_sheet_by_name(name)
        records = _records(content, sheet)
        parts = (
            *lost,
            *faulty.merged(sheet.merged_cell_ranges or ()),
            *_hidden(book, options.sheet),
        )
        first = table(content.name, sheet.name, records, ragged=False, notes=parts)
        wide = excel_xml.of(content, sheet.name, len(first.header))
        # up to the last column, for the header may stand below a title of one cell
        notes = (*first.notes, *_unseen_columns(hidden, sheet.total_width + 1))
        return [replace(first, sheets=_visible(book), widths=wide, notes=notes)]


def names(content: Content) -> list[str]:
    """Return the sheets of a workbook that can be seen and hold cells, in order.

    Raises:
        InputError: the workbook is locked or broken.
    """
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - heavy

    with _plain_errors(content):
        return list(_visible(CalamineWorkbook.from_path(content.path)))


def _records(_content: Content, sheet: CalamineSheet) -> Iterator[Record]:
    # the content is held for as long as its rows are read, if it is a temporary file
    # calamine gives the empty rows above the used range too, so counting from 1 is
    # the sheet's own numbering.
    width = 0
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [v if type(v) is str else text_of(v) for v in values]
        # most rows fill their first cell, and need no look at the others
        if not (cells and (cells[0].strip() or any(map(str.strip, cells)))):
            continue
        joined = "".join(cells)
        if "\0" in joined or "_x" in joined or "inf" in joined or "PT" in joined:
            cells = _escaped(cells, values)
        if not width:
            width = len(without_blank_end(cells))
        # The grid is as wide as its widest row: what is blank beyond the header is
        # no cell of this row, what is filled there is a mistake worth telling.
        if len(cells) > width and not any(map(str.strip, cells[width:])):
            del cells[width:]
        yield number, cells


def _escaped(cells: list[str], values: Sequence[object]) -> list[str]:
    """Return cells, those that are no text marked: a NUL, a half character, infinity.

    Excel writes characters as codes, and LibreOffice spans of time of a day and more.
    """
    found = [
        text(value if type(value) is float else _meant(cell))
        for cell, value in zip(cells, values, strict=True)
    ]
    return Faulty(found) if Unreadable in map(type, found) else found


def _meant(cell: str) -> str:
    if "_x" in cell:
        return _HALF_PAIRS.sub(_character, cell)
    return _SPAN.sub(r"\1\2:\3:\4", cell)


def _character(codes: re.Match[str]) -> str:
    units = "".join(chr(int(code, 16)) for code in _CODE.findall(codes[0]))
    # two halves are one character; a single one stays what it is, and is told
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _sheet_name(content: Content, book: CalamineWorkbook, wanted: str) -> str:
    names = book.sheet_names
    if not wanted:
        return _first_visible(content, book)
    # by its exact name before its number: a sheet may be called "2"
    if wanted in names:
        return wanted
    for name in names:
        if folded(name) == folded(wanted):
            return name
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    near = difflib.get_close_matches(wanted, names, n=1)
    raise refusal(
        content.shown,
        f"there is no sheet {wanted}; the workbook has: {', '.join(names)}.",
        f"Did you mean {near[0]}?" if near else "Name one of these sheets.",
        AbsentError,
    )


def _first_visible(content: Content, book: CalamineWorkbook) -> str:
    if visible := _visible(book):
        return visible[0]
    raise refusal(
        content.shown,
        "the workbook has no sheet that can be seen.",
        "Name the sheet to read with --sheet.",
    )


def _visible(book: CalamineWorkbook) -> tuple[str, ...]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 - heavy

    wanted = (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible)
    return tuple(
        sheet.name
        for sheet in book.sheets_metadata
        if (sheet.typ, sheet.visible) == wanted
    )


def _hidden(book: CalamineWorkbook, wanted: str) -> tuple[Note, ...]:
    """Name the hidden sheets, where none was asked for."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 - heavy

    names = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
        and sheet.visible != SheetVisibleEnum.Visible
    ]
    if wanted or not names:
        return ()
    return (Note(NoteCode.SHEETS_HIDDEN, sheets=tuple(names)),)


def _looked_through(
    content: Content, name: str, number: int, hidden: Hidden
) -> tuple[Note, ...]:
    """Say what a sheet hides from its reader, before it is opened.

    Raises:
        OversizedError: it would take too much memory.
    """
    rows, extent = Rows(), Extent()
    notes = excel_xml.notes(content, name, rows)
    hidden.rows = rows.hidden
    hidden.columns += excel_xml.hidden_columns(content, name)
    notes += faulty.notes(content, number, None, extent, hidden)
    rows.extent.copied_bytes = excel_xml.copied(content, name, rows.extent.filled)
    # the whole sheet goes to memory, and one cell far away makes it endless
    for found in (excel_xml.extent(content, name, rows), extent):
        if found.oversized:
            raise refused(content.shown, name, found)
    return (*notes, *_out_of_sight(hidden.rows))


def _unseen_columns(hidden: Hidden, width: int) -> tuple[Note, ...]:
    """Say which columns a spreadsheet does not show, of those that hold something."""
    columns = Cells()
    for first, last in hidden.columns:
        for column in range(first, min(last + 1, width)):
            columns.add(cell_name(0, column).rstrip("1"))
    return told(NoteCode.COLUMNS_HIDDEN, columns, "columns", count=columns.count)


def _out_of_sight(rows: Cells) -> tuple[Note, ...]:
    """Say which rows a spreadsheet does not show: they are read all the same."""
    return told(NoteCode.ROWS_HIDDEN, rows, "rows", count=rows.count)


def _refuse_bomb(content: Content, limit: int) -> None:
    try:
        with zipfile.ZipFile(content.path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        return  # an .xls is no archive
    except OSError as error:
        raise unreadable(content.shown, error) from error
    if size > limit:
        msg = (
            f"{content.shown}: the workbook unpacks to {size // 2**20} MB; "
            f"more than {limit // 2**20} MB are refused."
        )
        remedy = "Split it into smaller workbooks, or save the sheet as CSV."
        raise OversizedError(msg, remedy=remedy)


@contextmanager
def _plain_errors(content: Content) -> Iterator[None]:
    from python_calamine import CalamineError, PasswordError  # noqa: PLC0415 - heavy

    try:
        yield
    except PasswordError as error:
        raise refusal(
            content.shown,
            "the workbook is protected by a password.",
            "Open it in Excel, remove the password and save it again.",
            LockedError,
        ) from error
    except CalamineError as error:
        raise _broken(content) from error
    except OSError as error:
        raise unreadable(content.shown, error) from error
    except BaseException as error:
        # what the reader did not foresee is no `Exception`, and would go through all
        if type(error).__name__ != _PANIC:
            raise
        raise _broken(content) from error


def _broken(content: Content) -> InputError:
    return refusal(
        content.shown,
        "the workbook is broken, or it is no workbook at all.",
        "Open it in a spreadsheet and save it again as an Excel workbook.",
        BrokenError,
    )


#: The error of the reader that none of its own kinds is.
_PANIC = "PanicException"
