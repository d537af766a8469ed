"""Rows that take the place of others on a bench, and what has to be judged then.

A change that touches no collection but its own is judged at once; of any other the
caller is told that nothing is known any more. Knows no history. Invariant: what was
judged before a change and is still held is what a check would say after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.intake.claims import ROWS
from importer.intake.workbench.records import is_blank, packed, unpacked
from importer.mapping import memberships

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.intake.workbench.records import Kept
    from importer.intake.workbench.sheet import Sheet
    from importer.intake.workbench.standing import Standing
    from importer.intake.workbench.steps import CellEdit
    from importer.intake.workbench.tray import Tray

    #: Rows as they are kept, and whether each is left out on purpose.
    Rows = dict[int, tuple[Kept, bool]]


def edited(tray: Tray, edits: Iterable[CellEdit]) -> Rows:
    """Return rows with other texts in some of their cells."""
    found: dict[int, list[str]] = {}
    for edit in edits:
        cells = found.get(edit.row)
        if cells is None:
            records, row = tray.records(edit.row)
            cells = found[edit.row] = records.cells(row)
        cells += [""] * (edit.number - len(cells))
        cells[edit.number - 1] = edit.after
    return {here: (packed(cells), _is_out(tray, here)) for here, cells in found.items()}


def left_out(tray: Tray, rows: Iterable[int], *, out: bool) -> Rows:
    """Return rows as they are, but left out or taken in."""
    found = {}
    for here in rows:
        records, row = tray.records(here)
        found[here] = records.kept(row), out
    return found


def as_they_are(tray: Tray, rows: Iterable[int]) -> Rows:
    """Return rows as they are, to be put back one day."""
    found = {}
    for here in rows:
        records, row = tray.records(here)
        found[here] = records.kept(row), records.is_left_out(row)
    return found


def put(
    tray: Tray, sheets: Sequence[Sheet], standing: Standing | None, rows: Rows
) -> bool:
    """Put rows in the place of others; return whether what is known holds still.

    Args:
        tray: where they are.
        sheets: the tables as they are understood.
        standing: what is known of all rows; None where that is nothing.
        rows: those that are put there.
    """
    if standing is None or standing.whole is not None or not _are_apart(sheets, rows):
        _store(tray, rows)
        return False
    firsts = dict.fromkeys(
        (here // ROWS, sheets[here // ROWS].first(here % ROWS)) for here in rows
    )
    for number, first in firsts:
        standing.take(sheets[number], first)
    _store(tray, rows)
    for number, first in firsts:
        standing.put(sheets[number], first)
    for number in {number for number, _ in firsts}:
        standing.settle(sheets[number])
    return _are_understood_alike(sheets, rows)


def _is_out(tray: Tray, here: int) -> bool:
    records, row = tray.records(here)
    return records.is_left_out(row)


def _store(tray: Tray, rows: Rows) -> None:
    for here, (kept, out) in rows.items():
        records, row = tray.records(here)
        records.put(row, kept)
        records.leave_out(row, out=out)


def _are_apart(sheets: Sequence[Sheet], rows: Rows) -> bool:
    """Return whether rows can change and touch no collection but their own."""
    for here, (kept, out) in rows.items():
        cells = unpacked(kept)
        sheet, there = sheets[here // ROWS], not out and not is_blank(cells)
        if not sheet.is_apart(here % ROWS, cells, there=there):
            return False
    return True


def _are_understood_alike(sheets: Sequence[Sheet], rows: Rows) -> bool:
    """Return whether the tables are still of the kind that they were."""
    touched = {
        here // ROWS
        for here in rows
        if sheets[here // ROWS].records.position(here % ROWS)
        < memberships.ROWS_LOOKED_AT
    }
    return all(sheets[number].is_as_understood() for number in touched)
