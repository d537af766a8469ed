"""Where a table begins: its header, also below a title and a few words.

Looked for only where the first row is no header, or names a single field, so that other
tables pay nothing.
Invariant: what stands above the header is told, and never taken for a collection.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from importer.errors import ColumnsAlikeError, HeadlessError, InputError
from importer.mapping import languages, memberships, vocabulary
from importer.mapping.columns import bind
from importer.mapping.joined import InOrder
from importer.mapping.preset import OWN, key
from importer.models import Note, NoteCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.mapping.binding import Binding
    from importer.mapping.spec import Spec
    from importer.models import Table

#: So many rows are looked at; a title is short.
ROWS_LOOKED_AT = 20
# one known word can stand in any title
_KNOWN_AT_LEAST = 2


def understood(table: Table, spec: Spec) -> tuple[Table, Binding]:
    """Find the columns of a table, and the table that begins with their header.

    Raises:
        InputError: there is no header, or its columns cannot be used.
        UsageError: there is no such preset.
    """
    found = begun(table, spec)
    table, binding = memberships.recognised(*_translated(*found, spec), spec)
    if len(table.header) < _KNOWN_AT_LEAST:
        return table, binding
    return replace(table, records=InOrder(binding, table.records)), binding


def begun(table: Table, spec: Spec) -> tuple[Table, Binding]:
    """Find the header of a table, and its columns as that alone tells them.

    Raises:
        InputError: there is no header, or its columns cannot be used.
        UsageError: there is no such preset.
    """
    try:
        binding = bind(table, spec)
    except HeadlessError:
        below = _further_down(table, spec)
        if below is None:
            raise
        return below
    if len(_known(binding)) < _KNOWN_AT_LEAST and not spec.mapping.columns:
        return _below_title(table, binding, spec)
    return table, binding


def _known(binding: Binding) -> set[str]:
    """Return the fields that have a column."""
    shape = binding.shape
    return {*binding.columns, *(shape.columns if shape else ())}


def _below_title(table: Table, binding: Binding, spec: Spec) -> tuple[Table, Binding]:
    """Return the table below a title that is called like a column, or as it is.

    Nothing but blank rows stands between such a title and the header, which has more
    cells, of which the names are known.
    """
    records = iter(table.records)
    looked = list(islice(records, ROWS_LOOKED_AT))
    names = vocabulary.aliases(OWN, ())
    for line, cells in looked[:1]:
        named = {names[at][0] for at in map(key, cells) if at in names}
        wider = _filled(cells) > _filled(table.header)
        if wider and "name" in named and len(named) > 1:
            below = _further_down(replace(table, records=looked), spec)
            if below is not None and below[0].header_row == line:
                rows = chain(looked[1:], records)
                return replace(below[0], records=rows), below[1]
    return replace(table, records=chain(looked, records)), binding


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, map(str.strip, cells)))


def _translated(table: Table, binding: Binding, spec: Spec) -> tuple[Table, Binding]:
    """Return a table and its columns in the language that is to be read."""
    chosen = spec.wishes.store_language
    there = languages.of(table.header)
    if not there:
        return table, binding
    if not chosen:
        records = iter(table.records)
        looked = list(islice(records, languages.ROWS_LOOKED_AT))
        language = languages.wanted(table.header, [cells for _, cells in looked])
        table = replace(table, records=chain(looked, records))
        wishes = replace(spec.wishes, store_language=language)
        binding = bind(table, replace(spec, wishes=wishes))
    elif languages.plain(chosen) not in there:
        raise languages.unknown(table.file, chosen, filter(None, there.values()))
    default, blank = languages.fallbacks(table.header, chosen)
    notes = languages.note(binding.headers, default if blank else None)
    table = replace(table, notes=(*table.notes, *notes))
    if blank:
        table = replace(table, records=languages.filled(table.records, blank))
    return table, binding


def _above(
    table: Table, records: list[tuple[int, list[str]]], line: int
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the rows above the header that stands in a line, to be written back."""
    rows = [(number, tuple(cells)) for number, cells in records]
    last = (line - 1, ())  # blank rows are left out, and count as well
    return (table.header_row, table.header), *rows, last


def _groups(above: Sequence[str], header: Sequence[str]) -> bool:
    """Return whether a row groups the columns of the header below it.

    Else it is a header itself, that has two columns alike: none is read past.
    """
    filled = sum(1 for text in header if text.strip())
    pairs = zip(above, header, strict=False)
    same = sum(1 for one, two in pairs if two.strip() and key(one) == key(two))
    return 2 * same <= filled


def _further_down(table: Table, spec: Spec) -> tuple[Table, Binding] | None:
    records = iter(table.records)
    above = list(islice(records, ROWS_LOOKED_AT))
    refused: tuple[int, list[str], ColumnsAlikeError] | None = None
    for number, (line, cells) in enumerate(above, start=1):
        header = "\0".join(cells).rstrip("\0 ").split("\0")
        note = Note(NoteCode.HEADER_BELOW, row=line)
        below = replace(
            table,
            header=tuple(header),
            header_row=line,
            records=chain(above[number:], records),
            above=_above(table, above[: number - 1], line),
            notes=(*table.notes, note),
        )
        with suppress(InputError):
            try:
                binding = bind(below, spec)
            except ColumnsAlikeError as alike:
                refused = refused or (number, header, alike)
                continue
            # a row must be left below it, or a title of two known words would be a
            # table
            if len(_known(binding)) >= _KNOWN_AT_LEAST and number < len(above):
                break
    else:
        return None
    if refused and not (number == refused[0] + 1 and _groups(refused[1], header)):
        raise refused[2]
    return below, binding
