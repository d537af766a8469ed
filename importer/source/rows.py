"""What every kind of table has in common: how it is read, or refused; header and rows.

Invariant: whatever is refused is refused with the file's name and the way out.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from importer.errors import (
    AbsentError,
    InputError,
    OversizedError,
    RowlessError,
    UnopenedError,
)
from importer.models import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from importer.models import Note


def refusal(
    place: Path | str, message: str, remedy: str, kind: type[InputError] = InputError
) -> InputError:
    """Make the error of a file: where, what is wrong, what to do; and its kind."""
    return kind(f"{place}: {message}", remedy=remedy)


def oversized(place: Path | str, limit: int) -> OversizedError:
    """Say that what is packed is larger than `limit` bytes."""
    return OversizedError(
        f"{place}: it unpacks to more than {limit / 2**20:,.0f} MB, which is refused.",
        remedy="Split it into smaller files, or unpack it yourself.",
    )


def unreadable(path: Path, error: OSError) -> InputError:
    """Say in plain words why the system did not let the file be read."""
    match error:
        case FileNotFoundError():
            remedy = _nearest(path)
            return refusal(path, "there is no such file.", remedy, AbsentError)
        case IsADirectoryError():
            remedy = "Name the CSV file or the workbook inside it."
            return refusal(path, "this is a folder, not a file.", remedy, AbsentError)
        case PermissionError():
            remedy = "Close it where it is open, or ask its owner for permission."
            reason = "you are not allowed to read this file."
            return refusal(path, reason, remedy, UnopenedError)
        case _:
            reason = f"the file cannot be read ({error.strerror or error})."
            remedy = "Copy it to this computer and try again."
            return refusal(path, reason, remedy, UnopenedError)


def _nearest(path: Path) -> str:
    if path.parts[:1] in {("http:",), ("https:",)}:
        return "What is on the web has to be downloaded first; name the file then."
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except (OSError, ValueError):
        return "Check the folder's name."
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {path.parent / near[0]}?" if near else "Check its name."


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


def _rowless(
    place: str, message: str, remedy: str, header: Iterable[str] = ()
) -> RowlessError:
    error = RowlessError(f"{place}: {message}", remedy=remedy)
    error.header = tuple(header)
    return error


def table(
    file: str,
    sheet: str,
    records: Iterator[Record],
    *,
    ragged: bool,
    notes: tuple[Note, ...] = (),
) -> Table:
    """Take the header off the records and make sure that a row follows.

    Only so much is read; blank records must have been left out.

    Raises:
        InputError: there is no header, or no row below it.
    """
    place = f"{file}, sheet {sheet}" if sheet else file
    header_row, header = next(records, (0, []))
    if not header:
        raise _rowless(
            place,
            "there is nothing in it.",
            "Save the spreadsheet again and check that it has rows.",
        )
    # one row is read ahead, so that a file without rows is refused before anything else
    # is asked or counted
    first = next(records, None)
    if first is None:
        raise _rowless(
            place,
            "it has a header but no rows.",
            "Write one collection a row below the header.",
            header,
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
