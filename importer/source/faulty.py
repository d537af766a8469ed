"""What a workbook's blank cells hide: an error, or a neighbour they are merged with.

Names the cells of xls, xlsb and ods that hold an error, as `excel_xml` does for xlsx,
and the merged ones of all kinds. LibreOffice marks an error
(`calcext:value-type="error"`) and leaves the value blank; its XML is searched as a
stream for the tags of rows and cells. It looks a workbook through once more, before its
rows are read. Invariants: it raises nothing, since what is wrong with a workbook is for
its reader to say; each expression is linear on any text.
"""

from __future__ import annotations

import html
import struct
import zipfile
import zlib
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import IO, TYPE_CHECKING

from importer import patterns
from importer.models import Note, NoteCode
from importer.source import xls_records, xlsb_records
from importer.source.archive import names, opened
from importer.source.cells import Cells, Hidden, told
from importer.source.extent import Extent, cell_name
from importer.source.xls_records import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.source.content import Content
    from importer.source.xls_records import Faulty, Found, Range

    #: The first and the last cell of ranges, by row and column.
    Corners = Sequence[tuple[tuple[int, int], tuple[int, int]]]


PART = "content.xml"
_BLOCK = 1 << 20
#: How much of a tag and its text is kept that goes on in the next block.
_LONGEST_TAG = 1 << 16
_SIGNS = (
    *(b'value-type="error"', b'visibility="', b"-spanned="),
    # with these a number may be shown as another text
    *(b'value-type="percentage"', b"<text:p>0"),
)
_NUMBER = patterns.later(rb"office:value-type=\"(?:float|percentage)\"")
_OTHERWISE = patterns.later(rb"0[0-9]+|[^%]*%")
_HIDDEN = patterns.later(rb"table:visibility=\"(?:collapse|filter)\"")
_TAG = patterns.later(
    rb"<table:(table|table-(?:row|column|cell)|covered-table-cell)(?=[\s>/])([^<>]*)>"
    rb"(?:<text:p>([^<>]*)</text:p>)?"
)
_COUNT = patterns.later(rb"table:(number-\w+-\w+)=\"(\d{1,7})\"")
_BEGIN = b"<table:"
_ERROR = b'calcext:value-type="error"'


def lost(archive: zipfile.ZipFile, number: int) -> Iterator[Found]:
    """Return the faulty, merged and hidden cells of a sheet, by its number from 0.

    Raises:
        OSError, KeyError: the file is not what it seems.
    """
    with opened(archive, PART) as stream:
        signed = any(_holds_sign(stream))
    if not signed:
        return  # most have neither, and need no look at each of their cells
    with opened(archive, PART) as stream:
        yield from _lost(stream, number)


def _lost(stream: IO[bytes], number: int) -> Iterator[Found]:
    # repeated rows, columns and cells are written once with a number: the count goes on
    # by that
    sheet, row, after, column, unseen = -1, 0, 0, 0, False
    for tag, attributes, shown in tags(stream):
        numbers = counts(attributes)
        repeated = numbers.get(b"number-columns-repeated", 1)
        if tag == b"table":
            sheet, after, column = sheet + 1, 0, 0
        elif tag == b"table-row":
            row, column = after, 0
            after += numbers.get(b"number-rows-repeated", 1)
            unseen = _HIDDEN.search(attributes) is not None
        elif sheet == number and tag == b"table-column":
            if _HIDDEN.search(attributes):
                yield column, column + repeated - 1
            column += repeated
        elif sheet == number:
            yield from _of_cell(row, column, attributes, shown, numbers)
            if unseen and holds(attributes):
                yield from ((hidden,) for hidden in range(row, after))
                unseen = False
            column += repeated


def _of_cell(
    row: int, column: int, attributes: bytes, shown: bytes, numbers: dict[bytes, int]
) -> Iterator[Faulty | Shown | Range]:
    if _ERROR in attributes:
        yield row, column, html.unescape(shown.decode("utf-8", "replace"))
    elif _OTHERWISE.fullmatch(shown) and _NUMBER.search(attributes):
        yield Shown(row, column, shown.decode("utf-8", "replace"))
    last_row = row + numbers.get(b"number-rows-spanned", 1) - 1
    last_column = column + numbers.get(b"number-columns-spanned", 1) - 1
    if (last_row, last_column) != (row, column):
        yield row, column, last_row, last_column


def holds(attributes: bytes) -> bool:
    """Return whether a cell holds something, by its tag."""
    return not attributes.endswith(b"/") or b"value" in attributes


def _holds_sign(stream: IO[bytes]) -> Iterator[bool]:
    rest, longest = b"", max(map(len, _SIGNS))
    for block in iter(partial(stream.read, _BLOCK), b""):
        text = rest + block
        yield any(sign in text for sign in _SIGNS)
        rest = text[-longest:]


