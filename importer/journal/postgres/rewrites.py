"""The memory of slugs that servers have changed, for all runs of a database.

Every statement takes any number of rows. Invariant: an entry is replaced, never
doubled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from importer.journal.commits import storage
from importer.journal.ports import Rewritten
from importer.journal.postgres import connection, shared
from importer.journal.statements import ask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from importer.journal.postgres.address import Address

# in one order, so that two runs that remember the same never wait for each other; of
# two rows with one key a statement would take neither
_REMEMBER = """
INSERT INTO importer.slugs AS s (server, location_id, sent, collection_id, shown)
SELECT DISTINCT ON (location_id, sent) %s, location_id, sent, collection_id, shown
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
WITH ORDINALITY AS given (location_id, sent, collection_id, shown, number)
ORDER BY location_id, sent, number DESC
ON CONFLICT (server, location_id, sent)
DO UPDATE SET collection_id = excluded.collection_id, shown = excluded.shown
"""
_RECALL = """
SELECT location_id, sent, collection_id, shown FROM importer.slugs
WHERE server = %s AND location_id = ANY(%s::text[])
ORDER BY location_id COLLATE "C", sent COLLATE "C"
"""
_BEGIN = "INSERT INTO importer.sending (run_id) VALUES (%s) ON CONFLICT DO NOTHING"
_END = "DELETE FROM importer.sending WHERE run_id = %s"
_BEGUN = 'SELECT run_id FROM importer.sending ORDER BY run_id COLLATE "C"'


@dataclass(frozen=True, slots=True)
class SharedSlugs:
    """The memory of one database, as `journal.ports` describes one."""

    address: Address

    def remember(self, server: str, rewritten: Iterable[Rewritten]) -> None:
        """Keep what a server has made of slugs; nothing is written where it is none.

        Raises:
            StorageError: the database cannot be used.
        """
        columns = [list(column) for column in zip(*rewritten, strict=True)]
        if columns:
            self._write(_REMEMBER, server, *columns)

    def recall(self, server: str, locations: Collection[str]) -> Iterator[Rewritten]:
        """Return what a server has made of the slugs of some locations.

        Raises:
            StorageError: the database cannot be used.
        """
        for found in self._read(_RECALL, server, sorted(locations)):
            yield Rewritten(*found)

    def begin(self, run_id: str) -> None:
        """Leave a mark that a run is sending.

        Raises:
            StorageError: the database cannot be used.
        """
        self._write(_BEGIN, run_id)

    def end(self, run_id: str) -> None:
        """Remove the mark of a run.

        Raises:
            StorageError: the database cannot be used.
        """
        self._write(_END, run_id)

    def begun(self) -> list[str]:
        """Return the runs that have a mark.

        Raises:
            StorageError: the database cannot be used.
        """
        return [str(run_id) for (run_id,) in self._read(_BEGUN)]

    def _write(self, statement: str, *given: object) -> None:
        with storage(), shared.engine(self.address).begin() as opened:
            opened.exec_driver_sql(statement, given)

    def _read(self, statement: str, *given: object) -> list[tuple[str, ...]]:
        try:
            return ask(shared.engine(self.address), statement, given)
        except DBAPIError as failure:
            raise connection.unreachable(self.address, failure) from None
