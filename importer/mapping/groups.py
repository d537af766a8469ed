"""Many rows, one collection: which rows of a table belong together, and under what.

Rows of one collection have the same key (an id, else a handle); where both are blank a
row goes on with the one above. Most files keep them together, and these flow through;
rows that stray from theirs are held back until their collection comes by. In trees of
categories a parent is said by id, by name, or as a path. Invariants: every row is in
exactly one group, and groups come in the order of their first rows; a tree that bites
its own tail, or whose parents are missing, still gives an answer.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Protocol

from importer import patterns, truth
from importer.mapping.roots import Roots
from importer.models import Row
from importer.texts import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.mapping.shape import Shape
    from importer.models import Place


#: What says that a category stands at the top.
NO_PARENT = frozenset({"", "0", "null", "none"})
#: What a whole number becomes in a column with blanks, in the files of some programs.
_WHOLE = patterns.later(r"\d+\.0")
#: What is a number, or another id, and no name of a category.
_AN_ID = patterns.later(
    r"\d+|[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|gid://.*"
)


class Families:
    """All categories of a table, each with its name and what stands above it."""

    def __init__(self, shape: Shape) -> None:
        """Begin with no family known."""
        self._shape = shape
        self._by_id: dict[str, tuple[str, str]] = {}
        self._by_name: dict[str, str] = {}
        self._names: Counter[str] = Counter()
        self._paths: set[tuple[str, ...]] = set()
        self._slugs: Counter[str] = Counter()
        self._parents: set[str] = set()
        self._by_ids: bool | None = None
        self._roots = Roots(shape)

    def add(self, row: Row) -> None:
        """Take in the row of a category."""
        shape, cells = self._shape, row.cells
        name, parent = own_name(shape, cells), self._id("parent", row)
        self._slugs[shape.text("slug", cells)] += 1
        if shape.preset.name_is_path:
            parts = _parts(name)
            self._paths.add(tuple(map(folded, parts)))
            # counted under both: whether it is a path shows when all are there
            name = parts[-1] if parts else name
        self._names[folded(name)] += 1
        if text := self._id("key", row):
            self._by_id.setdefault(text, (name, parent))
        self._by_name.setdefault(folded(name), parent)
        self._parents.add(parent)
        self._roots.add(row, self._whole(row))

    def _id(self, field: str, row: Row) -> str:
        """Return an id; one among blanks may be written as 12.0, which is 12."""
        text = self._shape.text(field, row.cells)
        return text[:-2] if _WHOLE.fullmatch(text) else text

    def is_root(self, row: Row) -> bool:
        """Return whether a row is a root of the shop's tree, and no category."""
        return self._roots.holds(row, self._whole(row))

    def _whole(self, row: Row) -> list[str]:
        """Return the path of a category as its row says it, with its own name."""
        name = own_name(self._shape, row.cells)
        if self._shape.preset.name_is_path:
            return _parts(name)
        path = self._shape.text("path", row.cells)
        return [*(_above(path, name) if path else ()), name]

    def name(self, row: Row) -> str:
        """Return the name of a category, without those of its parents."""
        name = own_name(self._shape, row.cells)
        return parts[-1] if len(parts := self._path(name)) > 1 else name

    def _path(self, name: str) -> list[str]:
        """Take a name apart that the file shows to be a path; else it is whole.

        It is one below a root that is known, or below a parent that is a row itself: a
        name may hold a slash.
        """
        if not self._shape.preset.name_is_path:
            return [name]
        parts = _parts(name)
        above = tuple(map(folded, parts[:-1]))
        first = above[0] if above else ""
        rooted = first in self._shape.preset.roots or self._roots.is_top(first)
        return parts if rooted or above in self._paths else [name]

    def has_slug(self, row: Row) -> bool:
        """Return whether a category has a slug that is its alone."""
        slug = self._shape.text("slug", row.cells)
        return bool(slug) and self._slugs[slug] == 1

    def repeats(self, name: str) -> bool:
        """Return whether several categories have the name."""
        return self._names[folded(name)] > 1

    def above(self, row: Row) -> list[str]:
        """Return the names of all parents of a row's category, the highest first."""
        shape, cells = self._shape, row.cells
        if shape.preset.name_is_path:
            found = self._path(own_name(shape, cells))[:-1]
        elif path := shape.text("path", cells):
            found = _above(path, own_name(shape, cells))
        else:
            found = self._chain(self._id("parent", row))
        return self._roots.below(found)

    def unresolved(self, row: Row) -> tuple[str, str]:
        """Return the parent above a category that leads nowhere, and how that is.

        The file does not have it, or it stands in a circle. Blank where there is none,
        or where it is a name, which says enough.
        """
        shape, cells = self._shape, row.cells
        if shape.preset.name_is_path or shape.text("path", cells):
            return "", ""
        seen: set[str] = set()
        parent = self._id("parent", row)
        while parent.casefold() not in NO_PARENT:
            if parent in seen:
                return parent, "circle"
            seen.add(parent)
            if parent in self._by_id:
                parent = self._by_id[parent][1]
            elif (name := folded(parent)) in self._by_name:
                parent = self._by_name[name]
            else:
                return (parent, "") if self._is_id(parent) else ("", "")
        return "", ""

    def _is_id(self, parent: str) -> bool:
        """Return whether a parent that is no row is an id: what others here are."""
        if parent.casefold() in self._shape.preset.roots:
            return False
        if self._by_ids is None:
            self._by_ids = not self._parents.isdisjoint(self._by_id)
        return bool(_AN_ID.fullmatch(parent)) or self._by_ids

    def _chain(self, parent: str) -> list[str]:
        found: list[str] = []
        seen: set[str] = set()
        # a parent that comes again closes a circle: its names so far are the answer
        while parent.casefold() not in NO_PARENT and parent not in seen:
            seen.add(parent)
            name = parent
            if parent in self._by_id:
                name, parent = self._by_id[parent]
            elif folded(parent) in self._by_name:
                parent = self._by_name[folded(parent)]
            elif self._is_id(parent):
                break  # told by itself: a number is no name
            else:
                parent = ""
            found.append(name)
        return found[::-1]


