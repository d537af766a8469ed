"""How wide the columns of an xlsx are, so that a report can look like its input.

They stand before the cells, so only the beginning of the sheet is unpacked; other kinds
of workbook are not looked through. Invariant: it raises nothing and never reads far;
widths that are not found are none.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from importer.source.lost import attributes, part

if TYPE_CHECKING:
    from importer.source.content import Content

_BYTES = 1 << 18
_COLUMN = re.compile(r"<(?:\w+:)?col\b([^<>]*)>")
_CELLS = re.compile(r"<(?:\w+:)?sheetData\b")
#: What a spreadsheet can show; an invented number makes no column wider.
_WIDEST = 255.0


def of(content: Content, sheet: str, count: int) -> tuple[float, ...]:
    """Return the widths of the first `count` columns; empty where unknown.

    A workbook says only the widths that were set by hand, and then all are needed: the
    others have the width that a spreadsheet begins with.
    """
    try:
        with zipfile.ZipFile(content.path) as archive:
            name = part(archive, sheet)
            if not name:
                return ()
            with archive.open(name) as stream:
                head = stream.read(_BYTES).decode("utf-8", "replace")
    except (OSError, EOFError, KeyError, zlib.error, zipfile.BadZipFile):
        return ()
    except (NotImplementedError, RuntimeError):  # packed unusually, or locked
        return ()
    return _widths(_CELLS.split(head, maxsplit=1)[0], count)


def _widths(head: str, count: int) -> tuple[float, ...]:
    found: dict[int, float] = {}
    for text in _COLUMN.findall(head):
        facts = attributes(text)
        try:
            first, last = int(facts["min"]), int(facts["max"])
            wide = min(float(facts["width"]), _WIDEST)
        except (KeyError, ValueError):
            continue
        if wide > 0:  # a hidden column is shown: its cell may be the one to fix
            columns = range(max(first, 1), min(last, count) + 1)
            found.update(dict.fromkeys(columns, round(wide, 2)))
    if not found:
        return ()
    return tuple(found.get(column, _USUAL) for column in range(1, count + 1))


_USUAL = 8.43
