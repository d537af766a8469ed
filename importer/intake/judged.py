"""The first half of the sentence: source → mapping → validation, row by row.

`check` and `run` read their input through here, so both say the same of every row.
It keeps one number for each identity (`claims`) and no row. Invariant: every row of
the input comes out exactly once, in the order of the input, with its state.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import identity, mapping, source, validation
from importer.catalog import NOUNS
from importer.errors import HeadlessError, InputError, UsageError
from importer.intake import earlier, sheets
from importer.intake.claims import ROWS
from importer.intake.spool import Spool
from importer.locations import NONE_LISTED
from importer.models import Faulty, InputFile, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.intake.claims import Seen
    from importer.locations import Locations
    from importer.models import Checked, DoneBefore, Plain, Table
    from importer.settings import Settings

    #: A row with its state.
    Judged = tuple[Status, Checked | DoneBefore | Plain]

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
        return not known.isdisjoint(NOUNS)

    @property
    def names_ids(self) -> bool:
        """Whether a row of a simple table may say the id of its collection."""
        return not {*self.binding.columns, *self.binding.constants}.isdisjoint(_IDS)

    def header(self, name: str) -> str:
        """The column of a field, as the file calls it."""
        shape = self.binding.shape
        columns = shape.headers if shape else self.binding.columns
        return columns.get(name, name)

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
    for one in inputs:
        for table in _tables(one, settings):
            found, binding = _understood(one, table, spec, settings)
            found = replace(found, notes=(*found.notes, *binding.notes))
            marks = earlier.marks(found.header, values.base_url)
            yield Opened(number, found, binding, marks)
            number += 1


def _understood(
    one: Input, table: Table, spec: mapping.Spec, settings: Settings
) -> tuple[Table, mapping.Binding]:
    """A table and its columns; another sheet where the first is no table."""
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


def rows(
    opened: Opened,
    seen: Seen,
    options: validation.Options,
    locations: Locations = NONE_LISTED,
) -> Iterator[Judged]:
    """Every row of a table with its state: planned, invalid, duplicate or existing.

    Those of a simple table that need no more than to be trimmed come as `Plain`.

    Args:
        opened: the table.
        seen: what was read before it.
        options: how a row is checked.
        locations: those that a row may name.

    Raises:
        InputError: the file breaks off or cannot be decoded from some row on.
    """
    seen.tables[opened.number] = opened
    if opened.simple and not locations.named:
        return _simply(opened, seen, options)
    return _collected(opened, seen, options, locations)


def _simply(
    opened: Opened, seen: Seen, options: validation.Options
) -> Iterator[Judged]:
    """The rows of a simple table; each line of the loop is a hundredth of the whole."""
    table, binding = opened.table, opened.binding
    width, begin = binding.width, opened.number * ROWS
    texts, plain = mapping.texts, validation.plainly(options)
    first, key, planned = seen.first, identity.key, Status.PLANNED
    names_ids = opened.names_ids
    held: Judged | None = None
    for number, cells in table.records:
        if held is not None:
            yield held
            held = None
        fits = len(cells) == width and type(cells) is not Faulty
        parts = plain(texts(binding, cells)) if fits else None
        if parts is not None:
            here = begin + number
            if names_ids and "collection_id" in parts:
                good = seen.takes(parts, here)
            else:
                place = key(parts["location_id"], parts["slug"])
                good = first.setdefault(place, here) == here
            if good:
                yield planned, (number, cells, parts)
                continue
        row = table.row(number, cells)
        checked = validation.check(mapping.apply(binding, row), options)
        held = seen.judge(opened.number, checked)
    if held is not None:
        yield _last(held)


def _collected(
    opened: Opened, seen: Seen, options: validation.Options, locations: Locations
) -> Iterator[Judged]:
    """The collections of a table that needs more than to be trimmed."""
    held: Judged | None = None
    for checked in _checked(opened, options, locations):
        if held is not None:
            yield held
        judged = seen.judge(opened.number, checked)
        held = opened.marks.judge(*judged) if opened.marks else judged
    if held is not None:
        yield _last(held)


def _last(judged: Judged) -> Judged:
    """The last row of a table, which may be its totals."""
    status, checked = judged
    if validation.totals.looks_like(checked):
        checked = validation.totals.remarked(checked)
    return status, checked


def _checked(
    opened: Opened, options: validation.Options, locations: Locations
) -> Iterator[Checked]:
    """Every collection of a table that needs more than to be trimmed."""
    check: Any = validation.check
    if locations.named:
        check = partial(validation.location_names.check, locations=locations)
    if opened.calls:
        check = partial(validation.products.check, inner=check)
    if opened.shaping:
        for shaped in opened.shaping.collections(opened.table.rows, Spool()):
            yield validation.told.check(shaped, options, check)
    else:
        for row in opened.table.rows:
            yield check(mapping.apply(opened.binding, row), options)
