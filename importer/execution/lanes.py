"""The rows of one location on their way: what is ready, what comes later, what is open.

Plain state, made small, because there may be thousands; `turns` moves it. Invariant:
a row is in exactly one place: not yet read, `ready`, `later`, or handed out (`open`).
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.models import Job, Rejected
    from importer.ratelimit import Budget


#: What stands in the place of a row's own values when reasons are compared.
OWN = "…"


@dataclass(slots=True)
class Trial:
    """The answers of one location so far: `left` are those that still decide it.

    `reasons` are texts that all of them have in common, with the status in front.
    """

    left: int
    reasons: frozenset[tuple[int, str]] = field(default_factory=frozenset)

    def refuse(self, job: Job, refusal: Rejected) -> bool:
        """Take in a refusal; False where it is another one than those before."""
        status, message = refusal.http_status, refusal.message
        # most refusals repeat the row's values; without them two rows' messages can be
        # compared
        texts = {(status, message), (status, without_own(message, job))}
        self.reasons = frozenset(self.reasons & texts if self.reasons else texts)
        self.left -= 1
        return bool(self.reasons)


def without_own(message: str, job: Job) -> str:
    """Return a message without what only this row has: its name, slug and id."""
    # the longest first, or a name that contains the slug would be replaced in part
    own = sorted({job.name, job.slug, job.collection_id} - {""}, key=len, reverse=True)
    pattern = "|".join(re.escape(value) for value in own)
    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", OWN, message)


@dataclass(slots=True, eq=False)
class Lane:
    """The rows of one location that are still to be sent.

    `open` counts rows that were handed out and have no outcome yet, wherever they
    are: in flight, waiting for a retry, or being settled. `ready` holds the next one
    last. `held` are those that a resume brought: they may be ahead of `last_seq` and
    must not be read again. `wakes_at` is the time a sleeping lane waits for, None
    where only an event can wake it, and `for_slot` whether that event is its
    budget's; `listed_at` is when the list of sleepers has it next. `look_at` is set
    while the day's quota is waited for. Times are monotonic seconds.
    """

    location_id: str
    budget: Budget
    ready: list[Job] = field(default_factory=list)
    later: list[tuple[float, int, Try]] = field(default_factory=list)
    last_seq: int = -1
    drained: bool = False
    closed: bool = False
    finished: bool = False
    awake: bool = True
    for_slot: bool = False
    wakes_at: float | None = None
    listed_at: float | None = None
    paused_until: float = 0.0
    look_at: float | None = None
    held: set[int] | None = None
    open: int = 0
    in_flight: int = 0
    #: whether its rows are created at all, until one of them is
    trial: Trial | None = None
    #: rows that came here, counted by the batch
    taken: int = 0

    def due(self, now: float) -> bool:
        """Return whether a row that was put back may go again."""
        return bool(self.later) and self.later[0][0] <= now

    def hand_out(self, now: float) -> Try:
        """Take out the next row: one that was put back before one that is new."""
        # counted before the request is made, so that no other worker takes the same
        # place in the lane's share
        self.in_flight += 1
        if self.later and self.later[0][0] <= now:
            return heapq.heappop(self.later)[2]
        self.open += 1
        job = self.ready.pop()
        return Try(job, self, job.attempts)

    def take_in(self, jobs: list[Job], asked: int) -> None:
        """Take in rows that were read from the journal, in input order."""
        # fewer than were asked for: the journal has no more of this location
        self.drained = len(jobs) < asked
        if jobs:
            self.last_seq = jobs[-1].seq
        if held := self.held:
            jobs = [job for job in jobs if job.seq not in held]
        # reversed, as the next one is taken from the end, which costs a list nothing
        self.ready = jobs[::-1]
        self.taken += len(jobs)

    def keep(self, seq: int) -> None:
        """Count a row that a resume brought: it is open and not read again."""
        self.open += 1
        self.taken += 1
        self.held = self.held or set()
        self.held.add(seq)

    @property
    def done(self) -> int:
        """Rows that came to their end here; any thread may ask."""
        # the three counts are read without a lock while the loop changes them, so the
        # difference may be negative for a moment
        return max(0, self.taken - len(self.ready) - self.open)

    @property
    def has_new(self) -> bool:
        """Whether rows that were never handed out are still to come."""
        return bool(self.ready) or not (self.drained or self.closed)

    def at_end(self) -> bool:
        """Return whether nothing of this lane will ever be handed out again."""
        unread = not (self.drained or self.closed)
        return not (self.open or self.ready or self.later or unread)

    def close(self) -> None:
        """Hand out nothing more; rows that wait here stay as they are."""
        self.closed = True
        # these rows keep their state in the journal (planned, or put back), so they are
        # not done here; the resume finds them
        self.taken -= len(self.later) + len(self.ready)
        self.open -= len(self.later)
        self.ready = []
        self.later.clear()


@dataclass(slots=True, eq=False)
class Try:
    """A job on its way: what the journal does not need to know of it.

    `attempts` counts requests that were made for it, `refusals` answers in a row
    that refused the caller and not the job; `settled` is how many of the requests were
    looked for, and had made nothing. `may_be_done` says that an earlier request to
    change a collection got no answer.
    """

    job: Job
    lane: Lane
    attempts: int = 0
    refusals: int = 0
    settled: int = 0
    may_be_done: bool = False
