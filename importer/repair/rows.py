"""What a row becomes: its fields fixed, and its cells laid out again.

A row whose cells do not line up with the header is never fixed, because it is unknown
which cell is what, nor is one with a cell that is no text; laid out again it keeps a
cell too many, so that it is refused as it was before. In other programs' files a
collection can have many rows, and a field several columns; a field is fixed in each
cell that says it, so that rows which belong together still do. Invariants: no cell that
has a column is lost; a cell is replaced only where it is read back as it was meant, and
nothing that our own columns cannot say goes without a word.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer import sentences
from importer.models import BETWEEN, Code, Shaped
from importer.repair.cells import Change, Kind, destroyed, repair

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from importer.mapping import Binding
    from importer.mapping.shape import Shape
    from importer.models import Fields
    from importer.transforms import Transform


#: New cells, by the number of their row and the index of their column.
Replaced = dict[tuple[int, int], str]

#: What the mapping tells of things that a copy in our own columns does not have.
_LOST = frozenset(
    {
        Code.RULE_NOT_SUPPORTED,
        Code.RULES_INVALID,
        Code.SMART_AS_MANUAL,
        Code.PRODUCT_IDS_FOREIGN,
        Code.PRODUCTS_TRUNCATED,
    }
)


def replaced(
    shape: Shape, width: int, before: Shaped, after: Fields
) -> tuple[Replaced, frozenset[str]]:
    """Return where the fixed fields of a collection go in its own rows.

    Args:
        shape: how the collection was made.
        width: how many cells a row has.
        before: the collection as it was read.
        after: the same, fixed.

    Returns:
        The cells, and the fields that have some.
    """
    cells: Replaced = {}
    done = set()
    for field, wanted in after.values.items():
        text = before.values.get(field, "")
        if wanted == text or shape.cleaned(field, wanted) != wanted:
            continue
        for line, index in _standing(shape, width, before, field, text):
            cells[line, index] = wanted
            done.add(field)
    return cells, frozenset(done)


def _standing(
    shape: Shape, width: int, before: Shaped, field: str, text: str
) -> list[tuple[int, int]]:
    """Return the cells that say it; for what is said nowhere, the first."""
    found = []
    lines = before.row.lines or (before.row.first,)
    texts = before.row.cells
    for number, line in enumerate(lines):
        for index in shape.columns.get(field, ()):
            at = number * width + index
            cell = texts[at] if at < len(texts) else ""
            if shape.cleaned(field, cell) == text:
                found.append((line, index))
    return found if text else found[:1]


def lost(fields: Fields) -> tuple[Change, ...]:
    """Return what of a collection a copy in our own columns does not have."""
    if not isinstance(fields, Shaped):
        return ()
    return tuple(
        Change(fields.row.place, "", one.column, Kind.NOT_CARRIED_OVER, one.message)
        for one in (*fields.found, *fields.remarks)
        if one.code in _LOST
    )


def read(fields: Fields, known: Container[str]) -> tuple[Change, ...]:
    """Return what a preset has made of texts, but of fields that are `known`."""
    if not isinstance(fields, Shaped):
        return ()
    names = {header: field for field, header in fields.columns.items()}
    found = []
    for remark in fields.remarks:
        field = names.get(remark.column, remark.column)
        if remark.code is Code.VALUE_CHANGED and field not in known:
            before, after = remark.value, remark.parameters["after"]
            place = fields.row.place
            found.append(
                Change(place, field, remark.column, Kind.MAPPED, before, after)
            )
    return tuple(found)


def fixed(fields: Fields) -> tuple[Fields, tuple[Change, ...]]:
    """Fix what can be fixed; the changes name what cannot be, too."""
    if fields.problems:
        problem = fields.problems[0]
        place = fields.row.place
        unreadable = problem.code is Code.VALUE_UNREADABLE
        kind = Kind.UNREADABLE if unreadable else Kind.ROW_SHAPE
        return fields, (Change(place, "", problem.column, kind, problem.message),)
    values = dict(fields.values)
    changes = []
    for field, text in fields.values.items():
        if destroyed(field, text):
            changes.append(_change(fields, field, Kind.DESTROYED, text))
        elif found := repair(field, text):
            kind, values[field] = found
            changes.append(_change(fields, field, kind, text, values[field]))
    if not changes:
        return fields, ()
    return replace(fields, values=values), tuple(changes)


def with_slug(fields: Fields, own: str, slug: str) -> tuple[Fields, Change]:
    """Return the row with another slug than its own, which another row has."""
    values = {**fields.values, "slug": slug}
    change = _change(fields, "slug", Kind.REPEATED_SLUG, own, slug)
    return replace(fields, values=values), change


def raw_changes(
    binding: Binding, fields: Fields, *, written: bool
) -> tuple[Change, ...]:
    """Return what reading the row has changed, against its cells as they stand.

    Args:
        binding: the columns of its table.
        fields: the row as it was read.
        written: whether cleaned values and constants take the place of the cells, as
            they do where the copy will be read without the mapping file.
    """
    return tuple(_raw_changes(binding, fields, written=written))


def _raw_changes(
    binding: Binding, fields: Fields, *, written: bool
) -> Iterator[Change]:
    cells, values = fields.row.cells, fields.values
    for field, index in binding.fields:
        cell = cells[index] if index < len(cells) else ""
        if (trimmed := cell.strip()) != cell:
            yield _change(fields, field, Kind.TRIMMED, cell, trimmed)
    if not written:
        return
    for field, index, _ in binding.cleaned:
        cell = cells[index] if index < len(cells) else ""
        if (value := values.get(field, "")) != cell:
            yield _change(fields, field, Kind.MAPPED, cell, value)
    filled = {field for field, index in binding.fields if _at(cells, index)}
    filled |= {field for field, *_ in binding.cleaned}
    for field in binding.constants:
        if field not in filled and (value := values.get(field, "")):
            yield _change(fields, field, Kind.FILLED_IN, "", value)


def laid_out(binding: Binding, fields: Fields, headers: Sequence[str]) -> list[str]:
    """Return the cells of the row below other headers, which are names of fields."""
    values = fields.values
    if isinstance(fields, Shaped):
        values = {**dict(fields.written), **values}
    cells = [values.get(header, "") for header in headers]
    surplus = _surplus(binding, fields)
    if not surplus and not any(cells):
        surplus = [sentences.text("part/nothing_known")]
    return cells + surplus


def placed(
    binding: Binding, before: Fields, after: Fields, *, grid: bool
) -> tuple[list[str], frozenset[str]]:
    """Return the cells of the row in its own table, with the fixed ones replaced.

    Args:
        binding: the columns of its table.
        before: the row as it was read.
        after: the row fixed.
        grid: whether the copy is a workbook, where a short row is as long as any.

    Returns:
        The cells, and the fields that were replaced. A field has to be read from its
        new cell as it was meant, through the mapping file; else its cell stays.
    """
    width = binding.width
    cells = list(before.row.cells[:width])
    if before.problems:
        surplus = _surplus(binding, before)
        if len(cells) < width and grid:
            cells += [""] * (width - len(cells))
        return (cells + surplus if len(cells) == width else cells), frozenset()
    cells += [""] * (width - len(cells))
    done = set()
    columns: list[tuple[str, int, tuple[Transform, ...]]] = [*binding.cleaned]
    columns += [(field, index, ()) for field, index in binding.fields]
    for field, index, transforms in columns:
        wanted = after.values.get(field, "")
        if wanted != before.values.get(field, "") == _read(cells[index], transforms):
            if _read(wanted, transforms) == wanted:
                cells[index] = wanted
                done.add(field)
        elif not transforms:
            cells[index] = cells[index].strip()
    return cells, frozenset(done)


def _read(cell: str, transforms: Sequence[Transform]) -> str:
    for transform in transforms:
        cell = transform(cell)
    return cell.strip()


def _surplus(binding: Binding, fields: Fields) -> list[str]:
    """Return what keeps a row refused that was refused for its shape."""
    if not fields.problems:
        return []
    if len(fields.row.cells) > binding.width and not fields.row.lines:
        return list(fields.row.cells[binding.width :])
    return [BETWEEN.join(problem.message for problem in fields.problems)]


def _at(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def _change(
    fields: Fields, field: str, kind: Kind, before: str, after: str = ""
) -> Change:
    column = fields.columns.get(field, field)
    return Change(fields.row.place, field, column, kind, before, after)
