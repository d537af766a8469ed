"""The rows of claims: how they are taken, given back and looked up.

Each function is one statement, or a few in one transaction of the caller. The rows are
those of `shared.claims` and `shared.run_claims`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from importer.journal.postgres import burial
from importer.models import Rate, Spent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
# one statement, so that it is known of everything that is taken what was there before
_TAKE = """
WITH before AS (
  SELECT c.location_id, h.gone_at, h.calm_at
  FROM importer.claims c JOIN importer.holders h ON h.id = c.holder AND h.gone
  WHERE c.server = %s AND c.location_id = ANY(%s::text[])
), taken AS (
  INSERT INTO importer.claims AS c (server, location_id, holder, run_id)
  SELECT %s, location_id, %s, %s
  FROM unnest(%s::text[]) AS location_id ORDER BY location_id COLLATE "C"
  ON CONFLICT (server, location_id)
  DO UPDATE SET holder = excluded.holder, run_id = excluded.run_id
  WHERE (c.holder = excluded.holder AND c.run_id = excluded.run_id)
  OR EXISTS (SELECT 1 FROM importer.holders h WHERE h.id = c.holder AND h.gone)
  RETURNING location_id
), touched AS (
  INSERT INTO importer.touched (server, location_id, run_id, at)
  SELECT %s, location_id, %s, clock_timestamp()
  FROM taken ORDER BY location_id COLLATE "C"
  ON CONFLICT (server, location_id, run_id) DO UPDATE SET at = excluded.at
)
SELECT t.location_id,
  extract(epoch FROM clock_timestamp() - b.gone_at)::float8,
  extract(epoch FROM b.calm_at - clock_timestamp())::float8,
  extract(epoch FROM s.until - clock_timestamp())::float8, s.calls, s.most, s.seconds
FROM taken t LEFT JOIN before b ON b.location_id = t.location_id
LEFT JOIN importer.spent s ON s.server = %s AND s.location_id = t.location_id
"""
_SPENT = """
INSERT INTO importer.spent AS s (server, location_id, until, calls, most, seconds)
SELECT %s, location_id, clock_timestamp() + rest * interval '1 s', calls, most, seconds
FROM unnest(%s::text[], %s::float8[], %s::int[], %s::int[], %s::float8[])
  AS given (location_id, rest, calls, most, seconds)
ORDER BY location_id COLLATE "C"
ON CONFLICT (server, location_id) DO UPDATE
SET until = excluded.until, calls = excluded.calls, most = excluded.most,
  seconds = excluded.seconds
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
_BUT = "AND NOT h.gone AND NOT (c.holder = %s AND c.run_id = %s)"
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


class Taken(NamedTuple):
    """What was taken, and what its last processes have left there.

    So many seconds ago the last of those could send that died unseen; None: there is
    none. `spent` is what may be in the window of a limit still, by location.
    """

    locations: set[str]
    left_seconds: float | None
    spent: dict[str, Spent]


def take(
    opened: Connection, owner: Owner, server: str, locations: Sequence[str]
) -> Taken:
    """Take the locations that no living process holds for another run.

    Later runs are told that this one has worked on them.
    """
    wanted = list(locations)
    given = (server, wanted, server, *owner, wanted, server, owner[1], server)
    found = opened.exec_driver_sql(_TAKE, given).all()
    left = [gone for _, gone, *_ in found if gone is not None]
    spent = {}
    for location, _, calm, until, calls, most, seconds in found:
        if calm is not None and calm > 0:
            spent[location] = Spent(None, calm)
        elif until is not None and until > 0:
            rate = Rate(most, seconds) if most and seconds else None
            spent[location] = Spent(calls, until, rate)
    return Taken({row[0] for row in found}, min(left, default=None), spent)


def holders(
    opened: Connection,
    server: str,
    locations: Sequence[str],
    *,
    living: Owner | None = None,
) -> dict[str, Holder]:
    """Return who holds these locations.

    Args:
        opened: a transaction.
        server: where they are.
        locations: which are meant.
        living: whose claims count as none; then those of the dead do, too.
    """
    if not locations:
        return {}
    given = (server, list(locations))
    if living is None:
        found = opened.exec_driver_sql(_WHO, given)
    else:
        found = opened.exec_driver_sql(_WHO + _BUT, (*given, *living))
    return {location: Holder(*holder) for location, *holder in found}


def living(engine: Engine, run_id: str) -> Holder | None:
    """Return who works on a run now; its lease may have run out."""
    with engine.connect() as opened:
        found = opened.exec_driver_sql(_LIVING, (run_id,)).first()
    return Holder(*found) if found else None


def give_back(
    engine: Engine, owner: Owner, server: str, spent: Mapping[str, Spent | None]
) -> None:
    """Give back what a life holds for a run, if the database is there."""
    with suppress(SQLAlchemyError, OSError), engine.begin() as opened:
        leave_spent(opened, server, spent)
        opened.exec_driver_sql(_GIVE_BACK, owner)
        opened.exec_driver_sql(_GIVE_BACK_RUN, owner)


def give_back_some(
    engine: Engine, owner: Owner, server: str, locations: Mapping[str, Spent | None]
) -> None:
    """Give back some locations of a server, with what was spent at each.

    Raises:
        SQLAlchemyError: the database is away; they are still held.
    """
    with engine.begin() as opened:
        leave_spent(opened, server, locations)
        opened.exec_driver_sql(_GIVE_BACK_SOME, (*owner, server, list(locations)))


def leave_spent(
    opened: Connection, server: str, locations: Mapping[str, Spent | None]
) -> None:
    """Tell the next process what was spent at locations that this one holds."""
    spent = [(text, found) for text, found in locations.items() if found is not None]
    if not spent:
        return
    rates = [found.rate for _, found in spent]
    given = (
        server,
        [text for text, _ in spent],
        [found.seconds for _, found in spent],
        [found.calls for _, found in spent],
        [None if rate is None else rate.calls for rate in rates],
        [None if rate is None else rate.seconds for rate in rates],
    )
    opened.exec_driver_sql(_SPENT, given)
