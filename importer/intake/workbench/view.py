"""A row of a bench as it is shown: its cells, and what is wrong with it.

Judges nothing. Invariant: a row of a collection is shown with all rows of that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.intake import earlier, spread
from importer.intake.claims import ROWS
from importer.models import DoneBefore, Invalid, Place, Valid

if TYPE_CHECKING:
    from importer.intake.workbench.sheet import Sheet
    from importer.intake.workbench.standing import Standing
    from importer.models import Problem


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


def of_row(standing: Standing, sheet: Sheet, number: int) -> BenchRow:
    """Return a row, or all rows of the collection that it belongs to.

    Args:
        standing: what is known of all rows.
        sheet: the table of this one.
        number: its number there.
    """
    first = sheet.first(number)
    lines = sheet.lines(first)
    base, table = sheet.number * ROWS, sheet.opened.table
    place = Place(table.file, table.sheet, min(lines), max(lines))
    cells = tuple(tuple(sheet.records.cells(line)) for line in lines)
    named = tuple(base + line for line in lines)
    shown = BenchRow(base + first, place, "left_out", lines=named, cells=cells)
    if not sheet.reads(first):
        return shown
    if standing.whole is not None:
        return _judged_as_a_whole(standing, shown)
    return _judged(standing, shown)


def remarked(
    standing: Standing, sheets: list[Sheet], count: int
) -> tuple[BenchRow, ...]:
    """Return the first good rows with remarks on a text, and these alone."""
    numbers = {(s.opened.table.file, s.opened.table.sheet): s for s in sheets}
    found: dict[tuple[int, int], list[Problem]] = {}
    for row, remark in standing.remarked():
        here = numbers[row.where].number, row.first
        if here not in found and len(found) == count:
            break
        found.setdefault(here, []).append(remark)
    return tuple(
        replace(of_row(standing, sheets[number], row), remarks=tuple(told))
        for (number, row), told in found.items()
    )


def _judged_as_a_whole(standing: Standing, shown: BenchRow) -> BenchRow:
    """Return a row with what is wrong with the collections that it names."""
    refused = standing.refused(shown.row)
    if not refused:
        return replace(shown, status="valid")
    status, first = refused[0]
    return replace(
        shown,
        status=status.value,
        problems=tuple(p for _, row in refused for p in row.problems),
        location_id=spread.shown(first.location_id),
        name=first.name,
        slug=first.slug,
    )


def _judged(standing: Standing, shown: BenchRow) -> BenchRow:
    """Return a row with what a check tells of it."""
    told = standing.told(shown.row)
    if told is None:
        return shown
    status, checked = told
    location, name, slug = earlier.said(checked)
    remarks = (checked.remark,) if isinstance(checked, DoneBefore) else ()
    return replace(
        shown,
        status="valid" if isinstance(checked, Valid) else status.value,
        location_id=spread.shown(location),
        name=name,
        slug=slug,
        problems=checked.problems if isinstance(checked, Invalid) else (),
        remarks=checked.remarks if isinstance(checked, Valid) else remarks,
    )
