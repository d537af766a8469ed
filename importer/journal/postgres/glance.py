"""Many journals of a database read at once, as a list of the runs needs them.

To open each is a connection of its own; here it is one statement for many. A journal
that this cannot read is left out, and is opened by itself to be told what is wrong.
Invariant: nothing is written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError, ProgrammingError

from importer.journal.postgres import connection, shared
from importer.journal.postgres.store import schema_of
from importer.journal.schema import SCHEMA, metadata, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.journal.postgres.address import Address

    #: What a run notes of itself, and its rows by status.
    Seen = tuple[dict[str, Any], dict[str, int]]

#: So many journals are read by one statement.
TOGETHER = 100
_RELATIONS = """
SELECT n.nspname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
WHERE n.nspname = ANY(%s::text[]) AND c.relname = ANY(%s::text[])
GROUP BY n.nspname HAVING count(*) = %s
"""


def of(
    address: Address, run_ids: Iterable[str], *, counted: bool = True
) -> dict[str, Seen]:
    """Return facts and counts of the journals that are whole and of this version.

    Args:
        address: of the database.
        run_ids: the runs.
        counted: whether rows are counted, which takes longest.

    Raises:
        StorageError: the database cannot be used.
    """
    seen: dict[str, Seen] = {}
    wanted = list(run_ids)
    for start in range(0, len(wanted), TOGETHER):
        some = wanted[start : start + TOGETHER]
        try:
            seen.update(_seen(address, some, counted=counted))
        except ProgrammingError:  # one has gone meanwhile
            continue
        except DBAPIError as failure:
            raise connection.unreachable(address, failure) from None
    return seen


def _seen(
    address: Address, run_ids: Sequence[str], *, counted: bool
) -> Iterator[tuple[str, Seen]]:
    schemas = {schema_of(run_id): run_id for run_id in run_ids}
    names = [*metadata.tables, rows.name]
    facts: dict[str, dict[str, Any]] = {}
    counts: dict[str, dict[str, int]] = {}
    with shared.engine(address).connect() as opened:
        given = (list(schemas), names, len(names))
        whole = list(opened.exec_driver_sql(_RELATIONS, given).scalars())
        if not whole:
            return
        noted = _of_each("SELECT '{}', key, value FROM {}.meta", whole)
        for schema, key, value in opened.exec_driver_sql(noted):
            facts.setdefault(schema, {})[key] = json.loads(value)
        by_status = "SELECT '{}', status, count(*) FROM {}.rows GROUP BY status"
        if counted:
            for schema, status, count in opened.exec_driver_sql(
                _of_each(by_status, whole)
            ):
                counts.setdefault(schema, {})[status] = count
    for schema, noted_there in facts.items():
        if noted_there.get("schema") == SCHEMA:
            yield schemas[schema], (noted_there, counts.get(schema, {}))


def _of_each(statement: str, schemas: Sequence[str]) -> str:
    """Return a statement about all of some schemas, whose names need no quotes."""
    return " UNION ALL ".join(statement.format(schema, schema) for schema in schemas)
