"""The records of an xlsb: its faulty, merged and hidden cells, and how far it reaches.

They are walked through and not understood any further: a number, a length, and of a few
kinds the place of a cell (Microsoft's MS-XLSB). Invariant: a record that claims to be
longer than any is ends the walk, so that no file is held in memory because it says so.
"""

from __future__ import annotations

import posixpath
import struct
from functools import partial
from typing import IO, TYPE_CHECKING

from importer.source.archive import names, opened
from importer.source.excel_xml import LINK, elements
from importer.source.extent import LONG_TEXT, Extent
from importer.source.xls_records import ERRORS

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Mapping

    from importer.source.xls_records import Found, Range


BOOK, LINKS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
_BLOCK = 1 << 20
_LONGEST_RECORD = 1 << 24
# a row begins, an error, a formula that gave one, merged cells, a sheet
_ROW, _ERROR, _FORMULA_ERROR, _MERGED, _SHEET = 0, 3, 11, 176, 156
# a range of columns; of its rows, the byte with the flag of a hidden one
_COLUMNS, _ROW_FLAGS, _HIDDEN = 60, 11, 0x10
_CELLS = frozenset({*range(2, 12), 62})
_IN_SHEET = frozenset({_ROW, _MERGED, _COLUMNS}) | _CELLS
# a text that sheets share, and a cell that shows one
_TEXT, _SHARED_BINARY = 19, 7
BINARY_TEXTS = "xl/sharedStrings.bin"


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
