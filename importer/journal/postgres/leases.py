"""One writer for a location, for all that share a database: claims by lease.

What a process holds are rows; that they count is its life's (`lives`), so that one
renewal keeps all of them, and one burial frees them. A location is claimed at a
server: the same id at another one is another location. Invariants: a row is taken only
from a holder that is known to be gone; locations are locked in the order of their ids,
so that two claims never wait for each other.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from importer.errors import DatabaseError, LocationHeldError
from importer.journal.commits import storage
from importer.journal.postgres import (
    burial,
    claim_rows,
    fence,
    lives,
    refusals,
    shared,
)
from importer.journal.postgres.refusals import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sqlalchemy import Connection

    from importer.journal.postgres.address import Address
    from importer.journal.postgres.lives import Life
    from importer.models import Spent

#: The ports that an address need not name.
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class LeaseClaims:
    """The claims of all that share a database, on one machine or on many."""

    address: Address
    ttl_seconds: float = lives.TTL_SECONDS

    def claim(
        self, run_id: str, locations: Collection[str] = (), *, server: str = ""
    ) -> LeaseClaim:
        """Hold a run, and the locations at a server that it will send to.

        Raises:
            LocationHeldError: another process works on the run or one of the locations.
            StorageError: the database cannot be used.
        """
        with storage():
            burial.bury_dead(shared.engine(self.address))
        life = lives.join(self.address, self.ttl_seconds)
        claim = LeaseClaim(life, run_id, named(server))
        try:
            claim.hold_run()
            claim.extend(locations)
        except BaseException:
            claim.release()
            raise
        return claim

    def holder(self, run_id: str) -> Process | None:
        """Return the process that works on a run now, or None.

        Raises:
            StorageError: the database cannot be used.
        """
        engine = shared.engine(self.address)
        with storage():
            holder = claim_rows.living(engine, run_id)
            if holder is not None and holder.may_be_gone:
                # who is not buried holds it, whatever became of its lease
                burial.bury_dead(engine)
                holder = claim_rows.living(engine, run_id)
        return None if holder is None else Process(holder.pid, holder.host)


class LeaseClaim:
    """A run that this process holds for as long as its life lasts."""

    def __init__(self, life: Life, run_id: str, server: str) -> None:
        """Hold nothing yet."""
        self.run_id: str = run_id
        self._number = 0
        self._life = life
        self._server = server
        self._engine = shared.engine(life.address)
        self._released = False
        self._longest: list[Callable[[], float]] = []
        # when what was taken over from a process may have been sent last, steady clock
        self._left_at: float | None = None
        self._locations: set[str] = set()
        # what others have spent at them, until it is asked for
        self._found: dict[str, Spent] = {}
        self._spent: Callable[[str], Spent | None] = _nothing

    @property
    def fence(self) -> int:
        """The number of the claim, 0 while the run is not held."""
        return self._number

    def hold_run(self) -> None:
        """Be the only one that works on the run.

        Raises:
            LocationHeldError: another one does.
        """
        with storage(), self._engine.begin() as opened:
            self._refuse_buried(opened)
            self._number, before = claim_rows.take_run(opened, self._me)
            if not self._number:
                raise refusals.of_run(self.run_id, before, self._life.ttl_seconds)
        if before is not None:
            self._take_over(before.left_seconds)
            with storage():
                fence.clear(self._engine, self.run_id, self._life.least_seconds)

    def extend(self, locations: Collection[str]) -> None:
        """Work on these locations from now on, all of them or none.

        Raises:
            LocationHeldError: another run works on one of them.
            StorageError: the claim was lost, or the database cannot be used.
        """
        for refused in self._extend(locations, all_or_none=True).values():
            raise refused

    def extend_free(self, locations: Collection[str]) -> dict[str, LocationHeldError]:
        """Work on those of these locations that no other run works on.

        Returns:
            The others, and who works on each.

        Raises:
            StorageError: the claim was lost, or the database cannot be used.
        """
        return self._extend(locations, all_or_none=False)

    def _extend(
        self, locations: Collection[str], *, all_or_none: bool
    ) -> dict[str, LocationHeldError]:
        wanted = sorted(set(locations))
        if not wanted:
            return {}
        with storage():
            burial.bury_dead(self._engine)
        with storage(), self._engine.begin() as opened:
            self._refuse_buried(opened)
            taken = claim_rows.take(opened, self._me, self._server, wanted)
            missing = [text for text in wanted if text not in taken.locations]
            holders = claim_rows.holders(opened, self._server, missing)
            if missing and all_or_none:
                opened.rollback()
            else:
                self._keep(taken)
        seconds = self._life.ttl_seconds
        return {
            location: refusals.of_location(location, holders.get(location), seconds)
            for location in missing
        }

    @property
    def _me(self) -> tuple[int, str]:
        return self._life.number, self.run_id

    def alive(self) -> bool:
        """Return whether it still holds; the clocks say so, no query is made."""
        return not self._released and self._life.alive()

    def lost(self) -> bool:
        """Return whether it is lost for good, and not only for want of a renewal."""
        return self._released or self._life.lost

    def check(self) -> None:
        """Make sure that it still holds.

        Raises:
            StorageError: it does not, or that is not known.
        """
        if not (self.alive() or self._goes_on()):
            raise self._lost()

    def gate(self) -> None:
        """Let a request leave, or not: asked when its connection is there.

        Raises:
            StorageError: another process may work on the same; nothing was sent.
        """
        if self._released or not (self._life.alive() or self._goes_on()):
            raise self._lost()

    def _goes_on(self) -> bool:
        """Renew a lease that ran out, if no other process has wanted it meanwhile."""
        return not self._released and self._life.revive()

    def fenced(self, execute: Callable[..., Any]) -> None:
        """Have the database refuse a transaction if another process has taken over.

        Args:
            execute: of the connection of the transaction.

        Raises:
            StorageError: it has.
        """
        if not fence.holds(execute, self._life.number, self._life.least_seconds):
            self._life.lost = True
            raise self._lost()

    def outlast(self, longest_seconds: Callable[[], float]) -> None:
        """Have the lease last longer than this: the window of a rate limit.

        A new owner then never meets the calls of the one before in it.
        """
        self._longest.append(longest_seconds)
        self._life.outlast(longest_seconds)

    def hand_over(self, spent: Callable[[str], Spent | None]) -> None:
        """Tell the next process that works on a location what was spent there.

        Args:
            spent: asked of each location when it is released.
        """
        self._spent = spent

    def found(self) -> Mapping[str, Spent]:
        """Return what others have spent where this claim began, once."""
        found, self._found = self._found, {}
        return found

    def rest_seconds(self, answer_seconds: float) -> float:
        """Return how long a process that was taken over from may still be answered.

        Args:
            answer_seconds: how long an answer to its last request may take.
        """
        if self._left_at is None:
            return 0.0
        return max(0.0, self._left_at + answer_seconds - lives.steady())

    def release(self) -> None:
        """Give everything up; once is enough, and twice does no harm."""
        if self._released:
            return
        self._released = True
        try:
            # of a life that was buried everything is free; where the database is away
            # the lease runs out by itself
            if self._number and not self._life.lost:
                spent = {text: self._spent(text) for text in self._locations}
                claim_rows.give_back(self._engine, self._me, self._server, spent)
        finally:
            self._life.forget(self._longest)
            lives.leave(self._life)

    def __enter__(self) -> Self:
        """Enter; the claim is held already."""
        return self

    def __exit__(self, *failure: object) -> None:
        """Release it."""
        self.release()

    def _keep(self, taken: claim_rows.Taken) -> None:
        self._locations |= taken.locations
        self._found.update(taken.spent)
        self._take_over(taken.left_seconds)

    def _take_over(self, left_seconds: float | None) -> None:
        if left_seconds is not None:
            left_at = lives.steady() - left_seconds
            self._left_at = max(left_at, self._left_at or left_at)

    def _refuse_buried(self, opened: Connection) -> None:
        self.fenced(opened.exec_driver_sql)

    def _lost(self) -> DatabaseError:
        if self._released:
            reason = "its claim was given up"
        elif self._life.lost:
            reason = (
                "another process has taken it over, because this one gave no sign for "
                f"{self._life.ttl_seconds:g} s: it was frozen or asleep, or cut off "
                "from the database"
            )
        else:
            reason = (
                "this process gave no sign for so long that another one may take it "
                "over: it was frozen or asleep, or is cut off from the database"
            )
        host, pid, _ = burial.process()
        me = f"Run {self.run_id} (process {pid} on {host})"
        return DatabaseError(
            f"{me} sends nothing more: {reason}.",
            remedy="What was sent is known. Go on with: importer resume "
            f"{shlex.quote(self.run_id)}",
        )


def _nothing(_location: str) -> None:
    """Return what was spent where nobody has said what is."""


def named(server: str) -> str:
    """Return the one name of a server, however its address is written."""
    parts = urlsplit(server)
    if not parts.hostname:
        return server
    port = parts.port or _PORTS.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}"
