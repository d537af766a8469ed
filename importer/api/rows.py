"""The rows of a result that programs ask for: those to look at, and those created.

Read from the journal when they are asked for. Invariants: rows come in input order; a
row number that two tables have is never answered for one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from importer.report import notebook
from importer.texts import composed
from importer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.models import Place, ReportLine


class Problems(Collection["ReportLine"]):
    """The rows to look at, as a stream that can be read again and again."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], Iterator[ReportLine]]) -> None:
        """Read nothing yet."""
        self._read = read

    def __iter__(self) -> Iterator[ReportLine]:
        """Yield each of them, in input order."""
        return self._read()

    def __len__(self) -> int:
        """Count them, which reads them all."""
        return sum(1 for _ in self._read())

    def __bool__(self) -> bool:
        """Say whether there is one."""
        return next(self._read(), None) is not None

    def __contains__(self, line: object) -> bool:
        """Say whether a line is one of them."""
        return any(each == line for each in self._read())

    def __repr__(self) -> str:
        """Say how many there are, and not which."""
        return f"<{counted(len(self), 'row')} with a problem>"

    def _repr_html_(self) -> str:
        """Return the first of them as a table, for notebooks."""
        return f"<p>{counted(len(self), 'row')} with a problem</p>" + notebook.problems(
            self, len(self)
        )


class Created(Mapping["Place", str]):
    """The ids of what was created, by the place of its row.

    A row may also be named by its number, `created[2]`, or with the name of its table,
    `created["b.csv", 2]`, where there are several.
    """

    __slots__ = ("_by_place", "_rows")

    def __init__(self, made: Iterable[tuple[Place, str]]) -> None:
        """Hold them all."""
        self._by_place = dict(made)
        self._rows: dict[int, list[Place]] = {}
        for place in self._by_place:
            self._rows.setdefault(place.row, []).append(place)

    def __getitem__(self, row: Place | int | tuple[str, int]) -> str:
        """Return the id that a row was given.

        Raises:
            KeyError: it created nothing, or several tables have a row of that number.
        """
        if isinstance(row, int):
            return self._by_place[self._only(row, self._rows.get(row, []))]
        if isinstance(row, tuple):
            if len(row) != len(("table", "number")):
                raise KeyError(row)
            file, number = row
            places = self._rows.get(number, [])
            wanted = composed(file)
            named = [
                place
                for place in places
                if wanted in (composed(place.file), composed(place.sheet))
            ]
            return self._by_place[self._only(row, named)]
        return self._by_place[row]

    @staticmethod
    def _only(row: object, places: list[Place]) -> Place:
        if len(places) > 1:
            tables = ", ".join(str(place) for place in places[:5])
            msg = f"several tables have a row {row!r}: {tables}"
            raise KeyError(msg)
        if not places:
            raise KeyError(row)
        return places[0]

    def __iter__(self) -> Iterator[Place]:
        """Yield the place of each, in input order."""
        return iter(self._by_place)

    def __len__(self) -> int:
        """Count them."""
        return len(self._by_place)

    def __repr__(self) -> str:
        """Say how many there are, and not which."""
        return f"<{counted(len(self), 'row')} created>"

    def _repr_html_(self) -> str:
        """Return the first of them as a table, for notebooks."""
        rows = ((str(place), made) for place, made in self.items())
        return f"<p>{counted(len(self), 'row')} created</p>" + notebook.table(
            ("where", "collection id"), rows, len(self)
        )
