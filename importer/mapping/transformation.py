"""From rows of other programs' files to the fields of collections.

Puts together what belongs together, leaves out what the file says is to be left out,
makes collections of what products name. Invariant: every collection has the place of
its first and last row; whatever is lost on the way is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import truth
from importer.mapping import changes, memberships, roots, unread
from importer.mapping.columns import shape_problems
from importer.mapping.derivation import Derivation
from importer.mapping.groups import (
    Families,
    Keys,
    again,
    grouped,
    is_first,
    own_name,
)
from importer.mapping.merge import Found, complete, is_global
from importer.mapping.preset import FIELDS
from importer.mapping.roots import Roots
from importer.mapping.shape import PRODUCTS
from importer.models import (
    MARKED,
    Cell,
    Code,
    Place,
    Problem,
    Row,
    Shaped,
)
from importer.transforms import slugify, strip_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.mapping.binding import Binding
    from importer.mapping.groups import Kept, Numbering
    from importer.mapping.shape import Shape
    from importer.models import Note

_SHOWN = 60
#: What a tree of categories is read from.
_OF_TREES = ("key", "name", "parent", "path", "slug", "root", "level")


@dataclass(slots=True)
class Shaping:
    """The collections of one table; `skipped` counts what its commands leave out."""

    binding: Binding
    shape: Shape
    skipped: Counter[str] = field(default_factory=Counter)
    #: what is known of the table only when all of its rows are read
    notes: tuple[Note, ...] = ()
    _families: Families | None = None

    @property
    def spans(self) -> bool:
        """Whether a collection can span several rows."""
        preset = self.shape.preset
        return preset.spans or bool(preset.separator) or self.shape.members

    def collections(self, rows: Iterable[Row], kept: Kept) -> Iterator[Shaped]:
        """Give the fields of every collection, in the order of the file.

        Args:
            rows: the table's, as a stream.
            kept: where they can wait, if all have to be seen first.
        """
        if self.shape.preset.separator:
            yield from self._derived(rows)
            return
        for group in self.groups(rows, kept):
            if reason := self.left_out(group):
                self.skipped[reason] += 1
            else:
                yield self.collection(group)

    def groups(self, rows: Iterable[Row], kept: Kept) -> Iterator[list[Row]]:
        """Give the rows of each collection, where rows do not name several."""
        shape = self.shape
        if self.is_numbered:
            yield from grouped(self.numbering(), self.counted(rows), kept)
        elif self.is_tree:
            self._families = Families(shape)
            # a parent may stand below its child, so all rows are seen before the first
            # is named
            place = None
            for row in rows:
                self._families.add(row)
                place = row.place
                kept.append((0, place.row, row.cells))
            if place is not None:
                yield from ([again(place, line, cells)] for _, line, cells in kept)
        else:
            yield from ([row] for row in rows)

    @property
    def is_numbered(self) -> bool:
        """Whether rows of one collection are told by what they say of it."""
        known = self.shape.preset
        return not known.separator and (known.spans or self.shape.members)

    def numbering(self) -> Numbering:
        """Return what numbers the collections of such a table, with none known."""
        if self.shape.preset.spans:
            return Keys(self.shape)
        return memberships.Keys(self.shape, self.binding.width)

    def counted(self, rows: Iterable[Row]) -> Iterable[Row]:
        """Give the rows that are a collection or belong to one."""
        return filter(self.counts, rows) if self._has_products else rows

    def counts(self, row: Row) -> bool:
        """Return whether a row is a collection or belongs to one, not to a product."""
        if not self._has_products:
            return True
        parent = self._text("child_of", row)
        return self.shape.preset.of_collections in parent or not is_global(parent)

    @property
    def _has_products(self) -> bool:
        """Whether there may be rows of products, which belong to no collection."""
        shape = self.shape
        marked = shape.preset.spans and shape.preset.of_collections
        return bool(marked and "child_of" in shape.columns)

    @property
    def is_tree(self) -> bool:
        """Whether what a row is depends on those above it in a tree."""
        return self._is_placed or Roots(self.shape).possible

    @property
    def telling(self) -> set[int]:
        """The columns that tell which rows are one collection, and where it stands."""
        shape = self.shape
        if shape.preset.separator:
            return {*range(len(shape.titles))}
        if shape.preset.spans:
            fields: Iterable[str] = ("key", "child_of", "name", "first")
        elif shape.members:
            fields = shape.columns.keys() - PRODUCTS
        else:
            fields = _OF_TREES if self.is_tree else ()
        return {at for field in fields for at in shape.columns.get(field, ())}

    @property
    def _is_placed(self) -> bool:
        """Whether its place in a tree decides about a category's name and slug."""
        return bool(self.shape.wishes.category_path) or self.shape.preset.name_is_path

    def left_out(self, group: list[Row]) -> str:
        """Return why a collection is left out, in the words of the file."""
        families = self._families
        text = self.shape.first("command", group)
        if text and text.casefold() in self.shape.preset.skip:
            return text.upper()
        if families is not None and families.is_root(group[0]):
            return roots.LEFT_OUT
        said = self._inactive(group) if self.shape.wishes.skip_inactive else None
        return f"{said[0].column.strip()} = {said[1]}" if said else ""

    def _inactive(self, group: list[Row]) -> tuple[Cell, str] | None:
        """Return the cell that says that the shop does not show a collection."""
        if "active" not in self.shape.columns:
            return None
        return roots.inactive(self.shape, group)

    def collection(self, group: list[Row]) -> Shaped:
        """Make a collection of its rows."""
        shape = self.shape
        families = self._families if self._is_placed else None
        ordered = group
        if any(map(truth.is_yes, shape.texts(group[1:], "first"))):
            # the row that the file marks as first speaks for the collection, wherever
            # it stands
            ordered = sorted(group, key=lambda row: not is_first(shape, row.cells))
        tops = ordered
        if "child_of" in shape.columns:
            tops = [row for row in ordered if not self._text("child_of", row)]
        values = self._values(tops)
        differing = list(unread.differing(shape, tops, values))
        differing += self._named_by_path(values, ordered[0])
        if families is not None:
            self._placed(values, tops[0], families)
        if shape.wishes.description_to_seo and "seo_description" not in values:
            words = (strip_html(self._text("description", row)) for row in tops)
            if text := next(filter(None, words), ""):
                values["seo_description"] = text
        if len(group) > 1 and shape.members:
            values |= memberships.products(shape, group)
        row = _joined(group, self.binding.width)
        found = Found(shape, {**self.binding.constants, **values}, row)
        placed = families is not None
        found.remarks += changes.of(shape, tops, row, values, placed=placed)
        parent, variant = families.unresolved(tops[0]) if families else ("", "")
        if parent:
            found.remarks.append(self._unresolved(parent, variant, row))
        complete(found, ordered)
        found.remarks += differing
        # the first thing to know of it
        found.remarks[:0] = self._hidden(tops)
        return self._shaped(row, found, group)

    def _hidden(self, tops: list[Row]) -> Iterator[Problem]:
        """Tell that the shop does not show the collection of these rows."""
        if said := self._inactive(tops):
            cell, text = said
            parameters = {"value": text[:_SHOWN], "column": cell.column.strip()}
            yield Problem(Code.INACTIVE, parameters, (cell,), cell.column)

    def _named_by_path(self, values: dict[str, str], row: Row) -> Iterator[Problem]:
        """Take a blank name from the end of the category's whole path, and tell so."""
        shape = self.shape
        if not shape.preset.path_from_root or "name" in values:
            return
        if name := own_name(shape, row.cells):
            values["name"] = name
            texts = self._text("path", row), name
            column = shape.headers["path"]
            if told := changes.remark(row, shape, "path", column, texts):
                yield told

    def _values(self, tops: list[Row]) -> dict[str, str]:
        """Return what the rows say of each field.

        Of several, the first that is filled.
        """
        first = self.shape.first
        return {
            name: text
            for name in FIELDS
            if name in self.shape.columns and (text := first(name, tops))
        }

    def _placed(self, values: dict[str, str], row: Row, families: Families) -> None:
        """Set a category apart from others of its name by those above it."""
        name = families.name(row)
        if name:
            values["name"] = name
        if not self.shape.wishes.category_path:
            return
        above = families.above(row)
        # only where names repeat: a path in every name would rename what needs no help
        if not (above and families.repeats(name)):
            return
        if self.shape.wishes.category_path == "name":
            values["name"] = " / ".join((*above, name))
        elif not families.has_slug(row):
            values["slug"] = slugify(" ".join((*above, name)))

    def _derived(self, rows: Iterable[Row]) -> Iterator[Shaped]:
        """Make collections of the values that products name."""
        derivation = Derivation(self.shape)
        constants = self.binding.constants
        for row in rows:
            if self._is_odd(row):
                # what such a line names is not known, so it is told by itself
                found = Found(self.shape, dict(constants), row)
                yield self._shaped(row, found, [row])
            else:
                derivation.add(row)
        collections = derivation.collections()
        self.notes += derivation.notes()
        for found in collections:
            found.values = {**constants, **found.values}
            yield self._shaped(found.row, found, [found.row])

    def _is_odd(self, row: Row) -> bool:
        """Return whether a row of products is out of shape, or a header again."""
        binding = self.binding
        return not binding.fits(row.cells) and bool(shape_problems(binding, row))

    def _shaped(self, row: Row, found: Found, group: list[Row]) -> Shaped:
        told: dict[Problem, None] = {}
        for item in group:
            if self.binding.fits(item.cells):
                continue
            wrong = shape_problems(self.binding, item)
            if len(group) > 1:
                wrong = self._with_surplus(item, wrong)
            told |= dict.fromkeys(wrong)
        if parent := self._orphaned(group):
            told[self._missing_parent(parent, row)] = None
        # first what a copy of the rows is marked with, for it looks like good rows
        ordered = sorted(told, key=lambda problem: problem.code not in MARKED)
        return Shaped(
            row,
            found.values,
            self.shape.headers,
            tuple(ordered),
            tuple(found.problems),
            tuple(found.remarks),
            tuple(found.written.items()),
            self.shape.preset.foreign and not self.shape.wishes.require_product_ids,
            table=self.binding,
        )

    def _with_surplus(
        self, row: Row, wrong: tuple[Problem, ...]
    ) -> tuple[Problem, ...]:
        """Name the cells that a row has too many: a collection has no place for them.

        A row by itself keeps them behind its others; so does a line that is no row,
        because of a quotation mark, until it belongs to a collection of several.
        """
        width = self.binding.width
        behind = {
            at: text
            for at, cell in enumerate(row.cells[width:], start=width + 1)
            if (text := cell.strip()) and text not in MARKED
        }
        if not behind:
            return wrong
        found = tuple(Cell(row.first, "", at) for at in behind)
        parameters = {"cells": len(row.cells), "width": width}
        texts = tuple(behind.values())
        told = {**parameters, "value": texts[0][:_SHOWN], "surplus": texts}
        too_long = Problem(Code.ROW_TOO_LONG, told, found, variant="joined")
        others = (
            problem
            for problem in wrong
            if problem.code is not Code.ROW_TOO_LONG or problem.variant == "again"
        )
        return (*others, too_long)

    def _unresolved(self, parent: str, variant: str, row: Row) -> Problem:
        cells = self.shape.find(row, "parent", self._text("parent", row))
        column, value = self.shape.headers["parent"], {"value": parent[:_SHOWN]}
        return Problem(Code.PARENT_UNKNOWN, value, cells, column, variant)

    def _missing_parent(self, parent: str, row: Row) -> Problem:
        cells = self.shape.find(row, "child_of", parent)
        column = self.shape.headers["child_of"]
        parameters = {"value": parent[:_SHOWN]}
        return Problem(Code.NAME_MISSING, parameters, cells, column, "parent")

    def _orphaned(self, group: list[Row]) -> str:
        """Return the collection that rows belong to; blank where the file has it."""
        if "child_of" not in self.shape.columns:
            return ""
        parents = [self._text("child_of", row) for row in group]
        return parents[0] if all(parents) else ""

    def _text(self, name: str, row: Row) -> str:
        return self.shape.text(name, row.cells)


def _joined(group: list[Row], width: int) -> Row:
    """Make one row of several: their cells one after another."""
    if len(group) == 1:
        return group[0]
    numbers = [row.first for row in group]
    first = group[0].place
    place = Place(first.file, first.sheet, min(numbers), max(numbers))
    cells: list[str] = []
    for row in group:
        cells += row.cells[:width]
        cells += [""] * (width - len(row.cells))
    return Row.at(place, tuple(cells), tuple(numbers))
