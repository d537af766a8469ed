"""The records of an xls: its faulty and hidden cells, its texts, how far it reaches.

The workbook's reader gives cells that hold an error as blanks. The records are walked
through and not understood any further: a number, a length, and of a few kinds the place
of a cell (Microsoft's MS-XLS).
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from importer.source.extent import LONG_TEXT, Extent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: How an error is written, by the byte that stands for it.
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
# a sheet's place, its begin and end, an error or a truth, a formula's result
_OLD_SHEET, _BEGIN, _END, _TRUTH, _FORMULA = 0x85, 0x809, 0x0A, 0x205, 0x06
# the cells that hold something: a formula, a number, a text, an error or truth,
# text of several fonts, some numbers, text, a number
_NUMBERS = 0xBD
_OLD_CELLS = frozenset({0x06, 0x203, 0x204, 0x205, 0xD6, _NUMBERS, 0xFD, 0x27E})
# a row, and a range of columns, with what is set for it
_OLD_ROW, _OLD_COLUMNS, _ROW_IS_HIDDEN = 0x208, 0x7D, 0x20
# the texts that all sheets share, and what goes on in another record
_TEXTS, _GOES_ON = 0xFC, 0x3C
# a cell that shows one of them
_SHARED = 0xFD
#: What begins each cell of an xls: kind, size, row and column.
_PLACE = struct.Struct("<HHHH")
#: So many bytes of texts are no burden, however short each is; and more texts than this
#: are one in any case.
_SMALL_TEXTS, _MOST_TEXTS = 24 << 20, 10_000_000
_RESULT_IS_ERROR = (2, 0xFFFF)

#: A cell, counted from 0: row, column, and the error that it holds.
Faulty = tuple[int, int, str]
#: A range of cells: first row, first column, last row, last column.
Range = tuple[int, int, int, int]


class Shown(NamedTuple):
    """A number that is shown as another text, such as 007, and its cell from 0."""

    row: int
    column: int
    words: str


#: These, or a hidden row, or the first and the last of hidden columns.
Found = Faulty | Shown | Range | tuple[int] | tuple[int, int]


def of_xls(path: Path, number: int) -> Iterator[Found]:
    """Return the faulty cells of a sheet and what is hidden, by its number from 0.

    Raises:
        OSError, IndexError, struct.error: the file is not what it seems.
    """
    book = _old_book(path)
    places = [
        struct.unpack_from("<I", book, at)[0]
        for kind, at in _old_records(book, 0)
        if kind == _OLD_SHEET
    ]
    unseen: set[int] = set()
    for kind, at in _old_records(book, places[number]):
        if kind == _OLD_ROW:
            row, flags = struct.unpack_from("<H10xH", book, at)
            if flags & _ROW_IS_HIDDEN:
                unseen.add(row)
        elif kind == _OLD_COLUMNS:
            first, last, flags = struct.unpack_from("<HH4xH", book, at)
            if flags & 1:
                yield first, last
        elif kind in _OLD_CELLS:
            yield from _faults_of_xls(book, kind, at)
            (row,) = struct.unpack_from("<H", book, at)
            if row in unseen:
                unseen.remove(row)
                yield (row,)


def _faults_of_xls(book: bytes, kind: int, at: int) -> Iterator[Faulty]:
    if kind == _TRUTH:
        row, column, _, code, is_error = struct.unpack_from("<HHHBB", book, at)
        if is_error:
            yield row, column, ERRORS.get(code, "")
    elif kind == _FORMULA:
        row, column, _, sort, code, marked = struct.unpack_from("<HHHBxBxxxH", book, at)
        if (sort, marked) == _RESULT_IS_ERROR:
            yield row, column, ERRORS.get(code, "")


def _old_book(path: Path) -> bytes:
    import olefile  # type: ignore[import-untyped] # noqa: PLC0415 - rarely needed

    with olefile.OleFileIO(str(path)) as file:
        # workbooks of Excel 5 and 95 call the stream so
        name = "Workbook" if file.exists("Workbook") else "Book"
        if file.get_size(name) > path.stat().st_size:
            # a chain that bites its tail would be read for as long as it says
            raise OSError(name)
        return bytes(file.openstream(name).read())


def extents_of_xls(path: Path) -> Iterator[Extent]:
    """Return how far each sheet reaches.

    Raises:
        OSError, struct.error: the file is not what it seems.
    """
    book = _old_book(path)
    places = [
        struct.unpack_from("<I", book, at)[0]
        for kind, at in _old_records(book, 0)
        if kind == _OLD_SHEET
    ]
    long = _long_texts(book)
    for place in places:
        yield _extent_of_xls(book, place, long)


def _extent_of_xls(book: bytes, at: int, long: Mapping[int, int]) -> Extent:
    """Return how far the cells of the sheet reach that begins there.

    The size that it states is not asked for: its reader does not either. `long` has the
    bytes of long texts by their numbers; each cell that shows one has a copy of it.
    """
    extent, last, depth = Extent(), len(book) - _PLACE.size, 0
    # as `_old_records`, without a call for each cell
    while at <= last:
        kind, size, row, column = _PLACE.unpack_from(book, at)
        if kind in _OLD_CELLS:
            if row >= extent.rows or column >= extent.columns:
                extent.reach(row, column)
            extent.filled += 1
            if kind == _SHARED and long:
                (text,) = struct.unpack_from("<I", book, at + 10)
                extent.copied_bytes += long.get(text, 0)
            elif kind == _NUMBERS:
                # several in one record: the last two bytes are the last column
                (end,) = struct.unpack_from("<H", book, at + 2 + size)
                extent.reach(row, end)
                extent.filled += end - column
        elif kind in (_BEGIN, _END):
            depth += 1 if kind == _BEGIN else -1
            if not depth:
                break
        at += 4 + size
    return extent


def texts_of_xls(path: Path) -> tuple[int, int]:
    """Return how many texts the sheets of an xls share, and how many bytes they have.

    Those of a small list are not counted.

    Raises:
        OSError, IndexError, struct.error: the file is not what it seems.
    """
    book = _old_book(path)
    parts = _parts_of_texts(book)
    size = sum(end - begin for begin, end in parts)
    return (_count(book, parts) if size > _SMALL_TEXTS else 0), size


def _parts_of_texts(book: bytes) -> list[tuple[int, int]]:
    """Return where the texts begin and end that sheets share, of each record."""
    parts: list[tuple[int, int]] = []
    for kind, at in _old_records(book, 0):
        if kind == _TEXTS or (parts and kind == _GOES_ON):
            (size,) = struct.unpack_from("<H", book, at - 2)
            parts.append((at, at + size))
        elif parts:
            break
    return parts


def _long_texts(book: bytes) -> dict[int, int]:
    """Return the bytes that long shared texts take, by their numbers."""
    found: dict[int, int] = {}
    with suppress(StopIteration, IndexError, struct.error):
        texts = _Texts(book, _parts_of_texts(book))
        for number in range(_MOST_TEXTS):
            if (size := texts.pass_one()) > LONG_TEXT:
                found[number] = size
    return found


class _Texts:
    """A place among texts that go on from one record to the next."""

    def __init__(self, book: bytes, parts: list[tuple[int, int]]) -> None:
        """Begin behind the numbers that stand in front of the first text."""
        self._book, self._parts = book, iter(parts)
        self._at, self._end = next(self._parts)
        self._at += 8

    def pass_one(self) -> int:
        """Go behind a text; return the bytes that it takes, if it is long.

        Raises:
            StopIteration: there is none.
        """
        while self._at + 3 > self._end:
            self._at, self._end = next(self._parts)
        letters: int
        flags: int
        letters, flags = struct.unpack_from("<HB", self._book, self._at)
        self._at += 3
        behind = 0  # its fonts, and how it is pronounced
        if flags & 8:
            behind += 4 * int.from_bytes(self._book[self._at : self._at + 2], "little")
            self._at += 2
        if flags & 4:
            behind += int.from_bytes(self._book[self._at : self._at + 4], "little")
            self._at += 4
        begin = self._at
        self._pass_letters(letters, flags & 1)
        self._at += behind
        while (over := self._at - self._end) > 0:
            self._at, self._end = next(self._parts)
            self._at += over
        return self._bytes(begin, letters, flags & 1) if letters > LONG_TEXT else 0

    def _bytes(self, begin: int, letters: int, wide: int) -> int:
        """Return the bytes of a text as its reader holds it, in UTF-8."""
        text = self._book[begin : begin + (letters << wide)]
        decoded = text.decode("utf-16-le" if wide else "latin-1", "replace")
        return len(decoded.encode("utf-8", "replace"))

    def _pass_letters(self, count: int, wide: int) -> None:
        self._at += count << wide
        while self._at > self._end:
            # a record that goes on says anew whether a letter has two bytes
            over = (self._at - self._end) >> wide
            self._at, self._end = next(self._parts)
            wide = self._book[self._at] & 1
            self._at += 1 + (over << wide)


def _count(book: bytes, parts: list[tuple[int, int]]) -> int:
    """Count the texts in these parts of a book."""
    texts, count = _Texts(book, parts), 0
    with suppress(StopIteration, IndexError, struct.error):
        while count < _MOST_TEXTS:
            texts.pass_one()
            count += 1
    return count


def _old_records(book: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Return kind and place of each record up to the end of what begins here."""
    depth = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        depth += (kind == _BEGIN) - (kind == _END)  # charts begin within a sheet
        if not depth:
            return
        yield kind, at + 4
        at += 4 + size
