"""Which sheets of a workbook are read, where none was asked for.

Those of a report of ours are one input, and those that a preset knows, wherever they
stand; what else is in the workbook (products, a summary) is no data then. Otherwise
it is the first that can be understood. Invariant: a sheet that was asked for is the
only one that is read.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from importer import mapping, source
from importer.errors import InputError, OversizedError, RowlessError
from importer.mapping.header import ROWS_LOOKED_AT
from importer.models import Note, NoteCode
from importer.models.annotations import annotation
from importer.report.sums import SHEET as SUMMARY
from importer.source import Content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from importer.models import Table

#: So many sheets of a workbook are looked at, which unpacks to so many bytes at most.
_LOOKED_AT, _LOOKED_THROUGH_BYTES = 20, 100 << 20
_NAMED = 10


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
    except InputError as unusable:
        # the first sheet may be empty, or a summary, and the others good
        if options.sheet or not (
            found := _together(path, options) or _behind(path, options, unusable)
        ):
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


def _behind(
    path: Path | Content, options: source.Options, unusable: InputError
) -> list[Table]:
    """Return the first sheet with rows behind one that is blank, or has a title alone.

    One that has a header of collections is what was meant, and is to be filled in.
    """
    if not isinstance(unusable, RowlessError) or _is_folder(path):
        return []
    if mapping.own_columns(unusable.header):
        return []
    names = source.sheet_names(path, options)
    for number, name in enumerate(names[1:_LOOKED_AT], start=1):
        try:
            (found,) = source.read(path, replace(options, sheet=name))
        except InputError:
            continue
        note = Note(NoteCode.SHEETS_BLANK, **_listed(names[:number]))
        return [replace(found, notes=(*found.notes, note))]
    return []


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
        note = Note(NoteCode.SHEET_WITHOUT, sheets=(table.sheet,))
        yield replace(found, notes=(*found.notes, note))


def beside(
    path: Path | Content,
    table: Table,
    options: source.Options,
    understood: Callable[[Table], object],
) -> tuple[Note, ...]:
    """Name the sheets that can be seen and hold collections or a table, unread.

    A large workbook is not looked through, since each look reads a whole sheet.
    `understood` raises an `InputError` where a table holds no collections.
    """
    unread = [name for name in table.sheets if name != table.sheet]
    ours = any(map(annotation, table.header))  # whose other sheets are sums
    together = table.sheet in mapping.sheets_together()
    if options.sheet or not unread or ours or together or _is_folder(path):
        return ()
    limit = min(options.max_uncompressed_bytes, _LOOKED_THROUGH_BYTES)
    found: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    try:
        for name in unread[:_LOOKED_AT]:
            chosen = replace(options, sheet=name, max_uncompressed_bytes=limit)
            found[_holds_collections(path, chosen, understood)].append(name)
    except OversizedError:
        return _told([], [], unread)
    return _told(found[True], found[False], unread[_LOOKED_AT:])


def _told(
    found: Sequence[str], headless: Sequence[str], unseen: Sequence[str]
) -> tuple[Note, ...]:
    """Say it of sheets with collections, tables without a header, and unseen ones."""
    told = []
    if found:
        named = _listed(found)
        told.append(Note(NoteCode.SHEETS_UNREAD, **named, whole=tuple(found)))
    if headless:
        told.append(Note(NoteCode.SHEETS_HEADLESS, **_listed(headless)))
    if unseen:
        told.append(Note(NoteCode.SHEETS_UNSEEN, **_listed(unseen)))
    return tuple(told)


def _holds_collections(
    path: Path | Content, options: source.Options, understood: Callable[[Table], object]
) -> bool | None:
    """Return whether a sheet holds collections; `None` where it holds no table."""
    rows: list[Sequence[str]] = []
    try:
        table = source.read(path, options)[0]
        records = iter(table.records)
        first = list(islice(records, 1))
        rows = [table.header, *(cells for _, cells in first)]
        understood(replace(table, records=chain(first, records)))
    except OversizedError:
        raise
    except InputError:
        filled = [sum(1 for cell in row if cell.strip()) for row in rows]
        return False if max(filled, default=0) > 1 else None
    return True


def _listed(names: Sequence[str]) -> dict[str, Any]:
    """Return the sheets that are named, and how many more there are."""
    return {"sheets": tuple(names[:_NAMED]), "more": max(0, len(names) - _NAMED)}


def _is_folder(path: Path | Content) -> bool:
    return not isinstance(path, Content) and path.is_dir()


def _reported(
    path: Path | Content, options: source.Options, first: Table
) -> list[Table]:
    """Return the sheets of an annotated workbook that have our columns; else none."""
    ours = any(map(annotation, first.header)) or first.sheet.startswith(SUMMARY)
    # below titles the columns are looked for where our sums are beside
    ours = ours or any(name.startswith(SUMMARY) for name in first.sheets)
    if _is_folder(path) or not ours:
        return []
    found = []
    for name in source.sheet_names(path, options):
        try:
            found += source.read(path, replace(options, sheet=name))
        except InputError:
            continue  # nothing is left on it
    looked_at = map(_looked_at, found)
    return [table for table, is_ours in looked_at if is_ours]


def _looked_at(table: Table) -> tuple[Table, bool]:
    """Return a table, and whether one of its first rows has a column of ours."""
    if any(map(annotation, table.header)):
        return table, True
    records = iter(table.records)
    first = list(islice(records, ROWS_LOOKED_AT))
    is_ours = any(any(map(annotation, cells)) for _, cells in first)
    return replace(table, records=chain(first, records)), is_ours


def _together(path: Path | Content, options: source.Options) -> list[Table]:
    """Return the sheets that a preset knows, as far as they are there with rows."""
    found = []
    for name in mapping.sheets_together():
        try:
            found += source.read(path, replace(options, sheet=name))
        except InputError:
            continue  # it is not there, or has no rows
    return [table for table in found if table.sheet]
