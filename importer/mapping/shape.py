"""How the rows of other programs' files make up collections, as a value.

Decided once for a table, by its header, the preset and the settings. Knows columns and
no row. Invariant: a table of our own template without a wish has no shape, so that
its rows go the short way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.mapping import preset, vocabulary
from importer.mapping.preset import FIELDS, OWN, Preset, key
from importer.models import Cell
from importer.transforms import REGISTRY, Transform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.mapping.spec import Spec, Wishes
    from importer.models import Row

#: What says where a category stands.
TREE = ("parent", "path")
#: What fields without columns of their own are made from.
_MADE_FROM = {
    "product_ids": ("products", "handles"),
    "product_handles": ("handles",),
    "rules": ("packed_rules", "rule_set", "rule_column"),
}


#: What rows of one collection may differ in.
PRODUCTS = ("product_ids", "product_skus", "product_names", "product_handles")


@dataclass(frozen=True, slots=True)
class Shape:
    """What collections are made from.

    Attributes:
        preset: the kind of table.
        wishes: what the settings ask for.
        columns: the cells of a field, or of what it is made from; of several, the
            first that is filled counts.
        headers: the header of each of these.
        titles: the header of every column of the table.
        transforms: how the cells of a field are cleaned.
        members: whether each row is one product of a collection.
    """

    preset: Preset
    wishes: Wishes
    columns: Mapping[str, tuple[int, ...]]
    headers: Mapping[str, str]
    titles: tuple[str, ...]
    transforms: Mapping[str, tuple[Transform, ...]]
    members: bool = False
    #: fields with one column that is only trimmed, as most of most tables
    _trimmed: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note which fields need no more than a look at one cell."""
        trimmed = {
            name: indexes[0]
            for name, indexes in self.columns.items()
            if len(indexes) == 1 and not self.transforms.get(name)
        }
        object.__setattr__(self, "_trimmed", trimmed)

    @property
    def is_asked_for(self) -> bool:
        """Whether how its cells name collections is to be seen from what they say."""
        own = preset.working(self.preset.name)
        named = own.get(key(self.headers["names"]), ("", 0))[0] == "names"
        return not named or self.preset.separator == preset.AUTO

    @property
    def used(self) -> set[int]:
        """The columns that something is made of."""
        unused = set() if self.wishes.category_path else set(TREE)
        if unused and self.preset.name == OWN:
            unused.add("key")  # a number of our own table tells parents, and no more
        if not self.wishes.description_to_seo:
            unused.add("description")
        if "rule_column" not in self.columns:
            unused.update(("rule_relation", "rule_condition"))
        return {
            index
            for field, indexes in self.columns.items()
            if field not in unused
            for index in indexes
        }

    def text(self, field: str, cells: Sequence[str]) -> str:
        """Return the first filled cell of a field, cleaned.

        Blank where there is none.
        """
        # this is asked of each row
        index = self._trimmed.get(field)
        if index is not None:
            return cells[index].strip() if index < len(cells) else ""
        indexes = self.columns.get(field)
        if indexes is None:  # as most fields of most tables
            return ""
        width, transforms = len(cells), self.transforms.get(field, ())
        for index in indexes:
            cell = cells[index] if index < width else ""
            for transform in transforms:
                cell = transform(cell)
            if cell := cell.strip():
                return cell
        return ""

    def first(self, field: str, rows: Iterable[Row]) -> str:
        """Return the first text of a field that rows say; blank where none says one."""
        if field in self.columns:
            for row in rows:
                if text := self.text(field, row.cells):
                    return text
        return ""

    def raw(self, field: str, cells: Sequence[str]) -> str:
        """Return the cell that `text` reads, as it stands; else the first filled."""
        filled = [
            cell
            for index in self.columns.get(field, ())
            if index < len(cells) and (cell := cells[index].strip())
        ]
        read = (cell for cell in filled if self.cleaned(field, cell))
        return next(read, filled[0] if filled else "")

    def cleaned(self, field: str, cell: str) -> str:
        """Return a cell as it is read."""
        for transform in self.transforms.get(field, ()):
            cell = transform(cell)
        return cell.strip()

    def find(self, row: Row, field: str, text: str) -> tuple[Cell, ...]:
        """Find the cells of a collection that say this of a field, in all of its rows.

        Where none says it the filled ones are meant, and where none is filled the
        first; a field without a column has no cells.
        """
        names = (field, *_MADE_FROM.get(field, ()))
        known = next((name for name in names if name in self.columns), "")
        cells = list(self.said(row, known))
        filled = [(cell, said) for cell, said in cells if said]
        found = [cell for cell, said in filled if said == text]
        return tuple(found or [cell for cell, _ in filled or cells[:1]])

    def filled(self, field: str, row: Row) -> Cell | None:
        """Find the cell that `text` reads of a row; None where all are blank."""
        for index in self.columns.get(field, ()):
            if index < len(row.cells) and self.cleaned(field, row.cells[index]):
                return Cell(row.first, self.titles[index], index + 1)
        return None

    def texts(self, rows: Sequence[Row], field: str) -> set[str]:
        """Return what the cells of a field say in rows, each text once.

        It takes a fraction of what it takes to know where they say it.
        """
        width, indexes = len(self.titles), self.columns.get(field, ())
        cells = {
            row.cells[index]
            for index in indexes
            for row in rows
            if index < len(row.cells)
        }
        for row in rows:
            for index in indexes if row.lines else ():
                cells.update(row.cells[index : width * len(row.lines) : width])
        return {self.cleaned(field, cell) for cell in cells}

    def said(self, row: Row, field: str) -> Iterator[tuple[Cell, str]]:
        """Give the cells of a field in all rows of a collection, and what each says."""
        width = len(self.titles)
        for number, line in enumerate(row.lines or (row.first,)):
            for index in self.columns.get(field, ()):
                at = number * width + index
                text = row.cells[at] if at < len(row.cells) else ""
                cell = Cell(line, self.titles[index], index + 1)
                yield cell, self.cleaned(field, text)


