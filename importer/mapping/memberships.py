"""Tables with one row per product: which rows are one collection.

Whether a table is such is told by its first rows, and only where a column lists
products: two rows of one slug say the same of the collection and differ in their
products. Rows that contradict each other stay apart, for the check to tell. Invariants:
no row is lost, whatever reading comes to; other tables are read as they stand.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from importer import patterns
from importer.mapping import preset
from importer.mapping.groups import Numbering
from importer.mapping.recognition import OWN
from importer.mapping.shape import PRODUCTS, Shape
from importer.models import Faulty, Note, NoteCode, Unreadable
from importer.texts import composed
from importer.transforms import slug_of, slugify

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from importer.mapping.binding import Binding
    from importer.mapping.spec import Spec
    from importer.models import Row, Table

    Record = tuple[int, list[str]]
    #: What tells the collection of a row: its slug or name, beside a location.
    _Key = str | tuple[str, str]

#: So many rows are looked at; a table of products names a collection again before.
ROWS_LOOKED_AT = 2_000
_SLUG = patterns.later("[a-z0-9-]+")


def recognised(table: Table, binding: Binding, spec: Spec) -> tuple[Table, Binding]:
    """Return a table, and its columns as those of memberships where it is such."""
    shape = _shape(binding, spec)
    if shape is None:
        return table, binding
    records = iter(table.records)
    looked: list[Record] = []
    found = False
    try:
        found = _found(shape, binding.width, records, looked)
    except Exception as broken:  # noqa: BLE001 - told where the reading comes to it
        records = _broken(broken)
    # no generator around the others: each would cost a call a row
    table = replace(table, records=chain(looked, records))
    if not found:
        return table, binding
    noted = replace(table, notes=(*table.notes, Note(NoteCode.ROWS_TOGETHER)))
    return noted, replace(binding, shape=replace(shape, members=True))


def _shape(binding: Binding, spec: Spec) -> Shape | None:
    """Return the shape that the table has if it is one of memberships, if it can."""
    shape = binding.shape
    if shape is None:
        columns = {field: (at,) for field, at in binding.fields}
        columns |= {field: (at,) for field, at, _ in binding.cleaned}
        shape = Shape(
            preset.named(OWN),
            spec.wishes,
            columns,
            binding.columns,
            binding.headers,
            {field: transforms for field, _, transforms in binding.cleaned},
        )
    known = shape.preset
    if known.spans or known.separator or shape.wishes.category_path:
        return None
    lists = not shape.columns.keys().isdisjoint(PRODUCTS)
    named = not shape.columns.keys().isdisjoint(("slug", "name"))
    return shape if lists and named else None


def _broken(failure: Exception) -> Iterator[Record]:
    """Raise what ended the reading, where it is come to."""
    yield from ()
    raise failure


def _found(
    shape: Shape, width: int, records: Iterator[Record], looked: list[Record]
) -> bool:
    """Look for two rows of one collection; all that was read is in `looked`."""
    said = _key(shape)
    keys = Keys(shape, width)
    first: dict[_Key, list[str]] = {}
    for record in islice(records, ROWS_LOOKED_AT):
        looked.append(record)
        cells = record[1]
        if len(cells) != width or type(cells) is Faulty:
            continue
        # raw cells: this runs for the rows of every table
        other = first.setdefault(said(cells), cells)
        if other is not cells and keys.differ(other, cells):
            return True
    return False


def watch(
    binding: Binding, spec: Spec, read: Callable[[Any], list[str]]
) -> Watch | None:
    """Return what tells whether a table is such, also after a change; None: it is not.

    Args:
        binding: the columns, as the header alone tells them.
        spec: how the table is to be understood.
        read: gives the cells of a row by what it is kept as.
    """
    shape = _shape(binding, spec)
    return Watch(shape, binding.width, read) if shape else None


class Watch:
    """Looks at the first rows of a table again and again, as they change one by one.

    Only rows that say something else than before are read.
    """

    def __init__(
        self, shape: Shape, width: int, read: Callable[[Any], list[str]]
    ) -> None:
        """Begin with no row known."""
        self._said, self._keys = _key(shape), Keys(shape, width)
        self._width, self._read = width, read
        # all of them twice: as they are, and as they were before the last changes
        keep = lru_cache(2 * ROWS_LOOKED_AT)
        self._key, self._differ = keep(self._key_of), keep(self._are_one)

    def found(self, rows: Iterable[bytes | list[str]]) -> bool:
        """Look for two rows of one collection, as `recognised` does.

        Args:
            rows: the first of the table, each as it is kept.
        """
        first: dict[_Key, Hashable] = {}
        for kept in rows:
            if type(kept) is Faulty:
                continue
            row = kept if isinstance(kept, bytes) else tuple(kept)
            key = self._key(row)
            other = row if key is None else first.setdefault(key, row)
            if other is not row and self._differ(other, row):
                return True
        return False

    def _key_of(self, row: Hashable) -> _Key | None:
        """Return what tells the collection of a row; None where it is out of shape."""
        cells = self._read(row)
        return self._said(cells) if len(cells) == self._width else None

    def _are_one(self, one: Hashable, two: Hashable) -> bool:
        return self._keys.differ(self._read(one), self._read(two))


def _key(shape: Shape) -> Callable[[list[str]], _Key]:
    """Return what tells the collection of a row, by its cells nearly as they stand."""
    columns = shape.columns
    name = columns.get("name", columns.get("slug", (0,)))[0]
    slug = columns.get("slug", (name,))[0]
    if "location_id" not in columns:
        return lambda cells: _slug_of(cells[slug]) or cells[name].strip()
    place = columns["location_id"][0]
    return lambda cells: (
        cells[place].strip(),
        _slug_of(cells[slug]) or cells[name].strip(),
    )


def _slug_of(text: str) -> str:
    """Return a slug as a correction would write it, so that a copy is read likewise."""
    text = text.strip()
    return text if not text or _SLUG.fullmatch(text) else slug_of(text)


class Keys(Numbering):
    """Numbers the collections of such a table in the order in which they appear."""

    def __init__(self, shape: Shape, width: int) -> None:
        """Begin with none."""
        self._shape = shape
        self._width = width
        # an id of our own table tells parents; rows of one collection may be numbered
        apart = {*PRODUCTS, "key"} if shape.preset.name == OWN else PRODUCTS
        self._others = [name for name in shape.columns if name not in apart]
        self._known: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
        self._count = 0

    def differ(self, one: Sequence[str], two: Sequence[str]) -> bool:
        """Return whether two rows agree in everything but the products of each."""
        if not self._slug(self._texts(two)):
            return False
        first, second = self._products(one), self._products(two)
        # a row without any tells nothing of what the table is
        if not any(first) or not any(second) or first == second:
            return False
        return _agree(self._texts(one), self._texts(two))

    def _products(self, cells: Sequence[str]) -> list[str]:
        return [self._shape.text(name, cells) for name in PRODUCTS]

    def items(self, cells: tuple[str, ...]) -> list[tuple[str, str]]:
        """Return the location and the slug of a row that may be one with others."""
        texts = self._told(cells)
        slug = self._slug(texts)
        return [(texts.get("location_id", ""), slug)] if slug else []

    def number(self, cells: tuple[str, ...]) -> int:
        """Return the number of the collection that a row belongs to."""
        here = self._count
        texts = self._told(cells)
        if slug := self._slug(texts):
            key = texts.get("location_id", ""), slug
            number, known = self._known.setdefault(key, (here, texts))
            if number != here and _agree(known, texts):
                known |= texts
                return number
        self._count += 1
        return here

    def _told(self, cells: tuple[str, ...]) -> dict[str, str]:
        """Return what a row says; nothing where it is out of shape."""
        # what stands in which column of such a row is guesswork
        fits = len(cells) == self._width and Unreadable not in map(type, cells)
        return self._texts(cells) if fits else {}

    def _texts(self, cells: Sequence[str]) -> dict[str, str]:
        """Return what a row says of its collection, without products and blanks."""
        found = ((name, self._shape.text(name, cells)) for name in self._others)
        texts = {name: text for name, text in found if text}
        if "slug" in texts:
            texts["slug"] = _slug_of(texts["slug"])
        if "type" in texts:
            texts["type"] = texts["type"].lower()
        return texts

    def _slug(self, texts: dict[str, str]) -> str:
        return texts.get("slug") or slugify(texts.get("name", ""))


def _agree(one: dict[str, str], two: dict[str, str]) -> bool:
    """Return whether two rows say the same, in either normal form, or nothing."""
    return all(
        one.get(name, text) == text or composed(one[name]) == composed(text)
        for name, text in two.items()
    )


def products(shape: Shape, rows: Sequence[Row]) -> dict[str, str]:
    """Return what the rows of one collection list, each field as one text."""
    return {
        name: ",".join(texts)
        for name in PRODUCTS
        if (texts := list(_listed(shape, name, rows)))
    }


def _listed(shape: Shape, name: str, rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        text = shape.text(name, row.cells)
        if items := _json_list(text):
            yield from items if name == PRODUCTS[0] else map(_quoted, items)
        elif text:
            yield text


def _json_list(text: str) -> list[str]:
    """Return the texts of a JSON list; none where the cell is something else."""
    try:
        items = json.loads(text) if text.startswith("[") else []
    except (ValueError, RecursionError):
        return []
    return items if all(isinstance(item, str) for item in items) else []


def _quoted(item: str) -> str:
    return '"' + item.replace('"', '""') + '"'
