"""What reading has made of a cell, told with both texts.

A preset and a mapping file clean cells, and a category's place in its tree can change
its name and slug. Knows the texts of one field, before and after. Invariants: blanks
around and between words are no text, and a word for nothing (None, n/a) is a blank;
whatever else differs is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import wording
from importer.models import Cell, Code, Problem
from importer.transforms import none_to_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.mapping.shape import Shape
    from importer.models import Row
    from importer.models.problems import Finder

#: What a text may be changed in, where it is a collection's own.
TEXTS = ("name", "slug", "image", "seo_title", "seo_description")
#: Longer than other values, since two texts that differ at their ends are compared.
_LONGEST = 200
_NO_IMAGE = ("{}", "[]")


def remark(
    row: Row, table: Finder, field: str, column: str, texts: tuple[str, str]
) -> Problem | None:
    """Tell what was made of a text; None where it is the same or says nothing.

    Args:
        row: the row that it stands in.
        table: finds its cell.
        field: what it is read as.
        column: its header.
        texts: before and after.
    """
    before, after = (" ".join(text.split()) for text in texts)
    if before == after or not (after or _says(field, before)):
        return None
    return _told(before, after, table.find(row, field, after), column)


def of(
    shape: Shape, rows: list[Row], row: Row, values: Mapping[str, str], *, placed: bool
) -> Iterator[Problem]:
    """Tell what was made of the texts of a collection.

    Args:
        shape: how it was made.
        rows: those that speak for it.
        row: all of its cells.
        values: its fields, as they were read.
        placed: whether its place in a tree decides about its name and slug.
    """
    for field in TEXTS:
        if field not in shape.columns:
            continue
        if field not in shape.transforms and not (placed and field in TEXTS[:2]):
            continue
        before = next(filter(None, (shape.raw(field, one.cells) for one in rows)), "")
        after, column = values.get(field, ""), shape.headers[field]
        told = before and remark(row, shape, field, column, (before, after))
        if told:
            yield told
        # each is beside another column, or another row, from which the text is taken
        if len(rows) * len(shape.columns[field]) > 1:
            yield from _blanked(shape, rows, field, before)


def _blanked(shape: Shape, rows: list[Row], field: str, told: str) -> Iterator[Problem]:
    """Tell of each further cell of which nothing is left."""
    for row in rows:
        for index in shape.columns[field]:
            text = row.cells[index].strip() if index < len(row.cells) else ""
            if text in ("", told) or not _says(field, text):
                continue
            if not shape.cleaned(field, text):
                header = shape.titles[index]
                cells = (Cell(row.first, header, index + 1),)
                yield _told(text, "", cells, header)


def _told(before: str, after: str, cells: tuple[Cell, ...], column: str) -> Problem:
    parameters = {"value": _short(before), "after": _short(after)}
    variant = "" if after else "blank"
    return Problem(Code.VALUE_CHANGED, parameters, cells, column, variant)


def _says(field: str, text: str) -> bool:
    """Return whether a text says anything; an image can be an empty object or list."""
    return bool(none_to_blank(text)) and not (field == "image" and text in _NO_IMAGE)


def _short(text: str) -> str:
    return wording.cut(text, _LONGEST)
