"""Text files with separators: CSV, TSV and their relatives, read as a stream.

The standard library's csv lives here. A record counts as one row even where a
quoted cell holds line breaks, and a blank line counts too, as a spreadsheet counts
them. Invariant: no cell is lost, and none swallows rows without a word (`quotes`).
"""

from __future__ import annotations

import csv
import operator
import re
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain, dropwhile, islice
from typing import TYPE_CHECKING

from importer import patterns
from importer.cell_errors import is_error
from importer.errors import EncodingError, InputError, UsageError
from importer.models import Faulty, Note, NoteCode
from importer.source import encodings
from importer.source.cells import Cells, told
from importer.source.quotes import (
    Dialect,
    HeaderQuoteError,
    Lines,
    LongCellError,
    Records,
)
from importer.source.rows import Record, refusal, table, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from importer.models import Table
    from importer.source.content import Content
    from importer.source.encodings import Encoding
    from importer.source.rows import Options

#: The largest cell that is read, in characters.
# the library's own limit is 131,072 characters, less than a long description in HTML
MAX_CELL = 16 * 1024 * 1024
SEPARATORS = ",;\t|"
#: Stands in no text, so that a line is one cell.
_NO_SEPARATOR = "\x1f"
#: So many lines are looked at to find the separator.
_LOOKED_AT = 20
_HEADER_CHARACTERS = 1 << 20
# Excel's own way to name the separator, a line above the header.
_EXCEL_HINT = patterns.later(
    r"(\"?)sep=([^\r\n\"])\1[,;\t|]*(?:\r\n|\r|\n)", re.IGNORECASE
)
# How `surrogateescape` shows a byte that could not be decoded.
_ESCAPED_BYTE = patterns.later("[\udc80-\udcff]")


def read(content: Content, options: Options) -> Table:
    """Read a text file as far as its first row.

    Raises:
        InputError: not text in this encoding, empty, without rows; also from the
            rows later on.
        UsageError: the encoding or separator that was asked for does not exist.
    """
    separator = _asked_separator(options.delimiter)
    encoding = encodings.of(content, options.encoding)
    inner = "" if separator else _inner_separator(content, encoding)
    notes = encoding.notes
    if encoding.has_nul:
        kept = replace(encoding, may_hold_nul=False)
        nul = _nul_dropped(_records(content, kept, separator))
        notes = (*notes[:-1], nul)
    # a second reading, made only where the bytes hold such a word at all
    if encoding.has_errors:
        records = _records(content, encoding, separator)
        notes += _errors(_unwrapped(records, inner))
    escaped = encoding.has_escaped and _is_escaped(content, encoding, separator)
    if escaped:
        notes += (Note(NoteCode.QUOTES_ESCAPED),)
    if inner:
        notes += (Note(NoteCode.LINES_QUOTED),)
    used: list[str] = []
    records = _records(content, encoding, separator, escaped=escaped, used=used)
    records = _unwrapped(records, inner)
    found = table(content.name, "", records, ragged=True, notes=notes)
    return replace(found, written=(encoding.name, _written_with(inner, used)))


def _written_with(inner: str, used: list[str]) -> str:
    """Return what stands between cells; a comma where nothing does."""
    separator = inner or used[0]
    return separator if separator != _NO_SEPARATOR else ","


def _nul_dropped(records: Iterator[Record]) -> Note:
    found = Cells()
    with suppress(InputError):  # told when the rows are read
        for row, cells in records:
            if "\0" in "".join(cells):
                found.add(f"row {row}")
    if not found.count:
        return Note(NoteCode.NUL_DROPPED)
    rows = tuple(found.named)
    return Note(NoteCode.NUL_DROPPED, "in_rows", rows=rows, more=found.more)


def _inner_separator(content: Content, encoding: Encoding) -> str:
    """Return what stands between cells where each line is one cell in quotes."""
    with suppress(InputError):  # told when the rows are read
        lines = [cells for _, cells in islice(_records(content, encoding, ""), 2)]
        if [len(cells) for cells in lines] == [1, 1]:
            separator = separator_of("\n".join(cells[0] for cells in lines))
            widths = {len(_split(cells[0], separator)) for cells in lines}
            return separator if len(widths) == 1 and widths != {1} else ""
    return ""


