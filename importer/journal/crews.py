"""Several processes at one run: what each of them holds, counts and heeds.

One process holds the run (`claims.Claims`) and hands its locations out; those that work
on them hold a share of its locations each. Only a database that all of them reach can
keep that; `journal.postgres.crew` does. Invariant: a location has one holder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from importer.journal.claims import Claim

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.errors import LocationHeldError
    from importer.models import Spent


class Left(NamedTuple):
    """The locations that a share did not get.

    `held` are those that another process of the same run works on; `of_others` those of
    another run, with who works on each.
    """

    held: frozenset[str]
    of_others: Mapping[str, LocationHeldError]


class Share(Claim, Protocol):
    """Some locations of a run that another process holds."""

    def take(self, locations: Collection[str]) -> Left:
        """Work on those of these locations that are free, and say which are not.

        Raises:
            StorageError: the claim was lost, or the database cannot be used.
        """

    def look(self, locations: Collection[str]) -> Left:
        """Return which of these locations could not be taken, and take none.

        Raises:
            StorageError: the claim was lost, or the database cannot be used.
        """

    def lost(self) -> bool:
        """Return whether it is lost for good, and not only for want of a renewal."""


class Membership(Claim, Protocol):
    """That this process works on a run which another one holds: no location yet."""

    @property
    def number(self) -> int:
        """The number that stands for this process, as long as it is not lost."""

    def share(self) -> Share:
        """Return a claim of no location yet."""

    def give_back(self, locations: Mapping[str, Spent | None] | None = None) -> None:
        """Give locations back, and those that could not be given back before.

        Args:
            locations: with what was spent at each.
        """

    def lost(self) -> bool:
        """Return whether it is lost for good, and not only for want of a renewal."""


class Together(NamedTuple):
    """What processes have come to: rows that have their answer, bad ones, calls."""

    done: int = 0
    bad: int = 0
    calls: int = 0


class Tally(NamedTuple):
    """What all processes of a run have come to, and what all of them shall heed.

    `working` counts those that live; `stop` is why all shall end, empty where they need
    not; `now` is the time by the clock of what keeps it, seconds since the epoch.
    """

    together: Together = Together()
    working: int = 0
    paused: bool = False
    stop: str = ""
    now: float = 0.0


class Crew(Protocol):
    """The processes, on any machine, that work on one run together.

    One of them holds the run (`Claims.claim`) and hands its locations out.
    """

    def join(self, server: str) -> Membership:
        """Take part, without holding the run.

        Raises:
            StorageError: the database cannot be used.
        """

    def tally(
        self, member: Membership | None = None, own: Together | None = None
    ) -> Tally:
        """Say what this process has come to so far, and return what all have.

        Raises:
            StorageError: the database cannot be used.
        """

    def leave(self, member: Membership) -> None:
        """Take part no longer; what was done still counts.

        Raises:
            StorageError: the database cannot be used.
        """

    def stop(self, reason: str) -> None:
        """Have all end soon; `Home.forget_pause` takes it back.

        Raises:
            StorageError: the database cannot be used.
        """
