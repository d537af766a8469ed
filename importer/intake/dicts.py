"""Rows that a program hands over as dicts, as a table.

They are read to their end before the first comes out, because any of them may have a
name that no other has; so each is kept in a temporary file meanwhile. A dict is read as
an object of JSON Lines is: what lies inside of it has a name with dots. Invariants: the
rows count from 2, as below a header; memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from importer.background import Abandoned
from importer.intake.spool import Spool
from importer.models import Faulty, Unreadable
from importer.source import flattened, refusal, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.models import Table
    from importer.source import Record

#: More names than these are no columns of a table.
MAX_NAMES = 16_384
_GIVE = "Give dicts: [{'name': 'Shoes', 'slug': 'shoes'}]."

_USED_UP = (
    "What is read once, as a generator is, is used up by the verb that reads it: make "
    "a new one for each, or give a list of dicts."
)


class Dicts:
    """Rows as they arrive, and the table that they are."""

    def __init__(self, name: str, *, once: bool = False) -> None:
        """Begin without a row, of what may be read only `once`."""
        self.name = name
        self._once = once
        self._names: dict[str, None] = {}
        self._rows: Spool[dict[str, str]] = Spool()

    def add(self, row: object) -> None:
        """Take in a row.

        Raises:
            InputError: it is none, or has too many names.
            StorageError: the folder for temporary files is full.
        """
        number = len(self._rows) + 2
        try:
            cells = flattened(_mapping(row))
        except TypeError:
            msg = f"row {number} is of the type {type(row).__name__}, and no dict."
            raise refusal(self.name, msg, _remedy(row)) from None
        except RecursionError:
            msg = f"row {number} is too deep: one of its values holds itself."
            raise refusal(self.name, msg, "Give plain values.") from None
        if not cells.keys() <= self._names.keys():
            self._names.update(dict.fromkeys(cells))
            if len(self._names) > MAX_NAMES:
                msg = f"by row {number} its rows have more than {MAX_NAMES:,} names."
                raise refusal(self.name, msg, "Give all rows the same names.")
        self._rows.append(cells)

    def table(self) -> Table:
        """Return the table of all rows that have arrived.

        Raises:
            InputError: there is none.
        """
        if not len(self._rows):
            remedy = _USED_UP if self._once else _GIVE
            raise refusal(self.name, "there are no rows in it.", remedy)
        return table(self.name, "", self._records(), ragged=False)

    def _records(self) -> Iterator[Record]:
        names = list(self._names)
        yield 1, names
        for number, found in enumerate(self._rows, 2):
            cells = [found.get(name, "") for name in names]
            if any(map(str.strip, cells)):
                yield number, Faulty(cells) if Unreadable in map(type, cells) else cells


def read(rows: Iterable[object], name: str, halted: Callable[[], bool]) -> Table:
    """Read rows to their end.

    Raises:
        Abandoned: it was `halted`.
        InputError: there is no row, or one is no dict.
        StorageError: the folder for temporary files is full.
        Exception: whatever the rows raise.
    """
    found = Dicts(name, once=hasattr(rows, "__next__"))
    for row in rows:
        if halted():
            raise Abandoned
        found.add(row)
    return found.table()


def _mapping(row: object) -> Mapping[str, Any]:
    """Return a row as a dict; drivers of databases have classes of their own.

    Raises:
        TypeError: it has no names.
    """
    if isinstance(row, Mapping):
        return row
    row = getattr(row, "_mapping", row)  # of SQLAlchemy
    if not hasattr(row, "keys") or hasattr(row, "__array__"):
        raise TypeError
    names = list(row.keys())
    return {name: row[name] for name in names}  # type: ignore[index]


def _remedy(row: object) -> str:
    kind = type(row)
    if hasattr(kind, "model_dump"):
        return "Give row.model_dump() of each."
    if hasattr(kind, "__dataclass_fields__"):
        return "Give dataclasses.asdict(row) of each."
    if hasattr(kind, "_asdict"):
        return "Give row._asdict() of each."
    if isinstance(row, str):
        return "Give paths one by one, importer.run(*paths), and rows as dicts."
    return _GIVE
