"""Workbooks whose sheets are one input: a preset says so, or they are a report of ours.

Only a workbook that has such sheets is opened more than once; what else it holds (a
summary of the export) is no data. Invariant: a sheet that was asked for is the only
one that is read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer import mapping, source
from importer.errors import InputError
from importer.models.annotations import annotation
from importer.report.sums import SHEET as SUMMARY

if TYPE_CHECKING:
    from pathlib import Path

    from importer.models import Table


def read(path: Path, options: source.Options) -> list[Table]:
    """Read a file: its sheets that belong together, or what `source` reads of it.

    Raises:
        InputError: the file is unusable.
        UsageError: an option cannot be used.
    """
    try:
        tables = source.read(path, options)
    except InputError:
        # the first sheet may be empty, or a summary, and the others good
        if options.sheet or not (found := _together(path, options)):
            raise
        return found
    if options.sheet or not any(table.sheet for table in tables):
        return tables
    if found := _reported(path, options, tables[0]):
        return found
    likely = mapping.sheets_together()
    summary = len(tables) == 1 and "summary" in tables[0].sheet.casefold()
    if tables[0].sheet not in likely and not summary:
        return tables
    return _together(path, options) or tables


def _reported(path: Path, options: source.Options, first: Table) -> list[Table]:
    """The sheets of an annotated workbook that have our columns; else none."""
    ours = any(map(annotation, first.header))
    if path.is_dir() or not (ours or first.sheet.startswith(SUMMARY)):
        return []
    found = []
    for name in source.sheet_names(path, options):
        try:
            found += source.read(path, replace(options, sheet=name))
        except InputError:
            continue  # nothing is left on it
    return [table for table in found if any(map(annotation, table.header))]


def _together(path: Path, options: source.Options) -> list[Table]:
    """The sheets that a preset knows, as far as they are there and have rows."""
    found = []
    for name in mapping.sheets_together():
        try:
            found += source.read(path, replace(options, sheet=name))
        except InputError:
            continue  # it is not there, or has no rows
    return [table for table in found if table.sheet]
