"""The columns of a table on the bench: header, samples, and what each is read as.

They are there for a table that is not understood as well, for a person to say what its
columns are. Invariant: what a column is taken for is what a check reads it as; a guess
is told as a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import mapping
from importer.mapping.preset import AUTO, OWN, ignored, key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.mapping import Binding, Spec
    from importer.models import Note, Table

#: So many rows are looked at for samples.
SAMPLED = 200


@dataclass(frozen=True, slots=True)
class BenchColumn:
    """One column of a table.

    Attributes:
        number: counted from 1.
        header: as the file writes it.
        samples: the first three different texts of its cells.
        field: what it is read as; blank where it is not read.
        why: `mapped` (by a mapping), `known` (by its header), `asked` (by a setting),
            `ignored`, `second` (another column is the better one), `guess`, `unknown`.
        guess: the field that it may be, where it is not read.
        alike: how near the guess is: 0 to 1.
    """

    number: int
    header: str
    samples: tuple[str, ...]
    field: str = ""
    why: str = "unknown"
    guess: str = ""
    alike: float = 0.0


@dataclass(frozen=True, slots=True)
class BenchTable:
    """One table of a bench: what it is called, and its columns.

    Attributes:
        number: counted from 0.
        file: its name.
        sheet: of a workbook; blank for text.
        sheets: all that can be seen in its workbook.
        header_row: the number of its header.
        rows: how many it has, those that are left out included.
        preset: what recognised the columns; blank where nothing did.
        known_by: the headers by which it did.
        columns: all of them, in order.
        notes: what had to be guessed or was left aside to read it.
    """

    number: int
    file: str
    sheet: str
    sheets: tuple[str, ...]
    header_row: int
    rows: int
    preset: str
    known_by: tuple[str, ...]
    columns: tuple[BenchColumn, ...]
    notes: tuple[Note, ...]


def columns(
    table: Table,
    shown: Sequence[tuple[str, ...]],
    spec: Spec,
    binding: Binding | None,
) -> tuple[BenchColumn, ...]:
    """Return the columns of a table.

    Args:
        table: with its header.
        shown: samples of each column.
        spec: how it is to be understood.
        binding: its columns; None where they are not understood.
    """
    name = _preset(table, spec)
    fields = _fields(binding) if binding else {}
    mapped = {key(column.header) for column in spec.mapping.columns}
    asked = key(spec.wishes.collections_from) if spec.wishes.collections_from else ""
    unwanted = {*map(key, spec.mapping.ignored), *ignored(name)}
    second = {header for header, _ in binding.second} if binding else set()
    found = []
    for proposed in mapping.proposals(table.header, shown, name):
        at = proposed.number - 1
        text = key(proposed.header)
        column = BenchColumn(proposed.number, proposed.header, proposed.samples)
        guess, alike = proposed.field, proposed.alike
        if field := fields.get(at, ""):
            why = "mapped" if text in mapped else "asked" if text == asked else "known"
            guess, alike = "", 1.0
        elif text in unwanted:
            why, guess, alike = "ignored", "", 0.0
        elif proposed.header in second:
            why = "second"
        else:
            field, why = "", "guess" if guess else "unknown"
        found.append(
            BenchColumn(
                column.number, column.header, column.samples, field, why, guess, alike
            )
        )
    return tuple(found)


def _preset(table: Table, spec: Spec) -> str:
    if spec.preset != AUTO:
        return spec.preset
    if spec.mapping.columns:
        return OWN
    match = mapping.choose(table.header)
    return match.preset.name if match.fits else OWN


def _fields(binding: Binding) -> Mapping[int, str]:
    """Return what each column is read as, by its index."""
    shape = binding.shape
    found = {}
    if shape is not None:
        used = shape.used
        found = {
            at: field
            for field, indexes in reversed([*shape.columns.items()])
            for at in indexes
            if at in used
        }
    found |= {at: field for field, at in binding.fields}
    return found | {at: field for field, at, _ in binding.cleaned}
