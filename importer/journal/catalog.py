"""Products in the journal: what the locations have, as their lists show it.

A location's list lives here and not in memory, so that 100,000 products cost disk,
and a resume need not read it again. Invariant: a list counts as read only when it was
read to its end.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from importer import catalog
from importer.journal import schema
from importer.journal.commits import storage
from importer.journal.schema import items, listed
from importer.journal.statements import put, stream
from importer.models import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Column, Engine, Select

    from importer.catalog import Wanted
    from importer.journal.statements import Values
    from importer.models import Item

#: Items that are written, and read, in one go.
BATCH = 1000
#: Keys that one query looks for: fewer than any database's limit of parameters.
KEYS = 500

#: In which list a field is found, and as what.
_KINDS = {
    "product_names": ("product", items.c.name, items.c.name_key),
    "product_handles": ("product", items.c.code, items.c.code_key),
    "product_skus": ("price", items.c.code, items.c.code_key),
}


def kind_of(field: str) -> str:
    """Return in which list of the API a field is found: `product` or `price`."""
    return _KINDS[field][0]


class Catalog:
    """The lists of the locations."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine
        self._items: dict[str, Values] = {}

    def _flush(self) -> None:
        if not self._items:
            return
        found = list(self._items.values())
        with storage(), self._engine.begin() as connection:
            execute = connection.exec_driver_sql
            put(execute, connection.dialect, schema.ITEM, found)
        self._items = {}

    def read(self, location_id: str, kind: str) -> bool:
        """Return whether a list was read to its end; else forget what is there of it.

        Raises:
            StorageError: the disk is full or gone.
        """
        mine = (listed.c.location_id == location_id, listed.c.kind == kind)
        with storage(), self._engine.begin() as connection:
            if connection.execute(select(listed.c.kind).where(*mine)).first():
                return True
            # half a list would make "no such product" of what stands on its other pages
            theirs = (items.c.location_id == location_id, items.c.kind == kind)
            connection.execute(delete(items).where(*theirs))
            return False

    def keep(self, location_id: str, kind: str, found: Iterable[Item]) -> None:
        """Take in a page of a list; `end` follows.

        Raises:
            StorageError: the disk is full or gone.
        """
        for item in found:
            handle = "product_handles" if kind == "product" else "product_skus"
            keys = (
                catalog.key("product_names", item.name),
                catalog.key(handle, item.code),
            )
            # by an id of its own, so that an item which a list shows twice is kept once
            own = f"{location_id}/{kind}/{item.item_id}"
            self._items[own] = (own, location_id, kind, *item[1:], *keys)
        if len(self._items) >= BATCH:
            self._flush()

    def count(self, location_id: str, kind: str) -> int:
        """Count the items of a list."""
        self._flush()
        counted = (
            select(func.count())
            .select_from(items)
            .where(items.c.location_id == location_id, items.c.kind == kind)
        )
        with self._engine.connect() as connection:
            return connection.execute(counted).scalar_one()

    def end(self, location_id: str, kind: str) -> None:
        """Say that a list was read to its end.

        Raises:
            StorageError: the disk is full or gone.
        """
        self._flush()
        with storage(), self._engine.begin() as connection:
            connection.execute(
                insert(listed), {"location_id": location_id, "kind": kind}
            )

    def find(
        self, location_id: str, wanted: Iterable[Wanted]
    ) -> dict[Wanted, list[Entry]]:
        """Return what a location has under some keys."""
        by_field: dict[str, list[str]] = defaultdict(list)
        for field, key in wanted:
            by_field[field].append(key)
        entries: dict[Wanted, list[Entry]] = defaultdict(list)
        with self._engine.connect() as connection:
            for field, keys in by_field.items():
                kind, said, column = _KINDS[field]
                for start in range(0, len(keys), KEYS):
                    some = column.in_(keys[start : start + KEYS])
                    query = _entries(location_id, kind, column, said).where(some)
                    for record in stream(connection, query):
                        entries[field, record[0]].append(Entry(*record[1:]))
        return entries

    def everything(
        self, location_id: str, field: str
    ) -> Iterator[list[tuple[str, Entry]]]:
        """Yield everything that a location has in a field with its key, in parts."""
        kind, said, column = _KINDS[field]
        query = _entries(location_id, kind, column, said).where(column != "")
        part: list[tuple[str, Entry]] = []
        with self._engine.connect() as connection:
            for record in stream(connection, query):
                part.append((record[0], Entry(*record[1:])))
                if len(part) >= BATCH:
                    yield part
                    part = []
        if part:
            yield part


def _entries(
    location_id: str, kind: str, key: Column[str], said: Column[str]
) -> Select[tuple[str, str, str, str]]:
    """Select the ways to call the products of a location, each behind its key."""
    return (
        select(key, said, items.c.product_id, items.c.name)
        .where(items.c.location_id == location_id, items.c.kind == kind)
        .order_by(items.c.id)
    )
