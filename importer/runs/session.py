"""One run from its first row to its report, or from where it was left.

The order of the stages and nothing else: what a stage does is the stage's. Whoever
runs it (command line, library) goes through `read`, `compare`, `deliver` and
`report`, and may ask a person in between. Invariant: whatever ends the run, the
journal is closed and the report can be written.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AsyncExitStack
from functools import partial
from random import random
from typing import TYPE_CHECKING, Any, Self, TypeVar

from importer import background, client, destination, execution, journal
from importer.errors import FatalError, StorageError, alone
from importer.journal import locks
from importer.ratelimit import Limiter
from importer.runs import (
    decision,
    dispatch,
    finish,
    folders,
    loader,
    look_back,
    origin,
    planfile,
    refusals,
    reports,
    worktime,
)
from importer.runs.allowance import Allowance
from importer.runs.folders import State
from importer.runs.monitor import Watch
from importer.runs.observers import Observers

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Iterator, Sequence

    from importer.intake import judged as reading
    from importer.models import ReportLine, Summary
    from importer.runs.folders import RunFolder
    from importer.runs.forecasts import Forecast
    from importer.settings import Settings

Result = TypeVar("Result")


class Session:
    """A run while it is worked on; an async context manager.

    Leaving the block closes everything that the run opened.
    """

    def __init__(
        self, settings: Settings, folder: RunFolder, book: journal.Journal
    ) -> None:
        """Use `begin` or `take_up` to get one."""
        self.settings = settings
        self.folder = folder
        self.watch = Watch(
            place=book.history.place, names=settings.locations.names_listed
        )
        self.barred: dict[str, FatalError] = {}
        self.forecast: Forecast | None = None
        self.delivering = False
        #: when this process began to send, seconds since the epoch
        self.sent_from: float | None = None
        self.audited = 0
        #: paths that an earlier process of this run had begun to read
        self.unread: list[str] = []
        #: what this run promised to do, until it is known that it can
        self.plan: planfile.StoredPlan | None = None
        self.journal = book
        self._stack = AsyncExitStack()
        self.stopped: FatalError | None = None
        self._halt = threading.Event()
        self.execution: execution.Execution | None = None
        self._claim: locks.Claim | None = None
        self._unawaited: asyncio.Task[Any] | None = None
        self.allowance = Allowance(settings.values.max_duration)
        self.limiter = Limiter(settings.limits)
        self._destination: destination.Destination | None = None
        self._observers = Observers()
        self.started_at = time.time()
        #: when this process began with the run, and how long others worked on it before
        self.began_at, self.worked_before = self.started_at, 0.0
        #: whether another process knows of it
        self._taken_up = False
        self._refused = False

    @classmethod
    def begin(
        cls,
        settings: Settings,
        folder: RunFolder,
        inputs: Sequence[reading.Input] = (),
        plan: planfile.StoredPlan | None = None,
    ) -> Self:
        """A new run in an empty folder.

        Args:
            settings: the options of the run.
            folder: where it lives.
            inputs: what `read` will be given, so that a resume can read it, should
                this process not come to the end of it.
            plan: what the run does and nothing else.

        Raises:
            StorageError: its journal cannot be written.
        """
        try:
            facts = origin.facts(settings, folder, inputs, plan)
            session = cls(settings, folder, journal.create(folder.journal, **facts))
        except BaseException:
            folders.discard(folder)
            raise
        session.started_at = session.began_at = facts["started_at"]
        origin.begin(session, plan)
        return session

    @classmethod
    def take_up(cls, settings: Settings, folder: RunFolder) -> Self:
        """An earlier run, to go on with.

        Raises:
            InputError: its journal is damaged or of another version, or its input
                was not read to the end and cannot be read again.
        """
        book = folders.opened(folder, write=True)
        session = cls(settings.keeping(book.noted()["settings"]), folder, book)
        session._taken_up = True
        origin.take_up(session)
        return session

    async def __aenter__(self) -> Self:
        """Enter; nothing is opened before it is needed."""
        self._stack.callback(self._close)
        return self

    async def __aexit__(
        self, kind: object, failure: BaseException | None, trace: object
    ) -> None:
        """Close the connections, the lock and the journal.

        Of a new run that was refused, or given up, before anything was sent nothing is
        left, so that no resume goes on with it.
        """
        self._refused = not (self._taken_up or self.delivering) and _refuses(failure)
        try:
            self._observers.end(self, failure)
        finally:
            await self._stack.aclose()

    def observe(self) -> None:
        """Have metrics and traces of this run, where the settings ask for them.

        Raises:
            UsageError: what traces need is not installed.
        """
        self._observers.begin(self, self.started_at)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked the run to end."""
        return self.stopped is not None

    @property
    def ended_by(self) -> FatalError | None:
        """What ended the run before everything was done, if anything did."""
        return self.stopped or refusals.together(self.barred)

    def stop(self, why: FatalError) -> None:
        """End the run soon: rows in flight are waited for, lists are not."""
        self.stopped = self.stopped or why
        self._halt.set()
        if self.execution is not None:
            self.execution.stop(why)
        if self._unawaited is not None:
            self._unawaited.cancel()

    async def unless_stopped(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """Do what a stop does not wait for, since it can be done again.

        Returns:
            None where the run was stopped before the end, see `stopped`.
        """
        if self.stopped is not None:
            work.close()
            return None
        with alone():
            async with asyncio.TaskGroup() as group:
                self._unawaited = task = group.create_task(work)
        self._unawaited = None
        return None if task.cancelled() else task.result()

    # source → mapping → validation → journal

    async def read(self, inputs: Sequence[reading.Input]) -> None:
        """Read the whole input into the journal, in a thread.

        Raises:
            InputError: a file is unusable; nothing was sent.
            UsageError: an option cannot be used.
            StorageError: the disk is full.
            PlanOutdated: a plan was given, and the input is no longer its own.
        """
        self.watch.phase = "reading"
        self.claim()
        hold = background.Hold()

        def abandon() -> None:
            self._halt.set()
            hold.take_away()

        place = (self.settings, self.journal, self.watch)
        reading = partial(loader.take_in, inputs, *place, self._halt.is_set, hold)
        await background.run(reading, abandon)
        if self.stopped is not None:
            raise self.stopped
        if self.plan is not None:
            check = partial(planfile.check_input, self.plan, self.journal)
            await background.to_its_end(check)
        self.watch.rows_total = self.watch.rows_read
        self.unread = []
        self.journal.planned.all_in()
        self.journal.note(state=State.RUNNING)

    # plan

    async def compare(self) -> Forecast | None:
        """Claim the locations, list what they hold, and decide every row.

        Returns:
            What sending will take; None where the run was stopped meanwhile.

        Raises:
            LocationHeldError: another run works on one of them.
            FatalError: the run was stopped while it waited for another.
            AccessError: there is no token.
            UsageError: the base URL cannot be used.
            PlanOutdated: a plan was given, and the location is no longer as it was.
        """
        await decision.claim(self)
        with self.allowance.counting(self.stop):
            return await self.unless_stopped(decision.decide(self))

    async def connect(self) -> destination.Destination:
        """The collections at the API, through the one client of this run."""
        if self._destination is None:
            settings = self.settings
            connected = await self._stack.enter_async_context(
                client.connect(
                    settings.connection,
                    self.limiter,
                    settings.tokens,
                    kind=self._observers.client,
                )
            )
            self._destination = destination.Destination(
                connected,
                settings.retries,
                random,
                accept_list=settings.values.accept_list,
                token_place=settings.tokens.place,
            )
            self.watch.client = connected
            self.watch.connected_at = time.monotonic()
            self.watch.limiter = self.limiter
        return self._destination

    @property
    def instance(self) -> str | None:
        """Which server answers at the address, see `Destination.instance`."""
        return self._destination.instance if self._destination else None

    @property
    def location_remarks(self) -> dict[str, dict[str, str]]:
        """What is to be said of locations, in this process: code → sentence."""
        found = self._destination.lists.remarks if self._destination else {}
        return {
            location: {code.value: words for code, words in said.items()}
            for location, said in found.items()
        }

    # execution

    async def deliver(self) -> None:
        """Send everything that is left to be sent; what stops it is remembered."""
        await dispatch.deliver(self)

    @property
    def parked(self) -> set[str]:
        """The locations whose day is over."""
        return self.execution.turns.parked if self.execution else set()

    async def audit(self) -> None:
        """Compare the report with the server where settings or doubts ask for it."""
        locations = look_back.in_doubt(self)
        if locations:
            with self.allowance.counting(self.stop):
                await look_back.review(self, locations, repair=False)

    def claim(self, locations: Collection[str] = ()) -> locks.Claim:
        """Be the only process that works on this run and on these locations.

        Raises:
            LocationHeldError: another process works on one of them.
        """
        if self._claim is None:
            self._claim = self._stack.enter_context(
                locks.claim(self.folder.runs, self.folder.run_id)
            )
            self.journal.guard(self._claim.check)
            self.journal.note(
                **{worktime.WORKED: self.worked_before, worktime.SINCE: self.began_at}
            )
            # closed while it is still held
            self._stack.callback(self._close)
        if locations:
            self._claim.extend(locations)
        return self._claim

    def _close(self) -> None:
        """Close the journal, and remove the folder of a run that was refused."""
        self.journal.close()
        if self._refused:
            folders.discard(self.folder)

    # report

    def report(self, *, page: bool = True) -> Summary:
        """Balance the books and write the run folder.

        Args:
            page: whether somebody will look at `report.html`.

        Raises:
            AccountingError: rows and answers differ in number, a bug.
            StorageError: the disk is full; the journal has what was acknowledged.
        """
        self.watch.phase = "reporting"
        self.journal.delivery.close()
        try:
            return finish.close(self, page=page)
        except StorageError as unwritten:
            # a folder that has gone is told as that, not as a report of it
            stopped = self.stopped
            raise (
                stopped if isinstance(stopped, StorageError) else unwritten
            ) from None

    def troubles(self) -> Iterator[ReportLine]:
        """The rows that somebody has to look at, in input order."""
        return reports.troubles(self.journal)


def _refuses(failure: BaseException | None) -> bool:
    """Whether it is a refusal or a stop; of a bug the folder has to tell."""
    refusals = (FatalError, OSError)
    return isinstance(failure, refusals) or not isinstance(failure, Exception | None)
