"""Reports that hold one line of text for each row: CSV, and JSON Lines.

Writes what it is given, line by line, and decides nothing. Invariant: no cell of
`report.csv` is run as a formula by the spreadsheet that opens it, and every cell
reads back as one cell, whatever it holds.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from importer.report import files
from importer.report.columns import COLUMNS, NUMBER_COLUMNS, TIME_COLUMNS, columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import Any, TextIO

    from importer.models import ReportBlock

# What a spreadsheet takes for the start of a formula, also in full width and behind
# characters that nobody sees. The minus sign U+2212 is typed as a dash by some. A text
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
    with files.text(path) as stream:
        stream.write(",".join(COLUMNS) + "\n")
        for block in blocks:
            stream.write("\n".join([*_lines(block), ""]))


def write_jsonl(path: Path, blocks: Iterable[ReportBlock]) -> None:
    """Write one JSON object for each row, with the report's columns as keys.

    Numbers are numbers and what is not known is null; no cell is changed.

    Raises:
        StorageError: the file cannot be written.
    """
    with files.text(path) as stream:
        for block in blocks:
            for row in zip(*columns(block), strict=True):
                record = dict(zip(COLUMNS, row, strict=True))
                stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def _lines(block: ReportBlock) -> Iterator[str]:
    """The lines of a block as CSV, without their ends."""
    cells = map(_cells, COLUMNS, columns(block))
    return map(",".join, zip(*cells, strict=True))


def _cells(name: str, column: Sequence[Any]) -> Sequence[str]:
    """A column as cells; numbers and times run nothing and break nothing."""
    if name in NUMBER_COLUMNS:
        return ["" if number is None else str(number) for number in column]
    if name in TIME_COLUMNS:
        return [moment or "" for moment in column]
    return _texts(column)


def _texts(column: Sequence[str]) -> Sequence[str]:
    """Texts as cells; in nearly every column none needs a change."""
    starts = "".join([text[:1] for text in column])
    if (not starts or starts.isalnum()) and not _breaks("".join(column)):
        return column
    return [_quoted(tame(text)) for text in column]


def _breaks(text: str) -> bool:
    """Whether it takes quotes to keep a text in one cell."""
    # one search after the other: a pattern for all takes several times as long
    return "," in text or '"' in text or "\n" in text or "\r" in text


def _quoted(text: str) -> str:
    """A text as one cell, whatever it holds.

    The rule is that of `csv.writer`, which looks at every letter of every row and so
    takes as long as all other steps of a report together.
    """
    return '"' + text.replace('"', '""') + '"' if _breaks(text) else text


def tame(text: str) -> str:
    """Put `'` before a text that a spreadsheet would run."""
    # nearly every text starts with a letter or a digit, and those run nothing
    if not text[:1].isalnum() and _FORMULA.match(text):
        return "'" + text
    return text


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
