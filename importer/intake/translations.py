"""Rows that say a collection once more in another language or store view.

Where a column says the language of a row and others which collection it is, one row of
each is read. All rows are seen first, in a temporary file; tables without such a column
pay nothing. Invariants: a collection that is in one language only stays; rows out of
shape stay, for the check to tell; the rows that are left out are counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from operator import ne
from typing import TYPE_CHECKING

from importer.intake.spool import Spool
from importer.mapping import languages
from importer.models import Faulty, Note, NoteCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer import mapping
    from importer.models import Table

    Record = tuple[int, list[str]]

#: What the view is called that all others begin with.
_USUAL = frozenset({"", "admin", "all"})
_MOST_NAMED = 6


def left_out(table: Table, binding: mapping.Binding, chosen: str) -> Table:
    """Return a table without its translations, which a note counts.

    Args:
        table: as it was opened.
        binding: its columns.
        chosen: the language that was asked for; blank: the usual one.

    Raises:
        InputError: the table has languages, and not the one that was asked for.
        StorageError: the folder for temporary files is full.
    """
    found = languages.row_columns(table.header, binding)
    if found is None:
        if not chosen or languages.of(table.header):
            return table
        note = Note(NoteCode.NO_LANGUAGES, chosen=chosen)
        return replace(table, notes=(*table.notes, note))
    views = _Views(*found, width=binding.width)
    kept: Spool[Record] = Spool()
    for record in table.records:
        kept.append(record)
        views.add(record)
    named = [name or "blank" for name in views.counts]
    wanted = languages.plain(chosen)
    rows = set(map(languages.plain, views.counts))
    if chosen and rows and wanted not in rows | languages.of(table.header).keys():
        raise languages.unknown(table.file, chosen, named)
    views.choose(wanted)
    if not (number := views.translations):
        notes = (*table.notes, *_apart(named, chosen))
        return replace(table, records=kept, notes=notes)
    views.look_for_blanks(kept)
    return replace(
        table,
        records=views.read(kept),
        notes=(*table.notes, _note(number, named, views)),
    )


def _note(count: int, named: list[str], views: _Views) -> Note:
    """Tell how many rows are left out, and how many blank cells are filled, if any."""
    code, listed = NoteCode.ROWS_TRANSLATED, _listed(named)
    if not (filled := views.filled.total()):
        return Note(code, count=count, languages=listed)
    of = tuple(view or "blank" for view in views.filled if views.filled[view])
    return Note(code, "filled", count=count, languages=listed, filled=filled, views=of)


def _apart(named: list[str], chosen: str) -> Iterator[Note]:
    """Tell of rows in several languages of which none translates another."""
    if len(named) > 1:
        variant = "chosen" if chosen else ""
        listed = _listed(named)
        yield Note(NoteCode.LANGUAGES_APART, variant, languages=listed, chosen=chosen)


def _listed(named: list[str]) -> str:
    return ", ".join(named[:_MOST_NAMED]) + (" …" if named[_MOST_NAMED:] else "")


@dataclass(slots=True)
class _Views:
    """The languages of each collection of a table, and which of them is read."""

    language: int
    identity: tuple[int, ...]
    width: int
    counts: Counter[str] = field(default_factory=Counter)
    known: dict[tuple[str, ...], dict[str, int]] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    #: the same where no language is asked for, and what its rows say of collections
    #: that are read in another one
    usual: dict[str, int] = field(default_factory=dict)
    defaults: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    filled: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        """Take in a row."""
        if at := self._of(record[1]):
            view, collection = at
            self.counts[view] += 1
            views = self.known.setdefault(collection, {})
            views[view] = views.get(view, 0) + 1

    def choose(self, wanted: str) -> None:
        """Decide the order in which languages are read, once all rows are there."""

        def usual(view: str) -> tuple[bool, int]:
            return view.casefold() not in _USUAL, -self.counts[view]

        def rank(view: str) -> tuple[bool, bool, int]:
            return not wanted or languages.plain(view) != wanted, *usual(view)

        self.order = {view: at for at, view in enumerate(sorted(self.counts, key=rank))}
        by_default = sorted(self.counts, key=usual)
        self.usual = {view: at for at, view in enumerate(by_default)}

    def look_for_blanks(self, records: Iterable[Record]) -> None:
        """Keep what fills the blank cells of the language that is read, and count it.

        A blank cell of a store view means what the usual view says.
        """
        if self.usual == self.order:
            return
        for _, cells in records:
            at = self._of(cells)
            if at and at[0] == self._usual(at[1]) != self._read(self.known[at[1]]):
                self.defaults.setdefault(at[1], cells)
        for record in records if self.defaults else ():
            at = self._of(record[1])
            if at and at[0] == self._read(self.known[at[1]]):
                whole = self._whole(record, at[1])
                changed = sum(map(ne, whole[1], record[1]))
                self.filled[self._usual(at[1])] += changed

    def _usual(self, collection: tuple[str, ...]) -> str:
        return min(self.known[collection], key=self.usual.__getitem__)

    def _whole(self, record: Record, collection: tuple[str, ...]) -> Record:
        """Return a row whose blank cells say what the usual view says."""
        default = self.defaults.get(collection)
        if default is None:
            return record
        number, cells = record
        pairs = zip(cells, default, strict=True)
        return number, [cell if cell.strip() else other for cell, other in pairs]

    @property
    def translations(self) -> int:
        """The number of rows that are left out."""
        return sum(
            sum(views.values()) - views[self._read(views)]
            for views in self.known.values()
        )

    def read(self, records: Iterable[Record]) -> Iterator[Record]:
        """Give the rows without translations."""
        for record in records:
            at = self._of(record[1])
            if at is None:
                yield record
            elif self._read(self.known[at[1]]) == at[0]:
                yield self._whole(record, at[1])

    def _read(self, views: dict[str, int]) -> str:
        return min(views, key=self.order.__getitem__)

    def _of(self, cells: list[str]) -> tuple[str, tuple[str, ...]] | None:
        """Return the language of a row, and which collection it is; None if unclear."""
        if len(cells) != self.width or type(cells) is Faulty:
            return None
        collection = tuple(cells[at].strip() for at in self.identity)
        # the last is what tells it from others; the first its location
        return (cells[self.language].strip(), collection) if collection[-1] else None
