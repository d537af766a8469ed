"""The plan meets what exists: every location is listed once, every row decided.

It brings `destination` and `plan` together and writes the decisions into the
journal; it creates nothing. Invariant: what a location held is on the disk before
the first of its rows may be sent, so that it is never mistaken for made by the run.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from importer import background, destination, logs, planning
from importer.errors import (
    AccessError,
    FatalError,
    ListIncomplete,
    QuotaExhausted,
    UnreachableError,
)
from importer.journal.planned import Decision
from importer.models import BETWEEN, Create, Leave, Refuse, Status, Update
from importer.runs import forecasts, knowledge
from importer.runs.other_runs import Kin
from importer.runs.refusals import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.journal.planned import Planned
    from importer.journal.row_states import Delivery
    from importer.models import Action, Definition, Existing, Job, Problem
    from importer.ratelimit import Limiter
    from importer.runs.forecasts import Forecast
    from importer.runs.knowledge import Wish

log: logs.Log = logs.get("run")

#: Locations that are listed side by side.
LOCATIONS_AT_ONCE = 32
#: Locations whose decisions share a commit, which takes the disk a while.
COMMITTED_AT_ONCE = 100

#: Rows that are read from the journal in one go.
BATCH = 1000


class Comparison:
    """The listing of all locations, and what came of it."""

    def __init__(
        self,
        planned: Planned,
        delivery: Delivery,
        there: destination.Destination,
        wish: Wish,
        kin: Callable[[], Kin],
    ) -> None:
        """Keep what is needed; `run` does the work.

        `wish` says what becomes of rows whose collection exists. `kin` says what other
        runs did a short time ago, which a list may not show yet; it is asked when the
        first list is there, since only then the server is known.
        """
        self._ask_kin = kin
        self._asking = asyncio.Lock()
        self._asked = False
        self._kin = Kin()
        # locations that other runs have worked on
        self._shared: set[str] = set()
        self._planned = planned
        self._delivery = delivery
        self._there = there
        self._wish = wish
        self._to_send: dict[str, int] = defaultdict(int)
        self._counts = {Create: 0, Update: 0, Leave: 0, Refuse: 0}
        self._uncommitted = 0
        self._unseen = 0
        #: locations that were listed, or cannot be
        self.done = 0
        self.barred: dict[str, FatalError] = {}
        #: how often a location is looked at whose day is over; None leaves it out
        self.quota_look_seconds: float | None = None

    async def _know_kin(self) -> None:
        """Ask the other runs, once, in a thread: there may be many of them."""
        async with self._asking:
            # several locations ask at once, and the first of them asks for all
            if not self._asked:
                self._kin = await background.to_its_end(self._ask_kin)
                self._shared = self._kin.locations
                self._asked = True

    async def run(self, locations: Sequence[str]) -> None:
        """List every location that has rows to create, and decide them.

        A resume does so again: since the run was stopped others may have made what
        it is about to create.
        """
        gate = asyncio.Semaphore(LOCATIONS_AT_ONCE)
        known = self._planned.compared()

        async def one(location_id: str) -> None:
            async with gate:
                await self._compare(location_id, known=location_id in known)
                self.done += 1

        try:
            async with asyncio.TaskGroup() as group:
                for location_id in locations:
                    group.create_task(one(location_id))
            self._planned.flush_decisions()
        finally:
            # those that were not committed are compared again by a resume
            self._planned.close()

    @property
    def decided(self) -> int:
        """Rows that need not be sent."""
        return self._counts[Leave] + self._counts[Refuse]

    @property
    def refused(self) -> int:
        """Rows that the user's choice for existing collections forbids."""
        return self._counts[Refuse]

    @property
    def only_location(self) -> str:
        """The id of the location that something is sent to, if it is one."""
        first, *others = self._to_send or ("",)
        return "" if others else first

    def forecast(self, limiter: Limiter, daily_reserve: float) -> Forecast:
        """Reckon what sending the rest will take."""
        counts = tuple(self._counts[one] for one in (Create, Update, Leave, Refuse))
        found = forecasts.forecast(counts, self._to_send, limiter, daily_reserve)
        return replace(found, unseen=self._unseen)

    async def _compare(self, location_id: str, *, known: bool) -> None:
        listed: list[Existing] | None = []
        # a location in which nothing is left to be created is not listed again
        if not known or self._delivery.planned(location_id).creates:
            listed = await self._list(location_id)
        if listed is None:
            return
        await self._know_kin()
        # with the decisions, in one commit: see `Planned.add_before`
        if not known:
            self._planned.add_before(location_id, listed)
        self._decide_all(location_id, listed)
        self._uncommitted += 1
        if self._uncommitted >= COMMITTED_AT_ONCE or self._planned.spilled:
            self._planned.flush_decisions()
            self._uncommitted = 0
        log.info("location.compared", location=location_id, collections=len(listed))

    def _decide_all(self, location_id: str, listed: Sequence[Existing]) -> None:
        # an empty list and no other run: every row is a create, and a million of them
        # need not be read for that
        if not listed and location_id not in self._shared:
            self._create_all(location_id)
            return
        by_slug = self._by_slug(location_id, listed)
        by_id = knowledge.Holders(listed, self._kin, location_id)
        renamed = knowledge.Renamed(listed if location_id in self._shared else ())
        known = self._known(location_id, by_slug)
        for job in self._jobs(location_id):
            found = by_slug.get(job.slug, ())
            if job.collection_id:
                self._count(job, Update)  # decided before the run was stopped
            elif holder := by_id.of_another(job, found):
                self._refuse(job, holder)
            # a slug that is there, and a row that was sent: its own request may have
            # made it
            elif found and job.attempts:
                self._doubt(job)  # it may be the row's own, committed late
            else:
                self._decide(job, found or self._renamed(job, renamed), known)
        if known.unseen:
            self._unseen += known.unseen
            log.info("products.unseen", location=location_id, rows=known.unseen)

    def _known(
        self, location_id: str, by_slug: Mapping[str, Sequence[Existing]]
    ) -> knowledge.Knowledge:
        """Return what is known of the location's collections beside its list."""
        pairs = (
            (job, by_slug.get(job.slug, ()))
            for job in self._jobs(location_id)
            if not job.collection_id
        )
        return knowledge.gather(location_id, pairs, self._wish)

    def _create_all(self, location_id: str) -> None:
        """Count rows that nothing in the location can meet, without looking at them."""
        found = self._delivery.planned(location_id)
        for action, count in ((Create, found.creates), (Update, found.updates)):
            self._counts[action] += count
            if count:
                self._to_send[location_id] += count * forecasts.CALLS[action]

    async def _list(self, location_id: str) -> list[Existing] | None:
        """Return what the location holds; None after it was barred."""
        try:
            return await asked(
                lambda: self._there.existing(location_id),
                location_id,
                self.quota_look_seconds,
            )
        except (
            AccessError,
            ListIncomplete,
            QuotaExhausted,
            UnreachableError,
        ) as why:
            self.bar(location_id, why)
        return None

    def withdraw(self, location_id: str, count: int) -> None:
        """Say that rows which were to be created need not be sent after all."""
        # rows in doubt since an earlier process were not counted as to be sent
        count = min(count, self._to_send.get(location_id, 0))
        if not count:
            return
        self._counts[Create] -= count
        self._counts[Refuse] += count
        self._to_send[location_id] -= count
        if not self._to_send[location_id]:
            del self._to_send[location_id]

    def bar(self, location_id: str, error: FatalError) -> None:
        """Leave a location out: nothing can be asked of it."""
        self.barred[location_id] = error
        left_out(location_id, error)

    def _jobs(self, location_id: str) -> Iterator[Job]:
        last = -1
        while jobs := self._delivery.jobs(location_id, last, BATCH):
            yield from jobs
            last = jobs[-1].seq

    def _by_slug(
        self, location_id: str, listed: Sequence[Existing]
    ) -> Mapping[str, Sequence[Existing]]:
        """Return what a location holds, by the slugs that rows have for it.

        A collection whose slug the server has changed stands under the one that was
        sent; under the other one as well, unless its row is in the input, too.
        """
        by_slug: dict[str, list[Existing]] = defaultdict(list)
        sent_as = self._kin.sent_as(location_id)
        own = self._delivery.slugs(location_id) if sent_as else {}
        for existing in listed:
            sent = sent_as.get(existing.collection_id, existing.slug)
            by_slug[sent].append(existing)
            if sent != existing.slug and sent not in own:
                by_slug[existing.slug].append(existing)
        return by_slug

    def _renamed(self, job: Job, renamed: knowledge.Renamed) -> Sequence[Existing]:
        """Return what another run may have made of a row that it left in doubt.

        The server may have changed the slug, and no answer has told it.
        """
        if (job.location_id, job.slug) not in self._kin.doubtful:
            return ()
        return renamed.of(job)

    def _decide(
        self, job: Job, found: Sequence[Existing], known: knowledge.Knowledge
    ) -> None:
        key = (job.location_id, job.slug)
        made = None if found else self._kin.made.get(key)
        # before "create": another run's request may still be carried out
        if not (found or made) and key in self._kin.doubtful:
            self._doubt(job)  # another run may have created it
        elif found:
            self._meet(job, found, known)
        elif made:
            wanted, shown = destination.definition(job.body), (made.existing,)
            action = planning.decide(wanted, shown, self._wish.on_existing)
            age_seconds = time.time() - made.at
            self._carry_out(job, planning.not_listed(action, made.run_id, age_seconds))
        else:
            self._carry_out(job, Create())

    def _meet(
        self, job: Job, found: Sequence[Existing], known: knowledge.Knowledge
    ) -> None:
        """Decide a row whose collection exists."""
        wanted, found = known.completed(job, found)
        on_existing, products = self._wish.on_existing, self._wish.products
        action = planning.decide(wanted, found, on_existing, products=products)
        # a refusal says what it has to say; a remark on products would not help
        if isinstance(action, Leave | Update):
            action = replace(action, remarks=(*action.remarks, *known.told(job)))
        if isinstance(action, Update):
            self._count(job, Update)
            by_id = {existing.collection_id: existing for existing in found}
            self._update(job, action, wanted, by_id[action.collection_id])
        else:
            self._carry_out(job, action)

    def _refuse(self, job: Job, holder: Existing) -> None:
        """Leave a collection alone that has the row's id and another slug."""
        if job.attempts:
            self._doubt(job)  # it may be the row's own, with its slug rewritten
        else:
            wanted = destination.definition(job.body)
            self._carry_out(job, planning.taken(wanted, holder))

    def _carry_out(self, job: Job, action: Create | Leave | Refuse) -> None:
        """Count an action, and write it down where the row is not simply created."""
        self._count(job, type(action))
        match action:
            case Create():
                pass
            case Leave(collection_id=there, remarks=remarks):
                self._write(job, Status.EXISTING, there, remarks, action.slug)
            case Refuse(collection_id=there, problem=problem):
                self._write(job, Status.INVALID, there, (problem,))
            case never:  # pragma: no cover - proved by the type checker
                assert_never(never)

    @property
    def updates(self) -> int:
        """How many rows will update a collection."""
        return self._counts[Update]

    def _doubt(self, job: Job) -> None:
        """Have a row looked for before it is sent."""
        self._count(job, Create)
        self._write(job, Status.UNKNOWN, "", ())

    def _count(self, job: Job, action: type[Action]) -> None:
        self._counts[action] += 1
        if calls := forecasts.CALLS[action]:
            self._to_send[job.location_id] += calls

    def _write(
        self,
        job: Job,
        status: Status,
        collection_id: str,
        remarks: Sequence[Problem],
        slug: str = "",
    ) -> None:
        code, text = _told(remarks)
        decision = Decision(job.seq, status, collection_id, code, text)
        self._planned.decide(replace(decision, shown=_shown(slug)))

    def _update(
        self, job: Job, action: Update, wanted: Definition, existing: Existing
    ) -> None:
        """Write down what an update changes; its row has no answer yet."""
        code, text = _told(action.remarks)
        wish = self._wish
        body = destination.update_body(
            wanted, existing, products=wish.products, left_out=wish.left_out
        )
        self._planned.decide(
            Decision(
                job.seq,
                Status.PLANNED,
                action.collection_id,
                remark_code=code,
                remark=BETWEEN.join(filter(None, (planning.words(action), text))),
                body=body,
                changes=action.changes,
                shown=_shown(action.slug),
            )
        )


def _shown(slug: str) -> str:
    """Write a slug that the server has made of the row's, as the journal keeps it."""
    return json.dumps({"slug": slug}) if slug else ""


def _told(remarks: Sequence[Problem]) -> tuple[str, str]:
    """Return the code of the first remark, and all of them as a text."""
    code = remarks[0].code.value if remarks else ""
    return code, BETWEEN.join(map(str, remarks))


def left_out(location_id: str, error: FatalError) -> None:
    """Note that nothing is sent to a location, and why."""
    log.info(
        "location.barred", location=location_id, message=str(error), remedy=error.remedy
    )
