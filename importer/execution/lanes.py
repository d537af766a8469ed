"""The rows of one location on their way: what is ready, what comes later, what is open.

Plain state, made small, because there may be thousands; `turns` moves it. A lane whose
day's quota is spent waits until the API's day begins anew, where its answers say when;
else it looks at once at every full hour of UTC (or whatever the options say), with a
row's own call: its answer says what is left, and it is work done. Nothing here waits.
Invariants: a row is in exactly one place: not yet read, `ready`, `later`, or handed out
(`open`); below the reserve no location makes more than one call between looks.
"""

from __future__ import annotations

import heapq
import re
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.execution.ports import Options
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


log: logs.Log = logs.get("run")

#: A look comes this share of the pause after the full hour, since clocks differ,
#: and up to twice as late, so that thousands of locations do not look together.
LATE = 0.005


def until_next_look(location_id: str, pause_seconds: float, wall: float) -> float:
    """Return the seconds until a location is looked at again, by the clock in UTC.

    Args:
        location_id: they do not all look at the same moment.
        pause_seconds: looks are made at multiples of this.
        wall: seconds since the epoch.
    """
    # when the day begins anew is not documented; that it does so at a full hour of UTC
    # is likely, and a look too many costs one call
    full = (wall // pause_seconds + 1) * pause_seconds
    return full - wall + late(location_id, pause_seconds)


def late(location_id: str, pause_seconds: float) -> float:
    """Return the seconds by which a location's look is late; locations differ."""
    # crc32 and not `hash`, so that a location keeps its moment across processes
    spread = zlib.crc32(location_id.encode()) / 2**32
    return pause_seconds * LATE * (1 + spread)


class Quota:
    """The locations whose day is over. `wall` gives seconds since the epoch."""

    def __init__(
        self, options: Options, clock: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        """Begin with no waiter."""
        self._reserve = options.daily_reserve
        self._waits = options.wait_for_quota
        self._pause = options.quota_look_seconds
        self._clock = clock
        self._wall = wall
        #: locations that ended early, and those that wait with the time of their
        #: next look, in seconds since the epoch
        self.parked: set[str] = set()
        self.waiting: dict[str, float] = {}
        #: when their days begin anew, of those whose answers say so, as above
        self.resets: dict[str, float] = {}
        self._planned: dict[str, float] = {}

    def used_up(self, lane: Lane) -> bool:
        """Return whether what is left today is for others."""
        if lane.budget.day_is_over(self._reserve):
            return True
        if lane.look_at is not None:
            # an answer said that there is quota again, before the look was due
            self.go_on(lane)
        return False

    def park(self, lane: Lane) -> bool:
        """Wait for the reset, where the options say so; False ends the location."""
        if not self._waits:
            self.parked.add(lane.location_id)
            self._note_reset(lane, self._wall())
            return False
        reset, planned = lane.budget.reset, self._planned.get(lane.location_id, 0.0)
        # an answer that came after the look was planned knows better than the plan
        if lane.look_at is None or (reset and reset.heard_at > planned):
            self.plan_look(lane)
            self._tell(lane)
        return True

    def plan_look(self, lane: Lane) -> None:
        """Look again after the reset, or at the next full hour (or other pause)."""
        location, wall, now = lane.location_id, self._wall(), self._clock()
        reset = self._note_reset(lane, wall)
        wait = until_next_look(location, self._pause, wall)
        if reset is not None:
            # at least a window, so that a reset which is told as if it were now is not
            # looked at in a loop
            wait = max(
                reset + late(location, self._pause), lane.budget.interval_seconds
            )
        self.waiting[location] = wall + wait
        self._planned[location] = now
        lane.look_at = now + wait

    def _note_reset(self, lane: Lane, wall: float) -> float | None:
        """Note when a location's day begins anew, and return the seconds until then.

        None, where no answer has said it.
        """
        seconds = lane.budget.reset_seconds(self._clock(), wall)
        self.resets.pop(lane.location_id, None)
        if seconds is not None:
            self.resets[lane.location_id] = wall + seconds
        return seconds

    def _tell(self, lane: Lane) -> None:
        location = lane.location_id
        until = time.gmtime(self.waiting[location])
        log.info(
            "location.waits",
            location=location,
            until=time.strftime("%Y-%m-%dT%H:%M:%SZ", until),
            reason="the day's quota is used up to its reserve",
            reset="told" if location in self.resets else "unknown",
        )

    def go_on(self, lane: Lane) -> None:
        """Let the location go on: it waits no longer."""
        lane.look_at = None
        self.waiting.pop(lane.location_id, None)
        self.resets.pop(lane.location_id, None)
