"""Reports that hold one line of text for each row: CSV, and JSON Lines.

Writes what it is given, line by line, and decides nothing. Invariant: no cell of
`report.csv` is run as a formula by the spreadsheet that opens it, and every cell
reads back as one cell, whatever it holds.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from importer import atomic_files, texts
from importer.report.columns import COLUMNS, NUMBER_COLUMNS, TIME_COLUMNS, columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import Any, TextIO

    from importer.models import ReportBlock

# What a spreadsheet takes for the start of a formula, also in full width and behind
# characters that are not seen. The minus sign U+2212 is typed as a dash by some. A text
# that looks as if it had been tamed is tamed too, so that taking it back is exact.
_FORMULA = re.compile(
    r"'*(?:[\t\r]|[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*"
    r"[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])"
)


def write_csv(path: Path, blocks: Iterable[ReportBlock]) -> None:
    """Write `report.csv`: UTF-8 without BOM, commas, every line ended by LF.

    Raises:
        StorageError: the file cannot be written.
    """
    with atomic_files.text(path) as stream:
        writer = csv.writer(LfLines(stream))
        writer.writerow(COLUMNS)
        for block in blocks:
            tamed = map(_tamed, COLUMNS, columns(block))
            writer.writerows(zip(*tamed, strict=True))


def write_jsonl(path: Path, blocks: Iterable[ReportBlock]) -> None:
    """Write one JSON object for each row, with the report's columns as keys.

    Numbers are numbers and what is not known is null; no cell is changed.

    Raises:
        StorageError: the file cannot be written.
    """
    with atomic_files.text(path) as stream:
        for block in blocks:
            for row in zip(*columns(block), strict=True):
                record = dict(zip(COLUMNS, row, strict=True))
                stream.write(texts.to_json(record) + "\n")


def _tamed(name: str, column: Sequence[Any]) -> Sequence[Any]:
    """Return a column that runs nothing; in nearly every one no cell is changed."""
    if name in NUMBER_COLUMNS or name in TIME_COLUMNS:
        return column
    starts = "".join([text[:1] for text in column])
    return column if not starts or starts.isalnum() else [tame(item) for item in column]


def tame(text: str) -> str:
    """Put `'` before a text that a spreadsheet would run."""
    # nearly every text starts with a letter or a digit, and those run nothing
    if not text[:1].isalnum() and _FORMULA.match(text):
        return "'" + text
    return text


def untamed(cell: str) -> str:
    """Return a text of `report.csv` without the `'` that was put in front of it."""
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
