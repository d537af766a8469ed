"""How a file shall be read where the file itself does not say."""

from __future__ import annotations

from dataclasses import dataclass

#: One gibibyte: about ten million rows of a workbook, more than any memory likes.
MAX_UNCOMPRESSED_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Options:
    r"""The reading options; empty means: find out.

    Attributes:
        sheet: name of a workbook's sheet, or its number counted from 1.
        encoding: of a text file, such as cp1252.
        delimiter: between the cells of a text file; `tab` or `\t` for a tab.
        max_uncompressed_bytes: what a workbook may grow to when it is unpacked.
    """

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    max_uncompressed_bytes: int = MAX_UNCOMPRESSED_BYTES
