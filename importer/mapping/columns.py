"""Which column of one table is which field, and the row-by-row use of it.

`bind` decides once, by the header; `apply` only looks up. A row whose cells do not
line up with the header is a problem of that row, never of the file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.mapping import (
    changes,
    languages,
    product_tables,
    recognition,
    refusals,
    vocabulary,
)
from importer.mapping.binding import Binding
from importer.mapping.preset import (
    AUTO,
    FIELDS,
    PRODUCTS,
    Header,
    ignored,
    key,
    named,
)
from importer.mapping.recognition import OWN, choose, foreign_to
from importer.mapping.shape import TREE, shaped, working_columns
from importer.mapping.spec import Mapping
from importer.models import (
    HEADERS,
    MARKED,
    QUOTES_OPEN,
    TEXT_BEHIND_QUOTES,
    Cell,
    Code,
    Fields,
    Problem,
    Shaped,
    Unreadable,
)
from importer.models.definitions import NO_HEADER
from importer.transforms import REGISTRY, Transform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.mapping.preset import Preset
    from importer.mapping.spec import Spec
    from importer.models import Note, Row, Table


def bind(table: Table, spec: Spec) -> Binding:
    """Find the field of every column of a table.

    A mapping file's columns go first, and the preset's aliases apply to all others.

    Raises:
        InputError: no header is known, a column is missing, or two claim one field.
        UsageError: there is no such preset.
    """
    header = languages.marked(table.header, spec.wishes.store_language)
    table = replace(table, header=header)
    # a table may be of a preset that cannot be used, where none was named
    missing = recognition.unusable() if spec.preset == AUTO else ()
    refusals.refuse_made(table)
    asked = spec.preset if spec.preset not in {AUTO, OWN} else ""
    spec, known_by = _recognised(table, spec)
    mapped = _mapped(table, spec)
    found = dict(mapped)
    found |= _known(table, spec, mapped)
    shape = shaped(table.header, spec, found, mapped)
    constants = dict(spec.mapping.constants)
    unwanted = _unwanted(table, spec)
    refusals.refuse_headless(table, found if shape is None else shape.columns, asked)
    derived = shape is not None and bool(shape.columns.get("names"))
    if "name" not in found and "name" not in constants and not derived:
        raise refusals.no_name(table, found, unwanted, spec.preset, asked)
    bound = set(found.values()) | (shape.used if shape else set()) | unwanted
    transforms = _transforms(spec)
    more = {} if derived else _second(table, spec, found, bound)
    more |= languages.beside(table.header, bound)
    return Binding(
        preset=spec.mapping.name or spec.preset,
        fields=tuple((f, i) for f, i in found.items() if f not in transforms),
        cleaned=tuple((f, found[f], transforms[f]) for f in transforms),
        constants=constants,
        columns={field: table.header[index] for field, index in found.items()},
        left_out=() if derived else _left_out(table, bound | {*more}),
        width=len(table.header),
        ragged=table.ragged,
        headers=table.header,
        shape=shape,
        known_by=known_by,
        second=recognition.second_headers(table.header, more),
        missing=missing,
        unclear=_unclear(table, spec, bound | {*more}),
        unfamiliar=() if derived else _unfamiliar(table, spec, bound | {*more}),
    )


def _second(
    table: Table, spec: Spec, found: dict[str, int], bound: set[int]
) -> dict[int, int]:
    """Find the columns that would be a field, if another were not."""
    aliases = vocabulary.aliases(spec.preset, table.header)
    return recognition.second_columns(table.header, aliases, found, bound)


def _transforms(spec: Spec) -> dict[str, tuple[Transform, ...]]:
    return {
        column.field: tuple(REGISTRY[name] for name in column.transforms)
        for column in spec.mapping.columns
        if column.transforms
    }


def _recognised(table: Table, spec: Spec) -> tuple[Spec, tuple[str, ...]]:
    """Put the preset that the header tells in the place of `auto`.

    A mapping file speaks for a table of no known program, so none is guessed then.
    """
    if asked_for := spec.wishes.collections_from:
        return _derived_from(table, spec, asked_for)
    if spec.preset != AUTO:
        return spec, ()
    if spec.mapping.columns:
        return replace(spec, preset=OWN), ()
    match = choose(table.header)
    if strange := _of_products(table, spec, match.preset):
        raise refusals.something_else(table, strange)
    return replace(spec, preset=match.preset.name), match.found


def tree_columns(header: Sequence[str], binding: Binding) -> tuple[int, int] | None:
    """Find the columns of a category's name and of what stands above it."""
    if binding.shape is not None:
        names = binding.shape.columns.get("name", ())
        known = binding.shape.columns
    else:
        names = tuple(at for field, at in binding.fields if field == "name")
        known = working_columns(header)
    above = next((known[field] for field in TREE if field in known), ())
    return (names[0], above[0]) if names and above else None