#: A part of a path: in quotation marks, where its name holds a slash, or as it is.
_PART = patterns.later(r'\s*"((?:[^"]|"")*)"\s*(?=/|\Z)|([^/]+)')


def _parts(path: str) -> list[str]:
    found = (
        (quoted.replace('""', '"') or plain).strip()
        for quoted, plain in _PART.findall(path)
    )
    return [part for part in found if part]


def own_name(shape: Shape, cells: Sequence[str]) -> str:
    """Return the name of a category; where it is blank, the end of its whole path."""
    name = shape.text("name", cells)
    if name or not shape.preset.path_from_root:
        return name
    return next(reversed(_parts(shape.text("path", cells))), "")


def _above(path: str, name: str) -> list[str]:
    """Return the parents that a path names, which may end with the name itself."""
    if path.endswith(f"/{name}"):
        return _parts(path.removesuffix(f"/{name}"))
    parts = _parts(path)
    return parts[:-1] if parts[-1:] == [name] else parts


#: A row that waits, without its file: its group, its number and its cells. Plain
#: values, because they are written down and read back in a fraction of the time.
Numbered = tuple[int, int, tuple[str, ...]]


class Kept(Protocol):
    """Where rows wait between the first look and the second."""

    def append(self, value: Numbered, /) -> None:
        """Keep a row."""

    def __iter__(self) -> Iterator[Numbered]:
        """Return all rows in their order."""


def is_first(shape: Shape, cells: Sequence[str]) -> bool:
    """Return whether the file marks a row as the first of its collection."""
    return truth.is_yes(shape.text("first", cells))