def _unwrapped(records: Iterator[Record], separator: str) -> Iterator[Record]:
    """Take lines apart that are one cell each; without a separator none is."""
    return _taken_apart(records, separator) if separator else records


def _taken_apart(records: Iterator[Record], separator: str) -> Iterator[Record]:
    for number, cells in records:
        if len(cells) == 1 and type(cells) is not Faulty:
            yield number, _split(cells[0], separator)
        else:
            yield number, cells


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [""])
    except csv.Error:
        return [line]


def _errors(records: Iterator[Record]) -> tuple[Note, ...]:
    """Name the cells that hold what a spreadsheet writes for an error."""
    found = Cells()
    with suppress(InputError):  # told when the rows are read
        for row, cells in records:
            for cell in dict.fromkeys(filter(is_error, cells)):
                found.add(f"row {row} ({cell.strip()})")
    return told(NoteCode.ERRORS_AS_TEXT, found)


def _is_escaped(content: Content, encoding: Encoding, separator: str) -> bool:
    """Return whether only backslashes in front of quotation marks make sense of it."""
    faults = []
    for escaped in (False, True):
        records = _records(content, encoding, separator, escaped=escaped)
        try:
            faults.append(any(type(cells) is Faulty for _, cells in records))
        except InputError:
            faults.append(True)
    return faults == [True, False]


def separator_of(header: str) -> str:
    """Find the separator of a header: the commonest candidate outside quotes.

    Where no line below has so many of it, another one is taken that stands equally
    often in all lines from the first one that has it.

    `header` may hold more than the header's record. Where neither it nor most of the
    lines below have a candidate, the table has one column, and lines are its cells.
    """
    found = list(islice(_counts(header.lstrip()), _LOOKED_AT))
    first = found[0] if found else dict.fromkeys(SEPARATORS, 0)
    best = max(SEPARATORS, key=first.__getitem__)
    others = found[1:]
    with_one = sum(any(counts.values()) for counts in others)
    if others and not first[best] and 2 * with_one <= len(others):
        return _NO_SEPARATOR
    if any(counts[best] >= first[best] > 0 for counts in others) or not others:
        return best
    # no row has so many as the first line: it may be a title, or its cells hold them
    for other in SEPARATORS:
        below = list(dropwhile(operator.not_, (counts[other] for counts in found)))
        if other != best and len(below) > 1 and len({*below}) == 1:
            return other
    return best


def _counts(text: str) -> Iterator[dict[str, int]]:
    """Count the separators outside quotes in each line that is not blank."""
    counts = dict.fromkeys(SEPARATORS, 0)
    quoted = blank = False
    for character in chain(text, "\n"):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            # a header may have a line break in quotes; only those outside count
            if not blank:
                yield counts
            counts, blank = dict.fromkeys(SEPARATORS, 0), True
            continue
        elif not quoted and character in counts:
            counts[character] += 1
        blank = blank and character.isspace()


def _records(
    content: Content,
    encoding: Encoding,
    separator: str,
    *,
    escaped: bool = False,
    used: list[str] | None = None,
) -> Iterator[Record]:
    parts = _parts(content, encoding, separator, escaped=escaped, used=used)
    return chain.from_iterable(parts)


