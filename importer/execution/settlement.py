"""Rows without a clear answer: look at the server before anything else is done.

After a pause the location is listed, and one listing answers for all its doubtful
rows: a collection with the row's slug, or its name under a slug that the server has
changed, that was not there before the run and is no other row's, is this row's; after
the last of several looks without one, the row may be sent again. Looking goes on beside
the sending of other rows. A list of many pages costs as many calls, so while new rows
are sent, looks take no more than `LOOKING_SHARE` of the time; then one answers for more
rows. Of a list only what may be a row's own is kept: a location may hold very many, and
many locations are looked at side by side. Invariant: a doubtful row is handed back for
sending only after its last look, and only where nothing in the list may be its own.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer import ownership, rewrites, sentences, wording
from importer.execution.evidence import Candidates
from importer.identity import Ids
from importer.models import BETWEEN, Code, Outcome, Status
from importer.ownership import Proof
from importer.sentences import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from importer.execution.evidence import Evidence
    from importer.execution.ports import Collections, Journal
    from importer.execution.turns import Lane, Try
    from importer.models import Existing, Job, Rejected

#: So much of a name that a server shows is told in a message.
LONGEST_NAME = 100


#: The part of the time that looks may take while new rows are sent.
# a share of the time, not a number of looks: a list of a hundred pages costs all
# calls of a window
LOOKING_SHARE = 0.1
_LEAST_PAUSE_SECONDS = 0.05
#: Arrays that share the ids of one location: one of 6,000 rows has about 100 of them.
_SHELVES = 64


@dataclass(slots=True)
class Doubt:
    """A row whose request may have been carried out.

    `looks` counts listings that did not show it; `due` is when the next may be made.
    `refusal` is set where the API answered that there is such a collection already.
    """

    one: Try
    due: float
    looks: int = 0
    refusal: Rejected | None = None

    @property
    def sent(self) -> bool:
        """Whether this run has made a request for the row at all."""
        return self.one.attempts > 0


@dataclass(frozen=True, slots=True)
class Look:
    """What one listing has shown: rows that are settled, and rows to be sent again."""

    settled: list[tuple[Try, Outcome]]
    absent: list[Try]


def made(job: Job, existing: Existing, *, sent: bool) -> Outcome:
    """Return the outcome of a row whose own collection the list shows.

    Args:
        job: the row.
        existing: what the list shows.
        sent: whether this run has made a request for the row at all.
    """
    if sent:
        return Outcome(
            job.seq,
            Status.CREATED,
            existing.collection_id,
            Code.SETTLED_BY_LISTING.value,
            sentences.text("settled_by_listing"),
        )
    return Outcome(
        job.seq,
        Status.EXISTING,
        existing.collection_id,
        Code.MADE_BY_OTHERS.value,
        sentences.text("made_by_others/stopped"),
    )


def made_by_others(job: Job, existing: Existing) -> Outcome:
    """Return the outcome of a row whose slug another collection has got meanwhile."""
    return Outcome(
        job.seq,
        Status.EXISTING,
        existing.collection_id,
        Code.MADE_BY_OTHERS.value,
        sentences.text("made_by_others", name=wording.cut(existing.name, LONGEST_NAME)),
    )


def conflicting(job: Job, existing: Existing, refusal: Rejected) -> Outcome:
    """Return the outcome of a row that the API refused because it exists already."""
    return Outcome(
        job.seq,
        Status.EXISTING,
        existing.collection_id,
        refusal.code.value,
        sentences.text("outcome/exists", reason=refusal.message),
        http_status=refusal.http_status,
        trace_id=refusal.trace_id,
    )


def undecided(job: Job, candidates: Sequence[Existing]) -> Outcome:
    """Return the outcome of a row that no list can settle: a person has to."""
    shown = [
        Phrase(
            "part/candidate_slug",
            {"collection_id": candidate.collection_id, "slug": candidate.slug},
        )
        for candidate in candidates
    ]
    variant = "renamed" if shown else "no_id"
    return Outcome(
        job.seq,
        Status.UNKNOWN,
        code=Code.OUTCOME_UNKNOWN.value,
        message=sentences.text(f"outcome_unknown/{variant}", candidates=shown),
    )


class Settler:
    """The doubtful rows of one location, and the looks at it."""

    def __init__(
        self,
        lane: Lane,
        ledger: Journal,
        collections: Collections,
        evidence: Evidence,
        pauses: Sequence[float],
        clock: Callable[[], float],
    ) -> None:
        """Look after each of `pauses` (seconds); they follow one another."""
        self.lane = lane
        self._ledger = ledger
        self._collections = collections
        self._evidence = evidence
        self._pauses = pauses
        self._clock = clock
        self._doubts: dict[int, Doubt] = {}
        self._before: Ids | None = None
        self._failures = 0
        #: when the first pause of a row may begin
        self.not_before: float = -math.inf
        #: how long the last look took, and when the next may be made beside new rows
        self._took = 0.0
        self._rested_at = 0.0

    def add(self, attempt: Try, refusal: Rejected | None = None) -> None:
        """Take in a row that was just answered unclearly."""
        due = max(self._clock(), self.not_before) + self._pauses[0]
        self._doubts[attempt.job.seq] = Doubt(attempt, due, refusal=refusal)

    @property
    def doubts(self) -> Collection[Doubt]:
        """The rows that are not settled."""
        return self._doubts.values()

    async def wait(self, stopping: asyncio.Event) -> bool:
        """Wait until the next look is due; False when the run is stopping."""
        # a timer may ring a little early, and a look before its time counts for none
        while (pause := self.due - self._clock()) > 0:
            # new rows may end before the rest is over, and nothing else would wake this
            if self._rests:  # until there is no new row any more, at the most
                pause = min(pause, max(self._took, _LEAST_PAUSE_SECONDS))
            try:
                async with asyncio.timeout(pause):
                    await stopping.wait()
                    break
            except TimeoutError:
                continue
        return not stopping.is_set()

    @property
    def due(self) -> float:
        """When the next look may be made; there must be a doubt."""
        first = min(doubt.due for doubt in self.doubts)
        return max(first, self._rested_at) if self._rests else first

    @property
    def _rests(self) -> bool:
        """Whether new rows go before the next look."""
        return self.lane.has_new and self._clock() < self._rested_at

    async def look(self) -> Look:
        """List the location once: what is settled now, and what may be sent again.

        Raises:
            AccessError: token, scope or location were refused.
            TransientError: the list could not be read; nothing has changed.
            StorageError: the journal cannot be written.
        """
        started = self._clock()
        asked = list(self._doubts.values())
        needed = await self._needed(asked)
        listed = await self._collections.existing(self.lane.location_id, needed)
        # a look that lasts t is followed by 9 t of rest, so looks take a tenth of the
        # time
        self._took = self._clock() - started
        self._rested_at = self._clock() + self._took * (1 / LOOKING_SHARE - 1)
        await self._ledger.flush()  # so that the journal knows which ids are taken
        self._failures = 0
        # built after the flush: `owned` reads from the journal which ids other rows got
        candidates = self._candidates(listed)
        # the first that has a slug wins, as dict comprehensions keep the last
        by_slug = {existing.slug: existing for existing in reversed(listed)}
        look = Look([], [])
        # only rows that were in doubt before the list was begun: one that came
        # meanwhile may have been created behind the page that was read
        for doubt in asked:
            # a look counts only if the row's pause was over before it began; what is
            # younger may be missing because lists lag behind creates
            last = doubt.due <= started and self._was_last(doubt)
            outcome = self._judge(doubt, candidates, by_slug, last=last)
            if outcome is not None:
                look.settled.append((doubt.one, outcome))
            elif last:
                look.absent.append(doubt.one)
            else:
                continue
            del self._doubts[doubt.one.job.seq]
        return look

    async def _needed(self, asked: Iterable[Doubt]) -> Callable[[Existing], bool]:
        """Return what says which items of a list may matter to rows in doubt.

        Those with the slug of one, and those that no row had got before the listing.
        """
        # a row that was put in doubt just now owns its id no longer
        await self._ledger.flush()
        slugs = {doubt.one.job.slug for doubt in asked}
        before, owned = self._held_before(), Ids(_SHELVES)
        owned.update(self._ledger.owned(self.lane.location_id))

        def needed(existing: Existing) -> bool:
            own = existing.collection_id
            return existing.slug in slugs or not (own in owned or own in before)

        return needed

    def _held_before(self) -> Ids:
        if self._before is None:
            self._before = Ids(_SHELVES)
            self._before.update(self._ledger.before(self.lane.location_id))
        return self._before

    def _candidates(self, listed: Sequence[Existing]) -> Candidates:
        location_id = self.lane.location_id
        shown = {existing.collection_id for existing in listed}
        # rows that were answered during the listing have got theirs
        owned = shown.intersection(self._ledger.owned(location_id))
        ways = self._evidence.ways(location_id)
        excluded = self._excluded()
        return Candidates(listed, self._held_before(), owned, ways, excluded)

    def _excluded(self) -> Callable[[Job, Existing], bool]:
        """Return what says that a row's requests cannot have made a collection."""
        # asked once for a listing, not once for a row and candidate
        started = self._ledger.started(self.lane.location_id)
        clocks, now = self._collections.clock_difference, time.time()

        def excluded(job: Job, existing: Existing) -> bool:
            opened = started.get(job.seq)
            if opened is None:  # this run has made no request for it
                return False
            # a late commit: a request may be carried out minutes after it was given up
            window = ownership.Window(opened, now + ownership.LATE_SECONDS)
            made = ownership.made_by(window, existing, clocks, ids_tell_time=False)
            return made is Proof.EXCLUDED

        return excluded

    def _judge(
        self,
        doubt: Doubt,
        candidates: Candidates,
        by_slug: Mapping[str, Existing],
        *,
        last: bool,
    ) -> Outcome | None:
        """Say what a listing shows of a row; None where it shows nothing (yet)."""
        job = doubt.one.job
        # what is in the way has the row's slug; its name and time decide nothing here
        if doubt.refusal is not None:
            return _refused(job, doubt.refusal, by_slug.get(job.slug), last=last)
        found = candidates.with_slug(job)
        if found and candidates.same(job, found[0]):
            return self._settle(doubt, found[0], candidates)
        # from here on nothing has both the slug and the name of the row
        renamed = candidates.with_name(job)
        own = self._renamed(job, renamed, last=last)
        if own is not None:
            return self._settle(doubt, own, candidates)
        # a later look may show the row's own, beside another one's
        if not last and (doubt.sent or renamed):
            return None
        if renamed or (last and candidates.without_id(job)):
            return undecided(job, renamed)
        return made_by_others(job, found[0]) if found else None

    def _renamed(
        self, job: Job, candidates: Sequence[Existing], *, last: bool
    ) -> Existing | None:
        """Return the row's own among those with its name and another slug."""
        rewrites_slugs = self._evidence.rewrites_slugs(job.location_id)
        if not (rewrites_slugs or last):
            # while another look is to come, an alike slug is no proof, unless this
            # server is known to change slugs
            return None
        alike = [
            candidate
            for candidate in candidates
            if rewrites.alike(job.slug, candidate.slug)
        ]
        if len(alike) == 1:
            return alike[0]
        # the only one with its name, where slugs are known to be changed; among several
        # no one can tell
        return candidates[0] if rewrites_slugs and len(candidates) == 1 else None

    def _settle(
        self, doubt: Doubt, existing: Existing, candidates: Candidates
    ) -> Outcome:
        """Take a collection as the row's, with what the server made of it."""
        job = doubt.one.job
        # two doubtful rows may have one name: each collection is given away once
        candidates.take(existing)
        outcome = made(job, existing, sent=doubt.sent)
        accepted = self._evidence.settle(job, existing)
        messages = [text for text in (outcome.message, accepted.message) if text]
        return replace(outcome, message=BETWEEN.join(messages), shown=accepted.shown)

    def _was_last(self, doubt: Doubt) -> bool:
        doubt.looks += 1
        if doubt.looks >= len(self._pauses):
            # looks follow each other, so the last one is 17 s after the request (2, 5,
            # 10)
            return True
        doubt.due = self._clock() + self._pauses[doubt.looks]
        return False

    def postpone(self) -> bool:
        """Look again after another pause, as a listing failed.

        Returns:
            False when it fails for good.
        """
        self._failures += 1
        if self._failures > len(self._pauses):
            return False
        now = self._clock()
        # no look is counted: a list that could not be read has shown nothing
        for doubt in self.doubts:
            if doubt.due <= now:
                doubt.due = now + self._pauses[min(doubt.looks, len(self._pauses) - 1)]
        return True


def _refused(
    job: Job, refusal: Rejected, existing: Existing | None, *, last: bool
) -> Outcome | None:
    """Return what became of a row of which the API says that it exists already."""
    if existing is not None:
        return conflicting(job, existing, refusal)
    # the list may lag behind the very collection that the API speaks of
    if not last:
        return None
    return Outcome(
        job.seq,
        Status.REJECTED,
        code=refusal.code.value,
        message=sentences.text("outcome/refused", reason=refusal.message),
        http_status=refusal.http_status,
        trace_id=refusal.trace_id,
    )
