"""A corrected copy of the input: what `check --fix` does.

Reads the input twice, first to see which slugs there are, then to mend and write row
by row, and checks what it has written. `repair` decides what is mended. Invariants:
the input is never touched; every row of it is in the copy, in its order; memory
holds one number for each identity and no row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from importer import mapping, repair, template, validation
from importer.errors import UsageError
from importer.models import Calling, Invalid, Valid
from importer.pipeline import reading
from importer.pipeline.spool import Spool
from importer.repair import UNMENDABLE, Change
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.models import Checked, Fields
    from importer.pipeline.reading import Opened

    #: What judges a row, with the options of the whole input.
    Judge = partial[Checked]

#: Whose columns the copy has: the template's, or those of the input.
Columns = Literal["own", "input"]

_TWICE = "The input is read twice, so it has to be a file."
_SPANNING = "here one collection spans several rows, which the input's columns keep."


@dataclass(slots=True)
class Repair:
    """What was changed, and what could not be.

    `before` counts the rows of the input by what a check of them says; `left_out` are
    its columns that the copy does not have.
    """

    path: Path
    columns: Columns
    before: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: Counter[repair.Kind] = field(default_factory=Counter)
    changes: Spool[Change] = field(default_factory=Spool)
    unmended: Spool[Change] = field(default_factory=Spool)

    @property
    def problems_before(self) -> int:
        """How many rows of the input had a problem."""
        return self.before.total() - self.before["valid"]

    def tell(self, changes: Sequence[Change]) -> None:
        """Keep changes in their order."""
        for change in changes:
            self.kinds[change.kind] += 1
            kept = self.unmended if change.kind in UNMENDABLE else self.changes
            kept.append(change)


def fix(
    inputs: Sequence[str],
    chosen: Settings,
    path: Path,
    columns: Columns = "own",
    *,
    force: bool = False,
) -> tuple[Repair, Settings]:
    """Write a corrected copy of the input.

    Args:
        inputs: paths of files.
        chosen: the settings that they are read with.
        path: the copy, .csv or .xlsx.
        columns: whose columns it has.
        force: whether a file that is there may be replaced.

    Returns:
        What was changed, and the settings that the copy is to be read with.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used, or the copy must not be written.
        StorageError: it cannot be written.
    """
    files = [Path(one) for one in inputs]
    _refuse(chosen, files)
    template.may_write(path, "--fix", force=force, inputs=files)
    done = Repair(path, columns)
    judge = _judge(chosen)
    slugs = repair.Slugs()
    headers: list[tuple[str, ...]] = []
    optional: set[str] = set()
    for opened in reading.open_inputs(inputs, chosen):
        headers.append(opened.table.header)
        optional |= {*opened.binding.columns, *opened.binding.constants}
        if columns == "own":
            done.left_out[_where(opened)] = opened.binding.left_out
        for fields in _fields(opened):
            done.before[_survey(fields, judge, slugs)] += 1
    layout = _layout(columns, headers, optional, chosen)
    with template.writing(path, layout) as add:
        for opened in reading.open_inputs(inputs, chosen):
            write = _Writer(opened, layout, done, judge, slugs)
            for fields in _fields(opened):
                add(write.row(fields))
    return done, _afterwards(chosen, columns)


class _Writer:
    """Mends the rows of one table and lays them out."""

    def __init__(
        self,
        opened: Opened,
        layout: template.Layout,
        done: Repair,
        judge: Judge,
        slugs: repair.Slugs,
    ) -> None:
        self._binding = opened.binding
        self._headers = [column.header for column in layout.columns]
        self._done = done
        self._judge = judge
        self._slugs = slugs
        self._own = done.columns == "own"
        self._grid = done.path.suffix.lower() == ".xlsx"

    def row(self, fields: Fields) -> list[str]:
        """The cells of a row; its changes are told."""
        if not self._own and fields.row.place.row != fields.row.place.row_end:
            msg = f"{fields.row.place}: {_SPANNING}"
            raise UsageError(msg, remedy="Leave --fix-columns out.")
        after, changes = self._settled(fields)
        # the cells of a row out of shape are not touched where they can stay
        whole = self._own or not fields.problems
        raw = repair.raw_changes(self._binding, fields, written=self._own)
        if self._own:
            self._done.tell([*raw, *changes])
            return repair.laid_out(self._binding, after, self._headers)
        cells, replaced = repair.placed(self._binding, fields, after, grid=self._grid)
        kept = [one for one in changes if one.kind in UNMENDABLE]
        kept += [one for one in changes if one.field in replaced and one not in kept]
        self._done.tell([*(raw if whole else ()), *kept])
        return cells

    def _settled(self, fields: Fields) -> tuple[Fields, tuple[Change, ...]]:
        """The row mended, with a slug that it may keep."""
        after, changes = repair.mended(fields)
        checked = self._judge(after)
        if isinstance(checked, Invalid):
            return after, changes
        good = not changes or isinstance(self._judge(fields), Valid)
        parts = checked.parts
        own = parts["slug"]
        said = _said(checked)
        slug = self._slugs.settle(parts["location_id"], own, said, good=good)
        if slug is None:
            place = fields.row.place
            kind = repair.Kind.SAME_AS_ANOTHER
            return fields, (Change(place, "slug", "slug", kind, own),)
        if slug == own or not (self._own or "slug" in fields.columns):
            return after, changes
        after, change = repair.with_slug(after, own, slug)
        return after, (*changes, change)


def _survey(fields: Fields, judge: Judge, slugs: repair.Slugs) -> str:
    """Note the slug of a row, and say what a check says of it."""
    before = judge(fields)
    if isinstance(before, Valid):
        parts = before.parts
        said = _said(before)
        first = slugs.claim(parts["location_id"], parts["slug"], said)
        return "valid" if first else "duplicate"
    after = judge(repair.mended(fields)[0])
    if isinstance(after, Valid):
        slugs.reserve(after.parts["location_id"], after.parts["slug"])
    elif after.location_id and after.slug:
        slugs.reserve(after.location_id, after.slug)
    return "invalid"


def _said(valid: Valid) -> int:
    """What a row says, its products by whatever they are called."""
    called = valid.called if isinstance(valid, Calling) else ()
    return repair.content({**valid.parts, "called": called} if called else valid.parts)


def _fields(opened: Opened) -> Iterator[Fields]:
    for row in opened.table.rows:
        yield mapping.apply(opened.binding, row)


def _judge(chosen: Settings) -> Judge:
    inner: Any = validation.check
    if chosen.locations.named:
        inner = partial(validation.naming.check, locations=chosen.locations)
    return partial(validation.products.check, options=chosen.checking, inner=inner)


def _refuse(chosen: Settings, files: Sequence[Path]) -> None:
    if chosen.values.limit is not None:
        msg = "--fix writes a copy of all rows, so --limit has no place beside it."
        raise UsageError(msg, remedy="Leave one of them out.")
    if any(str(one) == "-" for one in files):
        raise UsageError(_TWICE, remedy="Save the table and name its file.")


def _layout(
    columns: Columns,
    headers: Sequence[tuple[str, ...]],
    used: set[str],
    chosen: Settings,
) -> template.Layout:
    if columns == "input":
        if len(set(headers)) > 1:
            msg = "The files have different columns, so a copy cannot have them all."
            raise UsageError(msg, remedy="Name one file, or leave --fix-columns out.")
        return template.Layout(
            tuple(template.Column(header, "") for header in headers[0])
        )
    optional = tuple(one for one in template.OPTIONAL if one.header in used)
    names = tuple(one.name or one.id for one in chosen.locations.listed)
    return template.Layout((*template.COLUMNS, *optional), names)


def _afterwards(chosen: Settings, columns: Columns) -> Settings:
    """The settings for the copy: it needs none of those that the input needed."""
    update: dict[str, object] = {"sheet": "", "encoding": "", "delimiter": ""}
    if columns == "own":
        update |= {"mapping": None, "preset": "own"}
    values = chosen.values.model_copy(update=update)
    return Settings(values, chosen.origins, chosen.folder)


def _where(opened: Opened) -> str:
    table = opened.table
    return f"{table.file}, sheet {table.sheet}" if table.sheet else table.file
