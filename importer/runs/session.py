"""One run from its first row to its report, or from where it was left.

The steps of a run, each as one call: what a stage does is the stage's. In which order
they are called, and where a person is asked, `api.sentence` says. Invariant: whatever
ends the run, the journal is closed and the report can be written.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from importer import background, journal
from importer.errors import LATER, FatalError, Paused, StorageError
from importer.intake import arrivals, recalled
from importer.models import State
from importer.runs import (
    canary,
    decision,
    dispatch,
    elsewhere,
    finish,
    folders,
    loader,
    look_back,
    origin,
    pauses,
    planfile,
    report_lines,
)
from importer.runs.context import RunContext
from importer.runs.shards import LocalRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from importer.intake import tables
    from importer.models import ReportLine, Summary
    from importer.runs.folders import RunFolder
    from importer.runs.forecasts import Forecast
    from importer.runs.shards import Runner
    from importer.settings import Settings

    #: Begins what is to be done; a coroutine would be left unawaited by a stop.
    Work = Callable[[], Coroutine[Any, Any, "Result"]]

Result = TypeVar("Result")

#: Phases of an audit and an undo: a pause of one is none of the run.
LOOKING_BACK = ("auditing", "undoing")


class Session(RunContext):
    """A run while it is worked on; an async context manager.

    Leaving the block closes everything that the run opened.
    """

    @classmethod
    def begin(
        cls,
        settings: Settings,
        folder: RunFolder,
        inputs: Sequence[tables.Input] = (),
        plan: planfile.StoredPlan | None = None,
    ) -> Self:
        """Begin a new run in an empty folder.

        Args:
            settings: the options of the run.
            folder: where it lives.
            inputs: what `read` will be given, so that a resume can read it, should
                this process not come to the end of it.
            plan: what the run does and nothing else.

        Raises:
            StorageError: its journal cannot be written.
        """
        if plan is None:
            settings = recalled.settings(inputs, settings)
        try:
            # the journal is born with what a resume needs, so that a kill right after
            # leaves a run that can be taken up
            facts = origin.facts(settings, folder, inputs, plan)
            session = cls(settings, folder, journal.create(folder.store, **facts))
        except BaseException:
            folders.discard(folder)
            raise
        session.started_at = session.began_at = facts["started_at"]
        origin.begin(session, plan)
        return session

    @classmethod
    def take_up(cls, settings: Settings, folder: RunFolder) -> Self:
        """Take up an earlier run, to go on with it.

        Raises:
            InputError: its journal is damaged or of another version, or its input
                was not read to the end and cannot be read again.
        """
        folders.at_hand(folder)
        book = folders.opened(folder, write=True)
        facts = book.noted()
        # a run of before has been told in English
        told_in = {"language": facts.get("language", "")}
        chosen = settings.keeping(facts["settings"] | told_in)
        if chosen.values.language != facts.get("language"):
            book.note(language=chosen.values.language)
        session = cls(chosen, folder, book)
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
        # a refused run leaves nothing behind, unless something was sent or another
        # process knows of it
        refuses = self._given_up or _refuses(failure)
        kept = self._taken_up or self.delivering or self._is_kept_by(failure)
        self._refused = refuses and not kept
        try:
            self._observers.end(self.watch.summary, failure)
        finally:
            await self._stack.aclose()

    def _is_kept_by(self, failure: BaseException | None) -> bool:
        """Return whether a pause ended it before a report, and note that."""
        if not isinstance(failure, Paused) or self.watch.phase in LOOKING_BACK:
            return False
        facts = self.journal.noted()
        # rows of a program cannot be read again
        if facts["state"] == State.READING and not facts.get("inputs"):
            return False
        self.journal.note(**{pauses.PAUSED: True})
        return True

    def observe(self) -> None:
        """Have metrics and traces of this run, where the settings ask for them.

        Raises:
            UsageError: what traces need is not installed.
        """
        self._observers.begin(
            self.settings, self.folder.run_id, self.watch, self.started_at
        )

    def give_up(self) -> None:
        """Leave nothing of a new run, whatever ends it, where nothing was sent."""
        self._given_up = True

    async def read(self, inputs: Sequence[tables.Input]) -> None:
        """Read the whole input into the journal, in a thread.

        Raises:
            InputError: a file is unusable; nothing was sent.
            UsageError: an option cannot be used.
            StorageError: the disk is full.
            PlanOutdated: a plan was given, and the input is no longer its own.
        """
        self.watch.phase = "reading"
        self.claim()
        try:
            await self._read(inputs)
        except Exception:
            # what a program gave may fail as it likes: nothing was sent, and no resume
            # could read it again
            if not loader.paths(inputs):
                self.give_up()
            raise

    async def _read(self, inputs: Sequence[tables.Input]) -> None:
        """Read the whole input into the journal; a stop does not wait for it long."""
        if arrivals.awaited(inputs):
            inputs = await self._unless_stopped(partial(arrivals.gathered, inputs))
        hold = background.Hold()

        def abandon() -> None:
            # both: the thread looks at the stop before a row, and cannot touch the
            # journal after
            self._halt.set()
            hold.take_away()

        place = (self.settings, self.journal, self.watch)
        reading = partial(loader.take_in, inputs, *place, self._halt.is_set, hold)
        await self._unless_stopped(partial(background.run, reading, abandon))
        if self.plan is not None:
            check = partial(planfile.check_input, self.plan, self.journal)
            await background.to_its_end(check)
        self.watch.rows_total = self.watch.rows_read
        self.unread: list[str] = []
        # the index is made when all rows are in, and only then the run is one that can
        # be resumed without its input
        await background.to_its_end(self.journal.planned.all_in)
        self.journal.note(state=State.RUNNING)

    async def _unless_stopped(self, work: Work[Result]) -> Result:
        """Return what the input comes to; what a program raises stays as it is.

        Raises:
            FatalError: the run was stopped meanwhile.
            CancelledError: the rows of a program were cancelled by it.
        """
        ended = await self.unless_stopped(_outcome(work))
        if self.stopped is not None:
            raise self.stopped
        if ended is None:
            raise asyncio.CancelledError
        return ended()

    async def compare(
        self, runner: Runner | None = None, *, foreseen: bool = True
    ) -> Forecast | None:
        """Claim the locations, list what they hold, and decide every row.

        Args:
            runner: who will send it; one that compares does so here, too.
            foreseen: whether it has to be known what sending will take.

        Returns:
            What sending will take; None where the run was stopped meanwhile, or where
            it need not be known and is compared while it is sent.

        Raises:
            LocationHeldError: another run works on one of them.
            UsageError: the canary names a location that has no rows.
            FatalError: the run was stopped while it waited for another.
            AccessError: there is no token.
            UsageError: the base URL cannot be used.
            PlanOutdated: a plan was given, and the location is no longer as it was.
        """
        # before the locations are claimed: of a canary that did not go well more rows
        # are open
        self.claim()
        await background.to_its_end(partial(canary.take_up, self))
        if runner is not None and runner.compares:
            foreseen = foreseen or self.plan is not None
            found = await elsewhere.compare(self, runner, foreseen=foreseen)
            if self.plan is not None and self.stopped is None:
                await decision.keep_to(self, self.plan)
            return found
        await decision.claim(self)
        with self.allowance.counting(self.stop):
            return await self.unless_stopped(decision.decide(self))

    async def deliver(self, runner: Runner | None = None) -> None:
        """Send everything that is left to be sent; what stops it is remembered.

        Where there is a canary, its locations come first, and the others only if these
        went well.

        Args:
            runner: who sends it; without one this process does.
        """
        runner = runner or LocalRunner(self.process)
        if self.canary is not None and not self.canary.passed:
            await dispatch.deliver(self, runner, self.canary.locations)
            with self.allowance.counting(self.stop):
                await canary.judge(self)
        await dispatch.deliver(self, runner)

    async def audit(self) -> None:
        """Compare the report with the server where settings or doubts ask for it."""
        # owed until it is done: a stop before it, or in the middle, leaves a run that
        # is to be gone on with
        locations = look_back.in_doubt(self)
        self.unaudited: list[str] = locations
        if locations and not isinstance(self.stopped, LATER):
            with self.allowance.counting(self.stop):
                audited = await look_back.review(self, locations, repair=False)
            if self.stopped is None:
                self.unaudited = sorted(audited.held)

    def report(self, *, page: bool = True) -> Summary:
        """Balance the books and write the run folder.

        Args:
            page: whether `report.html` is written.

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
        """Yield the rows to look at, in input order."""
        return report_lines.troubles(self.journal)


async def _outcome(work: Work[Result]) -> Callable[[], Result]:
    """Return what gives the result of some work, or raises what it has raised.

    A group of exceptions that rows raise would be taken for one of tasks.
    """
    try:
        result = await work()
    except Exception as failure:  # noqa: BLE001 - raised where it belongs
        return partial(_raise, failure)
    return lambda: result


def _raise(failure: Exception) -> NoReturn:
    raise failure


def _refuses(failure: BaseException | None) -> bool:
    """Return whether it is a refusal or a stop; of a bug the folder has to tell."""
    refusals = (FatalError, OSError)
    return isinstance(failure, refusals) or not isinstance(failure, Exception | None)
