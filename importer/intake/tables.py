"""The tables of an input, each opened and its columns understood, before a row is read.

Takes what a program or a command hands over; reads no row but the first ones, unless
rows come as dicts. Invariant: a table comes out once, in the order of the input, or the
input is refused.
"""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from importer import mapping
from importer.catalog import FIELDS
from importer.errors import HeadlessError, InputError
from importer.intake import earlier, given, recalled, sheets, spread, translations
from importer.models import InputFile, Problem, Table, UnknownColumn
from importer.models.inputs import Readable
from importer.texts import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.intake.given import Taken
    from importer.models import Code, Note, Row
    from importer.sentences import Parameters
    from importer.settings import Settings

    #: Names other sheets that hold collections.
    Unread = Callable[[Table, mapping.Spec, Settings], tuple[Note, ...]]

#: The field that holds the id of a collection.
_IDS = ("collection_id",)

#: The places of so many rows are noted; a tree of categories is smaller.
PLACED = 100_000

#: What a caller may hand in.
Input = Readable


@dataclass(frozen=True)
class Opened:
    """A table whose columns are understood, before its rows are read."""

    number: int
    table: Table
    binding: mapping.Binding
    #: where the table itself says which of its rows are done
    marks: earlier.Marks | None = None
    #: the names of its first rows, and what stands above them, by their numbers; where
    #: no path is wanted
    placed: dict[int, tuple[str, str]] = field(default_factory=dict)
    #: the locations that each of its rows goes into; none where they say their own
    into: tuple[str, ...] = ()

    @property
    def file(self) -> InputFile:
        """What is told of it; its rows are not counted yet."""
        return InputFile(
            self.table.file,
            self.table.sheet,
            self.binding.preset,
            0,
            self.binding.left_out,
            (*self.table.notes, *(self.shaping.notes if self.shaping else ())),
            self.binding.known_by,
            tuple(sorted(self.shaping.skipped.items())) if self.shaping else (),
            bool(self.shaping and self.shaping.spans),
            self.unknown,
        )

    @cached_property
    def unknown(self) -> tuple[UnknownColumn, ...]:
        """The columns that nothing knows, each with what it may be."""
        return mapping.unknown(self.binding.unfamiliar)

    @property
    def simple(self) -> bool:
        """Whether each row is a collection, and its cells are only to be trimmed."""
        return self.binding.simple and not (self.marks or self.shaping or self.calls)

    @property
    def is_derived(self) -> bool:
        """Whether its rows are products, of which collections are made."""
        return self.shaping is not None and bool(self.shaping.shape.preset.separator)

    @property
    def calls(self) -> bool:
        """Whether it has a column that calls products by something else than ids."""
        known = {*self.binding.columns, *self.binding.constants}
        known |= set(self.shaping.shape.headers) if self.shaping else set()
        return not known.isdisjoint(FIELDS)

    @property
    def names_ids(self) -> bool:
        """Whether a row of a simple table may say the id of its collection."""
        return not {*self.binding.columns, *self.binding.constants}.isdisjoint(_IDS)

    def problem(
        self,
        code: Code,
        row: Row,
        name: str,
        parameters: Parameters,
        variant: str = "",
    ) -> Problem:
        """Tell something of a field of one of its rows, whose text is the `value`."""
        shape = self.binding.shape
        columns = shape.headers if shape else self.binding.columns
        cells = self.binding.find(row, name, parameters["value"])
        return Problem(code, parameters, cells, columns.get(name, name), variant)

    @cached_property
    def shaping(self) -> mapping.Shaping | None:
        """What makes collections of the rows; None where each is one."""
        shape = self.binding.shape
        return mapping.Shaping(self.binding, shape) if shape else None


def never() -> bool:
    """Say that reading goes on."""
    return False


def open_inputs(
    inputs: Sequence[Input],
    settings: Settings,
    halted: Callable[[], bool] = never,
) -> Iterator[Opened]:
    """Open every input in turn and understand its columns.

    Rows that are dicts are read to their end here, as far as `halted` lets them.

    Raises:
        InputError: a file is unusable, or its columns are not understood.
        UsageError: the mapping file, or an option, cannot be used.
    """
    if not inputs:
        msg = "No input was named."
        remedy = "Name a CSV or Excel file; a program may give a table, or rows."
        raise InputError(msg, remedy=remedy)
    spec = specified(settings)
    number = 0
    names = given.Names()
    for handed_over in inputs:
        taken = given.taken(handed_over, names, halted)
        read = read_tables(taken, settings)
        for table in read:
            known = spec
            if isinstance(taken, given.Prepared):
                known = taken.specified(spec, table)
            beside = partial(unread, taken) if len(read) == 1 else None
            yield opened(number, taken, table, known, settings, beside)
            number += 1


