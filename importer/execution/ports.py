"""What the execution takes and gives: options, the stages it needs, its progress.

The stages are protocols, for it knows no other one: `runs` passes the journal, the
destination and the limiter in; tests may pass anything of the same shape.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from importer.models import Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from importer.models import (
        ClockDifference,
        ErrorLimit,
        Existing,
        Job,
        Outcome,
        Verdict,
    )
    from importer.ratelimit import Budget, Permit


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the input is and how much of it is bad already, for `--max-errors`."""

    rows: int = 0
    bad: int = 0
    proven: frozenset[str] = frozenset()


#: Where it is not said how large the input is.
UNKNOWN = Scale()


@dataclass(slots=True)
class Progress:
    """What happened so far, for the display and the log."""

    done: Counter[Status] = field(default_factory=Counter)
    doubtful: int = 0
    retried: int = 0

    @property
    def bad(self) -> int:
        """Rows that ended badly while they were sent."""
        bad = (Status.REJECTED, Status.FAILED, Status.INVALID)
        return sum(self.done[status] for status in bad)


@dataclass(frozen=True, slots=True)
class Options:
    """How many requests are in flight, and what ends a run early.

    `concurrency` counts those that wait until the disk has them: while they do, the
    others keep the connections busy, so it takes more than a server needs to be busy.
    `daily_reserve` is the share of the day's quota that is left to others. With
    `wait_for_quota` a location whose day is over waits for the reset instead of
    ending; `quota_look_seconds` is how often it looks. `answer_seconds` is how long an
    answer may be waited for: nothing is in flight for longer. `early_stop` is how many
    first answers of a location end it if all are one and the same refusal; 0: none.
    """

    concurrency: int = 128
    max_errors: ErrorLimit | None = None
    daily_reserve: float = 0.1
    wait_for_quota: bool = False
    quota_look_seconds: float = 3600.0
    answer_seconds: float = 30.0
    early_stop: int = 20


class Ledger(Protocol):
    """The journal, as far as sending needs it."""

    def jobs(
        self, location_id: str, after: int, limit: int, status: Status = ...
    ) -> list[Job]:
        """Return the next rows of a location in input order."""

    def sending(self, seq: int, attempts: int) -> Awaitable[None]:
        """Wait until it is on the disk that a request is about to leave."""

    def record(self, outcome: Outcome) -> None:
        """Keep what became of a row, soon."""

    def before(self, location_id: str) -> set[str]:
        """Return the ids that the location held before the run."""


class Journal(Ledger, Protocol):
    """The journal, as far as answers and lists are compared with it."""

    async def flush(self) -> None:
        """Return when everything recorded is on the disk."""

    def created(self, seq: int) -> Job | None:
        """Return a row if it is created."""

    def created_as(self, collection_id: str) -> int | None:
        """Return the row that got an id."""

    def created_ids(self) -> Iterable[str]:
        """Return the id of every row that is created."""

    def started(self, location_id: str) -> dict[int, float]:
        """Return when the first requests of a location's unknown rows left."""

    def owned(self, location_id: str) -> Iterable[str]:
        """Yield the ids that rows of a location have got."""

    def slugs(self, location_id: str) -> dict[str, int]:
        """Return the rows of a location that may be sent, by their slugs."""

    def shown(self) -> Iterable[tuple[str, str, str, str, str]]:
        """Return the rows that the server shows otherwise than they were sent.

        Location, name, slug, id, and what it shows as a JSON object.
        """


class Collections(Protocol):
    """The destination, as far as sending needs it."""

    @property
    def clock_difference(self) -> ClockDifference | None:
        """The server's clock less this machine's; None where no answer told it."""

    async def create(self, location_id: str, body: bytes, permit: Permit) -> Verdict:
        """POST one collection, once, and return what the answer means."""

    async def update(
        self, location_id: str, collection_id: str, body: bytes, permit: Permit
    ) -> Verdict:
        """PUT one collection, once, and return what the answer means."""

    async def existing(
        self, location_id: str, needed: Callable[[Existing], bool] | None = None
    ) -> list[Existing]:
        """Return the collections that the location's list shows, or those needed."""


class Budgets(Protocol):
    """The rate limit, as far as taking turns needs it."""

    on_change: Callable[[str], None]
    paced: bool
    returned: int

    def budget(self, location_id: str) -> Budget:
        """Return the budget of a location."""

    def try_take(self, location_id: str) -> Permit | None:
        """Return a permit now, or None."""

    def clock(self) -> float:
        """Return monotonic seconds."""

    async def pace(self, location_id: str) -> None:
        """Wait for the process-wide ceiling and for even spacing."""

    def longest_pause(self, location_id: str) -> float:
        """Return the seconds that `pace` may keep two calls of a location apart."""

    def queued(self) -> dict[str, int]:
        """Count those who wait for a permit in line, by location."""

    def give_back(self, location_id: str, permit: Permit) -> None:
        """Take a permit back whose call was never sent."""
