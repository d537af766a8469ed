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

    from importer.mapping.binding import Binding

Record = tuple[int, list[str]]

#: So many letters of a cell are compared with those of known names before all of it is.
_BEGINNING = 3
_KNOWN_AT_LEAST = 2


class InOrder:
    """Records of which those below a header in another order are put into the first's.

    Each further header itself, and the rows below one with other columns, become
    unreadable.

    Attributes:
        records: the records as the file has them.
        below: whether a header stands above that is not as the first.
    """

    __slots__ = (
        "_beginnings",
        "_first",
        "_known",
        "_names",
        "_order",
        "_other",
        "below",
        "records",
    )

    def __init__(self, binding: Binding, records: Iterable[Record]) -> None:
        """Begin below the first header."""
        self.records: Iterable[Record] = records
        self.below: bool = False
        self._first = [*binding.headers]
        self._names = frozenset(self._first)
        self._known = _Known(binding)
        self._beginnings = self._known.beginnings
        self._order: list[int] | None = None
        self._other = 0  # the row of a header with other columns

    def may_head(self, cells: list[str]) -> bool:
        """Return whether cells may be a header, by the first of them."""
        first = cells[0]
        return first in self._names or first[:_BEGINNING].casefold() in self._beginnings

    def heads(self, cells: list[str]) -> bool:
        """Return whether rows below these cells would be read in another way."""
        self._order, self._other, self.below = None, 0, False
        if self.may_head(cells):
            self.taken((1, cells))
        heads = self.below
        self._order, self._other, self.below = None, 0, False
        return heads

    def __iter__(self) -> Iterator[Record]:
        """Yield each record as `taken`."""
        for record in self.records:
            first = record[1][0]
            if (
                self.below
                or first in self._names
                or first[:_BEGINNING].casefold() in self._beginnings
            ):
                yield self.taken(record)
            else:
                yield record

    def taken(self, record: Record) -> Record:
        """Return a record in the order of the first header, or unreadable."""
        cells = record[1]
        variant: str | None = None
        if cells[0] in self._names and sorted(cells) == sorted(self._first):
            alike = cells == self._first
            self._order = None if alike else _order(self._first, cells)
            self._other = 0
            variant = "" if alike else HEADER_REORDERED
        elif cells[0][:_BEGINNING].casefold() in self._beginnings and (
            variant := self._known.variant(cells) or None
        ):
            self._order = None
            self._other = record[0] if variant == HEADER_OTHER else 0
            if variant == HEADER_REORDERED:
                self._order = _order(self._known.first, self._known.fields(cells))
        self.below = bool(self._order or self._other)
        if variant:
            return _marked(record, variant)
        if variant is None and self._other:
            return _marked(record, HEADER_BELOW, header=str(self._other))
        if variant is None and self._order and len(cells) == len(self._order):
            moved = [cells[at] for at in self._order]
            return record[0], Faulty(moved) if type(cells) is Faulty else moved
        return record


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
