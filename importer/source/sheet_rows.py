"""The rows of a sheet's XML in an xlsx: how far they reach, and which are hidden.

Takes the XML block by block, as it is unpacked anyway, and looks at the last cell of
each row only; where that seems too far, every cell is looked at. Invariant: what is
found is never less than what the sheet holds, and costs little beside reading it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from importer import patterns
from importer.source.cells import Cells
from importer.source.extent import Extent, cell_place

_AT = patterns.later(rb"[^<>]*?\br=[\"']([A-Z]+)(\d+)[\"']")
_PREFIXED = patterns.later(rb"<\w+:c(?=[\s>/])")
_ROW = patterns.later(rb"<(?:\w+:)?row\b[^<>]*?\br=[\"'](\d+)[\"']")
_HIDDEN = patterns.later(
    rb"<(?:\w+:)?row\b(?=[^<>]*\bhidden=[\"'](?:1|true)[\"'])([^<>]*[^<>/])>"
)
_NUMBER = patterns.later(rb"\br=[\"'](\d+)[\"']")
_FILLED = patterns.later(
    rb"<(?:\w+:)?c\b([^<>]*)>(?=<(?:\w+:)?(?:v|is|f)\b[^<>]*>(?!</(?:\w+:)?v>))"
)
_CELL = patterns.later(rb"<(?:\w+:)?c(?=[\s>/])")
_DIGITS = b"0123456789"
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HOLDS = patterns.later(rb"<(?:\w+:)?(?:v|is)\b")
#: What the tags and attributes of a cell take at least, beside its text.
_MARKUP = 16


@dataclass(slots=True)
class Rows:
    """What is found in the blocks of one sheet."""

    extent: Extent = field(default_factory=Extent)
    hidden: Cells = field(default_factory=Cells)
    _row: int = -1
    _size: int = 0

    def add(self, text: bytes, size: int) -> None:
        """Take in what ends behind a cell; so many bytes were unpacked for it.

        A row may go on in the next one.
        """
        if b"hidden=" in text:
            self._hide(text)
        # the first row may have begun in the block before, and the last may go on
        first, *rows = text.split(b"row>")
        self._last(first)
        rest = rows.pop() if rows else b""
        if not self._plainly(rows):
            for row in rows:
                self._last(row)
        self._last(rest)
        self._size += size
        self.extent.filled = self.extent.places
        self.extent.text_bytes = max(0, self._size - self.extent.filled * _MARKUP)

    def _plainly(self, rows: list[bytes]) -> bool:
        """Take in rows as most programs write them, quickly; else return False."""
        cells = [row.rpartition(b"<c")[2].split(b'"', 2)[:2] for row in rows]
        if not cells or {cell[0] for cell in cells} != {b" r="}:
            return False
        names = [cell[-1] for cell in cells]
        columns = {name.rstrip(_DIGITS) for name in names}
        numbers = {name.lstrip(_CAPITALS) for name in names}
        if not (b"".join(numbers).isdigit() and b"".join(columns).isalpha()):
            return False
        if b"" in numbers or b"" in columns:
            return False
        self._row, _ = cell_place(b"A", max(numbers, key=int))
        widest = max(columns, key=lambda letters: (len(letters), letters))
        self.extent.reach(self._row, 0)
        self.extent.reach(0, cell_place(widest, b"1")[1])
        return True

    def _last(self, part: bytes) -> None:
        at = part.rfind(b"<c")
        if at < 0:
            # with a prefix, which may stand in a text, too
            places = [found.start() for found in _PREFIXED.finditer(part)]
            if not places:
                return
            at = places[-1]
        if found := _AT.match(part, at + 2):
            self._row, column = cell_place(*found.groups())
        else:
            # without names, cells stand one after another
            found = _ROW.search(part)
            self._row = int(found[1]) - 1 if found else self._row + 1
            column = len(_CELL.findall(part)) - 1
        self.extent.reach(self._row, column)

    def _hide(self, text: bytes) -> None:
        for row in _HIDDEN.finditer(text):
            end = text.find(b"row>", row.end())
            if _HOLDS.search(text, row.end(), end if end >= 0 else len(text)):
                number = _NUMBER.search(row[1])
                self.hidden.add(number[1].decode() if number else "a row")


def exactly(text: bytes, extent: Extent, at_most: Extent) -> None:
    """Take the cells of a block into an extent that hold something, one by one.

    Those without a name may be as far away as `at_most`.
    """
    for attributes in _FILLED.findall(text):
        extent.filled += 1
        if found := _AT.match(attributes):
            extent.reach(*cell_place(*found.groups()))
        else:
            extent.reach(*at_most.lowest)
            extent.reach(*at_most.rightmost)
