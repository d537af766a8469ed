"""What is known and not read all the same: told once a table, or with a collection.

A preset knows columns that count only where another one is blank, and rows that say
nothing of a collection. Decides nothing: it only names what the mapping leaves. With it
no cell of a table is left out without a word.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from importer.mapping.preset import FIELDS
from importer.mapping.shape import PRODUCTS
from importer.models import Code, Note, NoteCode, Problem
from importer.sentences import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.mapping.shape import Shape
    from importer.models import Cell, Row

_RULES = ("packed_rules", "rule_set", "rule_column")
#: What each row of a collection says for itself.
_EACH = ("products", "handles", "rule_column", "rule_relation", "rule_condition")
_SHOWN = 60
_MOST_NAMED = 3


def notes(shape: Shape | None) -> tuple[Note, ...]:
    """Tell which cells of known columns are not read, a note for each reason."""
    return tuple(_notes(shape)) if shape else ()


def _notes(shape: Shape) -> Iterator[Note]:
    preset, headers = shape.preset, shape.headers
    if preset.separator:
        yield _derived(shape)
        return
    if "child_of" in headers:
        yield Note(NoteCode.LINES_OF_PRODUCTS)
    elif {"handles", "products"} <= headers.keys():
        one, other = headers["handles"].strip(), headers["products"].strip()
        yield Note(NoteCode.BESIDE_ANOTHER, one=one, other=other)
    lists = any(name in headers for name in ("products", "handles", "child_of"))
    if lists and any(name in headers for name in _RULES):
        yield Note(NoteCode.RULES_CHOOSE)
    if shape.wishes.description_to_seo and "description" in headers:
        yield Note(NoteCode.FILLS_BLANKS, column=headers["description"].strip())


def _derived(shape: Shape) -> Note:
    """Say what is read of a table of products."""
    where: Phrase | str = ""
    if shape.preset.only and "kind" in shape.headers:
        kinds = " or ".join(sorted(kind.title() for kind in shape.preset.only))
        of = {"column": shape.headers["kind"].strip(), "kinds": kinds}
        where = Phrase("part/rows_of_kind", of)
    products: Phrase | str = ""
    if known_by := [h.strip() for n, h in shape.headers.items() if n in PRODUCTS]:
        products = Phrase("part/products_by", {"columns": " or ".join(known_by)})
    column = shape.headers["names"].strip()
    return Note(NoteCode.DERIVED, column=column, where=where, products=products)


def differing(
    shape: Shape, rows: Sequence[Row], values: Mapping[str, str]
) -> Iterator[Problem]:
    """Tell what rows, or columns, of one collection say besides what is taken.

    Args:
        shape: the table's.
        rows: those that speak for the collection.
        values: what is taken of each field.
    """
    # rows of memberships list a product each
    of_each = PRODUCTS if shape.members else ()
    for name in (*FIELDS, "packed_rules", "rule_set"):
        indexes = shape.columns.get(name)
        if not indexes or name in of_each:
            continue
        if len(rows) == len(indexes) == 1:
            continue  # there is no choice
        taken = values.get(name, "")
        if not taken and name not in FIELDS:
            taken = shape.first(name, rows)
        others = _others(shape, name, rows, taken)
        if others:
            yield _problem(shape, name, taken, others)
    yield from _beside(shape, rows, (*_EACH, *of_each))


def _beside(
    shape: Shape, rows: Sequence[Row], names: Sequence[str]
) -> Iterator[Problem]:
    """Tell what further columns say of what each row has one of."""
    for name in names:
        indexes = shape.columns.get(name)
        if indexes and len(indexes) > 1:
            for row in rows:
                taken = shape.text(name, row.cells)
                others = _others(shape, name, [row], taken)
                if others:
                    yield _problem(shape, name, taken, others)


def _others(
    shape: Shape, name: str, rows: Sequence[Row], taken: str
) -> dict[str, tuple[Cell, ...]]:
    """Find the texts of a field that are not taken, each with its cells."""
    found: dict[str, tuple[Cell, ...]] = {}
    if shape.texts(rows, name) <= {"", taken}:
        return found
    for row in rows:
        for cell, text in shape.said(row, name):
            if text and text != taken:
                found[text] = (*found.get(text, ()), cell)
    return found


def replaced(shape: Shape, row: Row, name: str, taken: str) -> Problem:
    """Tell that something better was found than the column of a field says.

    Args:
        shape: the table's.
        row: the cells of all rows of a collection.
        name: the field.
        taken: what is taken in its place.
    """
    return _problem(shape, name, taken, _others(shape, name, [row], taken))


def _problem(
    shape: Shape, name: str, taken: str, others: Mapping[str, tuple[Cell, ...]]
) -> Problem:
    named = tuple(text[:_SHOWN] for text in islice(others, _MOST_NAMED))
    parameters = {
        "value": taken[:_SHOWN],
        "others": named,
        "more": len(others) - len(named),
    }
    cells = tuple(cell for found in others.values() for cell in found)
    return Problem(Code.VALUES_DIFFER, parameters, cells, shape.headers[name])
