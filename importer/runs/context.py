"""What the steps of a run share: its settings, journal, connection, locks, and stop.

Holds state and knows no step; `session` calls the steps in their order. Invariant:
there is one client, one limiter and one claim for a run, each made when it is first
needed and closed with it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from importer import client
from importer.errors import LocationHeldError, alone
from importer.ratelimit import Limiter
from importer.runs import folders, pauses, refusals, shards, worktime
from importer.runs.gathered import Gathered
from importer.runs.monitor import Watch
from importer.runs.observers import Observers
from importer.runs.worktime import Allowance

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine
    from contextlib import AbstractContextManager

    from importer import destination, journal
    from importer.errors import FatalError
    from importer.journal import Claim
    from importer.models import Canary
    from importer.runs import planfile
    from importer.runs.folders import RunFolder
    from importer.runs.forecasts import Forecast
    from importer.settings import Settings

Result = TypeVar("Result")


class RunContext:
    """A run while it is worked on, as its steps see it."""

    #: the locations that go before all others, once they are chosen
    canary: Canary | None = None

    def __init__(
        self, settings: Settings, folder: RunFolder, book: journal.Journal
    ) -> None:
        """Keep what the run is made of; nothing is opened before it is needed."""
        self.settings = settings
        self.folder = folder
        self.watch: Watch = Watch(
            place=book.history.place, names=settings.locations.names_listed
        )
        self.barred: dict[str, FatalError] = {}
        self.forecast: Forecast | None = None
        self.delivering = False
        #: when this process began to send, seconds since the epoch
        self.sent_from: float | None = None
        self.audited = 0
        #: locations whose comparison at the end is owed and was not done
        self.unaudited: list[str] = []
        #: paths that an earlier process of this run had begun to read
        self.unread: list[str] = []
        #: what this run promised to do, until it is known that it can
        self.plan: planfile.StoredPlan | None = None
        self.journal = book
        self._stack = AsyncExitStack()
        self.stopped: FatalError | None = None
        self._halt = threading.Event()
        #: who sends, from the moment at which there is something to be stopped
        self.runner: shards.Runner | None = None
        #: the locations whose day is over, each with the time (seconds since the epoch)
        #: at which the next begins, where that is said
        self.parked: dict[str, float | None] = {}
        self._claim: Claim | None = None
        self._unawaited: asyncio.Task[Any] | None = None
        self.allowance: Allowance = Allowance(settings.values.max_duration)
        self.limiter: Limiter = Limiter(settings.limits)
        #: what shards have come to that other processes have carried out
        self.gathered: Gathered = Gathered()
        self._destination: destination.Destination | None = None
        self._observers = Observers()
        self.started_at: float = time.time()
        #: when this process began with the run, and how long others worked on it before
        self.began_at: float = self.started_at
        self.worked_before: float = 0.0
        #: whether another process knows of it
        self._taken_up = False
        self._refused = self._given_up = False

    @property
    def stopping(self) -> bool:
        """Whether the run was asked to end."""
        return self.stopped is not None

    @property
    def ended_by(self) -> FatalError | None:
        """What ended the run before everything was done, if anything did."""
        return self.stopped or refusals.together(self.barred)

    def stop(self, error: FatalError) -> None:
        """End the run soon: rows in flight are waited for, lists are not."""
        self.stopped = self.stopped or error
        # three kinds of work may be under way: a reading thread, the sending, and
        # listings; each is told in its own way
        self._halt.set()
        if self.runner is not None:
            self.runner.stop(error)
        if self._unawaited is not None:
            self._unawaited.cancel()

    async def unless_stopped(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """Do what a stop does not wait for, since it can be done again.

        Returns:
            None where the run was stopped before the end, see `stopped`.
        """
        if self.stopped is not None:
            # never awaited: closed, or Python would warn of it
            work.close()
            return None
        with alone():
            async with asyncio.TaskGroup() as group:
                self._unawaited = task = group.create_task(work)
        self._unawaited = None
        return None if task.cancelled() else task.result()

    def enter(self, surrounding: AbstractContextManager[object]) -> None:
        """Enter what is left again when the run is closed."""
        self._stack.enter_context(surrounding)

    async def connect(self) -> destination.Destination:
        """Return the collections at the API, through the one client of this run."""
        # once for a run: two clients would each believe to have the whole budget
        if self._destination is None:
            settings = self.settings
            connected = await self._stack.enter_async_context(
                client.connect(
                    settings.connection,
                    self.limiter,
                    settings.tokens,
                    kind=self._observers.client,
                    gate=self._claim.gate if self._claim else None,
                )
            )
            self._destination = shards.server_of(connected, settings)
            self.watch.client = connected
            self.watch.connected_at = time.monotonic()
            self.watch.limiter = self.limiter
        return self._destination

    async def process(self) -> shards.Process:
        """Return what a shard of this run is sent with in this process."""
        server = await self.connect()
        return shards.Process(
            self.journal, self.settings, server, self.limiter, self.watch, self._claim
        )

    @property
    def instance(self) -> str | None:
        """Which server answers at the address, see `Destination.instance`."""
        own = self._destination.instance if self._destination else None
        return own or self.gathered.instance or own

    @property
    def location_remarks(self) -> dict[str, dict[str, str]]:
        """What is to be said of locations, in this process: code → sentence."""
        found = self._destination.lists.remarks if self._destination else {}
        own = {
            location: {code.value: text for code, text in facts.items()}
            for location, facts in found.items()
        }
        return {**self.gathered.remarks, **own}

    def claim(self, locations: Collection[str] = ()) -> Claim:
        """Be the only process that works on this run and on these locations.

        Raises:
            LocationHeldError: another process works on one of them.
        """
        if self._claim is None:
            self._claim = self._stack.enter_context(
                self.folder.claims.claim(
                    self.folder.run_id, server=self.settings.values.base_url
                )
            )
            # closed while it is still held, whatever fails from here on
            self._stack.callback(self._close)
            self._claim.outlast(self.limiter.longest_interval)
            self._claim.hand_over(self.limiter.spent)
            # the journal checks the claim before every commit that lets something be
            # sent
            self.journal.guard(self._claim)
            self.journal.note(
                **{worktime.WORKED: self.worked_before, worktime.SINCE: self.began_at}
            )
            self._stack.enter_context(pauses.heeded(self.folder, self._pause))
        if locations:
            try:
                self._claim.extend(locations)
            except LocationHeldError as held:
                text = self.settings.locations.in_sentence(str(held))
                raise LocationHeldError(text, remedy=held.remedy) from None
            self.limiter.inherit(self._claim.found())
        return self._claim

    def _pause(self) -> None:
        """End soon, as `importer pause` asks; a run that is over is told as it is."""
        phase = self.watch.phase
        if phase != "reporting":
            undoing = phase == "undoing"
            self.stop(pauses.paused(self.folder.run_id, undoing=undoing))

    def _close(self) -> None:
        """Close the journal, and remove the folder of a run that was refused."""
        self.journal.close()
        # another process may have taken the run over, and go on with it
        held = self._claim is None or self._claim.alive()
        if self._refused and held:
            folders.discard(self.folder)
