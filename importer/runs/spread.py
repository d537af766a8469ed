"""Rows that went into many locations, as lines to be corrected and run again.

A row that is wrong in the same way everywhere stands once, as its file has it, and goes
into all of the locations again (`recalled` keeps which); any other stands once for each
location where it is to be corrected, with a column that says which one. Reads lines and
changes no journal. Invariant: what is run again goes nowhere where it went well, unless
its row is wrong everywhere or was made of products.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from importer.runs import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.models import InputFile, ReportLine

#: What the column is called where the table has none.
_COLUMN = "location_id"


@dataclass(frozen=True, slots=True)
class Width:
    """How a table was spread: the number of its first row, and to how many locations.

    `column` is the header of its blank locations, empty where it has none.
    """

    first: int
    locations: int
    column: str = ""

    def row(self, seq: int) -> int:
        """Return the first of the rows that one row of the table has become."""
        return seq - (seq - self.first) % self.locations


def widths(facts: Mapping[str, Any]) -> dict[int, Width]:
    """Return the tables that were spread, by their numbers."""
    noted: Mapping[str, Sequence[Any]] = facts.get(loader.SPREAD, {})
    return {int(number): Width(*fact) for number, fact in noted.items()}


class Spread:
    """The tables of a run whose rows went into many locations each."""

    def __init__(self, facts: Mapping[str, Any], tables: Sequence[InputFile]) -> None:
        """Take what the run has noted; tables of products are left as they are."""
        self._of = {
            (table.file, table.sheet): width
            for number, width in widths(facts).items()
            if str(number) not in facts.get(loader.MADE_OF, {})
            for table in tables[number : number + 1]
        }

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self._of)

    def corrected(self, lines: Iterable[ReportLine]) -> Iterator[ReportLine]:
        """Yield the lines to be corrected; a row that is wrong everywhere once."""
        if not self._of:
            yield from lines
            return
        for place, some in groupby(lines, key=lambda line: line.place):
            width = self._of.get((place.file, place.sheet))
            if width is None:
                yield from some
                continue
            found = list(some)
            alike = len({(line.status, line.message) for line in found}) == 1
            if alike and len(found) == width.locations:
                yield _unlocated(found[0], width)
            else:
                yield from (_located(line, width) for line in found)

    def located(self, lines: Iterable[ReportLine]) -> Iterator[ReportLine]:
        """Yield lines that say in their own cells where they went."""
        for line in lines:
            width = self._of.get((line.place.file, line.place.sheet))
            yield line if width is None else _located(line, width)


def _unlocated(line: ReportLine, width: Width) -> ReportLine:
    """Return a line without the column of its location, which is blank.

    A table that has one says where its rows go, and this one goes where it went.
    """
    line = replace(line, location_id="")
    if width.column not in line.header:
        return line
    at, size = line.header.index(width.column), len(line.header)
    several = line.place.row_end != line.place.row
    cells = tuple(
        cell
        for place, cell in enumerate(line.cells)
        if (place % size if several else place) != at
    )
    header = (*line.header[:at], *line.header[at + 1 :])
    return replace(line, header=header, cells=cells)


def _located(line: ReportLine, width: Width) -> ReportLine:
    """Return a line whose cells name its location, in the table's column or behind."""
    header, cells = line.header, line.cells
    if width.column in header:
        at, size = header.index(width.column), len(header)
        # of a collection of several rows, all of which stand one behind the other
        several = line.place.row_end != line.place.row
        named = tuple(
            line.location_id if (place % size if several else place) == at else cell
            for place, cell in enumerate(cells)
        )
        return replace(line, cells=named)
    whole, size = (*header, _COLUMN), len(header)
    if line.place.row_end == line.place.row:
        padded = (*cells, *("",) * (size - len(cells)))
        own = (*padded[:size], line.location_id, *padded[size:])
    else:
        own = tuple(
            cell
            for start in range(0, max(len(cells), 1), size)
            for cell in (*cells[start : start + size], line.location_id)
        )
    return replace(line, header=whole, cells=own)
