"""A bench as a file of its own: the tables' columns, and their rows as they are now.

Rows that are left out are not in it. Reads nothing. Invariant: a check of it says of
its rows what the bench says; what is no row stays refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import repair, template
from importer.errors import UsageError
from importer.mapping.columns import shape_problems
from importer.models import Fields

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.intake.workbench.sheet import Sheet
    from importer.template import Add


def write(
    sheets: Sequence[Sheet], path: Path, *, force: bool, inputs: Sequence[Path]
) -> None:
    """Write all rows into one table.

    Args:
        sheets: the tables.
        path: the file, .csv or .xlsx.
        force: whether a file that is there may be replaced.
        inputs: files that are never replaced.

    Raises:
        UsageError: it must not be written, or the tables have different columns.
        StorageError: it cannot be written.
    """
    template.may_write(path, "save", force=force, inputs=inputs)
    headers = {sheet.opened.table.header for sheet in sheets}
    if len(headers) > 1:
        msg = "The tables have different columns, so that one file cannot have them."
        raise UsageError(msg, remedy="Open one file or one sheet at a time.")
    columns = tuple(
        template.Column(str(text), "") for header in headers for text in header
    )
    written = {sheet.opened.table.written for sheet in sheets}
    separator = next((each[1] for each in written if each), ",")
    layout = template.Layout(columns, separator=separator)
    grid = path.suffix.lower() == template.XLSX
    with template.writing(path, layout) as add:
        for sheet in sheets:
            _rows(sheet, add, grid=grid)


def _rows(sheet: Sheet, add: Add, *, grid: bool) -> None:
    binding, table = sheet.binding, sheet.opened.table
    for number, cells in sheet.records:
        row = table.row(number, cells)
        texts = cells
        if wrong := shape_problems(binding, row):
            one = Fields(row, {}, binding.columns, wrong)
            texts, _ = repair.placed(binding, one, one, grid=grid)
        add(texts[: None if wrong else binding.width])