def _derived_from(
    table: Table, spec: Spec, column: str
) -> tuple[Spec, tuple[str, ...]]:
    """Return the preset of a table of products, of which a column names collections.

    Raises:
        HeadlessError: the table has no such column.
    """
    if not any(key(text) == key(column) for text in table.header):
        raise refusals.not_there(table, column)
    if spec.preset == AUTO:
        match = choose(table.header)
        if match.preset.separator and match.found:
            return replace(spec, preset=match.preset.name), match.found
    elif named(spec.preset).separator:
        return spec, ()
    return replace(spec, preset=PRODUCTS), (column.strip(),)


def _of_products(table: Table, spec: Spec, known: Preset) -> tuple[str, ...]:
    """Return the columns by which the rows are products that stay products."""
    if strange := foreign_to(known, table.header):
        return strange
    # these tell the rows of products from those of collections, or derive these
    apart = known.separator or known.only or known.of_collections
    if apart or spec.mapping != Mapping():
        return ()
    # of a table that has nothing but our own columns none is a price
    if len(recognition.own_columns(table.header)) == len(table.header):
        return ()
    return product_tables.of_products(table.header)


def texts(binding: Binding, cells: Sequence[str]) -> dict[str, str]:
    """Return the trimmed cells by field, without blank ones and transforms."""
    return {f: cell for f, i in binding.fields if (cell := cells[i].strip())}


def apply(binding: Binding, row: Row) -> Fields:
    """Give a row's cells their field names; blank ones are left out."""
    cells = row.cells
    problems: tuple[Problem, ...] = ()
    if not binding.fits(cells):
        problems = shape_problems(binding, row)
        # a row that is too short gets blanks, so that every field can be looked up; the
        # problem is told with it
        cells = cells + ("",) * (binding.width - len(cells))
    values = texts(binding, cells)
    remarks = _clean(binding, row, cells, values) if binding.cleaned else ()
    if binding.constants:
        values = {**binding.constants, **values}
    if remarks:
        found: tuple[Problem, ...] = ()
        told = problems, found, remarks
        return Shaped(row, values, binding.columns, *told, table=binding)
    return Fields(row, values, binding.columns, problems, table=binding)


def _clean(
    binding: Binding, row: Row, cells: Sequence[str], values: dict[str, str]
) -> tuple[Problem, ...]:
    """Add what transforms make of cells, and tell what they made of texts."""
    remarks = []
    for field, index, transforms in binding.cleaned:
        before = after = cells[index]
        for transform in transforms:
            after = transform(after)
        if after := after.strip():
            values[field] = after
        if after != before and field in changes.TEXTS:
            texts_of = before, after
            column = binding.columns[field]
            remarks.append(changes.remark(row, binding, field, column, texts_of))
    return tuple(filter(None, remarks))


def shape_problems(binding: Binding, row: Row) -> tuple[Problem, ...]:
    """Say that a row has more cells than the header, or fewer, or what is no text."""
    cells, width = row.cells, binding.width
    if Unreadable in map(type, cells) and (
        odd := _misquoted(cells) or _unreadable(binding, row)
    ):
        return odd
    if binding.repeats(cells[:width]) and not any(map(str.strip, cells[width:])):
        return (Problem(Code.HEADER_REPEATED),)
    parameters: dict[str, str | int] = {"cells": len(cells), "width": width}
    if len(cells) < width and binding.ragged:
        return (Problem(Code.ROW_TOO_SHORT, parameters),)
    surplus = [at for at in range(width, len(cells)) if cells[at].strip()]
    if not surplus:
        return ()
    found = tuple(Cell(row.first, "", at + 1) for at in surplus)
    if (mark := cells[surplus[-1]].strip()) in MARKED:
        # a line of failed.csv that no one has looked at yet
        return (Problem(Code(mark), {"mark": mark}, found[-1:], variant="again"),)
    parameters["value"] = cells[surplus[0]].strip()[:60]
    variant = "" if binding.ragged else "workbook"
    return (Problem(Code.ROW_TOO_LONG, parameters, found, variant=variant),)


def _misquoted(cells: tuple[str, ...]) -> tuple[Problem, ...]:
    """Say that the line is no row: a header, or because of a quotation mark."""
    # below a header in another order it is no longer the first cell that says so
    for cell in cells:
        if type(cell) is not Unreadable:
            continue
        if cell.variant in HEADERS:
            parameters = cell.parameters
            return (Problem(Code.HEADER_REPEATED, parameters, variant=cell.variant),)
        if cell.variant in (QUOTES_OPEN, TEXT_BEHIND_QUOTES):
            parameters = {**cell.parameters, "value": cell.strip()[:60]}
            return (Problem(Code.QUOTES_WRONG, parameters, variant=cell.variant),)
    return ()


