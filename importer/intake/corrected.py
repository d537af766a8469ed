"""The rows of a corrected copy, one table after the other.

In our own columns a collection is one row, whatever it was in its file; in the
input's columns its rows stay what they are, but for the cells that are fixed. It
knows no file: rows go to whatever `add` is. Invariant: what is changed, and what is
not carried over, is told to the `Repair`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from importer import repair, validation
from importer.intake import judged, spread
from importer.intake.spool import Spool
from importer.mapping.columns import shape_problems
from importer.models import Calling, Fields, Invalid, Shaped, Valid
from importer.repair import UNFIXABLE, Change, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer import template
    from importer.intake.tables import Opened
    from importer.models import Checked, InputFile, Note
    from importer.settings import Settings
    from importer.template import Add

    #: What judges a row, with the options of the whole input.
    Judge = partial[Checked]

#: Whose columns the copy has: the template's, or those of the input.
Columns = Literal["own", "input"]

#: What makes two collections of other programs two, though all they say is the same.
_TELLING_APART = ("key", "parent", "path")


@dataclass(slots=True)
class Repair:
    """What was changed, and what could not be.

    `written` are the encodings and separators of its texts,
    `files` are the tables of the input, with what is told of each; `before` counts its
    rows by what a check of them says; `left_out` are its columns that the copy does not
    have, `skipped` the collections that the file itself leaves out, by table and by its
    word for that.
    """

    path: Path
    columns: Columns
    written: set[tuple[str, str]] = field(default_factory=set)
    files: list[InputFile] = field(default_factory=list)
    before: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: dict[str, dict[str, int]] = field(default_factory=dict)
    kinds: Counter[repair.Kind] = field(default_factory=Counter)
    changes: Spool[Change] = field(default_factory=Spool)
    unfixed: Spool[Change] = field(default_factory=Spool)

    @property
    def problems_before(self) -> int:
        """How many rows of the input had a problem."""
        return self.before.total() - self.before["valid"]

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is told of the tables of the input, each with its name."""
        return tuple(
            note.said_by(partial(_said_of, named(file.file, file.sheet)))
            for file in self.files
            for note in file.notes
        )

    def tell(self, changes: Sequence[Change]) -> None:
        """Keep changes in their order."""
        for change in changes:
            self.kinds[change.kind] += 1
            kept = self.unfixed if change.kind in UNFIXABLE else self.changes
            kept.append(change)


def judge(opened: Opened, chosen: Settings) -> Judge:
    """Return what says of a collection what `check` says of it."""
    check: Any = validation.check
    if chosen.locations.named and not opened.into:
        check = partial(validation.location_names.check, locations=chosen.locations)
    check = partial(validation.products.check, inner=check)
    check = spread.checking(opened, check)
    if opened.shaping:
        check = partial(validation.told.check, inner=check)
    return partial(check, options=spread.judging(opened, chosen.checking))


def where(opened: Opened) -> str:
    """Name the table, as a person would look it up."""
    return named(opened.table.file, opened.table.sheet)


def named(file: str, sheet: str) -> str:
    """Name a file and its sheet, if it has one."""
    return f"{file}, sheet {sheet}" if sheet else file


def _said_of(table: str, note: str) -> str:
    return f"in {table}: {note}"


def content(opened: Opened, one: Fields, valid: Valid) -> int:
    """Return what a collection says, as a number; other parents make it differ.

    Its products are said by whatever they are called.
    """
    parts = dict(valid.filled)
    if isinstance(valid, Calling):
        parts["called"] = valid.called
    if shape := opened.binding.shape:
        parts |= {name: shape.text(name, one.row.cells) for name in _TELLING_APART}
    return repair.content(parts)


