"""Which sheets of a workbook are read, where none was asked for.

Those of a report of ours are one input, and those that a preset knows, wherever they
stand; what else is in the workbook (products, a summary) is no data then. Otherwise
it is the first that can be understood. Invariant: a sheet that was asked for is the
only one that is read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer import mapping, source
from importer.errors import InputError, OversizedError
from importer.models.annotations import annotation
from importer.report.annotated import SHEET as SUMMARY
from importer.source import Content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.models import Table


def read(path: Path | Content, options: source.Options) -> list[Table]:
    """Read a file: its sheets that belong together, or what `source` reads of it.

    Raises:
        InputError: the file is unusable.
        UsageError: an option cannot be used.
    """
    try:
        tables = source.read(path, options)
    except OversizedError:
        raise  # each look at another sheet would unpack it once more
    except InputError:
        # the first sheet may be empty, or a summary, and the others good
        if options.sheet or not (found := _together(path, options)):
            raise
        return found
    # a sheet that was asked for is the only one that is read
    if options.sheet or not any(table.sheet for table in tables):
        return tables
    if found := _reported(path, options, tables[0]):
        return found
    if not {*mapping.sheets_together()}.intersection(tables[0].sheets):
        return tables
    return _together(path, options) or tables


def others(
    path: Path | Content, table: Table, options: source.Options
) -> Iterator[Table]:
    """Yield the sheets beside the one that could not be understood, in order.

    Those without rows are left out. Each says that it was not the first.
    """
    if options.sheet or _is_folder(path):
        return
    for name in table.sheets:
        if name == table.sheet:
            continue
        try:
            (found,) = source.read(path, replace(options, sheet=name))
        except InputError:
            continue
        note = f"the sheet {table.sheet} holds no collections, and is not read"
        yield replace(found, notes=(*found.notes, note))


def _is_folder(path: Path | Content) -> bool:
    return not isinstance(path, Content) and path.is_dir()


def _reported(
    path: Path | Content, options: source.Options, first: Table
) -> list[Table]:
    """Return the sheets of an annotated workbook that have our columns; else none."""
    ours = any(map(annotation, first.header))
    if _is_folder(path) or not (ours or first.sheet.startswith(SUMMARY)):
        return []
    found = []
    for name in source.sheet_names(path, options):
        try:
            found += source.read(path, replace(options, sheet=name))
        except InputError:
            continue  # nothing is left on it
    return [table for table in found if any(map(annotation, table.header))]


def _together(path: Path | Content, options: source.Options) -> list[Table]:
    """Return the sheets that a preset knows, as far as they are there with rows."""
    found = []
    for name in mapping.sheets_together():
        try:
            found += source.read(path, replace(options, sheet=name))
        except InputError:
            continue  # it is not there, or has no rows
    return [table for table in found if table.sheet]
