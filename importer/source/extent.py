"""How far a sheet reaches, known before its reader makes a grid of it.

The reader holds a whole sheet in memory, and its grid goes as far as the last cell: a
space that was left behind in the last row and column needs more than any machine has.
So the extent is found from the file, and a sheet that would need too much is refused,
with the cell that reaches so far. Invariant: an extent is never smaller than the one
that the reader finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import OversizedError

if TYPE_CHECKING:
    from pathlib import Path

#: What a sheet may need in memory while it is read, by the sizes below.
LIMIT_BYTES = 380 << 20
#: What a place of the grid takes, and what a cell with something in it takes besides.
_PLACE_BYTES, _CELL_BYTES = 32, 72
#: The grid is mostly empty if so many places come to one cell with something in it.
_SPARSE = 4
_LETTERS = 26


#: A text of more bytes counts for every cell that shows it; what others take is part of
#: what a cell takes.
LONG_TEXT = 100


@dataclass(slots=True)
class Extent:
    """The corner of what a sheet holds, and how much it is.

    Attributes:
        rows: down to the last row with something in it.
        columns: as far as the last column with something in it.
        lowest: the cell that reaches down so far, by row and column from 0.
        rightmost: the cell that reaches to the right so far.
        filled: at most so many cells hold something.
        text_bytes: at most so many bytes of text are in them.
        copied_bytes: so many are besides in long texts that cells share, one for each.
    """

    rows: int = 0
    columns: int = 0
    lowest: tuple[int, int] = (0, 0)
    rightmost: tuple[int, int] = (0, 0)
    filled: int = 0
    text_bytes: int = 0
    copied_bytes: int = 0

    def reach(self, row: int, column: int) -> None:
        """Take in a cell that holds something, by its row and column from 0."""
        if row + 1 >= self.rows:
            self.rows, self.lowest = row + 1, (row, column)
        if column + 1 >= self.columns:
            self.columns, self.rightmost = column + 1, (row, column)

    @property
    def places(self) -> int:
        """How many places the grid has."""
        return self.rows * self.columns

    @property
    def needed(self) -> int:
        """How many bytes of memory reading it takes, about."""
        cells = self.places * _PLACE_BYTES + self.filled * _CELL_BYTES
        return cells + self.text_bytes + self.copied_bytes

    @property
    def needed_twice(self) -> int:
        """How many bytes it takes where the reader copies a grid, if mostly blank."""
        sparse = self.places > _SPARSE * self.filled
        return self.needed + sparse * self.places * _PLACE_BYTES

    @property
    def oversized(self) -> bool:
        """Whether reading it needs more memory than a sheet may have."""
        return self.needed > LIMIT_BYTES


def refused(shown: Path, sheet: str, extent: Extent) -> OversizedError:
    """Say which cell makes a sheet too large, and what to do."""
    cells = list(dict.fromkeys((extent.lowest, extent.rightmost)))
    far = " and ".join(cell_name(*cell) for cell in cells)
    most = LIMIT_BYTES // (_PLACE_BYTES + _CELL_BYTES)
    place = f"{shown}, sheet {sheet}" if sheet else str(shown)
    size = f"{extent.rows:,} rows by {extent.columns:,} columns"
    if extent.needed - extent.copied_bytes <= LIMIT_BYTES < extent.needed:
        size = f"{extent.copied_bytes >> 20} MB"
        msg = (
            f"{place}: the texts of its cells take about {size} of memory, "
            "where those that cells share count for each of them; more than "
            f"{LIMIT_BYTES >> 20} MB for a sheet are refused."
        )
        remedy = "Save the sheet as CSV, which has no such limit, or split it."
        return OversizedError(msg, remedy=remedy)
    if extent.places > _SPARSE * extent.filled:
        msg = (
            f"{place}: something (a space, perhaps) is in {far}, far from the other "
            f"cells, so that the sheet has {size}; about {most:,} cells can be read."
        )
        remedy = (
            f"Delete the empty rows and columns up to {far} with what is in them, and "
            "save the workbook; or save the sheet as CSV."
        )
        return OversizedError(msg, remedy=remedy)
    msg = (
        f"{place}: the sheet reaches to {far}: {size}, {extent.filled:,} of its cells "
        f"filled; about {most:,} cells can be read of a workbook."
    )
    remedy = "Save the sheet as CSV, which has no such limit, or split it."
    return OversizedError(msg, remedy=remedy)


def cell_name(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does, by its row and column from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def cell_place(letters: bytes, digits: bytes) -> tuple[int, int]:
    """Return row and column from 0 of a cell by its name, in capitals."""
    column = 0
    for letter in letters[:_LONGEST]:
        column = column * _LETTERS + letter - ord("A") + 1
    return int(digits[:_LONGEST]) - 1, column - 1


#: Of the letters or digits of a name; more are no cell of any sheet.
_LONGEST = 9
