"""What every kind of table has in common: how it shall be read, a header, and rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from importer.models import Table
from importer.source.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator


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


#: A record as it was read: its number in the spreadsheet, and its cells.
Record = tuple[int, list[str]]


def table(
    file: str,
    sheet: str,
    records: Iterator[Record],
    *,
    ragged: bool,
    notes: tuple[str, ...] = (),
) -> Table:
    """Take the header off the records and make sure that a row follows.

    Only so much is read; blank records must have been left out.

    Raises:
        InputError: there is no header, or no row below it.
    """
    where = f"{file}, sheet {sheet}" if sheet else file
    header_row, header = next(records, (0, []))
    if not header:
        raise refusal(
            where,
            "there is nothing in it.",
            "Save the spreadsheet again and check that it has rows.",
        )
    first = next(records, None)
    if first is None:
        raise refusal(
            where,
            "it has a header but no rows.",
            "Write one collection a row below the header.",
        )
    return Table(
        file=file,
        sheet=sheet,
        header=tuple(without_blank_end(header)),
        header_row=header_row,
        records=chain((first,), records),
        ragged=ragged,
        notes=notes,
    )


def without_blank_end(cells: list[str]) -> list[str]:
    """Drop the blank cells behind the last one that is filled."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
