"""The columns of a report and the input's own: names, values, what people call them.

The one place that knows the report's names and order, shared by every format. Values
are plain: text, whole numbers or None. Of the input's columns those that an earlier
report added are taken off; a problem says its column in front, as the file writes it
(`Problem.__str__`), so a message is enough to find it again. Invariants: the columns
are a contract with those who read reports by program, new ones are added at the end,
none is renamed; every column and status has its phrase (a test counts them); every cell
of the input is given back, in its order, as it was, and every sentence of a message
exactly once, with its column or with none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from importer.models import BETWEEN, MARKED, Code, Status
from importer.models.annotations import annotation
from importer.sentences import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.models import ReportBlock, ReportLine
    from importer.sentences import Language


Value = str | int | None

COLUMNS = (
    "file",
    "sheet",
    "row",
    "row_end",
    "location_id",
    "name",
    "slug",
    "status",
    "collection_id",
    "code",
    "message",
    "attempts",
    "http_status",
    "trace_id",
    "started_at",
    "finished_at",
    "duration_ms",
)

#: Columns that hold whole numbers or nothing.
NUMBER_COLUMNS = ("row", "row_end", "attempts", "http_status", "duration_ms")

#: Columns that hold a moment, UTC, or nothing.
TIME_COLUMNS = ("started_at", "finished_at")


def values(line: ReportLine) -> tuple[Value, ...]:
    """Give one line as its values, in the order of `COLUMNS`."""
    place = line.place
    return (
        place.file,
        place.sheet,
        place.row,
        place.row_end,
        line.location_id,
        line.name,
        line.slug,
        line.status.value,
        line.collection_id,
        line.code,
        line.message,
        line.attempts,
        line.http_status,
        line.trace_id,
        iso(line.started_at),
        iso(line.finished_at),
        duration_ms(line.started_at, line.finished_at),
    )


def columns(block: ReportBlock) -> tuple[Sequence[Value], ...]:
    """Give a block as its columns, in the order of `COLUMNS`."""
    return (
        block.file,
        block.sheet,
        block.row,
        block.row_end,
        block.location_id,
        block.name,
        block.slug,
        block.status,
        block.collection_id,
        block.code,
        block.message,
        block.attempts,
        block.http_status,
        block.trace_id,
        [iso(moment) for moment in block.started_at],
        [iso(moment) for moment in block.finished_at],
        list(map(duration_ms, block.started_at, block.finished_at)),
    )


def iso(moment: float | None) -> str | None:
    """Write seconds since the epoch as ISO 8601, UTC, with milliseconds and `Z`."""
    if moment is None:
        return None
    second, thousandths = divmod(math.floor(moment * 1000), 1000)
    return _second(second) + _THOUSANDTHS[thousandths]


_THOUSANDTHS = tuple(f".{number:03d}Z" for number in range(1000))


@lru_cache(maxsize=256)
def _second(moment: int) -> str:
    """Write a whole second; thousands of rows of a report share each of them."""
    return datetime.fromtimestamp(moment, UTC).isoformat().removesuffix("+00:00")


def duration_ms(started: float | None, finished: float | None) -> int | None:
    """Give the whole milliseconds between two moments, None where one is missing.

    A clock that was set back during the run gives 0, never a negative duration.
    """
    if started is None or finished is None:
        return None
    return max(0, round((finished - started) * 1000))


_STATUSES = {
    Status.PLANNED: "checked, not sent yet",
    Status.SENDING: "being sent",
    Status.CREATED: "created",
    Status.UPDATED: "changed",
    Status.EXISTING: "already exists, left as it is",
    Status.DUPLICATE: "repeated in the file, not sent again",
    Status.INVALID: "has a problem, not sent",
    Status.REJECTED: "refused by HighLevel",
    Status.FAILED: "could not be sent, certainly not created",
    Status.UNKNOWN: "no clear answer, may have been created",
    Status.NOT_ATTEMPTED: "not sent, the run stopped before it",
}


_COLUMNS = {
    "file": "the file that the row came from",
    "sheet": "the sheet of a workbook",
    "row": "the row as a spreadsheet shows it: the header is row 1",
    "row_end": "the last row of a collection that spans several, else the same",
    "location_id": "the HighLevel location",
    "name": "the collection's name",
    "slug": "the collection's slug, also where it was made from the name",
    "status": "what became of the row",
    "collection_id": "HighLevel's id of the collection, where it is known",
    "code": "why, in one stable word for programs",
    "message": "the same as a sentence for people",
    "attempts": "how many times the row was sent",
    "http_status": "the number of the last answer",
    "trace_id": "HighLevel's own number for the answer",
    "started_at": "when the row was first sent",
    "finished_at": "when it was decided",
    "duration_ms": "milliseconds between the two",
}


def column_phrase(column: str, language: Language = ENGLISH) -> str:
    """Say what a column of a report holds; one that is not known says itself."""
    known = _COLUMNS.get(column)
    return language.translated(known) if known else column


def status_phrase(status: str, language: Language = ENGLISH) -> str:
    """Say a status in a few plain words; one that is not known says itself."""
    try:
        return language.translated(_STATUSES[Status(status)])
    except (KeyError, ValueError):
        return status


def phrases() -> tuple[str, ...]:
    """Return what statuses and columns are called, for those that translate it."""
    return (*_STATUSES.values(), *_COLUMNS.values())


#: The column that `failed.csv` adds, behind all others.
PROBLEM: Final = "problem"


@dataclass(frozen=True, slots=True)
class Own:
    """The columns of a header that are the input's own.

    `kept` are their indexes, `width` is that of the whole header.
    """

    header: tuple[str, ...]
    kept: tuple[int, ...]
    width: int

    def cells(self, row: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]]:
        """Return a row's own cells, filled up with blank ones, and its surplus."""
        whole = row + ("",) * (self.width - len(row))
        return [whole[index] for index in self.kept], row[self.width :]


