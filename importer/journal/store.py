"""The journal of one run: made, opened again, and closed, wherever it is kept.

Finds the store by its address and hands out the views of its tables. Invariant: it is
written by one process at a time, and nothing is read from one that is damaged.
"""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sqlalchemy import select

from importer.errors import UsageError
from importer.journal import durable
from importer.journal.catalog import Catalog
from importer.journal.commits import storage
from importer.journal.history import Decided, History
from importer.journal.made import Made
from importer.journal.named import Named
from importer.journal.planned import Planned
from importer.journal.ports import Depth
from importer.journal.postgres import address
from importer.journal.review import Review
from importer.journal.row_states import Delivery
from importer.journal.schema import FACT, SCHEMA, VIEW, meta, metadata
from importer.journal.sqlite import SqliteStore
from importer.journal.statements import put
from importer.models import ClockDifference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

    from importer.journal.claims import Claim
    from importer.journal.ports import Store

    #: Where a journal is: its store, an address, or the path of a file.
    Place = Store | Path | str

#: What an address begins with, unlike a path.
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


class Journal:
    """The journal of one run; `create` and `open` give one."""

    def __init__(self, store: Store, *, write: bool = True) -> None:
        """Open what a store keeps; `write` says whether it shall be written to."""
        self._store = store
        self._engine = engine = store.engine(write=write)
        self._mark = store.guard()
        self.planned: Planned = Planned(engine, partial(store.bulk, engine))
        self.named: Named = Named(engine)
        self.catalog: Catalog = Catalog(engine)
        self.decided: Decided = Decided(engine)
        self.delivery: Delivery = Delivery(engine, self._mark)
        self.history: History = History(engine)
        self.made: Made = Made(engine)
        self.review: Review = Review(engine, self._mark)

    def close(self) -> None:
        """Write what is left and close the database."""
        # the writer ends before the engine that it writes to
        self.planned.close()
        self.delivery.close()
        self._mark.close()
        self._engine.dispose()

    @property
    def url(self) -> str:
        """Where it is kept, as another process can be given it; it holds no secret."""
        return self._store.url

    def readable(self) -> AbstractContextManager[None]:
        """Say of what cannot be read in a block that the journal is damaged.

        Raises:
            JournalDamaged: it is.
        """
        return self._store.readable()

    def guard(self, claim: Claim) -> None:
        """Let nothing be sent any more once a claim of the run is lost."""
        self._mark.guard(claim)

    def refuse_unheld(self) -> None:
        """Make sure, before a request that is not journaled, that nothing was removed.

        Raises:
            StorageError: the journal or the run's lock was removed.
        """
        self._mark.refuse_gone()
        self._mark.refuse_unheld()

    def note(self, **facts: object) -> None:
        """Keep facts about the run, as JSON, in place of what was there.

        Raises:
            StorageError: the disk is full or gone.
        """
        _note(self._engine, facts)

    def noted(self) -> dict[str, Any]:
        """Return the facts about the run."""
        with self._engine.connect() as connection:
            found = connection.execute(select(meta.c.key, meta.c.value))
            return {key: json.loads(value) for key, value in found}

    def clocks(self) -> ClockDifference | None:
        """Return the difference of the clocks while rows were sent.

        None if not measured.
        """
        noted = self.noted().get("clock")
        return ClockDifference(*noted) if noted else None


def create(place: Place, **facts: object) -> Journal:
    """Make a new journal, which appears whole, with its first facts.

    Args:
        place: where, see `resolve`.
        facts: about the run, as JSON.

    Raises:
        StorageError: it cannot be written.
        UsageError: no journal can be kept there.
    """
    kept = resolve(place)

    def fill(engine: Engine) -> None:
        metadata.create_all(engine)
        with engine.begin() as opened:
            opened.exec_driver_sql(VIEW)
        _note(engine, {"schema": SCHEMA, **facts})

    with storage():
        kept.create(fill)
        return Journal(kept)


def open(  # noqa: A001 - as in gzip.open
    place: Place, *, depth: Depth = Depth.ALL, write: bool = True
) -> Journal:
    """Open the journal of an earlier run.

    Args:
        place: where it is, see `resolve`.
        depth: how much of it is verified before anything is believed.
        write: whether it shall be written to; else its files stay as they are.

    Raises:
        JournalDamaged: it is not whole.
        InputError: there is none, or another version wrote it.
        UsageError: no journal can be kept there.
    """
    kept = resolve(place)
    version = kept.check(depth)
    # checked first, so that a damaged journal is not written to by its migration
    if version != SCHEMA:
        kept.upgrade(version)
        older = Journal(kept)
        older.note(schema=SCHEMA)
        older.close()
    return Journal(kept, write=write)


def resolve(place: Place) -> Store:
    """Return the store at an address; nothing is opened yet.

    Args:
        place: the store itself, the path of a file, or `sqlite:///` and a path, in
            which what means something in an address is escaped (`%20`).

    Raises:
        UsageError: no journal can be kept there.
    """
    if not isinstance(place, Path | str):
        return place
    scheme, found, rest = str(place).partition("://")
    if isinstance(place, Path) or not found or not SCHEME.fullmatch(scheme):
        return SqliteStore(Path(place))
    if address.is_address(place):
        # its dialect takes a while to import, and most runs are kept in folders
        from importer.journal.postgres.store import (  # noqa: PLC0415
            PostgresStore,
        )

        return PostgresStore(address.know(str(place)))
    if scheme.lower() == "sqlite" and rest.startswith("/") and rest != "/":
        return SqliteStore(Path(unquote(rest.removeprefix("/"))))
    # the rest of the address may hold a password
    msg = f"No journal can be kept at an address that begins with {scheme}://."
    if scheme.lower() == "sqlite":
        msg = "The address of the journal names no file."
    remedy = "Give the path of a file, or sqlite:///PATH, which is sqlite:////PATH "
    raise UsageError(msg, remedy=f"{remedy}for a path from the root.")


def write_beside(path: Path, text: str) -> None:
    """Write a small file of the run folder, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    with storage():
        durable.replace(path, text.encode())


def _note(engine: Engine, facts: Mapping[str, object]) -> None:
    written = [(key, json.dumps(value)) for key, value in facts.items()]
    with storage(), engine.begin() as connection:
        # one statement for each, as several processes may note the same at once
        put(connection.exec_driver_sql, connection.dialect, FACT, written)
