"""Reports that hold one line of text for each row: CSV, and JSON Lines.

Writes what it is given, line by line, and decides nothing. Invariant: no cell of
`report.csv` is run as a formula by the spreadsheet that opens it, and every cell
reads back as one cell, whatever it holds.
"""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

from importer.report import files
from importer.report.columns import COLUMNS, values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import TextIO

    from importer.models import ReportLine
    from importer.report.columns import Value

# What a spreadsheet takes for the start of a formula, also in full width and behind
# characters that nobody sees. The minus sign U+2212 is typed as a dash by some. A text
# that looks as if it had been tamed is tamed too, so that taking it back is exact.
_FORMULA = re.compile(
    r"'*(?:[\t\r]|[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*"
    r"[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])"
)


def write_csv(path: Path, lines: Iterable[ReportLine]) -> None:
    """Write `report.csv`: UTF-8 without BOM, commas, every line ended by LF.

    Raises:
        StorageError: the file cannot be written.
    """
    with files.text(path) as stream:
        writer = csv.writer(LfLines(stream))
        writer.writerow(COLUMNS)
        writer.writerows(_tamed(values(line)) for line in lines)


def write_jsonl(path: Path, lines: Iterable[ReportLine]) -> None:
    """Write one JSON object for each row, with the report's columns as keys.

    Numbers are numbers and what is not known is null; no cell is changed.

    Raises:
        StorageError: the file cannot be written.
    """
    with files.text(path) as stream:
        for line in lines:
            record = dict(zip(COLUMNS, values(line), strict=True))
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def _tamed(row: tuple[Value, ...]) -> Iterable[Value]:
    """A row whose texts run nothing; most hold nothing that might, and stay."""
    starts = "".join([value[:1] for value in row if type(value) is str])
    return row if starts.isalnum() else map(tame, row)


def tame(value: Value) -> Value:
    """Put `'` before a text that a spreadsheet would run; numbers stay as they are."""
    # nearly every text starts with a letter or a digit, and those run nothing
    if isinstance(value, str) and not value[:1].isalnum() and _FORMULA.match(value):
        return "'" + value
    return value


def untamed(cell: str) -> str:
    """A text of `report.csv` as it was before a `'` was put in front, if it was."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell, 1) else cell


class LfLines:
    """A place for `csv.writer` to write to, which ends lines with LF alone.

    Told to end lines with LF, the writer of Python 3.11 leaves a lone CR inside a
    cell unquoted, and the row breaks there when it is read. So it keeps its CR LF
    and loses the CR here; it hands over whole lines.
    """

    __slots__ = ("_stream",)

    def __init__(self, stream: TextIO) -> None:
        """Keep the stream that the lines go to."""
        self._stream = stream

    def write(self, line: str) -> int:
        """Write one line of CSV, its own end replaced."""
        return self._stream.write(line.removesuffix("\r\n") + "\n")
