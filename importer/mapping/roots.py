"""Rows that are no collections of a shop: the roots of its tree; and hidden ones.

A root is told by structure: a flag (and what stands above the row that has it), a
level, or the place at the top of all paths. Knows no names of roots. Invariant: without
such a column, or such a place, no row is a root.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import truth
from importer.texts import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.mapping.shape import Shape
    from importer.models import Cell, Row

#: What such rows are counted as.
LEFT_OUT = "roots"
#: Shops count from the root of all, 0, above the one of the shop, 1.
_HIGHEST = ("0", "1")
_HIDDEN = (
    "0 false no n off none disabled inactive hidden draft archived unpublished nein "
    "falsch aus inaktiv non faux inactif falso inactivo inattivo não nao inativo nee "
    "onwaar nie fałsz nieaktywny nej "
    "entwurf verborgen versteckt brouillon masqué caché borrador oculto bozza "
    "nascosto concept rascunho szkic ukryty ukryta ukryte"
)
_FALSE = frozenset(_HIDDEN.split())


def inactive(shape: Shape, rows: Sequence[Row]) -> tuple[Cell, str] | None:
    """Return the first cell that says that a collection is not shown, and its text."""
    if _FALSE.isdisjoint(map(folded, shape.texts(rows, "active"))):
        return None
    for row in rows:
        for cell, text in shape.said(row, "active"):
            if folded(text) in _FALSE:
                return cell, text
    return None


@dataclass(slots=True)
class _Row:
    """What a row says of its place in a tree."""

    name: str
    parent: str
    is_marked: bool


class Roots:
    """The roots of one table, known when all of its rows were added."""

    def __init__(self, shape: Shape) -> None:
        """Begin with no row known."""
        self._shape = shape
        self._rows: dict[str, _Row] = {}
        self._by_name: dict[str, str] = {}
        self._firsts: Counter[str] = Counter()
        self._roots: dict[str, str] | None = None

    @property
    def possible(self) -> bool:
        """Whether the table has what tells a root."""
        columns = self._shape.columns.keys()
        if not columns.isdisjoint(("root", "level")):
            return True
        known = self._shape.preset
        return known.path_from_root and (known.name_is_path or "path" in columns)

    def add(self, row: Row, path: Sequence[str]) -> None:
        """Take in the row of a category, and its path with its own name at the end."""
        shape, cells = self._shape, row.cells
        name, parent = shape.text("name", cells), shape.text("parent", cells)
        identity = self._identity(row)
        self._by_name.setdefault(folded(name), identity)
        said = _Row(name, folded(parent), self._is_marked(row))
        self._rows.setdefault(identity, said)
        self._firsts[folded(path[0]) if path else ""] += 1

    def holds(self, row: Row, path: Sequence[str]) -> bool:
        """Return whether a row is a root."""
        if self._identity(row) in self._known():
            return True
        return len(path) == 1 and self.is_top(path[0])

    def is_top(self, name: str) -> bool:
        """Return whether all paths of the table begin with a name."""
        if not self._shape.preset.path_from_root:
            return False
        return len(self._firsts) == 1 and self._firsts[folded(name)] > 1

    def below(self, names: Sequence[str]) -> list[str]:
        """Return the names of parents, the highest first, without those of roots."""
        above = {folded(name) for name in self._known().values()}
        if not above and not (names and self.is_top(names[0])):
            # no row is one: what the roots of such shops are called mostly
            roots = self._shape.preset.roots
            return [name for name in names if folded(name) not in roots]
        at = 0
        while at < len(names) and (
            folded(names[at]) in above or self.is_top(names[at])
        ):
            at += 1
        return list(names[at:])

    def _is_marked(self, row: Row) -> bool:
        shape, cells = self._shape, row.cells
        level = shape.text("level", cells).removesuffix(".0")
        return level in _HIGHEST or truth.is_yes(shape.text("root", cells))

    def _identity(self, row: Row) -> str:
        shape, cells = self._shape, row.cells
        return folded(shape.text("key", cells) or shape.text("name", cells))

    def _known(self) -> dict[str, str]:
        """Return the marked rows and those above them, each with its name."""
        if self._roots is None:
            waiting = [at for at, row in self._rows.items() if row.is_marked]
            found: dict[str, str] = {}
            while waiting:
                identity = waiting.pop()
                if identity in self._rows and identity not in found:
                    row = self._rows[identity]
                    found[identity] = row.name
                    parent = row.parent
                    waiting.append(
                        parent
                        if parent in self._rows
                        else self._by_name.get(parent, "")
                    )
            self._roots = found
        return self._roots
