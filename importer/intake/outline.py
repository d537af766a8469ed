"""The columns of a file, for a mapping file to start from: header, samples, preset.

Reads the first rows only, and needs no column to be known. Invariant: where a check
understands a file, the header is the one that it goes by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from importer import mapping, source
from importer.errors import InputError
from importer.intake import sheets, tables
from importer.mapping import draft, header
from importer.mapping.preset import AUTO, OWN
from importer.texts import plain

if TYPE_CHECKING:
    from importer.mapping.draft import Proposed
    from importer.models import Table
    from importer.settings import Settings

#: So many rows are looked at for samples.
_ROWS = 200


@dataclass(frozen=True, slots=True)
class Outline:
    """A table, the preset whose columns it has, and what each column may be."""

    table: Table
    preset: str
    columns: tuple[Proposed, ...]

    def text(self, again: str) -> str:
        """Write the mapping file.

        Args:
            again: the command that reads the table with it.
        """
        sheet = f", sheet {plain(self.table.sheet)}" if self.table.sheet else ""
        title = [
            f"A mapping file for {plain(self.table.file)}{sheet}:",
            "which column is which field of a collection.",
            "",
            f"    {plain(again)}",
        ]
        if self.preset != OWN:
            title += [
                "",
                f"The columns are known as those of {self.preset}, so that no mapping",
                "file is needed. Lines that are made to count need this flag as well:",
                "",
                f"    --preset {self.preset}",
            ]
        return draft.text(title, self.columns)


def of_file(file: str, settings: Settings) -> Outline:
    """Read the beginning of a file, and say what its columns may be.

    Of several tables the first one counts.

    Raises:
        InputError: the file is unusable, or has no header.
        UsageError: an option cannot be used.
    """
    path = Path(file)
    # read twice where nothing is known, which nothing that is piped in can be
    place = source.pipes.content(path) if source.is_gone_once_read(path) else path
    # a mapping file that the settings name is for other files
    spec = mapping.Spec(preset=settings.values.preset, wishes=settings.wishes)
    first = sheets.read(place, settings.reading)[0]
    try:
        table, _ = tables.understood(place, first, spec, settings)
    except InputError as unknown:
        table = _unknown(sheets.read(place, settings.reading)[0], unknown)
    chosen = settings.values.preset
    if chosen == AUTO:
        match = mapping.choose(table.header)
        chosen = match.preset.name if match.fits else OWN
    rows = [cells for _, cells in islice(table.records, _ROWS)]
    shown = mapping.samples(rows, len(table.header))
    return Outline(table, chosen, tuple(mapping.proposals(table.header, shown, chosen)))


def _unknown(table: Table, unknown: InputError) -> Table:
    """Return a table that is not understood, from its header on.

    Raises:
        InputError: there is none.
    """
    found = header_of(table)
    if found is None:
        raise unknown
    return found


def header_of(table: Table) -> Table | None:
    """Return a table from what can be its header on; None where nothing can.

    Its rows are read as far as that is looked for.
    """
    if mapping.is_header(table.header) or mapping.own_columns(table.header):
        return table
    records = list(islice(table.records, _ROWS))
    for number, (line, cells) in enumerate(records[: header.ROWS_LOOKED_AT]):
        if mapping.is_header(cells) and records[number + 1 :]:
            below = records[number + 1 :]
            names = tuple(cells)
            return replace(table, header=names, header_row=line, records=below)
    return None
