"""What a workbook's blank cells hide: an error, or a neighbour they are merged with.

Names the cells of xls, xlsb and ods that hold an error, as `lost` does for xlsx, and
the merged ones of all kinds. It looks a workbook through once more, before its rows are
read. Invariant: it raises nothing; what is wrong with a workbook is for its reader to
say.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from importer.source import opendocument, records
from importer.source.lost import Cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.source.content import Content
    from importer.source.records import Faulty, Range

_LETTERS = 26


def notes(
    content: Content,
    number: int,
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] | None,
) -> tuple[str, ...]:
    """Say which cells of a sheet are blank without being empty.

    Args:
        content: the workbook.
        number: of its sheet, from 0.
        merged: the corners of the ranges that its reader knows to be merged.
    """
    errors, ranges = Cells(), Cells()
    for (top, left), (bottom, right) in merged or ():
        ranges.add(f"{_name(top, left)}:{_name(bottom, right)}")
    # two shapes come: one cell with its error, or the corners of a range
    for found in _found(content, number):
        match found:
            case (row, column, words):
                cell = _name(row, column)
                errors.add(f"{cell} ({words[:20]})" if words else cell)
            case (top, left, bottom, right):
                ranges.add(f"{_name(top, left)}:{_name(bottom, right)}")
    parts = []
    if errors.count:
        parts.append(f"read as blank, because they hold an error: {errors}")
    if ranges.count:
        parts.append(f"merged, so that only the first cell holds a value: {ranges}")
    return tuple(parts)


def _found(content: Content, number: int) -> Iterator[Faulty | Range]:
    # what was found before the file turned out to be odd is still told
    with suppress(
        *(OSError, EOFError, LookupError, ValueError, NotImplementedError),
        *(RuntimeError, struct.error, zlib.error, zipfile.BadZipFile),
    ):
        yield from _of_kind(content, number)


def _of_kind(content: Content, number: int) -> Iterable[Faulty | Range]:
    if not zipfile.is_zipfile(content.path):
        yield from records.of_xls(content.path, number)
        return
    with zipfile.ZipFile(content.path) as archive:
        names = archive.namelist()
        if records.BOOK in names:
            yield from records.of_xlsb(archive, number)
        elif opendocument.PART in names:
            yield from opendocument.lost(archive, number)


def _name(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