def counts(attributes: bytes) -> dict[bytes, int]:
    """Return how many rows or columns a tag stands for, by the attribute."""
    return {name: int(digits) for name, digits in _COUNT.findall(attributes)}


def tags(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Return name, attributes and shown text of each tag of rows and cells."""
    rest = b""
    for block in iter(partial(stream.read, _BLOCK), b""):
        text = rest + block
        # a cell and its text belong together, so the last that begins is kept back
        end = text.rfind(_BEGIN)
        if end > 0:
            yield from _TAG.findall(text[:end])
        rest = text[end : end + _LONGEST_TAG] if end >= 0 else text[-len(_BEGIN) :]
    yield from _TAG.findall(rest)


def sized(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes, int]]:
    """Return name, attributes and the bytes as far as the next tag, of each as `tags`.

    The text of a cell, with what it is set in, is not larger.
    """
    rest, dropped, end = b"", 0, 0
    waiting: tuple[bytes, bytes] | None = None
    base = 0  # where `text` would begin, if nothing of it had been dropped
    for block in chain(iter(partial(stream.read, _BLOCK), b""), (b"",)):
        text = rest + block
        last = text.rfind(_BEGIN) if block else len(text)
        for found in _TAG.finditer(text, 0, max(0, last)):
            # only the tag that was kept back begins in front of what was dropped
            at = base + (dropped if found.start() else 0)
            if waiting:
                yield *waiting, at + found.start() - end
            waiting, end = (found[1], found[2]), at + found.end(2)
        base, before = base + (dropped if last > 0 else 0) + max(0, last), dropped
        rest = text[last : last + _LONGEST_TAG] if last >= 0 else text[-len(_BEGIN) :]
        kept = len(text) - max(0, last)
        dropped = kept - len(rest) + (0 if last > 0 else before)
    if waiting:
        yield *waiting, base + dropped - end


def notes(
    content: Content,
    number: int,
    corners: Corners | None,
    extent: Extent | None = None,
    hidden: Hidden | None = None,
) -> tuple[Note, ...]:
    """Say which cells of a sheet are blank without being empty.

    Args:
        content: the workbook.
        number: of its sheet, from 0.
        corners: those of the ranges that its reader knows to be merged.
        extent: takes in how far the sheet of an xlsb reaches.
        hidden: takes in the rows and columns that are not shown.
    """
    errors, formatted, ranges = Cells(), Cells(), _Ranges()
    ranges.take(corners or ())
    hidden = hidden or Hidden()
    # by their shapes: a cell with its error, the corners of a range, a row that is
    # hidden, the first and the last of such columns
    for found in _found(content, number, extent or Extent()):
        match found:
            case Shown(row, column, words):
                formatted.add(f"{cell_name(row, column)} ({words[:20]})")
            case (row, column, words):
                cell = cell_name(row, column)
                errors.add(f"{cell} ({words[:20]})" if words else cell)
            case (top, left, bottom, right):
                ranges.take((((top, left), (bottom, right)),))
            case (row,):
                hidden.rows.add(str(row + 1))
            case (first, last):
                hidden.columns.append((first, last))
    notes = told(NoteCode.ERRORS_AS_BLANK, errors)
    notes += told(NoteCode.NUMBERS_FORMATTED, formatted)
    return notes + ranges.told()


def merged(corners: Corners) -> tuple[Note, ...]:
    """Say which ranges of cells are merged, by their corners."""
    ranges = _Ranges()
    ranges.take(corners)
    return ranges.told()


class _Ranges:
    """Ranges that are merged, and the number of the last row that one reaches."""

    def __init__(self) -> None:
        self._named, self._last = Cells(), 0

    def take(self, corners: Corners) -> None:
        """Take in ranges, by their first and their last cells."""
        for (top, left), (bottom, right) in corners:
            self._named.add(f"{cell_name(top, left)}:{cell_name(bottom, right)}")
            self._last = max(self._last, bottom + 1)

    def told(self) -> tuple[Note, ...]:
        """Tell of them, if there are any."""
        return told(NoteCode.MERGED, self._named, last_row=self._last)


def _found(content: Content, number: int, extent: Extent) -> Iterator[Found]:
    # what was found before the file turned out to be odd is still told
    with suppress(
        *(OSError, EOFError, LookupError, ValueError, NotImplementedError),
        *(RuntimeError, struct.error, zlib.error, zipfile.BadZipFile),
    ):
        yield from _of_kind(content, number, extent)


def _of_kind(content: Content, number: int, extent: Extent) -> Iterable[Found]:
    if not zipfile.is_zipfile(content.path):
        yield from xls_records.of_xls(content.path, number)
        return
    with zipfile.ZipFile(content.path) as archive:
        found = names(archive)
        if xlsb_records.BOOK in found:
            yield from xlsb_records.of_xlsb(archive, number, extent)
        elif PART in found:
            yield from lost(archive, number)
