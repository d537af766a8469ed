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
    if standing is None or standing.whole is not None:
        _store(tray, rows)
        return False
    apart: Rows = {}
    together: dict[int, Rows] = {}
    for number, touched in _by_sheet(rows).items():
        sheet = sheets[number]
        if _are_apart(sheet, touched):
            apart |= touched
        elif sheet.kin is not None and not _head(sheet, touched):
            together[number] = touched
        else:
            _store(tray, rows)
            return False
    _put_apart(tray, sheets, standing, apart)
    for number, touched in together.items():
        _put_together(tray, sheets[number], standing, touched)
    for number in _by_sheet(rows):
        standing.settle(sheets[number])
    return _are_understood_alike(sheets, rows)


def _put_apart(
    tray: Tray, sheets: Sequence[Sheet], standing: Standing, rows: Rows
) -> None:
    """Put rows that touch no collection but their own in the place of others."""
    firsts = dict.fromkeys(
        (here // ROWS, sheets[here // ROWS].first(here % ROWS)) for here in rows
    )
    for number, first in firsts:
        standing.take(sheets[number], first)
    _store(tray, rows)
    for number, first in firsts:
        standing.put(sheets[number], first)


def _put_together(tray: Tray, sheet: Sheet, standing: Standing, rows: Rows) -> None:
    """Put rows of one table there that make collections of others than before."""
    kin, touched = sheet.kin, {here % ROWS for here in rows}
    assert kin is not None  # noqa: S101 - asked by the caller
    before = kin.around(touched)
    kin.forget(touched)
    _store(tray, rows)
    kin.learn(touched)
    related = before | kin.around(touched, before)
    old = {first: sheet.lines(first) for first in sheet.collections_of(related)}
    new = {first: sheet.lines(first) for first in sheet.regroup(related)}
    same = {
        first
        for first, lines in new.items()
        if old.get(first) == lines and touched.isdisjoint(lines)
    }
    for first in old.keys() - same:
        standing.take(sheet, first)
    for first in new.keys() - same:
        standing.put(sheet, first)


def _by_sheet(rows: Rows) -> dict[int, Rows]:
    """Return rows by the number of their table."""
    found: dict[int, Rows] = {}
    for here, row in rows.items():
        found.setdefault(here // ROWS, {})[here] = row
    return found


def _is_out(tray: Tray, here: int) -> bool:
    records, row = tray.records(here)
    return records.is_left_out(row)


def _store(tray: Tray, rows: Rows) -> None:
    for here, (kept, out) in rows.items():
        records, row = tray.records(here)
        records.put(row, kept)
        records.leave_out(row, out=out)


def _are_apart(sheet: Sheet, rows: Rows) -> bool:
    """Return whether rows can change and touch no collection but their own."""
    for here, (kept, out) in rows.items():
        cells = unpacked(kept)
        there = not out and not is_blank(cells)
        if not sheet.is_apart(here % ROWS, cells, there=there):
            return False
    return True


def _head(sheet: Sheet, rows: Rows) -> bool:
    """Return whether one of the rows would change how those below it are read."""
    return any(sheet.heads(unpacked(kept)) for kept, _ in rows.values())


def _are_understood_alike(sheets: Sequence[Sheet], rows: Rows) -> bool:
    """Return whether the tables are still of the kind that they were."""
    touched = {
        here // ROWS
        for here in rows
        if sheets[here // ROWS].records.position(here % ROWS)
        < memberships.ROWS_LOOKED_AT
    }
    return all(sheets[number].is_as_understood() for number in touched)
