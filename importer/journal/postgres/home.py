"""The runs of a database: one truth for all machines that use it.

Which runs there are, what they have touched and which slugs servers have changed is in
the schema that all of them share. Reports and logs stay in the run folder of the
machine that wrote them. Invariants: a name is given to one run alone, whichever machine
asks first; what is removed goes in one transaction.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from importer import patterns
from importer.journal import folder_home
from importer.journal.commits import storage
from importer.journal.postgres import address as addresses
from importer.journal.postgres import burial, connection, glance, shared
from importer.journal.postgres.crew import PostgresCrew
from importer.journal.postgres.leases import LeaseClaims
from importer.journal.postgres.rewrites import SharedSlugs
from importer.journal.postgres.store import PostgresStore, schema_of
from importer.journal.statements import ask

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from pathlib import Path

    from sqlalchemy import Connection

    from importer.journal.claims import Claims
    from importer.journal.crews import Crew
    from importer.journal.ports import Home, SlugMemory, Store
    from importer.journal.postgres.address import Address

#: What a name of a run may be; another one is asked for in no statement.
_NAME = patterns.later(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: Journals of other runs that a process keeps open: each is a connection.
MOST_OPEN = 4

# a line without a schema is a name that was given to a run which has not begun
_BEGAN = """
SELECT run_id FROM importer.runs r
WHERE (began OR EXISTS (SELECT 1 FROM pg_namespace n WHERE n.nspname = r.schema))
AND (%s::text[] IS NULL OR run_id IN (
  SELECT t.run_id FROM importer.touched t WHERE t.location_id = ANY(%s::text[])
))
AND (%s::float8 IS NULL OR written_at > clock_timestamp() - %s * interval '1 s')
ORDER BY run_id COLLATE "C"
"""
# one that a process has asked for and never used is free again after a while
_RESERVE = """
INSERT INTO importer.runs AS r (run_id, schema, host, folder) VALUES (%s, %s, %s, %s)
ON CONFLICT (run_id) DO UPDATE
SET host = excluded.host, folder = excluded.folder, created_at = clock_timestamp()
WHERE NOT r.began AND r.created_at < clock_timestamp() - interval '10 minutes'
AND NOT EXISTS (SELECT 1 FROM pg_namespace n WHERE n.nspname = r.schema)
RETURNING run_id
"""
_HOLDS = "SELECT 1 FROM importer.runs WHERE run_id = %s"
_RETIRED = "SELECT retired FROM importer.runs WHERE run_id = %s"
_RETIRE = "UPDATE importer.runs SET retired = %s WHERE run_id = %s"
_PAUSE = "UPDATE importer.runs SET pause = true WHERE run_id = %s AND NOT pause"
_FORGET = (
    "UPDATE importer.runs SET pause = false, stop = '' "
    "WHERE run_id = %s AND (pause OR stop <> '')"
)
_PAUSED = "SELECT 1 FROM importer.runs WHERE run_id = %s AND pause"
_TOUCHED = """
INSERT INTO importer.touched (server, location_id, run_id)
SELECT '', location_id, %s FROM unnest(%s::text[]) AS location_id
ON CONFLICT DO NOTHING
"""
_ADOPTED = "UPDATE importer.runs SET began = %s WHERE run_id = %s"
_VERSION = "SELECT number FROM importer.version"
_ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
_REMOVE = (
    "DELETE FROM importer.touched WHERE run_id = %s",
    "DELETE FROM importer.sending WHERE run_id = %s",
    "DELETE FROM importer.progress WHERE run_id = %s",
    "DELETE FROM importer.runs WHERE run_id = %s",
)


def of(folder: Path, address: str) -> Home:
    """Return the home at an address.

    Args:
        folder: the folder of runs on this machine, for reports and logs.
        address: of the database.

    Raises:
        UsageError: it is no address of a database.
    """
    return PostgresHome(folder, addresses.know(address).server)


@dataclass(frozen=True, slots=True)
class PostgresHome:
    """A database, and the folder of runs on this machine."""

    folder: Path
    address: Address

    @property
    def shown(self) -> str:
        """The address, which holds no secret."""
        return str(self.address)

    def described(self) -> str:
        """Return the address, the server's version, and what is kept there.

        Raises:
            StorageError: it cannot be used.
        """
        (server,) = self._found("SHOW server_version")
        (version,) = self._found(_VERSION)
        encrypted = self._found(_ENCRYPTED)
        way = "with TLS" if any(encrypted) else "without TLS"
        runs = len(list(self.began()))
        return (
            f"{self.shown}, PostgreSQL {server}, {way}: {runs:,} "
            f"{'run' if runs == 1 else 'runs'}, tables of version {version}"
        )

    @property
    def claims(self) -> Claims:
        """Who works on what, by lease."""
        return LeaseClaims(self.address)

    def crew(self, run_id: str) -> Crew:
        """Return the processes, on any machine, that work on a run together."""
        return PostgresCrew(self.address, run_id)

    @property
    def slugs(self) -> SlugMemory:
        """The slugs that servers have changed."""
        return SharedSlugs(self.address)

    @property
    def beside(self) -> Home | None:
        """The folder itself: its runs came before, and are asked as well."""
        return folder_home.FolderHome(self.folder)

    @property
    def most_open(self) -> int:
        """How many journals of other runs may stay open in a process."""
        return MOST_OPEN

    def store(self, run_id: str) -> Store:
        """Return where the journal of a run is kept: a schema of its own."""
        return PostgresStore(self.address.of_run(run_id))

    def began(
        self,
        locations: Collection[str] | None = None,
        within_seconds: float | None = None,
    ) -> Iterator[str]:
        """Yield the runs that began, by what they have claimed and the server's clock.

        Raises:
            StorageError: the database cannot be used.
        """
        wanted = None if locations is None else sorted(locations)
        given = (wanted, wanted, within_seconds, within_seconds)
        yield from self._found(_BEGAN, given)

    def glance(
        self, run_ids: Iterable[str], *, counted: bool = True
    ) -> Mapping[str, tuple[dict[str, Any], dict[str, int]]]:
        """Return facts and counts of many runs by few statements.

        Raises:
            StorageError: the database cannot be used.
        """
        return glance.of(self.address, run_ids, counted=counted)

    def written_at(self, run_id: str) -> float:
        """When the server last wrote to the journal of a run."""
        return self.store(run_id).written_at

    def holds(self, run_id: str) -> bool:
        """Return whether anything is known of a run of this name."""
        if not _NAME.fullmatch(run_id):
            return False
        return bool(self._found(_HOLDS, (run_id,)))

    def present(self, run_id: str) -> bool:
        """Return whether the run is still among those of the database."""
        return self.holds(run_id)

    def reserve(self, run_id: str) -> bool:
        """Give a name to a new run; false where another one has it.

        Raises:
            StorageError: the database cannot be used.
        """
        where = (socket.gethostname(), str(self.folder.absolute()))
        folder_home.refer(self.folder, run_id, self.shown)
        with self._writing() as opened:
            line = (run_id, schema_of(run_id), *where)
            return opened.exec_driver_sql(_RESERVE, line).first() is not None

    def retired(self, run_id: str) -> bool:
        """Return whether the list of the runs says so."""
        return any(self._found(_RETIRED, (run_id,)))

    def retire(self, run_id: str, document: str) -> None:
        """Write it into the list of the runs.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._writing() as opened:
            opened.exec_driver_sql(_RETIRE, (document, run_id))

    def ask_pause(self, run_id: str) -> None:
        """Write it into the list of the runs, where every machine looks.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._writing() as opened:
            opened.exec_driver_sql(_PAUSE, (run_id,))

    def pause_asked(self, run_id: str) -> bool:
        """Return whether the list of the runs says so.

        Raises:
            StorageError: the database cannot be used.
        """
        return bool(self._found(_PAUSED, (run_id,)))

    def forget_pause(self, run_id: str) -> None:
        """Take it out of the list of the runs, and a stop with it.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._writing() as opened:
            opened.exec_driver_sql(_FORGET, (run_id,))

    def adopt(
        self, run_id: str, touched: Collection[str], make: Callable[[], None]
    ) -> None:
        """Take up a run of a folder, and what it has touched with it.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._writing() as opened:
            # before the run is there: no other one may pass it over
            opened.exec_driver_sql(_TOUCHED, (run_id, sorted(touched)))
        make()
        with self._writing() as opened:
            opened.exec_driver_sql(_ADOPTED, (bool(touched), run_id))

    def remove(self, run_id: str) -> None:
        """Remove the schema of a run, what is known of it, and its folder here.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._writing() as opened:
            shared.lock(opened, run_id)
            opened.exec_driver_sql(
                f'DROP SCHEMA IF EXISTS "{schema_of(run_id)}" CASCADE'
            )
            for statement in _REMOVE:
                opened.exec_driver_sql(statement, (run_id,))
            burial.forget(opened)
        folder_home.remove_folder(self.folder, run_id)

    def _found(self, statement: str, given: Sequence[Any] = ()) -> list[Any]:
        """Return the first column of what a statement finds.

        Raises:
            StorageError: the database cannot be used.
        """
        engine = shared.engine(self.address)
        try:
            return [first for first, *_ in ask(engine, statement, tuple(given))]
        except DBAPIError as failure:
            raise connection.unreachable(self.address, failure) from None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with storage(), shared.engine(self.address).begin() as opened:
            yield opened
