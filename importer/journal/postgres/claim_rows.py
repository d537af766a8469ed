"""The rows of claims: how they are taken, given back and looked up.

Each function is one statement, or a few in one transaction of the caller. The rows are
those of `shared.claims` and `shared.run_claims`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from importer.journal.postgres import burial

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Engine

    #: The number of a life, and the run that it works on.
    Owner = tuple[int, str]

# only one that is known to be gone is taken from: a holder that began after this
# statement is not seen by it, and lives
_TAKE_RUN = """
INSERT INTO importer.run_claims AS c (run_id, holder) VALUES (%s, %s)
ON CONFLICT (run_id) DO UPDATE SET holder = excluded.holder
WHERE EXISTS (SELECT 1 FROM importer.holders h WHERE h.id = c.holder AND h.gone)
RETURNING nextval(pg_get_serial_sequence('importer.holders', 'id'))
"""
_TAKE = """
INSERT INTO importer.claims AS c (server, location_id, holder, run_id)
SELECT %s, location_id, %s, %s
FROM unnest(%s::text[]) AS location_id ORDER BY location_id COLLATE "C"
ON CONFLICT (server, location_id)
DO UPDATE SET holder = excluded.holder, run_id = excluded.run_id
WHERE (c.holder = excluded.holder AND c.run_id = excluded.run_id)
OR EXISTS (SELECT 1 FROM importer.holders h WHERE h.id = c.holder AND h.gone)
RETURNING location_id
"""
# the time that has passed since the last of the processes that are taken over from
# could send anything; null: none is, or it was seen to die before now
_LEFT = """
SELECT extract(epoch FROM clock_timestamp() - max(h.gone_at))::float8
FROM importer.claims c JOIN importer.holders h ON h.id = c.holder AND h.gone
WHERE c.server = %s AND c.location_id = ANY(%s::text[])
"""
_TOUCH = """
INSERT INTO importer.touched (server, location_id, run_id, at)
SELECT %s, location_id, %s, clock_timestamp()
FROM unnest(%s::text[]) AS location_id ORDER BY location_id COLLATE "C"
ON CONFLICT (server, location_id, run_id) DO UPDATE SET at = excluded.at
"""
# locked in the order in which they are taken: to delete them in another order could
# wait for one that takes them, and that one for this
_GIVE_BACK = """
WITH mine AS (
  SELECT server, location_id FROM importer.claims WHERE holder = %s AND run_id = %s
  ORDER BY server COLLATE "C", location_id COLLATE "C" FOR UPDATE
)
DELETE FROM importer.claims c USING mine
WHERE c.server = mine.server AND c.location_id = mine.location_id
"""
_SOME = "AND run_id = %s AND server = %s AND location_id = ANY(%s::text[])"
_GIVE_BACK_SOME = _GIVE_BACK.replace("AND run_id = %s", _SOME)
_GIVE_BACK_RUN = "DELETE FROM importer.run_claims WHERE holder = %s AND run_id = %s"
_WHO = """
SELECT c.location_id, h.host, h.pid, h.machine, c.run_id, NULL
FROM importer.claims c JOIN importer.holders h ON h.id = c.holder
WHERE c.server = %s AND c.location_id = ANY(%s::text[])
"""
_WHOSE_RUN = """
SELECT h.host, h.pid, h.machine, c.run_id,
  extract(epoch FROM clock_timestamp() - h.gone_at)::float8
FROM importer.run_claims c JOIN importer.holders h ON h.id = c.holder
WHERE c.run_id = %s
"""
_LIVING = """
SELECT h.host, h.pid, h.machine, c.run_id,
  extract(epoch FROM clock_timestamp() - l.expires_at)::float8
FROM importer.run_claims c JOIN importer.holders h ON h.id = c.holder AND NOT h.gone
JOIN importer.leases l ON l.holder = h.id
WHERE c.run_id = %s
"""


class Holder(NamedTuple):
    """A process, and the run that it works on.

    `left_seconds` have passed since its lease ran out; None where it was seen to die.
    """

    host: str
    pid: int
    machine: str
    run_id: str
    left_seconds: float | None

    @property
    def may_be_gone(self) -> bool:
        """Whether its lease ran out, or it is a process of this machine that died."""
        late = self.left_seconds is not None and self.left_seconds >= 0
        return late or burial.is_dead(self.machine, self.pid)


def take_run(opened: Connection, owner: Owner) -> tuple[int, Holder | None]:
    """Take a run.

    Returns:
        The number of the claim, 0 where another process holds the run; and who held it,
        or holds it.
    """
    number, run_id = owner
    execute = opened.exec_driver_sql
    found = execute(_WHOSE_RUN, (run_id,)).first()
    claim = execute(_TAKE_RUN, (run_id, number)).scalar()
    if claim is None and found is None:  # taken between the two statements
        found = execute(_WHOSE_RUN, (run_id,)).first()
    return claim or 0, Holder(*found) if found else None


def left_seconds(
    opened: Connection, server: str, locations: Sequence[str]
) -> float | None:
    """Return how long ago the last of the dead that hold these may have sent."""
    given = (server, list(locations))
    seconds: float | None = opened.exec_driver_sql(_LEFT, given).scalar()
    return seconds


def take(
    opened: Connection, owner: Owner, server: str, locations: Sequence[str]
) -> set[str]:
    """Take the locations that no living process holds for another run."""
    given = (server, *owner, list(locations))
    return set(opened.exec_driver_sql(_TAKE, given).scalars())


def touch(
    opened: Connection, server: str, run_id: str, locations: Collection[str]
) -> None:
    """Say for later runs that a run has worked on these locations, and when."""
    opened.exec_driver_sql(_TOUCH, (server, run_id, list(locations)))


def holders(
    opened: Connection, server: str, locations: Sequence[str]
) -> dict[str, Holder]:
    """Return who holds these locations."""
    if not locations:
        return {}
    found = opened.exec_driver_sql(_WHO, (server, list(locations)))
    return {location: Holder(*holder) for location, *holder in found}


def living(engine: Engine, run_id: str) -> Holder | None:
    """Return who works on a run now; its lease may have run out."""
    with engine.connect() as opened:
        found = opened.exec_driver_sql(_LIVING, (run_id,)).first()
    return Holder(*found) if found else None


def give_back(engine: Engine, owner: Owner) -> None:
    """Give back what a life holds for a run, if the database is there."""
    with suppress(SQLAlchemyError, OSError), engine.begin() as opened:
        opened.exec_driver_sql(_GIVE_BACK, owner)
        opened.exec_driver_sql(_GIVE_BACK_RUN, owner)


def give_back_some(
    engine: Engine, owner: Owner, server: str, locations: Sequence[str]
) -> None:
    """Give back some locations of a server.

    Raises:
        SQLAlchemyError: the database is away; they are still held.
    """
    with engine.begin() as opened:
        opened.exec_driver_sql(_GIVE_BACK_SOME, (*owner, server, list(locations)))
