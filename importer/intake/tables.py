"""The tables of an input, each opened and its columns understood, before a row is read.

Takes paths and DataFrames; reads no row but the first ones. Invariant: a table comes
out once, in the order of the input, or the input is refused.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import mapping, source
from importer.catalog import FIELDS
from importer.errors import HeadlessError, InputError, UsageError
from importer.intake import earlier, sheets
from importer.models import InputFile, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.models import Code, Row, Table
    from importer.sentences import Parameters
    from importer.settings import Settings

#: The field that holds the id of a collection.
_IDS = ("collection_id",)

#: What a caller may hand in: paths, or DataFrames.
Input = Any


@dataclass(frozen=True)
class Opened:
    """A table whose columns are understood, before its rows are read."""

    number: int
    table: Table
    binding: mapping.Binding
    #: where the table itself says which of its rows are done
    marks: earlier.Marks | None = None

    @property
    def file(self) -> InputFile:
        """What is told of it; its rows are not counted yet."""
        return InputFile(
            self.table.file,
            self.table.sheet,
            self.binding.preset,
            0,
            self.binding.left_out,
            self.table.notes,
            self.binding.known_by,
            tuple(sorted(self.shaping.skipped.items())) if self.shaping else (),
            bool(self.shaping and self.shaping.spans),
        )

    @property
    def simple(self) -> bool:
        """Whether each row is a collection, and its cells are only to be trimmed."""
        return self.binding.simple and not (self.marks or self.shaping or self.calls)

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


def open_inputs(inputs: Sequence[Input], settings: Settings) -> Iterator[Opened]:
    """Open every input in turn and understand its columns.

    Raises:
        InputError: a file is unusable, or its columns are not understood.
        UsageError: the mapping file, or an option, cannot be used.
    """
    if not inputs:
        msg = "No file was named."
        raise InputError(msg, remedy="Name a CSV or Excel file.")
    values = settings.values
    known = mapping.load(values.mapping) if values.mapping else mapping.Mapping()
    spec = mapping.Spec(known, values.preset, settings.wishes)
    number = 0
    for given in inputs:
        for table in _tables(given, settings):
            found, binding = _understood(given, table, spec, settings)
            found = replace(found, notes=(*found.notes, *binding.notes))
            marks = earlier.marks(found.header, values.base_url)
            yield Opened(number, found, binding, marks)
            number += 1


def _understood(
    one: Input, table: Table, spec: mapping.Spec, settings: Settings
) -> tuple[Table, mapping.Binding]:
    """Return a table and its columns; another sheet where the first is no table."""
    try:
        return mapping.understood(table, spec)
    except HeadlessError:
        path = Path(one) if table.sheets else None
        for other in sheets.others(path, table, settings.reading) if path else ():
            with suppress(InputError):
                return mapping.understood(other, spec)
        raise


def _tables(one: Input, settings: Settings) -> list[Table]:
    if isinstance(one, str | Path):
        return sheets.read(Path(one), settings.reading)
    if not hasattr(one, "itertuples"):
        kind = type(one)
        msg = f"{kind.__name__} is no input: a path or a pandas DataFrame is."
        way = (
            "frame.to_pandas()" if hasattr(one, "to_pandas") else "pandas.DataFrame(…)"
        )
        raise UsageError(msg, remedy=f"Make one of it: {way}.")
    return [source.from_frame(one)]
