"""Which rows of a table are one collection, kept up to date as rows change.

Rows hang together that say one key, or go on with the row above; those that do not hang
together with a row that changes stay what they are. What hangs together is numbered
anew by the numbering of a check (`mapping`). Knows no problem. Invariant: the groups
are those that the numbering would make of all rows, read from the first to the last.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.intake.workbench.records import Records
    from importer.mapping.groups import Numbering
    from importer.models import Row


class Kinship:
    """The rows of one table by what they say that others may say as well."""

    def __init__(
        self,
        records: Records,
        read: Callable[[int], Row],
        counts: Callable[[Row], bool],
        numbering: Callable[[], Numbering],
    ) -> None:
        """Begin with nothing known; it is read when it is first asked for.

        Args:
            records: the rows.
            read: gives a row by its number, as a check reads it.
            counts: tells whether a row is in any collection.
            numbering: gives what numbers collections, with none known.
        """
        self._records, self._read, self._counts = records, read, counts
        self._numbering = numbering
        self._keys = numbering()
        #: one row, or all of them, by the hash of what they say: two texts of one hash
        #: would only be looked at together
        self._saying: dict[int, int | array[int]] = {}
        #: rows that say nothing, in their order
        self._bare: list[int] = []
        self._known = False

    def around(self, rows: Iterable[int], beside: Iterable[int] = ()) -> set[int]:
        """Return all rows that hang together with some, which change or have changed.

        Args:
            rows: those that change.
            beside: others whose relations are wanted as well.
        """
        if not self._known:
            self._known = True
            self.learn(number for number, _ in self._records)
        waiting = [*beside]
        for number in rows:
            waiting.append(number)
            waiting += self._below(number)
        found: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self._related(number)
        return found

    def learn(self, rows: Iterable[int]) -> None:
        """Take in what rows say."""
        for number in rows:
            cells = self._cells(number)
            if cells is None:
                continue
            items = self._keys.items(cells)
            for item in map(hash, items):
                same = self._saying.setdefault(item, number)
                if isinstance(same, array):
                    same.append(number)
                elif same != number:
                    self._saying[item] = array("q", (same, number))
            if not items and self._keys.goes_on:
                insort(self._bare, number)

    def forget(self, rows: Iterable[int]) -> None:
        """Forget what rows say, before they say something else."""
        for number in rows:
            cells = self._cells(number)
            for item in map(hash, self._keys.items(cells) if cells else ()):
                same = self._saying.get(item)
                if isinstance(same, array) and number in same:
                    same.remove(number)
                elif same == number:
                    del self._saying[item]
            if self._is_bare(number):
                del self._bare[bisect_left(self._bare, number)]

    def groups(self, rows: Iterable[int]) -> Iterable[list[Row]]:
        """Give the rows of each collection together, of rows that hang together."""
        keys = self._numbering()
        found: dict[int, list[Row]] = {}
        for number in sorted(rows):
            cells = self._cells(number)
            if cells is None:
                continue
            if not keys.items(cells) and keys.name(cells):
                keys.stand_below(self._name_above(number))
            row = self._read(number)
            found.setdefault(keys.number(row.cells), []).append(row)
        return found.values()

    # --- one row ----------------------------------------------------------------------

    def _cells(self, number: int) -> tuple[str, ...] | None:
        """Return the cells of a row; None where it is in no collection."""
        if not self._records.holds(number):
            return None
        row = self._read(number)
        return row.cells if self._counts(row) else None

    def _related(self, number: int) -> Iterator[int]:
        """Give the rows that a row hangs together with."""
        cells = self._cells(number)
        if cells is None:
            return
        items = self._keys.items(cells)
        for item in map(hash, items):
            same = self._saying.get(item, number)
            yield from same if isinstance(same, array) else (same,)
        if not items and self._goes_on(number, cells):
            yield from self._next(self._records.above(number))
        for below in self._next(self._records.below(number)) if self._bare else ():
            cells = self._cells(below)
            if cells and self._is_bare(below) and self._goes_on(below, cells):
                yield below

    def _below(self, number: int) -> Iterator[int]:
        """Give the rows that may go on with what a row says, or what stands above it.

        A name counts until another row has one.
        """
        for below in self._records.below(number):
            if not self._bare or below > self._bare[-1]:
                return
            cells = self._cells(below)
            if self._is_bare(below):
                yield below
            if cells and self._keys.name(cells):
                return

    def _goes_on(self, number: int, cells: Sequence[str]) -> bool:
        """Return whether a row that says no key goes on with the one above."""
        if not [*self._next(self._records.above(number))]:
            return False
        name = self._keys.name(cells)
        return self._keys.continues(cells, self._name_above(number) if name else "")

    def _next(self, numbers: Iterable[int]) -> Iterator[int]:
        """Give the first row that is in a collection, if there is one."""
        found = (number for number in numbers if self._cells(number) is not None)
        yield from (number for number in [next(found, None)] if number is not None)

    def _name_above(self, number: int) -> str:
        """Return the last name that stands above a row."""
        cells = map(self._cells, self._records.above(number))
        names = (self._keys.name(each) for each in cells if each is not None)
        return next(filter(None, names), "")

    def _is_bare(self, number: int) -> bool:
        at = bisect_left(self._bare, number)
        return at < len(self._bare) and self._bare[at] == number
