"""Claims of locations alone, by a process that works on a run which another one holds.

A membership keeps the life of the process going, and fences what it writes into the
journal; a share holds some locations for as long as they are worked on. Invariants: a
share takes no location that a living process holds, its own included, unless for the
same run; what it gives back is what it has taken, and no more.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from importer.journal.commits import storage
from importer.journal.crews import Left
from importer.journal.postgres import burial, claim_rows, fence, lives, refusals
from importer.journal.postgres.leases import LeaseClaim, named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from importer.journal.postgres.lives import Life
    from importer.models import Spent


class Membership(LeaseClaim):
    """That this process works on a run: its life, and no location."""

    def __init__(self, life: Life, run_id: str, server: str) -> None:
        """Take part from now on."""
        super().__init__(life, run_id, named(server))
        # what could not be given back yet, with what was spent there until when
        self._owed: dict[str, tuple[Spent | None, float]] = {}
        self._moving = threading.Lock()

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
        return Share(self._life, self, self._server)

    def give_back(self, locations: Mapping[str, Spent | None] | None = None) -> None:
        """Give locations back, and those that could not be given back before.

        Where the database is away they are owed: this life would hold them for ever.

        Args:
            locations: with what was spent at each.
        """
        now = lives.steady()
        if locations:
            self._owed |= {text: (spent, now) for text, spent in locations.items()}
        if not self._owed or self._life.lost:  # of a life that was buried all are free
            return
        # what a share takes meanwhile is not given back under its feet
        with self._moving, suppress(SQLAlchemyError, OSError):
            owed = {text: _rest(*known) for text, known in list(self._owed.items())}
            claim_rows.give_back_some(self._engine, self._me, self._server, owed)
            for text in owed:
                del self._owed[text]

    @contextmanager
    def taking(self) -> Iterator[Callable[[Collection[str]], dict[str, Spent]]]:
        """Let locations be taken; what is asked with those that were owes them no more.

        It returns what was spent there, by this very process.
        """
        with self._moving:
            yield self._keep_owed

    def _keep_owed(self, locations: Collection[str]) -> dict[str, Spent]:
        found = {}
        for text in self._owed.keys() & locations:
            spent = _rest(*self._owed.pop(text))
            if spent is not None:
                found[text] = spent
        return found

    def release(self) -> None:
        """Let go of the life; locations are given back by their shares."""
        if self._released:
            return
        self.give_back()
        self._released = True
        self._life.forget(self._longest)
        lives.leave(self._life)


def _rest(spent: Spent | None, at: float) -> Spent | None:
    """Return what is left now of what was spent at a moment; None: nothing is."""
    if spent is None:
        return None
    seconds = spent.seconds - (lives.steady() - at)
    return replace(spent, seconds=seconds) if seconds > 0 else None


class Share(LeaseClaim):
    """Some locations of a run, held by the life of this process."""

    def __init__(self, life: Life, member: Membership, server: str) -> None:
        """Hold nothing yet; `member` gives locations back, sooner or later."""
        super().__init__(life, member.run_id, server)
        self._member = member

    @property
    def fence(self) -> int:
        """The number of the life."""
        return self._life.number

    @property
    def taken(self) -> Collection[str]:
        """The locations."""
        return self._locations

    def take(self, locations: Collection[str]) -> Left:
        """Work on those of these locations that are free, and say which are not.

        Raises:
            StorageError: the claim was lost, or the database cannot be used.
        """
        return self._asked(locations, self._try)

    def look(self, locations: Collection[str]) -> Left:
        """Return which of these locations could not be taken, and take none.

        Raises:
            StorageError: the claim was lost, or the database cannot be used.
        """
        return self._asked(locations, self._look)

    def _asked(
        self,
        locations: Collection[str],
        ask: Callable[[list[str]], tuple[list[str], dict[str, claim_rows.Holder]]],
    ) -> Left:
        missing, holders = ask(sorted(set(locations)))
        if missing:
            with storage():
                burial.bury_dead(self._engine)
            missing, holders = ask(missing)
        run_id, seconds = self.run_id, self._life.ttl_seconds
        others = {
            location: refusals.of_location(location, holder, seconds)
            for location, holder in holders.items()
            if holder.run_id != run_id
        }
        return Left(frozenset(missing).difference(others), others)

    def _look(
        self, wanted: list[str]
    ) -> tuple[list[str], dict[str, claim_rows.Holder]]:
        if not wanted:
            return [], {}
        with storage(), self._engine.begin() as opened:
            self._refuse_buried(opened)
            held = claim_rows.holders(opened, self._server, wanted, living=self._me)
        return list(held), held

    def _try(self, wanted: list[str]) -> tuple[list[str], dict[str, claim_rows.Holder]]:
        if not wanted:
            return [], {}
        with self._member.taking() as kept:
            with storage(), self._engine.begin() as opened:
                self._refuse_buried(opened)
                taken = claim_rows.take(opened, self._me, self._server, wanted)
                missing = [text for text in wanted if text not in taken.locations]
                holders = claim_rows.holders(opened, self._server, missing)
            self._keep(taken)
            self._found.update(kept(taken.locations))
        # they are kept by then: what fails here gives them back with the others
        if taken.left_seconds is not None:
            with storage():
                fence.clear(self._engine, self.run_id, self._life.least_seconds)
        return missing, holders

    def release(self) -> None:
        """Give the locations back, unless the life was lost: then all are free."""
        if self._released:
            return
        self._released = True
        try:
            if self._locations:
                spent = {text: self._spent(text) for text in self._locations}
                self._member.give_back(spent)
        finally:
            self._life.forget(self._longest)
            lives.leave(self._life)
