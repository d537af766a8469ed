"""The rows of a table in memory, in a compact form, and those that are left out.

A row is one text of its cells, since a list of them takes four times as much. Knows no
column. Invariants: what was put in comes out cell by cell; rows that are left out, or
blank, are not read, as a file has none that is blank.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

from importer.models import Faulty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Stands between the cells of a row that is kept as one text.
_BETWEEN = "\x1f"
_CUT = _BETWEEN.encode()

#: A row as it is kept.
Kept = bytes | list[str]


def packed(cells: list[str]) -> Kept:
    """Return the cells as they are kept: one text, unless that would lose something."""
    if type(cells) is not Faulty and cells:
        text = _BETWEEN.join(cells)
        if text.count(_BETWEEN) == len(cells) - 1:
            return text.encode("utf-8", "surrogatepass")
    return cells.copy() if type(cells) is list else Faulty(cells)


def unpacked(kept: Kept) -> list[str]:
    """Return the cells of a row."""
    if type(kept) is bytes:
        return kept.decode("utf-8", "surrogatepass").split(_BETWEEN)
    return Faulty(kept) if type(kept) is Faulty else [*kept]


def is_blank(cells: Sequence[str]) -> bool:
    """Return whether no cell says anything."""
    return not any(map(str.strip, cells))


class Records:
    """The rows of one table by their numbers, which ascend."""

    __slots__ = ("_gone", "_kept", "_numbers")

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers = array("q")
        self._kept: list[Kept] = []
        #: rows that are not read, each with whether it was left out on purpose
        self._gone: dict[int, bool] = {}

    def append(self, number: int, cells: list[str]) -> None:
        """Add a row below the others."""
        self._numbers.append(number)
        self._kept.append(packed(cells))

    def from_below(self, number: int) -> Records:
        """Return the rows below one of them as a table of their own."""
        found, at = Records(), bisect_left(self._numbers, number + 1)
        found._numbers, found._kept = self._numbers[at:], self._kept[at:]
        return found

    def position(self, number: int) -> int:
        """Return how many rows stand above one.

        Raises:
            KeyError: there is no such row.
        """
        at = bisect_left(self._numbers, number)
        if at == len(self._numbers) or self._numbers[at] != number:
            raise KeyError(number)
        return at

    def cells(self, number: int) -> list[str]:
        """Return the cells of a row, left out or not.

        Raises:
            KeyError: there is no such row.
        """
        return unpacked(self._kept[self.position(number)])

    def kept(self, number: int) -> Kept:
        """Return a row as it is kept."""
        return self._kept[self.position(number)]

    def put(self, number: int, kept: Kept) -> None:
        """Put another row in the place of one."""
        self._kept[self.position(number)] = kept
        if self._gone.get(number) is not True:
            self._gone.pop(number, None)
            if is_blank(unpacked(kept)):
                self._gone[number] = False

    def leave_out(self, number: int, *, out: bool) -> None:
        """Leave a row out, or take it in again."""
        self._gone.pop(number, None)
        if out or is_blank(self.cells(number)):
            self._gone[number] = out

    @property
    def left_out(self) -> list[int]:
        """The rows that are left out on purpose."""
        return sorted(number for number, meant in self._gone.items() if meant)

    def is_left_out(self, number: int) -> bool:
        """Return whether a row is left out on purpose."""
        return self._gone.get(number) is True

    def holds(self, number: int) -> bool:
        """Return whether a row is read."""
        return number not in self._gone

    def first(self, count: int) -> list[tuple[int, list[str]]]:
        """Return the first rows that are read."""
        found: list[tuple[int, list[str]]] = []
        for record in self:
            if len(found) == count:
                break
            found.append(record)
        return found

    def first_kept(self, count: int) -> Iterable[Kept]:
        """Return the first rows that are read, as they are kept."""
        if not self._gone:
            return self._kept[:count]
        rows = zip(self._numbers, self._kept, strict=True)
        return islice((kept for n, kept in rows if n not in self._gone), count)

    def beginnings(self) -> Iterator[tuple[int, str]]:
        """Yield the first cell of each row that is read, with its number."""
        gone = self._gone
        for number, kept in zip(self._numbers, self._kept, strict=True):
            if number not in gone:
                if isinstance(kept, bytes):
                    text = kept.partition(_CUT)[0].decode("utf-8", "surrogatepass")
                    yield number, text
                else:
                    yield number, kept[0]

    def backwards(self) -> Iterator[int]:
        """Yield the numbers of the rows that are read, the last first."""
        return (n for n in reversed(self._numbers) if n not in self._gone)

    def below(self, number: int) -> Iterator[int]:
        """Yield the numbers of the rows below one that are read, the next first."""
        for at in range(bisect_left(self._numbers, number + 1), len(self._numbers)):
            if (found := self._numbers[at]) not in self._gone:
                yield found

    def above(self, number: int) -> Iterator[int]:
        """Yield the numbers of the rows above one that are read, the next first."""
        for at in range(bisect_left(self._numbers, number) - 1, -1, -1):
            if (found := self._numbers[at]) not in self._gone:
                yield found

    @property
    def total(self) -> int:
        """How many there are, those that are not read included."""
        return len(self._numbers)

    def digest(self) -> str:
        """Return what tells these rows from others, left out or not."""
        found = blake2b(self._numbers.tobytes(), digest_size=16)
        for kept in self._kept:
            text = kept if type(kept) is bytes else repr([*map(str, kept)]).encode()
            found.update(text + b"\n")
        return found.hexdigest()

    def snapshot(self) -> Records:
        """Return the rows as they are now; they stay when these change."""
        found = Records()
        found._numbers, found._kept = self._numbers, self._kept.copy()
        found._gone = dict(self._gone)
        return found

    def __len__(self) -> int:
        """Count the rows that are read."""
        return len(self._numbers) - len(self._gone)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are read, with their numbers."""
        gone = self._gone
        for number, kept in zip(self._numbers, self._kept, strict=True):
            if number not in gone:
                yield number, unpacked(kept)
