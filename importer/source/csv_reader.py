"""Text files with separators: CSV, TSV and their relatives, read as a stream.

The standard library's csv lives here. A record counts as one row even where a
quoted cell holds line breaks, and a blank line counts too, as a spreadsheet counts
them. Invariant: no cell is lost; a quote that is never closed, which would swallow
the rows behind it, is an error of the file.
"""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from importer.errors import InputError, UsageError
from importer.source import encodings
from importer.source.cells import Cells
from importer.source.rows import Record, refusal, table, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from importer.models import Table
    from importer.source.content import Content
    from importer.source.encodings import Encoding
    from importer.source.rows import Options

#: The largest cell that is read, in characters.
# the library's own limit is 131,072 characters, less than a long description in HTML
MAX_CELL = 16 * 1024 * 1024
SEPARATORS = ",;\t|"
_HEADER_CHARACTERS = 1 << 20
# What a spreadsheet writes where a formula has no value.
_ERRORS = frozenset(
    {"#REF!", "#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!"}
)
# Excel's own way to name the separator, a line above the header.
_EXCEL_HINT = re.compile(r"sep=([^\r\n\"])(?:\r\n|\r|\n)", re.IGNORECASE)
# How `surrogateescape` shows a byte that could not be decoded.
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
# Goes in behind the last line. NULs are dropped from the file itself, so a cell
# that holds one at the end has swallowed the file's end.
_END = "\0"


def read(content: Content, options: Options) -> Table:
    """Read a text file as far as its first row.

    Raises:
        InputError: not text in this encoding, empty, without rows; also from the
            rows later on.
        UsageError: the encoding or separator that was asked for does not exist.
    """
    separator = _asked_separator(options.delimiter)
    encoding = encodings.of(content, options.encoding)
    notes = encoding.notes
    # a second reading, made only where the bytes hold such a word at all
    if encoding.has_errors:
        notes += _errors(_records(content, encoding, separator))
    records = _records(content, encoding, separator)
    return table(content.name, "", records, ragged=True, notes=notes)


def _errors(records: Iterator[Record]) -> tuple[str, ...]:
    """Name the cells that hold what a spreadsheet writes for an error."""
    found = Cells()
    with suppress(InputError):  # told when the rows are read
        for row, cells in records:
            for cell in _ERRORS.intersection(map(str.strip, cells)):
                found.add(f"row {row} ({cell})")
    if not found.count:
        return ()
    return (f"errors of a spreadsheet, taken as the text that they are: {found}",)


def separator_of(header: str) -> str:
    """Find the separator of a header: the commonest candidate outside quotes.

    `header` may hold more than the header's record. Without any candidate a comma
    is as good as the others: the table has one column.
    """
    counts = dict.fromkeys(SEPARATORS, 0)
    quoted = False
    for character in header.lstrip():
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            # a header may have a comma in quotes; only the first line outside of them
            # counts
            break
        elif not quoted and character in counts:
            counts[character] += 1
    return max(counts, key=counts.__getitem__)


def _records(content: Content, encoding: Encoding, separator: str) -> Iterator[Record]:
    csv.field_size_limit(MAX_CELL)
    number = 0
    try:
        with content.path.open(encoding=encoding.name, newline="") as file:
            separator = _skip_to_header(file, separator)
            lines = _lines(file) if encoding.may_hold_nul else file
            # behind a separator, so that within quotes it is not a cell of its own
            end = separator + _END
            reader = csv.reader(chain(lines, (end,)), delimiter=separator)
            for number, cells in enumerate(reader, start=1):
                # most rows fill their first cell, and need no look at the others
                if not (cells and (cells[0].strip() or any(map(str.strip, cells)))):
                    continue
                if cells[-1].endswith(_END):
                    if cells == ["", _END]:
                        return
                    raise _never_closed(content, number)
                yield number, cells
    except UnicodeError as error:
        raise _undecodable(content, encoding.name, separator) from error
    except csv.Error as error:
        raise _oversized(content, number + 1) from error
    except OSError as error:
        raise unreadable(content.shown, error) from error


def _lines(file: TextIO) -> Iterator[str]:
    for line in file:
        yield line if _END not in line else line.replace(_END, "")


def _skip_to_header(file: TextIO, separator: str) -> str:
    """Find the separator and leave the file where the first record begins."""
    beginning = file.read(_HEADER_CHARACTERS)
    # the file is read from its beginning again: what was looked at is data, too
    file.seek(0)
    if hint := _EXCEL_HINT.match(beginning):
        file.readline()  # Excel shows no such row, so it is not counted either
        return separator or hint[1]
    return separator or separator_of(beginning)


def _asked_separator(asked: str) -> str:
    separator = {"tab": "\t", "\\t": "\t"}.get(asked.lower(), asked)
    if len(separator) > 1 or separator in ('"', "\r", "\n", "\0"):
        message = f"--delimiter {asked}: the separator is one character."
        raise UsageError(message, remedy='Write ";" or "," or "|" or tab.')
    return separator


def _undecodable(content: Content, encoding: str, separator: str) -> InputError:
    """Read the file once more, to say in which row the byte stands."""
    readable = encoding.removesuffix("-sig").upper()
    row = _row_of_undecodable(content, encoding, separator)
    place = f"row {row} holds a character" if row else "it holds characters"
    return refusal(
        content.shown,
        f"{place} that is not {readable}; the file has another encoding.",
        "Save it as CSV UTF-8, or name its encoding, for example "
        "--encoding cp1252 (Windows, Western Europe).",
    )


def _row_of_undecodable(content: Content, encoding: str, separator: str) -> int:
    # other encodings take every byte for some letter, so no row can be blamed
    if not encoding.startswith("utf-8"):
        return 0
    with content.path.open(
        encoding=encoding, errors="surrogateescape", newline=""
    ) as file:
        reader = csv.reader(file, delimiter=_skip_to_header(file, separator))
        with suppress(csv.Error):
            for number, cells in enumerate(reader, start=1):
                # decoded so that odd bytes survive: the row that has one is the row to
                # name
                if _ESCAPED_BYTE.search("".join(cells)):
                    return number
    return 0


def _never_closed(content: Content, row: int) -> InputError:
    return refusal(
        content.shown,
        f'a quotation mark (") that opens in row {row} is never closed.',
        "Close it, or double each quotation mark that belongs to the text.",
    )


def _oversized(content: Content, row: int) -> InputError:
    return refusal(
        content.shown,
        f"row {row} has a cell of more than {MAX_CELL // 2**20} million "
        'characters; perhaps a quotation mark (") is never closed there.',
        "Look for a stray quotation mark in or just above this row.",
    )