def _parts(
    content: Content,
    encoding: Encoding,
    separator: str,
    *,
    escaped: bool,
    used: list[str] | None,
) -> Iterator[Iterator[Record]]:
    csv.field_size_limit(MAX_CELL)

    def refused(error: UnicodeError | OSError) -> InputError:
        if isinstance(error, UnicodeError):
            return _undecodable(content, encoding, separator)
        return unreadable(content.shown, error)

    # where each line ends in a line feed, Python finds the ends in half of the time
    ends = "" if encoding.has_returns else "\n"
    try:
        with content.path.open(encoding=encoding.name, newline=ends) as file:
            above, separator = _skip_to_header(file, separator)
            if used is not None:
                used.append(separator)
            spaced = encoding.has_spaced
            dialect = Dialect(separator, spaced, escaped=escaped, above=above)
            lines = Lines(file, cleaned=encoding.may_hold_nul, escaped=escaped)
            records = Records(lines, dialect, partial(_closing, file, refused))
            yield from records.parts()
    except (UnicodeError, OSError) as error:
        raise refused(error) from error
    except HeaderQuoteError as fault:
        raise _never_closed(content, fault.line) from fault
    except LongCellError as long:
        raise _oversized(content, long.row) from long


def _closing(
    file: TextIO,
    refused: Callable[[UnicodeError | OSError], Exception],
    error: UnicodeError | OSError,
) -> Exception:
    """Close a file that cannot be read; the records may be held for longer."""
    file.close()
    return refused(error)


def _skip_to_header(file: TextIO, separator: str) -> tuple[int, str]:
    """Find the separator and leave the file where the first record begins.

    Returns:
        How many lines were left out, and the separator.
    """
    beginning = file.read(_HEADER_CHARACTERS)
    # the file is read from its beginning again: what was looked at is data, too
    file.seek(0)
    if hint := _EXCEL_HINT.match(beginning):
        file.readline()  # Excel shows no such row, so it is not counted either
        return 1, separator or _hinted(hint[2], beginning[hint.end() :])
    return 0, separator or separator_of(beginning)


def _hinted(separator: str, below: str) -> str:
    """Return what a hint names, unless the header below it has only another one."""
    header = below.lstrip("\r\n").partition("\n")[0]
    found = separator_of(below)
    # a program that saved the file anew may have kept the hint as a line
    return found if separator not in header and found in header else separator


def _asked_separator(asked: str) -> str:
    separator = {"tab": "\t", "\\t": "\t"}.get(asked.lower(), asked)
    if len(separator) > 1 or separator in ('"', "\r", "\n", "\0"):
        message = f"--delimiter {asked}: the separator is one character."
        raise UsageError(message, remedy='Write ";" or "," or "|" or tab.')
    return separator


def _undecodable(content: Content, encoding: Encoding, separator: str) -> InputError:
    """Read the file once more, to say in which row the byte stands."""
    name = encoding.name
    row = _row_of_undecodable(content, name, separator)
    what = "it holds characters that are"
    if row:
        what = f"row {row} holds a character that is"
    if encoding.doubt:
        which = f"which encoding it has is not clear: it reads {encoding.doubt}"
    else:
        which = "the file has another encoding"
    readable = name.removesuffix("-sig").upper()
    message = f"{what} not {readable}; {which}."
    return refusal(content.shown, message, encoding.remedy, EncodingError)


def _row_of_undecodable(content: Content, encoding: str, separator: str) -> int:
    # other encodings take every byte for some letter, so no row can be blamed
    if not encoding.startswith("utf-8"):
        return 0
    with content.path.open(
        encoding=encoding, errors="surrogateescape", newline=""
    ) as file:
        reader = csv.reader(file, delimiter=_skip_to_header(file, separator)[1])
        with suppress(csv.Error):
            for number, cells in enumerate(reader, start=1):
                # decoded so that odd bytes survive: the row that has one is the row to
                # name
                if _ESCAPED_BYTE.search("".join(cells)):
                    return number
    return 0


def _never_closed(content: Content, line: int) -> InputError:
    return refusal(
        content.shown,
        f'a quotation mark (") that opens in line {line}, where the header should be, '
        "is not closed there.",
        "Close it, or double each quotation mark that belongs to the text.",
    )


def _oversized(content: Content, row: int) -> InputError:
    return refusal(
        content.shown,
        f"row {row} has a cell of more than {MAX_CELL // 2**20} million "
        'characters; perhaps a quotation mark (") is never closed there.',
        "Look for a stray quotation mark in or just above this row.",
    )
