"""Who holds a run and its locations: what keeps two processes from sending the same.

There are two kinds: `journal.locks` in a folder, `journal.postgres.leases` in a
database. `tests/contracts` says what each keeps to. Invariant: the holder is the only
one, as long as its claim is alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from importer.errors import LocationHeldError
    from importer.models import Spent


class Claim(Protocol):
    """A run that this process holds, and the locations that it works on.

    The one that does is the only one, as long as the claim is alive. Leaving its block
    releases it.
    """

    @property
    def run_id(self) -> str:
        """The run."""

    @property
    def fence(self) -> int:
        """The claim's number, higher than that of every claim before it.

        By it a database can tell a commit of the present holder from one of a process
        that was taken for dead.
        """

    def extend(self, locations: Collection[str]) -> None:
        """Work on these locations from now on, all of them or none.

        Raises:
            LocationHeldError: another run works on one of them.
            StorageError: the claim could not be written.
        """

    def extend_free(self, locations: Collection[str]) -> dict[str, LocationHeldError]:
        """Work on those of these locations that no other run works on.

        Returns:
            The others, and who works on each.

        Raises:
            StorageError: the claim could not be written.
        """

    def alive(self) -> bool:
        """Return whether it still holds; asked before every commit, so it is quick."""

    def check(self) -> None:
        """Make sure that it still holds.

        Raises:
            StorageError: it does not, so another run may work on the same.
        """

    @property
    def gate(self) -> Callable[[], None] | None:
        """What is asked directly before each request leaves: like `check`.

        None where what is held stays held, so that nothing needs to be asked.
        """

    def outlast(self, longest_seconds: Callable[[], float]) -> None:
        """Hold for longer than this, should the process be gone without a release.

        Args:
            longest_seconds: the longest window of a rate limit that was seen; asked
                now and then, from another thread.
        """

    def hand_over(self, spent: Callable[[str], Spent | None]) -> None:
        """Tell the next process that works on a location what was spent there.

        Args:
            spent: what a limiter knows of a location; asked when that is released.
        """

    def found(self) -> Mapping[str, Spent]:
        """Return what others have spent at the locations that were claimed, once.

        A process that died has not said it: then the window of the limit may be full.
        """

    def rest_seconds(self, answer_seconds: float) -> float:
        """Return how long what another process left behind may still be carried out.

        Args:
            answer_seconds: how long an answer to its last request may take.
        """

    def release(self) -> None:
        """Give everything up; once is enough, and twice does no harm."""

    def __enter__(self) -> Self:
        """Enter; the claim is held already."""

    def __exit__(self, *failure: object) -> None:
        """Release it."""


class Claims(Protocol):
    """Who works on what, among all that share the journals of a folder."""

    def claim(
        self, run_id: str, locations: Collection[str] = (), *, server: str = ""
    ) -> Claim:
        """Hold a run, and the locations it will send to as far as they are known.

        Args:
            run_id: the run.
            locations: their ids.
            server: where they are, for claims that are kept of several servers.

        Raises:
            LocationHeldError: another process works on the run or one of the locations.
            StorageError: the claim could not be written.
        """

    def holder(self, run_id: str) -> int | None:
        """Return the process that works on a run now, 0 for an unknown one, or None."""