def surplus(line: ReportLine, behind: tuple[str, ...]) -> tuple[str, ...]:
    """Return what stands behind all columns, where the row is refused until it goes.

    What could not be read looks like a row once it is written into a table, so it is
    marked with its code; and so are the rows of a collection of which one was too long,
    for its surplus stands in the message alone. One that is still too long needs no
    mark, unless it has line breaks: these could be rows that a cell has swallowed.
    """
    mark = line.code
    broken = any("\n" in cell or "\r" in cell for cell in line.cells)
    too_long = mark == Code.ROW_TOO_LONG and bool(behind) and not broken
    needless = mark not in MARKED or mark in behind or too_long
    return behind if needless else (*behind, mark)


@lru_cache(maxsize=64)
def own(header: tuple[str, ...]) -> Own:
    """Leave out the columns of an earlier `report.xlsx` or `failed.csv`."""
    kept = [index for index, one in enumerate(header) if not annotation(one)]
    if header and header[-1].strip().casefold() == PROBLEM:
        kept.pop()
    return Own(tuple(header[index] for index in kept), tuple(kept), len(header))


def rows(line: ReportLine) -> list[tuple[str, ...]]:
    """Return the rows of a collection, whose cells stand one after another."""
    width = len(line.header)
    if line.place.row_end == line.place.row or not width:
        return [line.cells]
    starts = range(0, max(len(line.cells), 1), width)
    return [line.cells[start : start + width] for start in starts]


class Blame:
    """The columns of one header, as messages name them."""

    def __init__(self, header: Sequence[str]) -> None:
        """Take the header as the file has it; of columns alike the first counts."""
        starts: dict[str, int] = {}
        for index, title in enumerate(header):
            if title:
                starts.setdefault(f"{title}: ", index)
        # "Image: Alt" before "Image"
        self._starts = sorted(starts.items(), key=lambda one: -len(one[0]))

    def columns(self, message: str) -> dict[int | None, str]:
        """Return the sentences about each column; None is the row as a whole."""
        found: dict[int | None, list[str]] = {}
        for sentence in message.split(BETWEEN) if message else ():
            column, text = self._column(sentence)
            found.setdefault(column, []).append(text)
        return {column: "\n".join(texts) for column, texts in found.items()}

    def _column(self, sentence: str) -> tuple[int | None, str]:
        for start, index in self._starts:
            if sentence.startswith(start):
                return index, sentence[len(start) :]
        return None, sentence


def first_filled(rows: Sequence[Sequence[str]], column: int) -> int:
    """Return which of a collection's rows is meant: the first to fill the column."""
    filled = (number for number, cells in enumerate(rows) if cells[column].strip())
    return next(filled, 0)
