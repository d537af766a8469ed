"""The formats of a report: CSV, JSON Lines, `failed.csv`, and a DataFrame.

`FORMATS` has those with a line of text for each row; a new one is a function here, and
an entry there. `failed.csv` has the input's own columns, its cells untouched, with
`problem` behind, so that it can be corrected and run again. Only `to_frame` holds all
lines in memory, and loads pandas, because that is what a DataFrame is. Invariants: no
row is lost; no cell of `report.csv` is run as a formula by the spreadsheet that opens
it, and each reads back as one cell; rows of different headers never share a
`failed.csv`, and one of an earlier writing does not linger.
"""

from __future__ import annotations

import csv
from contextlib import ExitStack
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from importer import atomic_files, patterns, sentences, texts
from importer.errors import StorageError
from importer.models import PROBLEMS
from importer.report.columns import (
    COLUMNS,
    NUMBER_COLUMNS,
    PROBLEM,
    TIME_COLUMNS,
    columns,
    own,
    rows,
    surplus,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any, TextIO

    import pandas as pd

    from importer.models import ReportBlock, ReportLine
    from importer.sentences import Language


# What a spreadsheet takes for the start of a formula, also in full width and behind
# characters that are not seen. The minus sign U+2212 is typed as a dash by some. A text
# that looks as if it had been tamed is tamed too, so that taking it back is exact.
_FORMULA = patterns.later(
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


# With a BOM: this file is made to be opened in a spreadsheet, saved and run again,
# and without one Excel reads and saves every accented letter as two wrong ones.
ENCODING = "utf-8-sig"

_OURS = patterns.later(r"failed(-[0-9]+)?\.csv")


class _Writer(Protocol):
    def writerow(self, row: Iterable[str], /) -> object: ...


def write_failed(
    folder: Path,
    lines: Iterable[ReportLine],
    written_as: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType({}),
    language: Language = sentences.ENGLISH,
) -> list[Path]:
    """Write the rows to fix, one file for each header: `failed.csv`, `failed-2.csv`.

    `written_as` says the encoding and the separator of tables, by file and sheet, where
    these are not UTF-8 and a comma. `language` is the one that the lines are told in.

    Returns the files that were written, none where there is nothing to fix; such
    files of an earlier writing are removed.

    Raises:
        StorageError: a file cannot be written.
    """
    writers: dict[tuple[str, ...], _Writer] = {}
    written: list[Path] = []
    with ExitStack() as open_files:
        for line in lines:
            if line.status not in PROBLEMS:
                continue
            header = own(line.header).header
            if header not in writers:
                path = folder / _name(len(written) + 1)
                table = (line.place.file, line.place.sheet)
                encoding, separator = written_as.get(table, (ENCODING, ","))
                opened = atomic_files.text_as(path, encoding)
                stream = open_files.enter_context(opened)
                writers[header] = csv.writer(LfLines(stream), delimiter=separator)
                writers[header].writerow((*header, PROBLEM))
                written.append(path)
            for cells in rows(line):
                writers[header].writerow(_mendable(line, cells, language))
    _remove_stale(folder, written)
    return written


def _name(number: int) -> str:
    return "failed.csv" if number == 1 else f"failed-{number}.csv"


def _mendable(line: ReportLine, row: tuple[str, ...], language: Language) -> list[str]:
    """Give the row's own cells with what is wrong in the last column.

    A short row is filled up. The surplus of a long one stands behind the problem,
    where the row is still too long for the file until it is fixed.
    """
    cells, behind = own(line.header).cells(row)
    refused = surplus(line, behind)
    message = line.message
    if refused != behind:
        message += " " + language.text("part/delete_mark", mark=refused[-1])
    return [*cells, message, *refused]


def _remove_stale(folder: Path, written: list[Path]) -> None:
    try:
        for path in folder.iterdir():
            if _OURS.fullmatch(path.name) and path not in written:
                path.unlink()
    except OSError as problem:
        msg = f"{folder} cannot be tidied up: {problem.strerror or problem}."
        raise StorageError(msg) from problem


#: What XML, and so a workbook, cannot hold.
_NOT_IN_XML = patterns.later("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def to_frame(lines: Iterable[ReportLine]) -> pd.DataFrame:
    """Give one row for each line, in their order.

    Whole numbers are `Int64` (a missing one is `<NA>`), moments are timestamps in UTC
    that say no zone, since Excel knows none; everything else is text, in which a
    control character that no workbook can hold is replaced by U+FFFD.
    """
    import pandas as pd  # noqa: PLC0415 - half a second, only when asked for

    frame = pd.DataFrame([values(line) for line in lines], columns=list(COLUMNS))
    for column in COLUMNS:
        if column in NUMBER_COLUMNS:
            frame[column] = frame[column].astype("Int64")
        elif column in TIME_COLUMNS:
            moments = pd.to_datetime(frame[column], utc=True, format="ISO8601")
            frame[column] = moments.dt.tz_localize(None).astype("datetime64[ms]")
        else:
            frame[column] = frame[column].map(_writable).astype("string")
    return frame


def _writable(text: str | None) -> str | None:
    if text is None or text.isprintable():
        return text
    return _NOT_IN_XML.sub("\ufffd", text)


#: The formats that have one line of text for each row, `report.<name>`: their writers.
FORMATS: Mapping[str, Callable[[Path, Iterable[ReportBlock]], None]] = MappingProxyType(
    {"csv": write_csv, "jsonl": write_jsonl}
)
