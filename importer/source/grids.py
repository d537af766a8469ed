"""How far the sheets of an xls, xlsb or ods reach, before their reader opens them.

The reader of xls and ods takes in all sheets at once, so it is their sum that counts.
Looks through the cells only where the file does not show otherwise that it is small.
Invariants: it raises nothing but the refusal; each expression is linear on any text.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING

from importer import patterns
from importer.errors import OversizedError
from importer.source import excel_xml, faulty, xls_records, xlsb_records
from importer.source.archive import member, names, opened
from importer.source.extent import LIMIT_BYTES, LONG_TEXT, Extent, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.source.content import Content

_BLOCK = 1 << 20
_TEXTS = excel_xml.TEXTS
#: So much XML of texts is no burden, however many they are; nor are so many records.
_SMALL_BYTES, _SMALL_BINARY_BYTES = 100 << 20, 24 << 20
#: What a text takes in memory beside its letters, and in XML.
_TEXT_BYTES, _MARKUP_BYTES = 56, 17
#: So many tags of cells are worth a closer look, whatever they repeat.
_MANY = 1_000_000
# Repeated cells and rows, but for blank ones at the end of a row or of the sheet, with
# which each ods fills its grid.
_REPEATED = patterns.later(
    rb"columns-repeated=\"\d{2,7}\""
    rb"(?![^<>]*/>(?:</table:table-row>|<table:table-(?:row|column|header)))"
    rb"|rows-repeated=\"\d{2,7}\""
    rb"(?![^<>]*><table:table-cell[^<>]*/></table:table-row></table:table>)"
)
_CELL = b"<table:table-cell"
_LONGEST = 1 << 12


def refuse_far(content: Content) -> None:
    """Refuse a workbook whose sheets need too much memory.

    Raises:
        OversizedError: a cell is too far away, or there are too many.
    """
    if _texts(content) > LIMIT_BYTES:
        msg = (
            f"{content.shown}: reading the texts of the workbook needs more than "
            f"{LIMIT_BYTES >> 20} MB of memory, which is refused."
        )
        remedy = "Save the sheet as CSV, which has no such limit, or split it."
        raise OversizedError(msg, remedy=remedy)
    needed = 0
    for extent in _found(content):
        needed += extent.needed_twice
        if needed > LIMIT_BYTES:
            raise refused(content.shown, "", extent)


def _texts(content: Content) -> int:
    """Return what the texts that all sheets share need in memory, about."""
    with (
        suppress(OSError, EOFError, LookupError, NotImplementedError, RuntimeError),
        suppress(ValueError, struct.error, zlib.error, zipfile.BadZipFile),
    ):
        if not zipfile.is_zipfile(content.path):
            count, size = xls_records.texts_of_xls(content.path)
            return count * _TEXT_BYTES + size
        with zipfile.ZipFile(content.path) as archive:
            if xlsb_records.BOOK in names(archive):
                return _of_xlsb(archive)
            return _of_xlsx(archive)
    return 0


def _of_xlsx(archive: zipfile.ZipFile) -> int:
    """Return what its texts need, whose number the XML shows."""
    size = member(archive, _TEXTS).file_size
    if size < _SMALL_BYTES:
        return 0
    count, rest = 0, b""
    with opened(archive, _TEXTS) as stream:
        for block in iter(partial(stream.read, _BLOCK), b""):
            text = rest + block
            count += text.count(b"<si>") + text.count(b":si>") // 2
            if count * _TEXT_BYTES > LIMIT_BYTES:
                break
            rest = text[-3:]
    return count * _TEXT_BYTES + max(0, size - count * _MARKUP_BYTES)


def _of_xlsb(archive: zipfile.ZipFile) -> int:
    """Return what its texts need, as far as the limit."""
    if member(archive, xlsb_records.BINARY_TEXTS).file_size < _SMALL_BINARY_BYTES:
        return 0
    needed = 0
    with opened(archive, xlsb_records.BINARY_TEXTS) as stream:
        for size in xlsb_records.texts_of_xlsb(stream):
            needed += size + _TEXT_BYTES
            if needed > LIMIT_BYTES:
                break
    return needed


def _found(content: Content) -> Iterator[Extent]:
    with suppress(
        *(OSError, EOFError, LookupError, ValueError, NotImplementedError),
        *(RuntimeError, struct.error, zlib.error, zipfile.BadZipFile),
    ):
        yield from _of_kind(content)


def _of_kind(content: Content) -> Iterable[Extent]:
    if not zipfile.is_zipfile(content.path):
        yield from xls_records.extents_of_xls(content.path)
        return
    with zipfile.ZipFile(content.path) as archive:
        if faulty.PART not in names(archive):
            return
        with opened(archive, faulty.PART) as stream:
            if not _suspicious(stream):
                return
        with opened(archive, faulty.PART) as stream:
            yield from _of_ods(stream)


def _suspicious(stream: IO[bytes]) -> bool:
    """Return whether something is repeated between cells, or there are many."""
    rest, count = b"", 0
    for block in iter(partial(stream.read, _BLOCK), b""):
        text = rest + block
        count += block.count(_CELL)
        # what follows a tag belongs to it
        if count > _MANY or _REPEATED.search(text, 0, max(0, len(text) - _LONGEST)):
            return True
        rest = text[-2 * _LONGEST :]
    return _REPEATED.search(rest) is not None


def _of_ods(stream: IO[bytes]) -> Iterator[Extent]:
    """Return the extent of each sheet, as far as something is in it."""
    extent, row, after, column = Extent(), 0, 0, 0
    for tag, attributes, size in faulty.sized(stream):
        if tag == b"table":
            yield extent
            extent, after = Extent(), 0
            continue
        counts = faulty.counts(attributes)
        if tag == b"table-row":
            row, column = after, 0
            after += counts.get(b"number-rows-repeated", 1)
            continue
        if tag == b"table-column":
            continue
        last = column + counts.get(b"number-columns-repeated", 1) - 1
        if faulty.holds(attributes):
            extent.reach(after - 1, last)
            copies = (after - row) * (last - column + 1)
            extent.filled += copies
            if size > LONG_TEXT:
                extent.copied_bytes += copies * size
        column = last + 1
    yield extent
