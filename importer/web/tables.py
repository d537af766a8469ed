"""The table of a draft as a whole: whether it is understood, and what was done to it.

These functions work on its workbench. Invariant: they change nothing but what they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.errors import HeadlessError

if TYPE_CHECKING:
    import importer

#: How many corrections the last page lists.
EDITS_OF_A_PAGE = 200


def understood(bench: importer.Workbench) -> bool:
    """Return whether the columns are; what else is wrong with a table is raised.

    Raises:
        InputError: it cannot be read, and no other names of columns would change that.
    """
    if bench.failure and not isinstance(bench.failure, HeadlessError):
        raise bench.failure
    return bench.failure is None


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


def typeless(bench: importer.Workbench) -> bool:
    """Return whether no column holds products or rules: no collection has any then."""
    fields = {column.field for table in bench.tables for column in table.columns}
    return not any("product" in field or "rule" in field for field in fields if field)


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
