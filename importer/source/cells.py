"""Cells that are named together in a note: their number, and the first few of them.

Invariant: memory does not grow with how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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

    def __str__(self) -> str:  # noqa: D105 - as the class says
        more = self.count - len(self.named)
        return ", ".join(self.named) + (f" and {more:,} more" if more else "")


@dataclass(slots=True)
class Hidden:
    """What a spreadsheet does not show of a sheet.

    Attributes:
        rows: hidden or filtered out, with something in them.
        columns: the first and the last of hidden ones, from 0; they may be empty.
    """

    rows: Cells = field(default_factory=Cells)
    columns: list[tuple[int, int]] = field(default_factory=list)


def held_errors(cells: Cells) -> str:
    """Tell of cells that are read as blank, and what to do about them."""
    return (
        f"read as blank, because they hold an error: {cells}; correct them, and save "
        "the workbook again"
    )
