"""Cells that are named together in a note: their number, and the first few of them.

Invariant: memory does not grow with how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from importer.models import Note, NoteCode

_NAMED = 5


@dataclass(slots=True)
class Cells:
    """Cells of one sort: how many, and the first of them, as text."""

    count: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, cell: str) -> None:
        """Count one, and keep its name if it is among the first."""
        self.count += 1
        if self.count <= _NAMED:
            self.named.append(cell)

    @property
    def more(self) -> int:
        """How many there are beside those that are named."""
        return self.count - len(self.named)


@dataclass(slots=True)
class Hidden:
    """What a spreadsheet does not show of a sheet.

    Attributes:
        rows: hidden or filtered out, with something in them.
        columns: the first and the last of hidden ones, from 0; they may be empty.
    """

    rows: Cells = field(default_factory=Cells)
    columns: list[tuple[int, int]] = field(default_factory=list)


def told(
    code: NoteCode, cells: Cells, called: str = "cells", **others: object
) -> tuple[Note, ...]:
    """Tell something of cells, rows or columns, if there are any."""
    if not cells.count:
        return ()
    return (Note(code, **{called: tuple(cells.named)}, more=cells.more, **others),)
