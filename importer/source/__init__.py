"""From a file, or a DataFrame, to tables of text cells.

A file is read as what it is, not as what it is called: a workbook named .csv is
read as a workbook. Knows nothing of columns and their meaning. Invariants: every
cell is text; a row's number is the one that a spreadsheet shows; rows are a stream
read once; whatever is wrong with a file is an `InputError` with the way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.source import kind, text, workbook
from importer.source.frame import from_frame
from importer.source.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    from importer.models import Table

__all__ = ["Options", "from_frame", "read"]


def read(path: Path, options: Options | None = None) -> list[Table]:
    """Open a file and read as far as the first row after the header.

    Returns:
        One table for a text file and for a workbook (its first sheet, or the one
        that `options.sheet` names). Reading its rows may raise `InputError` as well.

    Raises:
        InputError: the file is missing, empty, broken, locked or no table.
        UsageError: an option names an encoding or separator that does not exist.
    """
    options = options or Options()
    if kind.of(path) is kind.Kind.WORKBOOK:
        return workbook.read(path, options)
    return [text.read(path, options)]