def _unreadable(binding: Binding, row: Row) -> tuple[Problem, ...]:
    """Name the cells of fields that hold what is no text; other cells do not matter."""
    shape = binding.shape
    if shape is not None:
        titles = {at: shape.titles[at] for at in shape.used}
    else:
        fields = [*binding.fields, *((field, at) for field, at, _ in binding.cleaned)]
        columns = binding.columns
        titles = {at: columns.get(field, "") for field, at in fields}
    return tuple(
        Problem(
            Code.VALUE_UNREADABLE,
            {**cell.parameters, "value": str(cell)},
            (Cell(row.first, titles[at], at + 1),),
            titles[at],
            cell.variant,
        )
        for at, cell in enumerate(row.cells)
        if type(cell) is Unreadable and at in titles
    )


def _mapped(table: Table, spec: Spec) -> dict[str, int]:
    """Find the columns that the mapping file names."""
    # reversed, so that of two columns with one header the first one counts
    exact = {header.strip(): i for i, header in reversed(list(enumerate(table.header)))}
    loose = {key(header): i for i, header in reversed(list(enumerate(table.header)))}
    found: dict[str, int] = {}
    for column in spec.mapping.columns:
        index = exact.get(column.header.strip(), loose.get(key(column.header)))
        if index is None:
            raise refusals.mapped_nowhere(table, column.header, spec.mapping.name)
        found[column.field] = index
    return found


def _known(table: Table, spec: Spec, mapped: dict[str, int]) -> dict[str, int]:
    """Find the columns that the preset knows; the best alias of a field wins."""
    known = vocabulary.aliases(spec.preset, table.header)
    taken = set(mapped.values())
    unwanted = _ignored(spec)
    claims: dict[str, list[tuple[int, int]]] = {}
    for index, header in enumerate(table.header):
        if index in taken or (name := key(header)) in unwanted or name not in known:
            continue
        field, rank = known[name]
        claims.setdefault(field, []).append((rank, index))
    found: dict[str, int] = {}
    for field in FIELDS:
        if field in mapped or field not in claims:
            continue
        (rank, index), *others = sorted(claims[field])
        # of equal rank: no choice would be better than a coin's, so the person has to
        # say
        if others and others[0][0] == rank:
            raise refusals.claimed_twice(table, field, index, others[0][1])
        found[field] = index
    return found


def _ignored(spec: Spec) -> set[str]:
    """Return the keys of headers that are left out on purpose."""
    return {key(header) for header in spec.mapping.ignored} | ignored(spec.preset)


def _unwanted(table: Table, spec: Spec) -> set[int]:
    """Return the columns that are left out on purpose."""
    unwanted = _ignored(spec)
    return {i for i, header in enumerate(table.header) if key(header) in unwanted}


def _left_out(table: Table, passed_over: set[int]) -> tuple[str, ...]:
    """Name the columns that are not read; many without a header are one range."""
    found: list[str] = []
    bare: list[int] = []
    for index, header in enumerate(table.header):
        if index in passed_over or header.strip():
            found += _without_header(bare)
            bare = []
            found += [header.strip()] if index not in passed_over else ()
        else:
            bare.append(index)
    return (*found, *_without_header(bare))


#: So many columns without a header are named one by one.
_FEW = 3


def _without_header(indexes: list[int]) -> list[str]:
    """Name columns side by side that have no header."""
    if len(indexes) <= _FEW:
        return [f"column {refusals.letter(index)} {NO_HEADER}" for index in indexes]
    ends = f"{refusals.letter(indexes[0])} to {refusals.letter(indexes[-1])}"
    return [f"columns {ends} {NO_HEADER}"]


def _unclear(table: Table, spec: Spec, passed_over: set[int]) -> tuple[Note, ...]:
    """Tell of the headers that may be several fields."""
    may = vocabulary.ambiguous(spec.preset, table.header)
    return tuple(
        vocabulary.note(header, may[key(header)])
        for index, header in enumerate(table.header)
        if index not in passed_over and key(header) in may
    )


def _unfamiliar(table: Table, spec: Spec, passed_over: set[int]) -> tuple[str, ...]:
    """Return the headers that are left out without being known."""
    known = vocabulary.familiar(spec.preset, table.header)
    return tuple(
        header.strip()
        for index, header in enumerate(table.header)
        if index not in passed_over
        and header.strip()
        and key(header) not in known
        and type(header) is not Header  # a translation is known to be one
        and not languages.is_of_rows(header)
    )
