"""The cells of an ods that hold an error, or are merged with others.

LibreOffice marks an error (`calcext:value-type="error"`) and leaves the value blank.
The XML is searched as a stream for the tags of rows and cells and not understood any
further. Each expression is linear on any text.
"""

from __future__ import annotations

import html
import re
from functools import partial
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

    from importer.source.records import Faulty, Range

PART = "content.xml"
_BLOCK = 1 << 20
#: How much of a tag and its text is kept that goes on in the next block.
_LONGEST_TAG = 1 << 16
_SIGNS = (b'value-type="error"', b"-spanned=")
_TAG = re.compile(
    rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s>/])([^<>]*)>"
    rb"(?:<text:p>([^<>]*)</text:p>)?"
)
_COUNT = re.compile(rb"table:(number-\w+-\w+)=\"(\d{1,7})\"")
_BEGIN = b"<table:"
_ERROR = b'calcext:value-type="error"'


def lost(archive: zipfile.ZipFile, number: int) -> Iterator[Faulty | Range]:
    """Return the faulty and the merged cells of a sheet, by its number from 0.

    Raises:
        OSError, KeyError: the file is not what it seems.
    """
    with archive.open(PART) as stream:
        signed = any(_holds_sign(stream))
    if not signed:
        return  # most have neither, and need no look at each of their cells
    sheet, row, after, column = -1, 0, 0, 0
    with archive.open(PART) as stream:
        for tag, attributes, shown in _tags(stream):
            # repeated rows and cells are written once with a number: the count goes on
            # by that
            counts = {name: int(digits) for name, digits in _COUNT.findall(attributes)}
            if tag == b"table":
                sheet, after = sheet + 1, 0
            elif tag == b"table-row":
                row, column = after, 0
                after += counts.get(b"number-rows-repeated", 1)
            elif sheet == number:
                if _ERROR in attributes:
                    yield row, column, html.unescape(shown.decode("utf-8", "replace"))
                last_row = row + counts.get(b"number-rows-spanned", 1) - 1
                last_column = column + counts.get(b"number-columns-spanned", 1) - 1
                if (last_row, last_column) != (row, column):
                    yield row, column, last_row, last_column
                column += counts.get(b"number-columns-repeated", 1)


def _holds_sign(stream: IO[bytes]) -> Iterator[bool]:
    rest = b""
    for block in iter(partial(stream.read, _BLOCK), b""):
        text = rest + block
        yield any(sign in text for sign in _SIGNS)
        rest = text[-len(_SIGNS[0]) :]


def _tags(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
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