def specified(settings: Settings) -> mapping.Spec:
    """Return how tables are to be understood, as the settings say it.

    Raises:
        UsageError: the mapping file cannot be used.
    """
    values = settings.values
    known = mapping.load(values.mapping) if values.mapping else mapping.Mapping()
    ignored = (*known.ignored, *values.ignore_columns)
    known = replace(known, ignored=ignored)
    return mapping.Spec(known, values.preset, settings.wishes)


def opened(
    number: int,
    taken: Taken,
    table: Table,
    spec: mapping.Spec,
    settings: Settings,
    others: Unread | None = None,
) -> Opened:
    """Understand the columns of a table.

    Args:
        number: of the table.
        taken: what it was read from.
        table: as it was read.
        spec: how it is to be understood.
        settings: all others.
        others: names other sheets beside it that hold collections.

    Raises:
        InputError: no column is known, or those that are cannot be used.
    """
    found, binding = understood(taken, table, spec, settings)
    found = translations.left_out(found, binding, settings.wishes.store_language)
    beside = others(found, spec, settings) if others else ()
    notes = (*found.notes, *binding.notes, *beside, *recalled.note(settings))
    found = replace(found, notes=notes)
    marks = earlier.marks(found.header, settings.values.base_url)
    placed: dict[int, tuple[str, str]] = {}
    found = _remembered(found, binding, spec, placed)
    into = spread.locations(binding, settings)
    return Opened(number, found, binding, marks, placed, into)


def understood(
    taken: Taken, table: Table, spec: mapping.Spec, settings: Settings
) -> tuple[Table, mapping.Binding]:
    """Return a table and its columns; another sheet where the first is no table.

    Raises:
        InputError: no column is known, or those that are cannot be used.
    """
    try:
        return mapping.understood(table, spec)
    except HeadlessError as unknown:
        if table.sheets and not isinstance(taken, Table | given.Prepared):
            for other in sheets.others(taken, table, settings.reading):
                with suppress(InputError):
                    return mapping.understood(other, spec)
        name = "FILE"  # what was piped in has no name that can be typed
        if isinstance(taken, Path):
            name = shlex.quote(str(taken / table.file if taken.is_dir() else taken))
        unknown.remedy = unknown.remedy.replace(
            f"importer map {shlex.quote(table.file)}", f"importer map {name}"
        )
        raise


def _remembered(
    table: Table,
    binding: mapping.Binding,
    spec: mapping.Spec,
    into: dict[int, tuple[str, str]],
) -> Table:
    """Return a table that notes the places of its rows while it is read."""
    columns = mapping.tree_columns(table.header, binding)
    if columns is None or spec.wishes.category_path:
        return table
    return replace(table, records=_noted(table.records, columns, into))


def _noted(
    records: Iterable[tuple[int, list[str]]],
    columns: tuple[int, int],
    into: dict[int, tuple[str, str]],
) -> Iterator[tuple[int, list[str]]]:
    last = max(columns)
    for record in records:
        number, cells = record
        if number < PLACED and last < len(cells):
            into[number] = place_in_tree(columns, cells)
        yield record


def place_in_tree(columns: tuple[int, int], cells: Sequence[str]) -> tuple[str, str]:
    """Return the name of a category and what stands above it, as they are compared."""
    name, parent = (folded(cells[at].strip()) for at in columns)
    return name, "" if parent in mapping.NO_PARENT else parent


def unread(
    taken: Taken, table: Table, spec: mapping.Spec, settings: Settings
) -> tuple[Note, ...]:
    """Name the other sheets of a workbook that hold collections."""
    if isinstance(taken, Table | given.Prepared):
        return ()
    known = partial(mapping.understood, spec=spec)
    return sheets.beside(taken, table, settings.reading, known)


def read_tables(taken: Taken, settings: Settings) -> list[Table]:
    """Read the tables of an input.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used.
    """
    if isinstance(taken, given.Prepared):
        return taken.read()
    if isinstance(taken, Table):
        return [taken]
    return sheets.read(taken, settings.reading)