class Copy:
    """Mends the collections of one table after the other and lays them out."""

    def __init__(
        self,
        add: Add,
        layout: template.Layout,
        done: Repair,
        slugs: repair.Slugs,
        *,
        own: bool,
    ) -> None:
        """Write with `add`, in our own columns or in those of the input."""
        self._add = add
        self._headers = [column.header for column in layout.columns]
        self._done = done
        self._slugs = slugs
        self._own = own
        self._grid = done.path.suffix.lower() == ".xlsx"
        #: by the number of a table whose rows are still to be written, its new cells
        self.replaced: dict[int, repair.Replaced] = {}

    def table(self, opened: Opened, chosen: Settings) -> None:
        """Fix a table, and write it unless its rows have to be read once more."""
        judging = judge(opened, chosen)
        if self._own:
            for collection in judged.collections(opened):
                self._add(self._own_row(opened, collection, judging))
        elif opened.binding.shape:
            # its rows are read once more, as a fixed value belongs into any of a
            # collection's rows
            cells = self.replaced.setdefault(opened.number, {})
            for collection in judged.collections(opened):
                cells |= self._replaced(opened, collection, judging)
        else:
            for collection in judged.collections(opened):
                self._add(self._input_row(opened, collection, judging))

    def rows(self, opened: Opened) -> None:
        """Write the rows of another program's table, with their new cells."""
        binding = opened.binding
        cells = self.replaced.get(opened.number, {})
        for row in opened.table.rows:
            wrong = shape_problems(binding, row)
            line = row.place.row
            texts = [
                cells.get((line, index), cell) for index, cell in enumerate(row.cells)
            ]
            texts += [
                cells.get((line, index), "")
                for index in range(len(texts), 0 if wrong else binding.width)
            ]
            one = Fields(replace(row, cells=tuple(texts)), {}, binding.columns, wrong)
            if wrong:
                texts, _ = repair.placed(binding, one, one, grid=self._grid)
            self._add(texts[: None if wrong else binding.width])

    def _own_row(self, opened: Opened, one: Fields, judging: Judge) -> list[str]:
        after, changes = self._settled(opened, one, judging)
        binding = opened.binding
        raw: tuple[Change, ...] = ()
        told: set[str] = set()
        if not (opened.shaping and opened.shaping.spans):
            raw = repair.raw_changes(binding, one, written=True)
            told = {field for field, *_ in binding.cleaned}
        self._done.tell([*raw, *repair.read(one, told), *changes, *repair.lost(one)])
        return repair.laid_out(opened.binding, after, self._headers)

    def _input_row(self, opened: Opened, one: Fields, judging: Judge) -> list[str]:
        after, changes = self._settled(opened, one, judging)
        # the cells of a row out of shape are not touched
        raw = repair.raw_changes(opened.binding, one, written=False)
        cells, done = repair.placed(opened.binding, one, after, grid=self._grid)
        self._tell(changes, done, () if one.problems else raw)
        return cells

    def _replaced(self, opened: Opened, one: Fields, judging: Judge) -> repair.Replaced:
        shape = opened.binding.shape
        after, changes = self._settled(opened, one, judging)
        if one.problems or shape is None or not isinstance(one, Shaped):
            self._tell(changes, frozenset())
            return {}
        cells, done = repair.replaced(shape, opened.binding.width, one, after)
        self._tell(changes, done)
        return cells

    def _tell(
        self,
        changes: tuple[Change, ...],
        done: frozenset[str],
        raw: tuple[Change, ...] = (),
    ) -> None:
        """Tell the changes of fields that have got their new cell."""
        kept = [change for change in changes if change.kind in UNFIXABLE]
        kept += [
            change for change in changes if change.field in done and change not in kept
        ]
        self._done.tell([*raw, *kept])

    def _settled(
        self, opened: Opened, one: Fields, judging: Judge
    ) -> tuple[Fields, tuple[Change, ...]]:
        """Return the collection fixed, with a slug that it may keep."""
        after, changes = repair.fixed(one)
        checked = judging(after)
        # what cannot be made good is left with what was fixed, for a person to finish
        if isinstance(checked, Invalid):
            return after, changes
        before = judging(one) if changes else checked
        known = before if isinstance(before, Valid) else checked
        good = known is before
        parts = checked.filled
        own = parts["slug"]
        # a good row is known by what it says as it stands, whatever is fixed of it
        number = content(opened, one, known)
        slug = self._slugs.settle(parts["location_id"], own, number, good=good)
        if slug is None:
            kind = Kind.SAME_AS_ANOTHER
            return one, (Change(one.row.place, "slug", "slug", kind, own),)
        if slug == own or not (self._own or "slug" in one.columns):
            return after, changes
        after, change = repair.with_slug(after, own, slug)
        return after, (*changes, change)
