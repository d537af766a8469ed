"""What a journal asks of the database that keeps it, and of the home of all of them.

The views write the same statements whatever the database; how it is opened, checked,
brought up to date and filled is the store's: `journal.sqlite` or `journal.postgres`,
found by the address in `journal.store`. Where runs are kept together, and know of each
other, is a home (`journal.folder_home`); `journal.claims` says what keeps them apart.
`tests/contracts` says what each keeps to.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from importer.errors import JournalDamaged
    from importer.journal.claims import Claim, Claims
    from importer.journal.crews import Crew


class Depth(Enum):
    """How much of a journal is read to find out whether it can be believed."""

    FACTS = "facts"  # what it says of itself
    PAGES = "pages"  # and that all of it can be read
    ALL = "all"  # and that it agrees with itself, and that every row makes sense


class CommitGuard(Protocol):
    """Stands before each commit that lets something be sent, and remembers it.

    Two things may be wrong with such a commit: another process has taken over, or the
    database loses it later. The first is refused here, the second is found at the next
    look.
    """

    def guard(self, claim: Claim) -> None:
        """Let no such commit happen any more once a claim is lost."""

    def refuse_gone(self) -> None:
        """Make sure that the journal is the one that was opened.

        Raises:
            StorageError: it was removed, or another one is in its place.
        """

    def refuse_unheld(self) -> None:
        """Make sure that the run still holds its claim.

        Raises:
            StorageError: it does not, so nothing may be sent.
        """

    def fenced(self, execute: Callable[..., Any]) -> None:
        """Let a transaction that is about to be committed be that of the holder.

        Where a claim can be taken over from a process that still runs, only the
        database can tell whether it was; `execute` is the transaction's own.

        Raises:
            StorageError: another holder has taken over, or another journal is there.
        """

    def counting(self, execute: Callable[[str], Any]) -> AbstractContextManager[None]:
        """Count the transaction that the block commits; `execute` is its own."""

    def transaction(self, engine: Engine) -> AbstractContextManager[Connection]:
        """Open one counted transaction, committed at the end of the block.

        Raises:
            StorageError: the journal or the run's claim was lost.
        """

    def close(self) -> None:
        """Make the count durable."""


class Store(Protocol):
    """Where the journal of one run is kept; nothing is opened before it is asked for.

    Whatever a driver raises while the journal is written is told by
    `journal.commits.storage`; a store adds how its driver's errors are told to
    `journal.commits.reason`.
    """

    @property
    def url(self) -> str:
        """The address, as another process can be given it: it holds no secret."""

    @property
    def written_at(self) -> float:
        """When the journal was last written to, seconds since the epoch; 0.0: never."""

    def exists(self) -> bool:
        """Return whether there is a journal."""

    def began(self) -> bool:
        """Return whether a journal that is not there may have let rows be sent."""

    def create(self, fill: Callable[[Engine], None]) -> None:
        """Make a new journal in place of any other; it appears when it is filled.

        Raises:
            StorageError: it cannot be written.
        """

    def check(self, depth: Depth) -> int:
        """Return the version of the journal, once it can be believed.

        Raises:
            JournalDamaged: it is not whole.
            InputError: there is none, or a newer program made it.
        """

    def upgrade(self, version: int) -> None:
        """Give a journal of an older version the tables of today's, all or none.

        Raises:
            StorageError: it cannot be written.
        """

    def engine(self, *, write: bool) -> Engine:
        """Return an engine: durable at every commit, or one that changes no file."""

    def bulk(self, engine: Engine) -> Connection:
        """Return a connection for the rows of the input, which need not be durable."""

    def guard(self) -> CommitGuard:
        """Return what stands before the commits of this process."""

    def readable(self) -> AbstractContextManager[None]:
        """Say of what cannot be read in the block that the journal is damaged.

        Raises:
            JournalDamaged: it is.
            InputError: it could not be opened.
        """

    def damaged(self, reason: str) -> JournalDamaged:
        """Return the refusal of the journal, with the reason and a remedy."""


class Rewritten(NamedTuple):
    """A collection whose slug is not the one that was sent."""

    location_id: str
    sent: str
    collection_id: str
    slug: str


class SlugMemory(Protocol):
    """What servers have made of slugs, for every later run, at any age.

    A run that is sending has a mark, so that one that was killed before it could write
    down what it knew is asked by its journal.
    """

    def remember(self, server: str, rewritten: Iterable[Rewritten]) -> None:
        """Keep what a server has made of slugs; what is known of one is replaced.

        Raises:
            StorageError: it cannot be written.
        """

    def recall(self, server: str, locations: Collection[str]) -> Iterator[Rewritten]:
        """Return what a server has made of the slugs of some locations.

        Raises:
            StorageError: it cannot be read.
        """

    def begin(self, run_id: str) -> None:
        """Leave a mark that a run is sending."""

    def end(self, run_id: str) -> None:
        """Remove the mark of a run: what it knows has been remembered."""

    def begun(self) -> list[str]:
        """Return the runs that have begun to send and have not remembered the rest."""


class Home(Protocol):
    """Where the journals of runs are kept, and what runs know of each other.

    All runs of a home are one truth: a location has one writer among them, and each
    asks the others what a list does not show yet. `journal.folder_home` has the kind
    that needs nothing but a folder.
    """

    @property
    def folder(self) -> Path:
        """The folder on this machine that has the reports and logs of the runs."""

    @property
    def shown(self) -> str:
        """The home as a person is told it, without a secret."""

    def described(self) -> str:
        """Return what it is and that it can be used; empty where that goes unsaid.

        Raises:
            StorageError: it cannot be used.
        """

    @property
    def claims(self) -> Claims:
        """Who works on which run, and on which locations."""

    def crew(self, run_id: str) -> Crew | None:
        """Return the processes that work on a run together; None: it has only one."""

    @property
    def slugs(self) -> SlugMemory:
        """The slugs that servers have changed."""

    @property
    def beside(self) -> Home | None:
        """Another home whose runs are asked as well, as they came before."""

    @property
    def most_open(self) -> int:
        """How many journals of other runs a process may keep open at once."""

    def store(self, run_id: str) -> Store:
        """Return where the journal of a run is kept."""

    def began(
        self,
        locations: Collection[str] | None = None,
        within_seconds: float | None = None,
    ) -> Iterator[str]:
        """Yield the runs that began, in the order of their names.

        Args:
            locations: only runs that may have sent something to one of these.
            within_seconds: only runs that were written to so short a time ago, by the
                clock of what keeps them.
        """

    def glance(
        self, run_ids: Iterable[str], *, counted: bool = True
    ) -> Mapping[str, tuple[dict[str, Any], dict[str, int]]]:
        """Return the facts of many runs, and how many rows have which status.

        Of those that can be read at once and are whole; the others have to be opened.
        """

    def written_at(self, run_id: str) -> float:
        """When a run last wrote anything, in seconds since the epoch; 0.0: never."""

    def holds(self, run_id: str) -> bool:
        """Return whether there is a run of this name, whatever became of its journal.

        Any text may be asked for.
        """

    def reserve(self, run_id: str) -> bool:
        """Give a name to a new run, whose folder was made; false: another run has it.

        Raises:
            StorageError: it cannot be written.
        """

    def present(self, run_id: str) -> bool:
        """Return whether anything of a run is there: one may go at any moment."""

    def retired(self, run_id: str) -> bool:
        """Return whether it was said that a run shall hold up nothing."""

    def retire(self, run_id: str, document: str) -> None:
        """Keep that a run shall hold up nothing, and why.

        Raises:
            StorageError: it cannot be written.
        """

    def ask_pause(self, run_id: str) -> None:
        """Ask the process that works on a run to end; it looks every second or two.

        Raises:
            StorageError: it cannot be written.
        """

    def pause_asked(self, run_id: str) -> bool:
        """Return whether that was asked; a look costs little.

        Raises:
            StorageError: it cannot be read.
        """

    def forget_pause(self, run_id: str) -> None:
        """Forget it, and a stop: a process that takes the run up was not asked yet.

        Raises:
            StorageError: it cannot be written.
        """

    def adopt(
        self, run_id: str, touched: Collection[str], make: Callable[[], None]
    ) -> None:
        """Take up a run that was kept elsewhere, whose name was reserved.

        Args:
            run_id: the run.
            touched: the locations that it may have sent something to.
            make: makes its journal.

        Raises:
            StorageError: it cannot be written.
        """

    def remove(self, run_id: str) -> None:
        """Remove a run that sent nothing, with its folder; a kill leaves no half."""