class Numbering:
    """Tells which rows belong together; `goes_on`: without a word of it as well."""

    goes_on: ClassVar[bool] = False

    def number(self, cells: tuple[str, ...], /) -> int:
        """Return the number of a row's collection, in the order of first rows."""
        raise NotImplementedError

    def items(self, cells: tuple[str, ...], /) -> Sequence[tuple[int | str, str]]:
        """Return what a row says that makes it one with others that say the same."""
        raise NotImplementedError

    def name(self, _cells: Sequence[str], /) -> str:
        """Return the name that rows below may go on with; blank where none do."""
        return ""

    def continues(self, _cells: Sequence[str], _above: str, /) -> bool:
        """Return whether a row without items goes on with the one above it.

        Args:
            _cells: its own.
            _above: the last name above it.
        """
        return False

    def stand_below(self, name: str, /) -> None:
        """Say which name stood last above the next row, where rows are left out."""


def grouped(keys: Numbering, rows: Iterable[Row], kept: Kept) -> Iterator[list[Row]]:
    """Give the rows of each collection together.

    Args:
        keys: numbers the collections of the table.
        rows: all of its rows.
        kept: where they wait until all have been seen.
    """
    strays: dict[int, list[Row]] = {}
    last: Row | None = None
    current = -1
    highest = -1
    for row in rows:
        number = keys.number(row.cells)
        if number > highest:
            highest = number
        # a stray: its collection has gone by already, so it is kept until that comes
        # again in the second look
        elif number != current:
            strays.setdefault(number, []).append(row)
            continue
        current, last = number, row
        kept.append((number, row.first, row.cells))
    if last is not None:
        place = last.place
        waiting = ((n, again(place, line, cells)) for n, line, cells in kept)
        yield from _together(waiting, strays)


def again(place: Place, line: int, cells: tuple[str, ...]) -> Row:
    """Return a row as it was, by another one of its table."""
    return Row((place.file, place.sheet), line, line, cells)


def _together(
    kept: Iterable[tuple[int, Row]], strays: dict[int, list[Row]]
) -> Iterator[list[Row]]:
    """Return the rows of each collection; there is at least one row."""
    current = -1
    group: list[Row] = []
    for number, row in kept:
        if number != current and group:
            yield group + strays.get(current, [])
            group = []
        current = number
        group.append(row)
    yield group + strays.get(current, [])


class Keys(Numbering):
    """Numbers the collections in the order in which they appear."""

    goes_on = True

    def __init__(self, shape: Shape) -> None:
        """Begin with none."""
        self._shape = shape
        self._known: dict[tuple[int, str], int] = {}
        self._columns = shape.columns.get("key", ())
        self._has_children = "child_of" in shape.columns
        self._last = -1
        self._count = 0
        self._name = ""

    def items(self, cells: tuple[str, ...]) -> list[tuple[int, str]]:
        """Return the keys of a row, the best first: column and text of each."""
        if self._has_children and (parent := self._shape.text("child_of", cells)):
            return [(self._columns[0], parent)]
        width = len(cells)
        return [
            (at, text)
            for at in self._columns
            if at < width and (text := cells[at].strip())
        ]

    def number(self, cells: tuple[str, ...]) -> int:
        """Return the number of the collection that a row belongs to."""
        keys = self.items(cells)
        name = self._shape.text("name", cells)
        # an id that was not seen yet is a new collection, whatever its handle
        found = self._known.get(keys[0]) if keys else self._continued(cells)
        if found is None:
            found = self._count
            self._count += 1
        # all keys of the row lead to this collection from now on, so an id and a handle
        # in different rows meet
        for item in keys:
            self._known.setdefault(item, found)
        self._last, self._name = found, name or self._name
        return found

    def name(self, cells: Sequence[str]) -> str:
        """Return the name that a row says."""
        return self._shape.text("name", cells)

    def continues(self, cells: Sequence[str], above: str) -> bool:
        """Return whether a row without a key goes on with the one above it."""
        if is_first(self._shape, cells):
            return False
        return self.name(cells) in ("", above)

    def stand_below(self, name: str) -> None:
        """Say which name stood last above the next row."""
        self._name = name

    def _continued(self, cells: tuple[str, ...]) -> int | None:
        """Return the number of the row above, if a row without a key continues it."""
        if self._last < 0 or not self.continues(cells, self._name):
            return None
        return self._last
