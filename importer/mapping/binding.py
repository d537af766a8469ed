"""The columns of a table by field, once they are found: what its rows are read with.

Invariant: it says of every header whether it has a field, and of every field where its
cells stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.mapping import recognition, unread
from importer.models import Cell, Unreadable
from importer.texts import composed

if TYPE_CHECKING:
    from collections.abc import Mapping as Pairs

    from importer.mapping.shape import Shape
    from importer.models import Note, Row
    from importer.transforms import Transform


@dataclass(frozen=True, slots=True)
class Binding:
    """The columns of a table by field, ready to be applied to its rows.

    Attributes:
        preset: what recognised the columns: a preset's name or a mapping file's.
        fields: field and index of the cell, for cells that are only trimmed.
        cleaned: field, index and transforms, for the others.
        constants: what a field is where its cell is blank.
        columns: the header by field, as the file writes it.
        left_out: headers that have no field, in the order of the file.
        second: headers whose field has a better column, each with that column's.
        width: how many cells a row has.
        ragged: whether a row may have fewer.
        headers: all of the table, as the file writes them.
        shape: how a collection is made of rows; None where a row is one, as it is.
        known_by: the headers by which a preset was recognised.
        unclear: what is told of headers that may be several fields.
        unfamiliar: headers that are left out, and that no preset knows.
    """

    preset: str
    fields: tuple[tuple[str, int], ...]
    cleaned: tuple[tuple[str, int, tuple[Transform, ...]], ...]
    constants: Pairs[str, str]
    columns: Pairs[str, str]
    left_out: tuple[str, ...]
    width: int
    ragged: bool
    headers: tuple[str, ...]
    shape: Shape | None = None
    known_by: tuple[str, ...] = ()
    second: tuple[tuple[str, str], ...] = ()
    missing: tuple[Note, ...] = ()
    unclear: tuple[Note, ...] = ()
    unfamiliar: tuple[str, ...] = ()

    def find(self, row: Row, field: str, text: str) -> tuple[Cell, ...]:
        """Find the cells that say this of a field, in all rows of a collection.

        Where none says it the filled ones are meant, and where none is filled the
        first; a field without a column has no cells.
        """
        if self.shape is not None:
            return self.shape.find(row, field, text)
        for known, at in self.fields:
            if known == field:
                return (Cell(row.first, self.headers[at], at + 1),)
        for known, at, _ in self.cleaned:
            if known == field:
                return (Cell(row.first, self.headers[at], at + 1),)
        return ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is told of columns that are not read and of missing presets."""
        second = recognition.second_notes(self.second)
        return (*second, *self.unclear, *unread.notes(self.shape), *self.missing)

    def fits(self, cells: tuple[str, ...]) -> bool:
        """Return whether cells are a row: as many as the header has, and all texts."""
        if len(cells) != self.width or Unreadable in map(type, cells):
            return False
        return not self.repeats(cells)

    def repeats(self, cells: tuple[str, ...]) -> bool:
        """Return whether cells are the header once more, in either normal form."""
        if cells == self.headers:
            return True
        # nearly all rows differ in their first cell from a header of plain letters
        first = self.headers[0] if self.headers else ""
        if not cells or (cells[0] != first and first.isascii()):
            return False
        return [*map(composed, cells)] == [*map(composed, self.headers)]

    @property
    def simple(self) -> bool:
        """Whether `texts` is all that there is to do."""
        return not (self.cleaned or self.constants or self.shape)
