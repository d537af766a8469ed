"""Collections of other programs' files: where a fixed field stands, and what is lost.

A collection can have many rows, and a field several columns; a field is fixed in each
cell that says it, so that rows which belong together still do. Invariant: a cell is
replaced only where it is read back as it was meant, and nothing that our own columns
cannot say goes without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.models import Code, Shaped
from importer.repair.cells import Change, Kind

if TYPE_CHECKING:
    from importer.mapping.shape import Shape
    from importer.models import Fields

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
