"""Claims of locations alone, by a process that works on a run which another one holds.

A membership keeps the life of the process going, and fences what it writes into the
journal; a share holds some locations for as long as they are worked on. Invariants: a
share takes no location that a living process holds, its own included, unless for the
same run; what it gives back is what it has taken, and no more.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from importer.journal.commits import storage
from importer.journal.crews import Left
from importer.journal.postgres import burial, claim_rows, fence, lives, refusals
from importer.journal.postgres.leases import LeaseClaim, named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from importer.journal.postgres.lives import Life


class Membership(LeaseClaim):
    """That this process works on a run: its life, and no location."""

    def __init__(self, life: Life, run_id: str, server: str) -> None:
        """Take part from now on."""
        super().__init__(life, run_id, named(server))
        self._owed: set[str] = set()

    @property
    def number(self) -> int:
        """The number of the life, which stands for the process."""
        return self._life.number

    @property
    def fence(self) -> int:
        """The same: it is higher than that of every life before it."""
        return self._life.number

    @property
    def step_seconds(self) -> float:
        """How often the lease is renewed."""
        return self._life.ttl_seconds / lives.PARTS

    def share(self) -> Share:
        """Return a claim of no location yet."""
        lives.share(self._life)
        return Share(self._life, self.run_id, self._server, self.give_back)

    def give_back(self, locations: Collection[str] = ()) -> None:
        """Give locations back, and those that could not be given back before.

        Where the database is away they are owed: this life would hold them for ever.
        """
        self._owed |= set(locations)
        owed = sorted(self._owed)
        if not owed or self._life.lost:  # of a life that was buried all are free
            return
        with suppress(SQLAlchemyError, OSError):
            claim_rows.give_back_some(self._engine, self._me, self._server, owed)
            self._owed.difference_update(owed)

    def release(self) -> None:
        """Let go of the life; locations are given back by their shares."""
        if self._released:
            return
        self.give_back()
        self._released = True
        self._life.forget(self._longest)
        lives.leave(self._life)


class Share(LeaseClaim):
    """Some locations of a run, held by the life of this process."""

    def __init__(
        self,
        life: Life,
        run_id: str,
        server: str,
        give_back: Callable[[Collection[str]], None],
    ) -> None:
        """Hold nothing yet; `give_back` gives locations back, sooner or later."""
        super().__init__(life, run_id, server)
        self._give_back = give_back
        self.taken: set[str] = set()

    @property
    def fence(self) -> int:
        """The number of the life."""
        return self._life.number

    def take(self, locations: Collection[str]) -> Left:
        """Work on those of these locations that are free, and say which are not.

        Raises:
            StorageError: the claim was lost, or the database cannot be used.
        """
        missing, holders = self._try(sorted(set(locations)))
        if missing:
            with storage():
                burial.bury_dead(self._engine)
            missing, holders = self._try(missing)
        run_id, seconds = self.run_id, self._life.ttl_seconds
        others = {
            location: refusals.of_location(location, holder, seconds)
            for location, holder in holders.items()
            if holder.run_id != run_id
        }
        return Left(frozenset(missing).difference(others), others)

    def _try(self, wanted: list[str]) -> tuple[list[str], dict[str, claim_rows.Holder]]:
        if not wanted:
            return [], {}
        with storage(), self._engine.begin() as opened:
            self._refuse_buried(opened)
            left = claim_rows.left_seconds(opened, self._server, wanted)
            taken = claim_rows.take(opened, self._me, self._server, wanted)
            missing = [location for location in wanted if location not in taken]
            holders = claim_rows.holders(opened, self._server, missing)
            if taken:
                claim_rows.touch(opened, self._server, self.run_id, taken)
            if left is not None:
                self._take_over(left)
                fence.clear(opened, self.run_id, self._life.least_seconds)
        self.taken |= taken
        return missing, holders

    def release(self) -> None:
        """Give the locations back, unless the life was lost: then all are free."""
        if self._released:
            return
        self._released = True
        try:
            if self.taken:
                self._give_back(self.taken)
        finally:
            self._life.forget(self._longest)
            lives.leave(self._life)
