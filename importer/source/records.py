"""Binary sheets, as records: the cells of an xls or xlsb that hold an error.

The workbook's reader gives such cells as blanks. The records are walked through and
not understood any further: a number, a length, and of a few kinds the place of a cell
(Microsoft's MS-XLS and MS-XLSB). Invariant: a record that claims to be longer than
any is ends the walk, so that no file is held in memory because it says so.
"""

from __future__ import annotations

import posixpath
import struct
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING

from importer.source.archive import names, opened
from importer.source.excel_xml import LINK, elements
from importer.source.extent import LONG_TEXT, Extent

if TYPE_CHECKING:
    import zipfile
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
BOOK, LINKS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
_BLOCK = 1 << 20
_LONGEST_RECORD = 1 << 24
# of xlsb: a row begins, an error, a formula that gave one, merged cells, a sheet
_ROW, _ERROR, _FORMULA_ERROR, _MERGED, _SHEET = 0, 3, 11, 176, 156
# of xlsb: a range of columns; of its rows, the byte with the flag of a hidden one
_COLUMNS, _ROW_FLAGS, _HIDDEN = 60, 11, 0x10
_CELLS = frozenset({*range(2, 12), 62})
_IN_SHEET = frozenset({_ROW, _MERGED, _COLUMNS}) | _CELLS
# of xls: a sheet's place, its begin and end, an error or a truth, a formula's result
_OLD_SHEET, _BEGIN, _END, _TRUTH, _FORMULA = 0x85, 0x809, 0x0A, 0x205, 0x06
# of xls: the cells that hold something: a formula, a number, a text, an error or truth,
# text of several fonts, some numbers, text, a number
_NUMBERS = 0xBD
_OLD_CELLS = frozenset({0x06, 0x203, 0x204, 0x205, 0xD6, _NUMBERS, 0xFD, 0x27E})
# of xls: a row, and a range of columns, with what is set for it
_OLD_ROW, _OLD_COLUMNS, _ROW_IS_HIDDEN = 0x208, 0x7D, 0x20
# of xls: the texts that all sheets share, and what goes on in another record
_TEXTS, _GOES_ON = 0xFC, 0x3C
# of xls: a cell that shows one of them
_SHARED = 0xFD
# of xlsb: a text that sheets share, and a cell that shows one
_TEXT, _SHARED_BINARY = 19, 7
BINARY_TEXTS = "xl/sharedStrings.bin"
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
#: These, or a hidden row, or the first and the last of hidden columns.
Found = Faulty | Range | tuple[int] | tuple[int, int]


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


def texts_of_xlsb(stream: IO[bytes]) -> Iterator[int]:
    """Return the bytes of each text that the sheets of an xlsb share.

    Raises:
        IndexError: the file is not what it seems.
    """
    for _, body in _records(stream, frozenset({_TEXT})):
        yield len(body)


def _long_texts_of_xlsb(archive: zipfile.ZipFile) -> dict[int, int]:
    """Return the bytes of long shared texts, by their numbers."""
    if BINARY_TEXTS.lower() not in names(archive):
        return {}
    with opened(archive, BINARY_TEXTS) as stream:
        bodies = (body for _, body in _records(stream, frozenset({_TEXT})))
        return {
            number: len(_text(body, 1).encode("utf-8", "replace"))
            for number, body in enumerate(bodies)
            if len(body) > LONG_TEXT
        }


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


def of_xlsb(archive: zipfile.ZipFile, number: int, extent: Extent) -> Iterator[Found]:
    """Return the faulty, merged and hidden cells of a sheet, by its number from 0.

    `extent` takes in the cells that hold something.

    Raises:
        OSError, KeyError, IndexError, struct.error: the file is not what it seems.
    """
    with opened(archive, BOOK) as stream:
        ids = [_text(body, 8) for _, body in _records(stream, frozenset({_SHEET}))]
    targets = {
        element.get("Id", ""): element.get("Target", "")
        for element in elements(archive, LINKS, LINK)
    }
    part = posixpath.join("/xl", targets[ids[number]].replace("\\", "/"))
    row, unseen, long = 0, False, _long_texts_of_xlsb(archive)
    with opened(archive, posixpath.normpath(part).lstrip("/")) as stream:
        for kind, body in _records(stream, _IN_SHEET):
            if kind == _ROW:
                (row,) = struct.unpack_from("<I", body)
                unseen = bool(body[_ROW_FLAGS] & _HIDDEN)
            elif kind not in _CELLS:
                yield from _of_range(kind, body)
            else:
                (column,) = struct.unpack_from("<I", body)
                extent.reach(row, column)
                extent.filled += 1
                extent.text_bytes += len(body)
                extent.copied_bytes += _copied(kind, body, long)
                if kind in (_ERROR, _FORMULA_ERROR):
                    yield row, column, ERRORS.get(body[8], "")
                if unseen:
                    unseen = False
                    yield (row,)


def _copied(kind: int, body: bytes, long: Mapping[int, int]) -> int:
    """Return the bytes of the long text that a cell has a copy of, if it has one."""
    if kind != _SHARED_BINARY or not long:
        return 0
    (number,) = struct.unpack_from("<I", body, 8)
    return long.get(number, 0)


def _of_range(kind: int, body: bytes) -> Iterator[Range | tuple[int, int]]:
    """Return a merged range, or columns that are hidden."""
    if kind == _MERGED:
        top, bottom, left, right = struct.unpack_from("<IIII", body)
        yield top, left, bottom, right
        return
    first, last, flags = struct.unpack_from("<II8xH", body)
    if flags & 1:
        yield first, last


def _text(body: bytes, at: int) -> str:
    (length,) = struct.unpack_from("<I", body, at)
    return body[at + 4 : at + 4 + 2 * length].decode("utf-16-le", "replace")


def _records(stream: IO[bytes], wanted: frozenset[int]) -> Iterator[tuple[int, bytes]]:
    """Return the records of some kinds; a number and a length lead each."""
    rest = b""
    for block in iter(partial(stream.read, _BLOCK), b""):
        data = rest + block
        at = 0
        while (found := _heading(data, at)) is not None:
            kind, begin, end = found
            if end - begin > _LONGEST_RECORD:
                return
            if end > len(data):
                break
            if kind in wanted:
                yield kind, data[begin:end]
            at = end
        rest = data[at:]


def _heading(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return kind, begin and end of the record that starts there, if it is whole."""
    if at + 6 > len(data):
        data += b"\0" * 6  # the last record of all is shorter than a heading can be
        if at >= len(data) - 6:
            return None
    kind = data[at]
    at += 1
    if kind & 0x80:
        kind = (kind & 0x7F) | (data[at] << 7)
        at += 1
    size = 0
    # seven bits in each byte, the lowest first, until one has no high bit
    for shift in (0, 7, 14, 21):
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    return kind, at, at + size
