"""From a file, or a frame, to tables of text cells.

A file is read as what it is, not as what it is called: a workbook named .csv is
read as a workbook. Knows nothing of columns and their meaning. Invariants: every
cell is text; a row's number is the one that a spreadsheet shows; rows are a stream
read once; whatever is wrong with a file is an `InputError` with the way out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.source import csv_reader, jsonlines, pipes, workbook
from importer.source.columns import from_columns, is_frame
from importer.source.content import Content
from importer.source.files import (
    STANDARD_INPUT,
    from_stream,
    is_folder,
    only_bytes,
    tables_in,
    unpacked,
    used_up,
)
from importer.source.frame import from_frame
from importer.source.jsonlines import flattened
from importer.source.kind import Kind
from importer.source.pipes import is_gone_once_read
from importer.source.rows import Options, Record, refusal, table

if TYPE_CHECKING:
    from pathlib import Path

    from importer.models import Table

__all__ = [
    "STANDARD_INPUT",
    "Content",
    "Options",
    "Record",
    "flattened",
    "from_columns",
    "from_frame",
    "from_stream",
    "is_frame",
    "is_gone_once_read",
    "only_bytes",
    "read",
    "refusal",
    "sheet_names",
    "table",
    "used_up",
]


def read(path: Path | Content, options: Options | None = None) -> list[Table]:
    """Open a file, its content, a folder or standard input (`-`), and read the headers.

    Each table is read as far as the first row after its header.

    Returns:
        One table for a text file and for a workbook (its first sheet, or the one
        that `options.sheet` names); for a folder those of its files, by name.
        Reading their rows may raise `InputError` as well.

    Raises:
        InputError: the file is missing, empty, broken, locked or no table.
        StorageError: there is no room to unpack it.
        UsageError: an option names an encoding or separator that does not exist.
    """
    options = options or Options()
    if isinstance(path, Content):
        return _tables(path, options)
    if is_gone_once_read(path):
        return _tables(pipes.content(path), options)
    if not is_folder(path):
        return _tables(Content.of(path), options)
    files, skipped = tables_in(path)
    tables = [table for file in files for table in _tables(Content.of(file), options)]
    if skipped:
        # told with the first table, as a folder has no place of its own in a report
        tables[0] = replace(tables[0], notes=(*tables[0].notes, *skipped))
    return tables


def sheet_names(path: Path | Content, options: Options) -> list[str]:
    """Return the sheets of a workbook that can be seen, in their order; else none.

    Raises:
        InputError: the file is missing, broken or locked.
        StorageError: there is no room to unpack it.
    """
    content = path if isinstance(path, Content) else Content.of(path)
    content, found = unpacked(content, options.max_uncompressed_bytes)
    return workbook.names(content) if found is Kind.WORKBOOK else []


def _tables(content: Content, options: Options) -> list[Table]:
    # what is packed is unpacked first: a packed workbook is read as a workbook
    content, found = unpacked(content, options.max_uncompressed_bytes)
    if found is Kind.WORKBOOK:
        return workbook.read(content, options)
    if found is Kind.JSON_LINES:
        return [jsonlines.read(content, options)]
    return [csv_reader.read(content, options)]
