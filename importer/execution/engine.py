"""The engine of the sending: workers take turns, send, and do what `retry` decides.

It knows neither files nor SQL nor HTTP: ledger, collections and budgets are passed
in. Invariant: no request leaves before its row is `sending` on the disk, and a row
whose request may have been carried out is never sent again unsettled.
"""

from __future__ import annotations

import asyncio
import time
from random import random
from typing import TYPE_CHECKING, assert_never

from importer import retry
from importer.errors import StorageError
from importer.execution import conclusions
from importer.execution.doubts import Doubts
from importer.execution.endings import Endings
from importer.execution.evidence import Evidence, Suspect
from importer.execution.ports import UNKNOWN, Scale
from importer.execution.trials import Trials
from importer.execution.turns import Turns
from importer.execution.watchdog import Waits, Watchdog
from importer.models import (
    Ambiguous,
    Barred,
    Done,
    NotProcessed,
    Rejected,
    Status,
    Withheld,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from importer.errors import FatalError, ListIncomplete, StalledError
    from importer.execution.ports import (
        Budgets,
        Collections,
        Journal,
        Options,
        Progress,
    )
    from importer.execution.turns import Try
    from importer.models import Job, Verdict
    from importer.ratelimit import Permit


def _unwatched(event: str, job: Job, verdict: Verdict | None) -> None:
    del event, job, verdict


class Execution:
    """The sending of everything that the plan left to be sent."""

    def __init__(
        self,
        ports: tuple[Journal, Collections, Budgets],
        locations: Sequence[str],
        options: Options,
        retries: retry.Options,
        *,
        scale: Scale = UNKNOWN,
        watch: Callable[[str, Job, Verdict | None], None] = _unwatched,
    ) -> None:
        """Keep what is needed; `run` does the work.

        Args:
            ports: the journal, the destination and the rate limit.
            locations: where planned or doubtful rows wait.
            options: how many at once, and what ends the run early.
            retries: how often and how patiently.
            scale: the size of the input.
            watch: told of every event with its job, for the log.
        """
        self._ledger, self._collections, self._budgets = ports
        self._options = options
        self._retries = retries
        self._watch = watch
        self._stopped: FatalError | None = None
        self.turns: Turns = Turns(self._ledger, self._budgets, locations, options)
        self._trials = Trials(self.turns, options.early_stop)
        # a location in which something was created needs no trial
        self._trials.begin(scale.proven)
        self._evidence = Evidence(self._ledger)
        self._endings = Endings(
            self._ledger, self.turns, options, scale, watch, self.stop
        )
        self._doubts = Doubts(
            self._ledger,
            self._collections,
            self._evidence,
            retries,
            self._budgets.clock,
            self._endings,
        )
        self.progress: Progress = self._endings.progress
        self.barred: dict[str, Barred] = self._endings.barred
        #: locations whose doubtful rows no list could settle
        self.unlisted: dict[str, ListIncomplete] = self._doubts.unlisted
        self._workers: list[asyncio.Task[None]] = []
        self._watchdog = self._make_watchdog(options.answer_seconds)

    def _make_watchdog(self, answer_seconds: float) -> Watchdog:
        """Return what ends the run where nothing goes on or is waited for."""
        waits = Waits(
            self.turns,
            self._doubts,
            self._budgets,
            self.progress,
            # the longest silence that is no fault: one answer, and one backoff after it
            answer_seconds + self._retries.cap_seconds,
        )
        return Watchdog(waits, self._budgets.clock, self._end_stalled)

    async def run(
        self, doubtful: Iterable[Job] = (), rest_seconds: float = 0.0
    ) -> FatalError | None:
        """Send until nothing is left or something ends the run.

        Args:
            doubtful: rows that an earlier process left without an answer.
            rest_seconds: how long its requests may still be carried out.

        Returns:
            What ended the run early, or None.
        """
        # before the first row goes out: an id that an earlier process was given must
        # not be taken for a new row's
        self._evidence.recall()
        async with asyncio.TaskGroup() as self._group:
            self._doubts.begin(self._group, rest_seconds)
            # doubtful rows are held before any worker reads the journal, so none of
            # them is handed out as a planned one
            for job in doubtful:
                self._take_over(self.turns.hold(job))
            # rows that were bad in the file alone may be more than --max-errors allows
            self._endings.check_errors()
            watching = self._group.create_task(self._watchdog.watch())
            async with asyncio.TaskGroup() as workers:
                for _ in range(self._options.concurrency):
                    self._workers.append(workers.create_task(self._work()))
            # on a stop the settlers need not sleep their pauses out
            self._doubts.hurry()
            watching.cancel()
        return self._stopped or conclusions.ended_early(
            self.refusals, self.turns.parked, self.turns.quota.resets
        )

    @property
    def stopped(self) -> FatalError | None:
        """What ended the sending to all locations."""
        return self._stopped

    @property
    def refusals(self) -> dict[str, FatalError]:
        """Why nothing more could be sent to some locations."""
        barred = {
            location: conclusions.stopped(location, error)
            for location, error in self.barred.items()
        }
        return {**self._trials.stopped, **barred}

    def stop(self, error: FatalError) -> None:
        """Hand out nothing more; what is in flight is waited for, listings are not."""
        # the first reason is the one that is reported; what follows from it is not
        self._stopped = self._stopped or error
        self.turns.stop()
        self._doubts.cancel()

    def _end_stalled(self, error: StalledError) -> None:
        """End a run that stands still; what it waits for in vain is given up next."""
        # the first call drains as a signal does; where a worker then hangs in what will
        # never come, the second cancels it
        if self._stopped is None:
            self.stop(error)
            return
        for worker in self._workers:
            worker.cancel()

    # sending

    async def _work(self) -> None:
        """Take turns, send, and do what is decided, until there is no more turn."""
        turns = self.turns
        while turn := turns.now() or await turns.next():
            attempt, permit = turn
            try:
                # the disk first, then the wire: a kill in between leaves a row that is
                # looked for, never one that was sent and is not known
                await self._announce(attempt, permit)
                self._conclude(
                    attempt, conclusions.seen(await self._send(attempt.job, permit))
                )
            except StorageError as full:
                self.stop(full)
            # or the lane's share of the workers would shrink for good
            finally:
                turns.landed(attempt)

    async def _announce(self, attempt: Try, permit: Permit) -> None:
        """Say on the disk that a request leaves; where that fails it does not."""
        job, budgets = attempt.job, self._budgets
        try:
            if budgets.paced:  # what the user asked for on top of the limit
                await budgets.pace(job.location_id)
            attempt.attempts += 1
            await self._ledger.sending(job.seq, attempt.attempts)
        # BaseException: a cancelled worker has made no request either, and its permit
        # would stay in flight for ever
        except BaseException:
            budgets.give_back(job.location_id, permit)
            raise

    def _send(self, job: Job, permit: Permit) -> Awaitable[Verdict]:
        wanted, of = self._collections, job.location_id
        if job.collection_id:
            return wanted.update(of, job.collection_id, job.body, permit)
        return wanted.create(of, job.body, permit)

    def _conclude(self, attempt: Try, verdict: Verdict) -> None:
        """Do what `retry` decides about an answer."""
        if type(verdict) is Done:  # what nearly every row comes to, said shortly
            attempt.lane.trial = None
            self._accept(attempt, verdict)
            return
        if conflict := conclusions.conflict(attempt, verdict):
            self._trials.refused(attempt, conflict)
            # it may be the row's own, if an earlier request of it got no answer
            first = attempt.attempts - attempt.settled <= 1
            self._doubts.add(attempt, verdict, conflict if first else None)
            return
        # one good answer between them shows that the token is accepted
        attempt.refusals = attempt.refusals + 1 if isinstance(verdict, Barred) else 0
        match conclusions.decide(attempt, verdict, self._retries, random):
            case retry.Accept():
                assert isinstance(verdict, Rejected | Withheld)  # noqa: S101 - by `retry`
                self._stand(attempt, verdict)
            case retry.Again(wait_seconds=wait):
                self._again(attempt, verdict, wait)
            case retry.Settle():
                self._doubts.add(attempt, verdict)
            case retry.GiveUp():
                self._endings.give_up(attempt, verdict)
            case retry.StopLocation():
                self._bar(attempt, verdict)
            case never:  # pragma: no cover - proved by the type checker
                assert_never(never)

    def _stand(self, attempt: Try, verdict: Rejected | Withheld) -> None:
        """Believe an answer that says no."""
        outcome = conclusions.stands(attempt, verdict, time.time())
        self._endings.finish(attempt, outcome, verdict)
        if isinstance(verdict, Rejected) and self._trials.refused(attempt, verdict):
            self._watch("location.stopped", attempt.job, verdict)

    def _accept(self, attempt: Try, done: Done) -> None:
        """Believe an answer that says yes, if it is this row's."""
        if attempt.job.collection_id:
            outcome = conclusions.accepted(attempt, done, time.time())
            self._endings.finish(attempt, outcome, done)
            return
        proof = self._evidence.judge(attempt.job, done)
        if isinstance(proof, Suspect):
            self._doubts.add(
                attempt, Ambiguous(proof.reason, done.http_status, done.trace_id)
            )
            # the answer of the row that it names may have been the wrong one
            if proof.seq is not None or proof.collection_id:
                self._group.create_task(self._recall(proof))
            return
        outcome = conclusions.accepted(attempt, done, time.time(), proof)
        self._endings.finish(attempt, outcome, done)

    async def _recall(self, suspect: Suspect) -> None:
        """Put the other row that an answer names in doubt, too, if it is created."""
        ledger, seq = self._ledger, suspect.seq
        try:
            # its outcome may still wait for its commit, and is read from the disk
            await ledger.flush()
        except StorageError as full:
            self.stop(full)
            return
        if seq is None:
            seq = ledger.created_as(suspect.collection_id)
        job = None if seq is None else ledger.created(seq)
        # a location that is not this run's to send has no lane to settle it in
        if job is not None and job.location_id in self.turns.lanes:
            self.progress.done[Status.CREATED] -= 1
            self._doubts.add(self.turns.recall(job), Ambiguous(suspect.reason))

    def _again(self, attempt: Try, verdict: Verdict, wait_seconds: float) -> None:
        attempt.may_be_done |= isinstance(verdict, Ambiguous)
        limited = isinstance(verdict, NotProcessed) and verdict.limited
        # a 429 says how fast, not how well: `retried` tells of faults alone
        if not limited:
            self.progress.retried += 1
        self._watch("row.limited" if limited else "row.retried", attempt.job, verdict)
        self._put_back(attempt, verdict)
        if isinstance(verdict, Barred):
            # what refuses this row's caller would refuse the next row's as well
            self.turns.pause(attempt.lane, wait_seconds)
        self.turns.again(attempt, wait_seconds)

    def _bar(self, attempt: Try, verdict: Verdict) -> None:
        self._watch("location.barred", attempt.job, verdict)
        if isinstance(verdict, Barred):
            self.barred.setdefault(attempt.job.location_id, verdict)
        self._put_back(attempt, verdict)
        self.turns.close(attempt.lane)
        self.turns.finish(attempt)

    def _put_back(self, attempt: Try, verdict: Verdict) -> None:
        if not conclusions.costs(verdict):
            attempt.attempts -= 1
        self._ledger.record(conclusions.put_back(attempt))

    # rows without a clear answer

    def _take_over(self, attempt: Try) -> None:
        """Take over a row that was left unclear; a PUT is simply repeated."""
        if attempt.job.collection_id:
            attempt.may_be_done = True
            self.turns.again(attempt, 0.0)
        else:
            self._doubts.add(attempt, None)
