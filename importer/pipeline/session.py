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
from dataclasses import asdict
from random import random
from typing import TYPE_CHECKING, Self

from importer import client, destination, execution, journal, report
from importer.errors import AccessError, InputError, StorageError
from importer.journal import locks
from importer.models import Calls, Job, Status, Valid
from importer.pipeline import comparing, reading, reporting
from importer.pipeline.folders import State
from importer.pipeline.watching import Watch
from importer.ratelimit import Limiter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.errors import FatalError
    from importer.models import Checked, ReportLine, Summary
    from importer.pipeline.folders import RunFolder
    from importer.settings import Settings

#: What the settings of a run must stay when it is resumed.
KEPT = ("base_url", "location_id", "on_existing", "insecure_http")
#: Rows that a resume goes on with.
OPEN = (Status.PLANNED, Status.SENDING, Status.UNKNOWN, Status.FAILED)


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
        self.watch = Watch()
        self.barred: dict[str, FatalError] = {}
        self.forecast: comparing.Forecast | None = None
        self.delivering = False
        self._journal = book
        self._stack = AsyncExitStack()
        self._stopped: FatalError | None = None
        self._halt = threading.Event()
        self._execution: execution.Execution | None = None
        self._limiter = Limiter(settings.limits)
        self._destination: destination.Destination | None = None
        self._started_at = time.time()

    @classmethod
    def begin(cls, settings: Settings, folder: RunFolder) -> Self:
        """A new run in an empty folder.

        Raises:
            StorageError: its journal cannot be written.
        """
        book = journal.create(folder.journal)
        session = cls(settings, folder, book)
        book.note(
            state=State.READING,
            run_id=folder.run_id,
            started_at=session._started_at,
            settings={name: settings.shown()[name][0] for name in KEPT},
        )
        return session

    @classmethod
    def take_up(cls, settings: Settings, folder: RunFolder) -> Self:
        """An earlier run, to go on with.

        Raises:
            InputError: its journal is damaged, of another version, or the run was
                stopped before its input was read to the end.
        """
        book = journal.reopen(folder.journal)
        facts = book.noted()
        if facts.get("state") == State.READING:
            book.close()
            msg = (
                f"Run {folder.run_id} was stopped while its input was being read; "
                "nothing was sent."
            )
            raise InputError(msg, remedy="Start again with: importer run FILE")
        session = cls(settings.keeping(facts["settings"]), folder, book)
        session._started_at = facts["started_at"]
        return session

    async def __aenter__(self) -> Self:
        """Enter; nothing is opened before it is needed."""
        self._stack.callback(self._journal.close)
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close the connections, the lock and the journal."""
        await self._stack.aclose()

    @property
    def stopping(self) -> bool:
        """Whether somebody asked the run to end."""
        return self._stopped is not None

    def stop(self, why: FatalError) -> None:
        """End the run soon: what is in flight is waited for, the rest is left."""
        self._stopped = self._stopped or why
        self._halt.set()
        if self._execution is not None:
            self._execution.stop(why)

    # source → mapping → validation → journal

    async def read(self, inputs: Sequence[reading.Input]) -> None:
        """Read the whole input into the journal, in a thread.

        Raises:
            InputError: a file is unusable; nothing was sent.
            UsageError: an option cannot be used.
            StorageError: the disk is full.
        """
        self.watch.phase = "reading"
        await asyncio.to_thread(self._read, inputs)
        if self._stopped is not None:
            raise self._stopped
        self.watch.rows_total = self.watch.rows_read
        self._journal.note(state=State.RUNNING)

    def _read(self, inputs: Sequence[reading.Input]) -> None:
        seen = reading.Seen()
        planned = self._journal.planned
        limit = self.settings.values.limit
        for opened in reading.open_inputs(inputs, self.settings):
            planned.open_input(opened.number, opened.table, opened.file)
            before = self.watch.rows_read
            for status, checked in reading.rows(opened, seen, self.settings.checking):
                if self._halt.is_set() or self.watch.rows_read == limit:
                    break
                self._plan(opened.number, status, checked)
            planned.close_input(opened.number, self.watch.rows_read - before)

    def _plan(self, number: int, status: Status, checked: Checked) -> None:
        seq = self.watch.rows_read
        planned = self._journal.planned
        if isinstance(checked, Valid):
            wanted = checked.definition
            job = Job(
                seq,
                wanted.location_id,
                wanted.name,
                wanted.slug,
                wanted.type.value if wanted.type else "",
                destination.create_body(wanted),
            )
            planned.add_job(number, checked.row, job, checked.remarks)
        else:
            planned.add_refused(number, seq, status, checked)
            self.watch.decided += 1
            self.watch.problems += 1
        self.watch.rows_read += 1

    # plan

    async def compare(self) -> comparing.Forecast:
        """Claim the locations, list what they hold, and decide every row.

        Raises:
            LocationHeldError: another run works on one of them.
            AccessError: there is no token.
            UsageError: the base URL cannot be used.
        """
        delivery = self._journal.delivery
        claimed = delivery.locations(*OPEN)
        self._stack.enter_context(
            locks.claim(self.folder.runs, self.folder.run_id, claimed)
        )
        # only now is it certain that no other process works on these rows
        delivery.reopen()
        locations = list(delivery.locations(Status.PLANNED, Status.UNKNOWN))
        self.watch.phase = "comparing"
        there = await self._connect()
        comparison = comparing.Comparison(
            self._journal.planned,
            self._journal.delivery,
            there,
            self.settings.values.on_existing,
        )
        await comparison.run(locations)
        self.barred |= comparison.barred
        self.watch.decided += comparison.decided
        self.watch.problems += comparison.refused
        self.forecast = comparison.forecast(self._limiter)
        return self.forecast

    async def _connect(self) -> destination.Destination:
        if self._destination is None:
            token = self.settings.token()
            connected = await self._stack.enter_async_context(
                client.connect(self.settings.connection, self._limiter, lambda _: token)
            )
            self._destination = destination.Destination(
                connected, self.settings.retries, random
            )
            self.watch.client = connected
            self.watch.limiter = self._limiter
        return self._destination

    # execution

    async def deliver(self) -> None:
        """Send everything that is left to be sent; what stops it is remembered."""
        delivery = self._journal.delivery
        open_rows = delivery.locations(Status.PLANNED, Status.UNKNOWN)
        locations = [one for one in open_rows if one not in self.barred]
        counts = reporting.totals(reporting.by_location(self._journal))
        bad = counts[Status.INVALID] + counts[Status.REJECTED]
        self._execution = execution.Execution(
            (delivery, await self._connect(), self._limiter),
            locations,
            self.settings.sending,
            self.settings.retries,
            scale=execution.Scale(sum(counts.values()), bad),
            watch=self.watch.event,
        )
        self.watch.execution = self._execution
        self.watch.to_send = sum(open_rows[one] for one in locations)
        self.watch.sending_since = time.monotonic()
        self.watch.phase = "sending"
        doubtful = [
            job
            for location in locations
            for job in delivery.jobs(location, -1, -1, Status.UNKNOWN)
        ]
        if self._stopped is not None:
            return
        self.delivering = True
        self._stopped = await self._execution.run(doubtful) or self._stopped
        self.barred |= {
            location: AccessError(why.message, remedy=why.remedy)
            for location, why in self._execution.barred.items()
        }
        try:
            await delivery.flush()
        except StorageError as full:
            self._stopped = full

    # report

    def report(self) -> Summary:
        """Balance the books and write the run folder.

        Raises:
            AccountingError: rows and answers differ in number, a bug.
            StorageError: the disk is full; the journal has what was acknowledged.
        """
        self.watch.phase = "reporting"
        self._journal.delivery.close()
        stopped = self._stopped or next(iter(self.barred.values()), None)
        summary = reporting.summarize(
            self._journal, self.folder, stopped, self._calls()
        )
        self._journal.note(
            state=summary.state,
            stopped=summary.stopped_because,
            barred={one: str(why) for one, why in self.barred.items()},
            calls=asdict(summary.calls),
            finished_at=summary.finished_at,
        )
        reporting.write(self._journal, self.folder)
        report.write_summary(self.folder.path / "summary.json", summary)
        return summary

    def _calls(self) -> Calls:
        """The calls of this process and of those that worked on the run before."""
        now = self.watch.snapshot()
        before = Calls(**self._journal.noted().get("calls", {}))
        return Calls(
            now.calls + before.made,
            now.refused + before.refused,
            now.retried + before.retried,
        )

    def lines(self) -> Iterator[ReportLine]:
        """The rows as the report shows them, as a stream."""
        return reporting.lines(self._journal, reporting.ending(self._journal))
