"""The input's own columns of a row: those of an earlier report are taken off.

Knows which columns a report adds, and nothing of what stands in the others. Invariant:
every cell of the input is given back, in its order, as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from importer.models.annotations import annotation

if TYPE_CHECKING:
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
        """A row's own cells, filled up with blank ones, and its surplus."""
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
    """The rows of a collection, whose cells stand one after another where it spans."""
    width = len(line.header)
    if line.place.row_end == line.place.row or not width:
        return [line.cells]
    starts = range(0, max(len(line.cells), 1), width)
    return [line.cells[start : start + width] for start in starts]
