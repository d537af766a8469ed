"""The processes that work on one run together, each on some of its locations.

The run itself is held by the process that hands the locations out; those that it hands
them to hold the locations, each by its own life. What they have come to is added up
here, and what all of them shall heed is read in the same statement. Invariant: a
process has one line, which only it writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.journal.commits import storage
from importer.journal.crews import Tally, Together
from importer.journal.postgres import lives, shared
from importer.journal.postgres.shares import Membership

if TYPE_CHECKING:
    from importer.journal import crews
    from importer.journal.postgres.address import Address

_ADD = """
INSERT INTO importer.progress (run_id, holder, done, bad, calls, working)
VALUES (%s, %s, %s, %s, %s, true)
ON CONFLICT (run_id, holder) DO UPDATE
SET done = excluded.done, bad = excluded.bad, calls = excluded.calls, working = true
"""
_LEAVE = (
    "UPDATE importer.progress SET working = false WHERE run_id = %s AND holder = %s"
)
_SUMS = """
SELECT coalesce(sum(p.done), 0)::int8, coalesce(sum(p.bad), 0)::int8,
  coalesce(sum(p.calls), 0)::int8, count(h.id)::int8, r.pause, r.stop,
  extract(epoch FROM clock_timestamp())::float8
FROM importer.runs r LEFT JOIN importer.progress p ON p.run_id = r.run_id
LEFT JOIN importer.holders h ON h.id = p.holder AND p.working AND NOT h.gone
WHERE r.run_id = %s GROUP BY r.pause, r.stop
"""
_STOP = "UPDATE importer.runs SET stop = %s WHERE run_id = %s"


@dataclass(frozen=True, slots=True)
class PostgresCrew:
    """Those that work on a run of a database."""

    address: Address
    run_id: str
    ttl_seconds: float = lives.TTL_SECONDS

    def join(self, server: str) -> Membership:
        """Take part, without holding the run.

        Raises:
            StorageError: the database cannot be used.
        """
        return Membership(
            lives.join(self.address, self.ttl_seconds), self.run_id, server
        )

    def tally(
        self, member: crews.Membership | None = None, own: Together | None = None
    ) -> Tally:
        """Say what this process has come to, and return what all have.

        Raises:
            StorageError: the database cannot be used.
        """
        with storage(), shared.engine(self.address).begin() as opened:
            if member is not None and own is not None:
                given = (self.run_id, member.number, own.done, own.bad, own.calls)
                opened.exec_driver_sql(_ADD, given)
            found = opened.exec_driver_sql(_SUMS, (self.run_id,)).first()
        if found is None:  # the run was removed; its journal says so
            return Tally()
        done, bad, calls, working, paused, stop, now = found
        return Tally(Together(done, bad, calls), working, paused, stop, now)

    def leave(self, member: crews.Membership) -> None:
        """Take part no longer; what was done still counts.

        Raises:
            StorageError: the database cannot be used.
        """
        with storage(), shared.engine(self.address).begin() as opened:
            opened.exec_driver_sql(_LEAVE, (self.run_id, member.number))

    def stop(self, reason: str) -> None:
        """Have all end soon; `Home.forget_pause` takes it back.

        Raises:
            StorageError: the database cannot be used.
        """
        with storage(), shared.engine(self.address).begin() as opened:
            opened.exec_driver_sql(_STOP, (reason, self.run_id))
