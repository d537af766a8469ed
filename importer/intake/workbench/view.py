"""A row of a bench as it is shown: its cells, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.models import Place, Problem


@dataclass(frozen=True, slots=True)
class BenchRow:
    """A row, or all rows of one collection.

    Attributes:
        row: what it is called on the bench: the number of its first row; of a second
            table it is a larger number that stands for table and row.
        place: where it stands in its file.
        status: `valid`, `invalid`, `duplicate`, `existing` (done by an earlier run), or
            `left_out`.
        location_id: the location that it says.
        name: its name.
        slug: its slug, also where that is made of the name.
        problems: all that is wrong with it.
        remarks: what else is told of it.
        lines: what its rows are called, one or more.
        cells: the texts of each of them.
    """

    row: int
    place: Place
    status: str
    location_id: str = ""
    name: str = ""
    slug: str = ""
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    lines: tuple[int, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
