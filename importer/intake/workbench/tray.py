"""The tables of a bench as they were read, before their columns are understood.

Rows stay here whatever the columns turn out to be, and edits stay with them. Reads a
file once. Invariant: what was read before reading failed is there to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer import mapping
from importer.errors import InputError, RowlessError
from importer.intake import given, outline, sheets, tables
from importer.intake.claims import ROWS
from importer.intake.workbench.columns import SAMPLED, BenchTable, columns
from importer.intake.workbench.records import Records, unpacked
from importer.intake.workbench.sheet import Sheet
from importer.models import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.intake.given import Taken
    from importer.mapping import Spec
    from importer.models.inputs import Readable
    from importer.settings import Settings

    #: How a table is to be understood.
    Specified = Callable[[Table], Spec]


@dataclass(slots=True)
class Lying:
    """A table and its rows; `begun` once its header was found."""

    table: Table
    records: Records
    begun: bool = False


class Tray:
    """The tables of one input; `failure` says why they cannot be judged."""

    def __init__(self, handed_over: Readable, settings: Settings) -> None:
        """Read them to their end.

        Raises:
            InputError: there is nothing that could be shown of it.
            UsageError: an option cannot be used.
            StorageError: the folder for temporary files is full.
        """
        self._settings = settings
        self.failure: InputError | None = None
        self._broken: InputError | None = None
        self.lying: list[Lying] = []
        #: the tables as they were shown last, with what that is made of
        self._known: dict[int, tuple[object, BenchTable]] = {}
        self._taken: Taken = given.taken(handed_over, given.Names(), tables.never)
        try:
            for table in tables.read_tables(self._taken, settings):
                self.lying.append(self._loaded(table))
        except RowlessError as empty:
            if not empty.header:
                raise
            name = getattr(self._taken, "name", "") or str(self._taken)
            self._broken = empty
            table = Table(name, "", empty.header, 1, ())
            self.lying.append(Lying(table, Records()))

    def _loaded(self, table: Table) -> Lying:
        records = Records()
        try:
            for number, cells in table.records:
                records.append(number, cells)
        except InputError as broken:
            self._broken = self._broken or broken
        return Lying(replace(table, records=records), records)

    def records(self, here: int) -> tuple[Records, int]:
        """Return the rows of the table that a row is in, and its number there."""
        number, row = divmod(here, ROWS)
        return self.lying[number].records, row

    def understood(self, specified: Specified) -> list[Sheet]:
        """Understand the columns of all; none where `failure` says why not.

        Raises:
            UsageError: an option cannot be used.
        """
        self.failure = self._broken
        if self.failure is not None:
            return []
        try:
            return [
                self._sheet(number, lying, specified(lying.table))
                for number, lying in enumerate(self.lying)
            ]
        except InputError as failure:
            self.failure = failure
            self._find_headers()
            return []

    def _find_headers(self) -> None:
        """Let tables begin with what can be their header, for a person to look at."""
        for lying in self.lying:
            table = None if lying.begun else outline.header_of(lying.table)
            if table is not None and table.header_row != lying.table.header_row:
                lying.records = lying.records.from_below(table.header_row)
                lying.table = replace(table, records=lying.records)

    def _sheet(self, number: int, lying: Lying, spec: Spec) -> Sheet:
        settings = self._settings
        if not lying.begun:
            found, _ = tables.understood(self._taken, lying.table, spec, settings)
            if found.sheet != lying.table.sheet:
                self._take_another(lying, found.sheet)
            header_row = lying.table.header_row
            table, _ = mapping.begun(lying.table, spec)
            if len(self.lying) == 1:
                named = replace(found, notes=())
                beside = tables.unread(self._taken, named, spec, settings)
                table = replace(table, notes=(*table.notes, *beside))
            if table.header_row != header_row:
                lying.records = lying.records.from_below(table.header_row)
            lying.table = replace(table, records=lying.records)
            lying.begun = True
        return Sheet(number, lying.table, lying.records, spec, settings)

    def _take_another(self, lying: Lying, name: str) -> None:
        """Put another sheet of the workbook in the place of one without collections."""
        assert not isinstance(self._taken, Table | given.Prepared)  # noqa: S101 - a file
        others = sheets.others(self._taken, lying.table, self._settings.reading)
        table = next(table for table in others if table.sheet == name)
        found = self._loaded(table)
        lying.table, lying.records = found.table, found.records

    def shown(self, known: list[Sheet], specified: Specified) -> tuple[BenchTable, ...]:
        """Return the tables with their columns, understood or not."""
        return tuple(
            self._shown(number, known[number] if known else None, specified)
            for number in range(len(self.lying))
        )

    def _shown(
        self, number: int, sheet: Sheet | None, specified: Specified
    ) -> BenchTable:
        lying = self.lying[number]
        table, records = lying.table, lying.records
        cells = map(unpacked, records.first_kept(SAMPLED))
        samples = mapping.samples(cells, len(table.header))
        spec, opened = specified(table), sheet.opened if sheet else None
        # pages ask after each edit, and few edits change a sample
        made_of, known = (table, spec, opened, samples), self._known.get(number)
        if known and known[0] == made_of:
            return known[1]
        shown = BenchTable(
            number,
            table.file,
            table.sheet,
            table.sheets,
            table.header_row,
            records.total,
            opened.binding.preset if opened else "",
            opened.binding.known_by if opened else (),
            columns(table, samples, spec, opened.binding if opened else None),
            opened.file.notes if opened else table.notes,
        )
        self._known[number] = made_of, shown
        return shown
