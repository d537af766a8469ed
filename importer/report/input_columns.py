"""The input's own columns: which of a header they are, and which a message is about.

Columns that an earlier report added are taken off; a problem says its column in front,
as the file writes it (`Problem.__str__`), so a message is enough to find it again.
Pure. Invariants: every cell of the input is given back, in its order, as it was; every
sentence of a message is given exactly once, with its column or with none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from importer.models import BETWEEN
from importer.models.annotations import annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.models import ReportLine


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
