"""One table on the bench: its rows, what its columns are, and how a row is judged.

Decides whether the rows can be judged one by one, or one collection by one, where an
edit touches no other; where that cannot be (rows in several languages, products that
name collections, a header in another order further down) the table is judged as a
whole. Invariant: a collection is read as a check reads it.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from importer import mapping, validation
from importer.errors import UsageError
from importer.intake import judged, tables
from importer.intake.workbench.kinship import Kinship
from importer.intake.workbench.records import unpacked
from importer.mapping import languages, memberships
from importer.mapping.preset import key
from importer.models import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from importer.intake.tables import Opened
    from importer.intake.workbench.records import Records
    from importer.mapping import Binding, InOrder, Spec
    from importer.mapping.groups import Numbered, Numbering
    from importer.models import Checked, Fields, Row, Table
    from importer.settings import Settings

    #: What a collection came to by itself: what it fills where nothing is to be told of
    #: it, else the check's answer; None where the file leaves it out.
    Found = dict[str, Any] | Checked | None


class Sheet:
    """A table whose rows are in `records`; `local` says whether rows stand alone."""

    def __init__(
        self,
        number: int,
        table: Table,
        records: Records,
        spec: Spec,
        settings: Settings,
    ) -> None:
        """Understand the columns of a table that begins with its header.

        Raises:
            InputError: no column is known, or those that are cannot be used.
            UsageError: an option cannot be used.
        """
        self.number: int = number
        self.records: Records = records
        self._table = replace(table, records=records)
        self._spec = spec
        self.opened: Opened = tables.opened(
            number, self._table, self._table, spec, settings
        )
        options, locations = settings.checking, settings.locations
        self.check: Callable[[Fields], Checked] = judged.checker(
            self.opened, options, locations
        )
        binding = self.opened.binding
        plain = self.opened.simple and not (locations.named or self.opened.into)
        fields = [field for field, _ in binding.fields]
        self._plain = validation.plainly(options, fields) if plain else None
        self._order = _order(table, binding)
        shaping = self.opened.shaping
        self.telling: set[int] = shaping.telling if shaping else set()
        self._structured = shaping is not None and (shaping.spans or shaping.is_tree)
        self.kin: Kinship | None = None
        if shaping is not None and shaping.is_numbered:
            self.kin = Kinship(records, self._row, shaping.counts, shaping.numbering)
        found = None if spec.wishes.category_path else binding
        self._tree = mapping.tree_columns(table.header, found) if found else None
        self.skipped: dict[int, str] = {}
        self._lines: dict[int, tuple[int, ...]] = {}
        self._first: dict[int, int] = {}
        #: rows of products, which are no collection and belong to none
        self._outside: set[int] = set()
        #: rows that stand apart from the others of their collection, by its first one
        self._strays: dict[int, list[int]] = {}
        self.local: bool = self._is_local()

    @property
    def binding(self) -> Binding:
        """What its columns are."""
        return self.opened.binding

    def snapshot(self) -> Table:
        """Return the table as it is now, to be read while this one changes."""
        return replace(self._table, records=self.records.snapshot())

    @property
    def width(self) -> int:
        """How many columns it has."""
        return self.binding.width

    def column(self, column: str | int) -> int:
        """Return the index of a column, by its number from 1, or its header or field.

        Raises:
            UsageError: there is no such column, or several have the header.
        """
        if isinstance(column, int):
            if column >= 1:
                return column - 1
            msg = f"There is no column {column}."
            raise UsageError(msg, remedy="Count columns from 1.")
        headers, wanted = self.binding.headers, column.strip()
        found = [at for at, text in enumerate(headers) if text.strip() == wanted]
        found = found or [at for at, t in enumerate(headers) if key(t) == key(column)]
        if not found:
            fields = [*self.binding.fields]
            fields += [(field, at) for field, at, _ in self.binding.cleaned]
            found = [at for field, at in fields if field == column]
        if len(found) == 1:
            return found[0]
        msg = f"There is no column {column!r:.60}."
        if found:
            msg = f"More than one column is called {column!r:.60}."
        raise UsageError(msg, remedy="Give its number, counted from 1.")

    # --- which rows are one collection ------------------------------------------------

    def first(self, number: int) -> int:
        """Return the first row of the collection that a row belongs to."""
        return self._first.get(number, number)

    def lines(self, first: int) -> tuple[int, ...]:
        """Return all rows of a collection by its first."""
        return self._lines.get(first, (first,))

    def reads(self, number: int) -> bool:
        """Return whether a row is in a collection that is judged."""
        if number in self._outside or not self.records.holds(number):
            return False
        return self.first(number) not in self.skipped

    def last(self) -> int:
        """Return the first row of the last collection; -1 where there is none."""
        for number in self.records.backwards():
            if self.first(number) == number and self.reads(number):
                return number
        return -1

    def is_apart(self, number: int, cells: list[str], *, there: bool) -> bool:
        """Return whether a change of a row touches no other collection than its own.

        Args:
            number: of the row, which is still as it was.
            cells: what it will be.
            there: whether it will be read.
        """
        if self.heads(cells):
            return False
        if not self._structured:
            return True
        old = self.records.cells(number)
        if there is not self.records.holds(number) or _fits(old) != _fits(cells):
            return False
        if len(old) != len(cells):
            return False
        # a row of products alone says nothing of a collection, and is none
        return all(old[at] == cells[at] for at in self.telling if at < len(old))

    def heads(self, cells: list[str]) -> bool:
        """Return whether a row would change how those below it are read."""
        return self._order is not None and self._order.heads(cells)

    def collections_of(self, rows: Iterable[int]) -> set[int]:
        """Return the first rows of the collections that rows are in."""
        return {self.first(number) for number in rows}

    def regroup(self, rows: set[int]) -> list[int]:
        """Put rows that hang together into collections; return the first of each."""
        assert self.kin is not None  # noqa: S101 - asked by the caller
        for number in rows:
            self._lines.pop(number, None)
            self._first.pop(number, None)
        shaping = self.opened.shaping
        if shaping is not None and shaping.shape.preset.of_collections:
            self._outside -= rows
            self._outside.update(filter(self.records.holds, rows))
        groups = ([row.first for row in group] for group in self.kin.groups(rows))
        return [*map(self._put_together, groups)]

    def is_as_understood(self) -> bool:
        """Return whether the first rows still say what kind of table it is."""
        if self._watch is None:
            return True
        known = self.binding.shape
        head = self.records.first_kept(memberships.ROWS_LOOKED_AT)
        return self._watch.found(head) is bool(known and known.members)

    @cached_property
    def _watch(self) -> memberships.Watch | None:
        """What tells whether its rows are memberships."""
        _, alone = mapping.begun(self._table, self._spec)
        return memberships.watch(alone, self._spec, unpacked)

    def _is_local(self) -> bool:
        """Return whether what a row says is of its collection alone."""
        header, shape = self._table.header, self.binding.shape
        return (
            not (shape and shape.preset.separator)
            and not languages.of(header)
            and languages.row_columns(header, self.binding) is None
            and self._order_holds()
        )

    # --- what is judged ---------------------------------------------------------------

    def judge_all(self) -> Iterator[tuple[int, Found]]:
        """Yield every collection by its first row, with what it came to by itself."""
        shaping = self.opened.shaping
        if shaping is None:
            for number, cells in self.opened.table.records:
                yield number, self._judged(number, cells)
            return
        if shaping.shape.preset.of_collections:
            self._outside = {number for number, _ in self.records}
        rows = self.opened.table.rows
        if shaping.is_numbered:
            groups = self._side_by_side(shaping.counted(rows), shaping.numbering())
        else:
            groups = shaping.groups(rows, _Waiting(self._read))
        for group in groups:
            first = self._put_together([row.first for row in group])
            yield first, self._of_group(first, group)

    def _side_by_side(
        self, rows: Iterable[Row], keys: Numbering
    ) -> Iterator[list[Row]]:
        """Give the rows of each collection that stand together, each read once.

        Those that stand further down, which few files have, are kept by their numbers.
        """
        firsts, current = array("q"), -1
        group: list[Row] = []
        for row in rows:
            number = keys.number(row.cells)
            if number == current:
                group.append(row)
            elif number < len(firsts):
                self._strays.setdefault(firsts[number], []).append(row.first)
            else:
                if group:
                    yield group
                firsts.append(row.first)
                group, current = [row], number
        if group:
            yield group

    def strayed(self) -> Iterator[int]:
        """Put rows further down to their collections; yield each by its first row.

        What these came to without them is not what they come to.
        """
        for first, rows in self._strays.items():
            yield self._put_together([*self.lines(first), *rows])
        self._strays = {}

    def _put_together(self, rows: Sequence[int]) -> int:
        """Note which rows are one collection; return the first of them."""
        first = rows[0]
        if len(rows) > 1:
            self._lines[first] = tuple(rows)
            self._first |= dict.fromkeys(rows, first)
        if self._outside:
            self._outside.difference_update(rows)
        return first

    def judge(self, first: int) -> Found:
        """Judge a collection by itself."""
        self.skipped.pop(first, None)
        self._note_place(first)
        if self.opened.shaping is not None:
            return self._of_group(first, self._group(first))
        return self._judged(first, self._read(first))

    def fields(self, first: int) -> Fields | None:
        """Return a collection as the mapping reads it; None where it is left out."""
        shaping = self.opened.shaping
        if shaping is None:
            return mapping.apply(self.binding, self._row(first))
        group = self._group(first)
        return None if shaping.left_out(group) else shaping.collection(group)

    def fields_of(self, row: Row) -> Fields | None:
        """Return a collection of a table that is judged as a whole, by its row.

        None where its cells do not say it: where products name it.
        """
        shaping = self.opened.shaping
        if shaping is None:
            return mapping.apply(self.binding, row)
        if shaping.shape.preset.separator:
            return None
        if not row.lines:
            return shaping.collection([row])
        table, width = self.opened.table, self.width
        cells = [row.cells[at : at + width] for at in range(0, len(row.cells), width)]
        return shaping.collection([*map(table.row, row.lines, cells)])

    def _of_group(self, first: int, group: list[Row]) -> Found:
        shaping = self.opened.shaping
        assert shaping is not None  # noqa: S101 - asked by the caller
        if reason := shaping.left_out(group):
            self.skipped[first] = reason
            return None
        return self.check(shaping.collection(group))

    def _judged(self, number: int, cells: list[str]) -> Found:
        fits = len(cells) == self.width and _fits(cells)
        if self._plain is not None and fits:
            fields = self.binding.fields
            parts = self._plain(
                {f: cell for f, i in fields if (cell := cells[i].strip())}
            )
            if parts is not None:
                return parts
        row = self.opened.table.row(number, cells)
        return self.check(mapping.apply(self.binding, row))

    def _group(self, first: int) -> list[Row]:
        return [*map(self._row, self.lines(first))]

    def _row(self, number: int) -> Row:
        return self.opened.table.row(number, self._read(number))

    def _read(self, number: int) -> list[str]:
        """Return the cells of a row as they are read: a header again is marked so."""
        cells = self.records.cells(number)
        if self._order is not None and self._order.may_head(cells):
            return self._order.taken((number, cells))[1]
        return cells

    def _order_holds(self) -> bool:
        """Return whether no row is a header in another order."""
        order = self._order
        if order is None:
            return True
        may_head = order.may_head
        numbers = [n for n, text in self.records.beginnings() if may_head([text])]
        return not any(order.heads(self.records.cells(number)) for number in numbers)

    def _note_place(self, number: int) -> None:
        """Note what stands above a category, where a repeated name asks for it."""
        if self._tree is None or number >= tables.PLACED:
            return
        cells, placed = self._read(number), self.opened.placed
        placed.pop(number, None)
        if max(self._tree) < len(cells):
            placed[number] = tables.place_in_tree(self._tree, cells)


class _Waiting:
    """Rows that wait for the second look, by their numbers: their cells are here."""

    def __init__(self, read: Callable[[int], list[str]]) -> None:
        self._read = read
        self._groups, self._rows = array("q"), array("q")

    def append(self, value: Numbered, /) -> None:
        """Keep a row."""
        self._groups.append(value[0])
        self._rows.append(value[1])

    def __iter__(self) -> Iterator[Numbered]:
        """Return all rows in their order."""
        for group, number in zip(self._groups, self._rows, strict=True):
            yield group, number, tuple(self._read(number))


def _order(table: Table, binding: Binding) -> InOrder | None:
    return mapping.InOrder(binding, ()) if len(table.header) > 1 else None


def _fits(cells: list[str]) -> bool:
    return Unreadable not in map(type, cells)
