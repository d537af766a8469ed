"""An empty table to begin with, as `importer template` writes it.

Invariant: it has the columns of the mapping and one example row, which is never sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import template

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, headers: tuple[str, ...] = ()) -> None:
    """Write an empty table, in the place of one that is there.

    Args:
        path: the file, .csv or .xlsx.
        headers: the only columns that it has; all without any.

    Raises:
        StorageError: it cannot be written.
    """
    chosen = [
        (column, cell)
        for column, cell in zip(template.COLUMNS, template.example(""), strict=True)
        if not headers or column.header in headers
    ]
    columns = tuple(column for column, _ in chosen)
    with template.writing(path, template.Layout(columns)) as add:
        add([cell for _, cell in chosen])
