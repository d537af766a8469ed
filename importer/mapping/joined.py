"""Tables that were put one behind the other, with a header before each.

A header below the first is one whose cells are known names of columns, however they are
spelled. Invariant: rows below a header are read in the order of its columns, or refused
where these are others than those of the first header; none is read as if it stood
below the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.mapping.preset import OWN, aliases, key
from importer.models import (
    HEADER_BELOW,
    HEADER_OTHER,
    HEADER_REORDERED,
    HEADER_SPELLED,
    Faulty,
    Unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.mapping.columns import Binding

Record = tuple[int, list[str]]

#: So many letters of a cell are compared with those of known names before all of it is.
_BEGINNING = 3
_KNOWN_AT_LEAST = 2


def in_order(binding: Binding, records: Iterable[Record]) -> Iterator[Record]:
    """Put what stands below a header in another order into the order of the first.

    The header itself, and rows below one with other columns, become unreadable.
    """
    first = [*binding.headers]
    names, known = frozenset(first), _Known(binding)
    beginnings = known.beginnings
    order: list[int] | None = None
    other = 0  # the row of a header with other columns
    for record in records:
        cells = record[1]
        if cells[0] in names and sorted(cells) == sorted(first):
            order, other = None if cells == first else _order(first, cells), 0
            yield _marked(record, HEADER_REORDERED) if order else record
        elif cells[0][:_BEGINNING].casefold() in beginnings and (
            variant := known.variant(cells)
        ):
            order, other = None, record[0] if variant == HEADER_OTHER else 0
            if variant == HEADER_REORDERED:
                order = _order(known.first, known.fields(cells))
            yield _marked(record, variant)
        elif other:
            yield _marked(record, HEADER_BELOW, header=str(other))
        elif order and len(cells) == len(order):
            moved = [cells[at] for at in order]
            yield record[0], Faulty(moved) if type(cells) is Faulty else moved
        else:
            yield record


def _marked(record: Record, variant: str, **parameters: str) -> Record:
    """Return a record that is refused as a whole."""
    line, cells = record
    told = Unreadable.of(cells[0], variant, **parameters)
    return line, Faulty((told, *cells[1:]))


def _order(first: list[str], cells: list[str]) -> list[int]:
    """Return where each column of the first header stands; of two alike, in turn."""
    places: dict[str, list[int]] = {}
    for at, name in enumerate(cells):
        places.setdefault(name, []).append(at)
    return [places[name].pop(0) for name in first]


class _Known:
    """The names of columns that a header below the first may have.

    Attributes:
        first: what the columns of the first header are.
        beginnings: the first letters of all names.
    """

    def __init__(self, binding: Binding) -> None:
        """Take the names of our own columns, and those of the first header."""
        self._fields = {name: field for name, (field, _) in aliases(OWN).items()}
        titles = {key(title): key(title) for title in binding.headers}
        bound = {key(title): field for field, title in binding.columns.items()}
        # a column that is not read is itself, whatever its name could mean
        self._fields |= {at: bound.get(at, f"column {at}") for at in titles}
        self._fields.pop("", None)
        self.first = self.fields([*binding.headers])
        self.beginnings = frozenset(name[:_BEGINNING] for name in self._fields)

    def fields(self, cells: list[str]) -> list[str]:
        """Give the field that each cell names, or the cell itself."""
        return [self._fields.get(key(cell), cell) for cell in cells]

    def variant(self, cells: list[str]) -> str:
        """Say how cells are a header, or nothing where they are a row."""
        if key(cells[0]) not in self._fields:
            return ""
        filled = [cell for cell in cells if cell.strip()]
        named = [self._fields[at] for at in map(key, filled) if at in self._fields]
        if len(named) < _KNOWN_AT_LEAST or len(named) <= len(filled) / 2:
            return ""
        found = self.fields(cells)
        if found == self.first:
            return HEADER_SPELLED
        # one word twice is a name and its slug
        if "name" not in named or len({*named}) != len(named):
            return ""
        return HEADER_REORDERED if sorted(found) == sorted(self.first) else HEADER_OTHER
