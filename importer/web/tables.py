"""The table of a draft as a check sees it: what is good, and what is wrong with rows.

Invariant: every row was looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import importer

#: How many rows a page shows, and how many corrections the last one lists.
ROWS_OF_A_PAGE, EDITS_OF_A_PAGE = 100, 200


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that needs a correction."""

    number: int
    name: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a check of a table found."""

    good: int
    bad: int
    rows: tuple[BadRow, ...]
    notes: tuple[str, ...]


def look(bench: importer.Workbench) -> Look:
    """Look at the table of a draft.

    Raises:
        InputError: its columns are not understood.
    """
    if bench.failure:
        raise bench.failure
    counts = bench.counts
    rows = [
        BadRow(row.place.row, row.name, tuple(map(str, row.problems)))
        for row in bench.problems(count=ROWS_OF_A_PAGE)
    ]
    notes = tuple(note for file in bench.files for note in file.notes)
    return Look(
        counts["valid"], counts["invalid"] + counts["duplicate"], (*rows,), notes
    )


def edited(bench: importer.Workbench) -> list[dict[str, Any]]:
    """Return the corrections that hold: the row, the column, before, after, by whom."""
    held: dict[tuple[int, int], dict[str, Any]] = {}
    for step in _steps(bench):
        for cell in step.cells:
            first = held.get((cell.row, cell.number))
            held[cell.row, cell.number] = {
                "row": cell.row,
                "column": cell.column,
                "before": first["before"] if first else cell.before,
                "after": cell.after,
                "by": step.by,
            }
    changed = [one for one in held.values() if one["before"] != one["after"]]
    return changed[:EDITS_OF_A_PAGE]


def _steps(bench: importer.Workbench) -> list[Any]:
    """Return what was done and not taken back."""
    steps = bench.history()
    back = {step.takes_back for step in steps}
    return [step for step in steps if step.number not in back and not step.takes_back]


def mapped(bench: importer.Workbench) -> dict[str, str]:
    """Return what was said of columns: which is which, by their headers."""
    said = [step.mapping for step in _steps(bench) if step.mapping]
    return dict(said[-1]) if said else {}


def map_again(bench: importer.Workbench, fields: dict[str, str], person: str) -> None:
    """Say the same of another table, as far as it has these columns."""
    headers = {column.header for table in bench.tables for column in table.columns}
    there = {header: field for header, field in fields.items() if header in headers}
    if there:
        bench.map(there, person)