def shaped(
    header: Sequence[str],
    spec: Spec,
    found: Mapping[str, int],
    mapped: Mapping[str, int],
) -> Shape | None:
    """Find the shape of a table.

    Args:
        header: the table's.
        spec: how it is to be understood.
        found: the fields that were found, by their best column.
        mapped: those of them that a mapping file names, which have one column.
    """
    wishes = spec.wishes
    unwanted = frozenset(map(key, spec.mapping.ignored))
    not_ignored = ["" if key(text) in unwanted else text for text in header]
    working = _columns(not_ignored, vocabulary.working(spec.preset, header))
    wanted = (wishes.description_to_seo and "description" in working) or (
        wishes.category_path and bool(working.keys() & set(TREE))
    )
    wanted = wanted or "active" in working
    # without a shape the rows of our own template go the short way
    if spec.preset == "own" and not wanted:
        return None
    several = _columns(not_ignored, vocabulary.aliases(spec.preset, header))
    columns = {
        field: (found[field],) if field in mapped else several[field]
        for field in FIELDS
        if field in found
    }
    columns |= working
    if wishes.collections_from:
        columns["names"] = _asked_for(header, wishes.collections_from)
    headers = {field: header[indexes[0]] for field, indexes in columns.items()}
    if "handles" in headers:
        headers["product_handles"] = headers["handles"]
    return Shape(
        preset.named(spec.preset),
        wishes,
        columns,
        headers,
        tuple(header),
        _transforms(spec, columns),
    )


def working_columns(header: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Find what our own template has beside the fields of a collection."""
    return _columns(header, vocabulary.working(OWN, header))


def _columns(
    header: Sequence[str], known: Mapping[str, tuple[str, int]]
) -> dict[str, tuple[int, ...]]:
    ranked: dict[str, list[tuple[int, int]]] = {}
    for index, text in enumerate(header):
        if found := known.get(key(text)):
            field, rank = found
            ranked.setdefault(field, []).append((rank, index))
    return {
        field: tuple(index for _, index in sorted(claims))
        for field, claims in ranked.items()
    }


def _asked_for(header: Sequence[str], name: str) -> tuple[int, ...]:
    """Return the columns that a setting names, all of one header."""
    exact = [at for at, text in enumerate(header) if text.strip() == name.strip()]
    return tuple(exact or [at for at, t in enumerate(header) if key(t) == key(name)])


def _transforms(
    spec: Spec, columns: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[Transform, ...]]:
    facts = preset.transforms(spec.preset)
    for_all = facts.get("*", ())
    names = {field: facts.get(field, for_all) for field in columns}
    names |= {column.field: column.transforms for column in spec.mapping.columns}
    return {
        field: tuple(REGISTRY[name] for name in listed)
        for field, listed in names.items()
        if listed
    }
