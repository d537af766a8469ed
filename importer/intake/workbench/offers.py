"""What can be corrected in a bad row, and what has to be asked first.

A repair says in the contract's own way what the cell says already (`repair`). One that
makes a second collection out of a row that repeats another is never safe: whether the
two rows are two collections, or the same twice, only a person knows. Invariant: what is
not asked changes no row into another collection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from importer import identity, repair, sentences
from importer.intake import claims
from importer.models import Shaped, Valid
from importer.repair import UNFIXABLE, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.intake.workbench.sheet import Sheet
    from importer.models import Fields
    from importer.repair import Change


@dataclass(frozen=True, slots=True)
class Offer:
    """One correction of a row, with the cells that it changes.

    Attributes:
        row: the bad row.
        kind: which repair it is.
        field: what is corrected.
        column: its header.
        before: what it says.
        after: what it would say.
        cells: row, number of the column (from 1) and new text, of each cell.
        asks: whether it must be asked first: two collections, or the same twice?
        twin: the row that has the slug, where it is asked.
        alike: whether that row says the same of everything; the same twice, probably.
        slug: the one that both would have.
    """

    row: int
    kind: Kind
    field: str
    column: str
    before: str
    after: str
    cells: tuple[tuple[int, int, str], ...]
    asks: bool = False
    twin: int | None = None
    alike: bool = False
    slug: str = ""

    @property
    def question(self) -> str:
        """What must be asked first; empty where nothing must."""
        if self.twin is None:
            return ""
        row = self.twin % claims.ROWS
        return sentences.text("part/two_or_twice", row=row, slug=self.slug)


@dataclass(frozen=True, slots=True)
class Considered:
    """What a row offers by itself, before it is known who else has its slug.

    Attributes:
        offers: its corrections, each with whether it decides about the slug.
        key: the slug that it claims when they are done; empty where it is bad still.
        slug: the text of that; of a row that is good by itself, the one that it has.
        location: the location that it goes into.
        second: what it would have to be called beside another row that has the slug,
            with 2 behind it; None where that mends nothing.
        one: as the mapping reads it.
    """

    offers: tuple[tuple[Offer, bool], ...] = ()
    key: bytes = b""
    slug: str = ""
    location: str = ""
    second: Offer | None = None
    one: Fields | None = None

    @property
    def names(self) -> bool:
        """Whether one of the corrections decides about the slug."""
        return any(names for _, names in self.offers)


def considered(sheet: Sheet, here: int, one: Fields) -> Considered:
    """Return what a row offers by itself.

    Args:
        sheet: its table.
        here: the row.
        one: as the mapping reads it.
    """
    after, changes = repair.fixed(one)
    good = sheet.check(one)
    fixed = sheet.check(after) if changes else good
    offers = []
    for change in changes:
        if change.kind in UNFIXABLE:
            continue
        names = change.field in {"slug", "name"}
        offer = _offer(sheet, here, one, change)
        if offer is not None:
            offers.append((offer, names and not isinstance(good, Valid)))
    found = tuple(offers)
    if not isinstance(fixed, Valid):
        return Considered(found)
    key = claims.keys(fixed.parts)[0]
    if not isinstance(good, Valid):
        return Considered(found, key, *_place(fixed), one=one)
    slug, location = _place(good)
    second = _second(sheet, here, one, slug, 2)
    return Considered(found, key, slug, location, second, one)


def _place(checked: Valid) -> tuple[str, str]:
    return checked.parts["slug"], checked.parts["location_id"]


def _second(
    sheet: Sheet, here: int, one: Fields, slug: str, number: int
) -> Offer | None:
    _, change = repair.with_slug(one, slug, f"{slug}-{number}")
    return _offer(sheet, here, one, change)


def beside(
    sheet: Sheet,
    here: int,
    known: Considered,
    holder: Callable[[bytes], int | None],
    is_free: Callable[[bytes], bool],
) -> Iterator[Offer]:
    """Yield the corrections of a row, beside all others.

    Args:
        sheet: its table.
        here: the row.
        known: what it offers by itself.
        holder: tells which row has a slug; None where none has.
        is_free: tells whether a slug may be given.
    """
    twin = holder(known.key) if known.key else None
    twin = None if twin == here else twin
    asked = partial(replace, asks=True, twin=twin, slug=known.slug)
    for offer, names in known.offers:
        if not names or twin is None:
            yield offer
        elif offer.field != "slug":
            yield asked(offer)
        elif second := _numbered(sheet, here, known, is_free):
            # what is wrong with the slug is right then, too: it is asked once
            yield asked(second, before=offer.before)
    if known.second is None or twin is None:
        return
    if second := _numbered(sheet, here, known, is_free):
        yield asked(second)


def _numbered(
    sheet: Sheet, here: int, known: Considered, is_free: Callable[[bytes], bool]
) -> Offer | None:
    """Offer the first number behind the slug that makes it one that no row has."""
    assert known.one is not None  # noqa: S101 - of a row that can claim a slug
    number = 2
    while not is_free(identity.key(known.location, f"{known.slug}-{number}")):
        number += 1
    return _second(sheet, here, known.one, known.slug, number)


def _offer(sheet: Sheet, here: int, one: Fields, change: Change) -> Offer | None:
    """Return a change with the cells that it goes to; None where there are none."""
    single = replace(one, values={**one.values, change.field: change.after})
    cells = tuple(_cells(sheet, one, single, change.field))
    if not cells:
        return None
    return Offer(
        here,
        change.kind,
        change.field,
        change.column,
        change.before,
        change.after,
        cells,
    )


def _cells(
    sheet: Sheet, one: Fields, after: Fields, field: str
) -> Iterator[tuple[int, int, str]]:
    binding = sheet.binding
    if binding.shape is not None:
        if isinstance(one, Shaped):
            cells, _ = repair.replaced(binding.shape, binding.width, one, after)
            for (line, index), text in cells.items():
                yield line, index + 1, text
        return
    texts, done = repair.placed(binding, one, after, grid=False)
    if field not in done:
        return
    known = [(name, at) for name, at in binding.fields]
    known += [(name, at) for name, at, _ in binding.cleaned]
    for name, at in known:
        if name == field:
            yield one.row.first, at + 1, texts[at]
