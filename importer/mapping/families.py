"""Trees of categories: the names of those above one.

A parent is said by id, by name, or as a path. Knows names and no collection. Invariant:
a tree that bites its own tail, or whose parents are missing, still gives an answer.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.mapping.shape import Shape
    from importer.models import Row

_NONE = frozenset({"", "0", "null", "none"})


def own_name(shape: Shape, cells: tuple[str, ...]) -> str:
    """Return the name of a category, without those of its parents."""
    name = shape.text("name", cells)
    return _parts(name)[-1] if shape.preset.name_is_path and _parts(name) else name


class Families:
    """All categories of a table, each with its name and what stands above it."""

    def __init__(self, shape: Shape) -> None:
        """Begin with no family known."""
        self._shape = shape
        self._by_id: dict[str, tuple[str, str]] = {}
        self._by_name: dict[str, str] = {}
        self._names: Counter[str] = Counter()

    def add(self, row: Row) -> None:
        """Take in the row of a category."""
        shape, cells = self._shape, row.cells
        name, parent = own_name(shape, cells), shape.text("parent", cells)
        self._names[name.casefold()] += 1
        if text := shape.text("key", cells):
            self._by_id.setdefault(text, (name, parent))
        self._by_name.setdefault(name.casefold(), parent)

    def repeats(self, name: str) -> bool:
        """Return whether several categories have the name."""
        return self._names[name.casefold()] > 1

    def above(self, row: Row) -> list[str]:
        """Return the names of all parents of a row's category, the highest first."""
        shape, cells = self._shape, row.cells
        name = own_name(shape, cells)
        if shape.preset.name_is_path:
            found = _parts(shape.text("name", cells))[:-1]
        elif path := _parts(shape.text("path", cells)):
            found = path[:-1] if path[-1] == name else path
        else:
            found = self._chain(shape.text("parent", cells))
        return [text for text in found if text.casefold() not in shape.preset.roots]

    def _chain(self, parent: str) -> list[str]:
        found: list[str] = []
        seen: set[str] = set()
        # a parent that comes again closes a circle: its names so far are the answer
        while parent.casefold() not in _NONE and parent not in seen:
            seen.add(parent)
            name = parent
            if parent in self._by_id:
                name, parent = self._by_id[parent]
            else:
                parent = self._by_name.get(parent.casefold(), "")
            found.append(name)
        return found[::-1]


def _parts(path: str) -> list[str]:
    return [part.strip() for part in path.split("/") if part.strip()]
