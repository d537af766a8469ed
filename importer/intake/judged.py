"""The first half of the sentence: source → mapping → validation, row by row.

`check` and `run` read their input through here, so both say the same of every row.
It keeps one number for each identity (`claims`) and no row. Invariant: every row of
the input comes out exactly once, in the order of the input, with its state.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from importer import identity, mapping, validation
from importer.intake import spread
from importer.intake.claims import ROWS
from importer.intake.spool import Spool
from importer.locations import NONE_LISTED
from importer.models import Faulty, Shaped, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.intake.claims import Seen
    from importer.intake.tables import Opened
    from importer.locations import Locations
    from importer.models import Checked, DoneBefore, Fields, Plain

    #: A row with its state.
    Judged = tuple[Status, Checked | DoneBefore | Plain]


def rows(
    opened: Opened,
    seen: Seen,
    options: validation.Options,
    locations: Locations = NONE_LISTED,
) -> Iterator[Judged]:
    """Yield every row of a table with its state.

    That is planned, invalid, duplicate or existing. Those of a simple table that need
    no more than to be trimmed come as `Plain`.
    """
    seen.tables[opened.number] = opened
    if opened.simple and not locations.named and not opened.into:
        return _simply(opened, seen, options)
    return _collected(opened, seen, options, locations)


def _simply(  # noqa: C901, PLR0912, PLR0915 - a call more costs a hundredth of the whole
    opened: Opened, seen: Seen, options: validation.Options
) -> Iterator[Judged]:
    """Yield the rows of a simple table.

    Each line of the loop is a hundredth of the whole.
    """
    table, binding = opened.table, opened.binding
    width, begin = binding.width, opened.number * ROWS
    fields = binding.fields
    plain = validation.plainly(options, [field for field, _ in fields])
    first, key, planned = seen.first, identity.key, Status.PLANNED
    names_ids = opened.names_ids
    # held back by one row, since only the last one of a table can be its totals
    held: tuple[Status, Checked | DoneBefore] | None = None
    joined = table.records if isinstance(table.records, mapping.InOrder) else None
    below = False
    for number, cells in joined.records if joined else table.records:
        if held is not None:
            yield held
            held = None
        parts = None
        if len(cells) == width and type(cells) is not Faulty and not below:
            # as `mapping.columns.texts`; a comprehension is a call more, and most cells
            # that are blank are empty
            texts = {}
            for field, at in fields:
                if (cell := cells[at]) and (cell := cell.strip()):
                    texts[field] = cell
            parts = plain(texts)
        if parts is not None:
            here = begin + number
            if names_ids and "collection_id" in parts:
                good = seen.takes(parts, here)
            # without ids one look at the slug is all, and there is nothing to undo
            else:
                place = key(parts["location_id"], parts["slug"])
                good = first.setdefault(place, here) == here
            if good:
                yield planned, (number, cells, parts)
                continue
        checked = _looked_at(opened, (number, cells), options)
        below = joined.below if joined else False
        held = seen.judge(opened.number, checked)
    if held is not None:
        yield last(held, opened)


def _looked_at(
    opened: Opened, record: tuple[int, list[str]], options: validation.Options
) -> Checked:
    """Check a row that may be a header, or stand below another one.

    No header is a good row, so that good ones need no such look.
    """
    table = opened.table
    if isinstance(table.records, mapping.InOrder):
        record = table.records.taken(record)
    return validation.check(mapping.apply(opened.binding, table.row(*record)), options)


def _collected(
    opened: Opened, seen: Seen, options: validation.Options, locations: Locations
) -> Iterator[Judged]:
    """Yield the collections of a table that needs more than to be trimmed."""
    held: tuple[Status, Checked | DoneBefore] | None = None
    check = checker(opened, options, locations)
    for one in collections(opened):
        if held is not None:
            yield held
        held = standing(opened, seen, check(one))
    if held is not None:
        yield last(held, opened)


def standing(
    opened: Opened, seen: Seen, checked: Checked
) -> tuple[Status, Checked | DoneBefore]:
    """Say what becomes of a collection that was checked, beside all others."""
    judged = seen.judge(opened.number, checked)
    return opened.marks.judge(*judged) if opened.marks else judged


def last(
    judged: tuple[Status, Checked | DoneBefore], opened: Opened
) -> tuple[Status, Checked | DoneBefore]:
    """Return the last row of a table, which may be its totals."""
    status, checked = judged
    if validation.totals.looks_like(checked):
        checked = validation.totals.remarked(checked, opened.binding)
    return status, checked


def checker(
    opened: Opened, options: validation.Options, locations: Locations = NONE_LISTED
) -> Callable[[Fields], Checked]:
    """Return what says of a collection of a table what is wrong with it by itself."""
    check: Any = validation.check
    options = spread.judging(opened, options)
    if locations.named and not opened.into:
        check = partial(validation.location_names.check, locations=locations)
    if opened.calls:
        check = partial(validation.products.check, inner=check)
    check = spread.checking(opened, check)
    told = partial(validation.told.check, inner=check, options=options)

    def checked(fields: Fields) -> Checked:
        if isinstance(fields, Shaped):
            return told(fields)
        found: Checked = check(fields, options)
        return found

    return checked


def collections(opened: Opened) -> Iterator[Fields]:
    """Yield the collections of a table as the mapping reads them."""
    if opened.shaping:
        yield from opened.shaping.collections(opened.table.rows, Spool())
        return
    for row in opened.table.rows:
        yield mapping.apply(opened.binding, row)
