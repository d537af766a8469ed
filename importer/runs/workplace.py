"""What the shards of one run share in a process that another one gives them to.

One membership, one journal, one pool of connections to the API, and one look a second
at what all processes of the run have come to and shall heed. It compares and sends
nothing. Invariants: a location is worked on once in a process; a place whose life or
journal is lost is given to no further shard.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from importer import background, client, journal, logs
from importer.errors import FatalError, Interrupted, StorageError, UsageError
from importer.execution import conclusions
from importer.ratelimit import Ceiling
from importer.runs import audit, pauses, shards, worktime
from importer.runs.folders import RunFolder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection
    from typing import TypeVar

    import aiohttp

    from importer.journal import Crew, Membership, Share, Tally, Together
    from importer.runs.shards import Shard
    from importer.settings import Settings

    Result = TypeVar("Result")

log: logs.Log = logs.get("run")

#: So often a place says what it has come to, and looks what it shall heed, seconds.
LOOK_SECONDS = 1.0
#: A place that has had no shard for so long is closed, seconds.
IDLE_SECONDS = 20.0
#: One that has had none for so long has no share of what the run may do, seconds.
REST_SECONDS = 3.0
#: Threads of a place that use the database at once: each has a connection meanwhile.
THREADS = 2
#: Several shards send at once, each with its own concurrency.
CONNECTIONS = 4


class Undertaking(Protocol):
    """A shard that is being carried out."""

    shard: Shard

    @property
    def counts(self) -> Together:
        """What it has come to so far."""

    def stop(self, error: FatalError) -> None:
        """End soon: rows in flight are waited for."""


class Workplace:
    """What shards share; `entered` gives one."""

    def __init__(self, settings: Settings, run_id: str, crew: Crew) -> None:
        """Keep what it is made of; `open` makes it."""
        self.settings = settings
        self.folder: RunFolder = RunFolder(settings.home.folder, run_id, settings.home)
        self.crew = crew
        self.tally: Tally = journal.Tally()
        self.ceiling: Ceiling | None = None
        self.failure: StorageError | None = None
        #: what the lists of audits may hold, all of them together
        self.room: audit.Room = audit.Room(audit.COLLECTIONS_AT_ONCE)
        self.users: int = 0
        self.idle_since: float = time.monotonic()
        self._undertakings: list[Undertaking] = []
        self._ended = journal.Together()
        self._threads = asyncio.Semaphore(THREADS)
        self._stack = AsyncExitStack()
        self._noted = False
        self._names_products: bool | None = None
        #: whether the others were told that nothing is done here
        self._resting = False

    async def open(self, shard: Shard) -> None:
        """Open the journal and the connections, and take part in the run.

        Raises:
            InputError: there is no such journal, or it cannot be read.
            StorageError: the database cannot be used.
            UsageError: the base URL cannot be used, or the journal is at another place.
        """
        values = self.settings.values
        store = self.folder.store
        shards.refuse_another(store.url, shard.journal_url)
        client.check_base_url(self.settings.connection)
        try:
            self.member: Membership = await self.thread(
                partial(self.crew.join, values.base_url)
            )
            self._stack.callback(self.member.release)
            self.book: journal.Journal = await self.thread(
                partial(journal.open, store, depth=journal.Depth.FACTS)
            )
            self._stack.callback(self.book.close)
            self.book.guard(self.member)
            wide = self.settings.connection
            wide = replace(wide, connections=CONNECTIONS * wide.connections)
            self.session: aiohttp.ClientSession = await self._stack.enter_async_context(
                client.session(wide, gate=self.member.gate)
            )
            await self._begin(values.max_rate)
        except BaseException:
            await self._stack.aclose()
            raise

    async def _begin(self, most: float | None) -> None:
        """Let the others know of this process before it makes a call."""
        await self._look()
        if most:
            self.ceiling = Ceiling(most)
            self.ceiling.share(self.tally.working)
        await self._make_room()
        looking = asyncio.create_task(self._looking())
        self._stack.push_async_callback(_ended_by_cancel, looking)

    async def _make_room(self) -> None:
        """Let the others see that their shares are smaller, at their next look."""
        if self.ceiling is not None and self.tally.working > 1:
            await asyncio.sleep(2 * LOOK_SECONDS)

    async def close(self) -> None:
        """Let go of the run, and close everything."""
        with suppress(FatalError):
            if not self.member.lost():
                await self.thread(partial(self.crew.tally, self.member, self.counts))
                await self.thread(partial(self.crew.leave, self.member))
        await self._stack.aclose()

    @property
    def usable(self) -> bool:
        """Whether a shard may begin here."""
        return self.failure is None and not self.member.lost()

    @property
    def counts(self) -> Together:
        """What all shards have come to here."""
        return _added([self._ended, *(one.counts for one in self._undertakings)])

    async def thread(self, work: Callable[[], Result]) -> Result:
        """Do what uses the database in a thread, few at a time."""
        async with self._threads:
            return await background.to_its_end(work)

    def reserve(self, locations: Collection[str]) -> set[str]:
        """Return those that no other shard in this process works on, now reserved."""
        with _mutex:
            free = {one for one in locations if (*self._key, one) not in _busy}
            _busy.update((*self._key, one) for one in free)
        return free

    @property
    def _key(self) -> tuple[str, str]:
        return self.settings.home.shown, self.folder.run_id

    async def let_go(self, share: Share, reserved: Collection[str]) -> None:
        """Give locations back, in the database before here."""
        try:
            await self.thread(share.release)
        finally:
            with _mutex:
                _busy.difference_update((*self._key, one) for one in reserved)

    async def begin(self, undertaking: Undertaking) -> None:
        """Count what it comes to, and let it heed what the run shall heed.

        Raises:
            StorageError: the database cannot be used.
        """
        rested = self._resting
        self._undertakings.append(undertaking)
        # a stop that was taken back since the last look was none for this one
        if rested or self.tally.paused or self.tally.stop:
            self._resting = False
            await self._look()
            if rested:
                await self._make_room()
        self._heed(undertaking)

    def end(self, undertaking: Undertaking) -> None:
        """Keep what it has come to."""
        if undertaking not in self._undertakings:
            return
        self._undertakings.remove(undertaking)
        self._ended = _added([self._ended, undertaking.counts])

    def names_products(self) -> bool:
        """Return whether rows call products by something else than their ids."""
        if self._names_products is None:
            # all rows were read before the first shard was made
            self._names_products = self.book.named.used()
        return self._names_products

    async def note_server(self, instance: str) -> None:
        """Keep which server answers, before the first request is made, once.

        Raises:
            StorageError: the database is away.
        """
        if not self._noted:
            note = partial(self.book.note, server=instance)
            await self.thread(note)
            await self.thread(partial(self._slugs.begin, self.folder.run_id))
            self._noted = True

    @property
    def _slugs(self) -> journal.SlugMemory:
        return self.settings.home.slugs

    async def _looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            # where the database is away the life decides what may go on
            with suppress(FatalError):
                await (self._look() if self._is_busy() else self._rest())
            lost = not self.member.alive() and self.member.lost()
            for undertaking in list(self._undertakings):
                if lost:
                    undertaking.stop(_lost(self.member))
                else:
                    self._heed(undertaking)

    def _is_busy(self) -> bool:
        idle = time.monotonic() - self.idle_since
        return bool(self.users) or idle < REST_SECONDS

    async def _rest(self) -> None:
        """Tell the others once that nothing is done here: their shares are larger."""
        if not self._resting:
            await self.thread(partial(self.crew.leave, self.member))
            self._resting = True

    async def _look(self) -> None:
        """Say what this place has come to, and see what all have."""
        counts = self.counts
        self.tally = await self.thread(partial(self.crew.tally, self.member, counts))
        await self.thread(self.member.give_back)
        if self.ceiling is not None:
            self.ceiling.share(self.tally.working)

    def _heed(self, undertaking: Undertaking) -> None:
        """Have a shard end that shall."""
        shard, tally = undertaking.shard, self.tally
        error: FatalError | None = None
        limit = self.settings.values.max_errors
        bad = shard.bad + tally.together.bad
        if tally.paused:
            undoing = shard.work == "undo"
            error = pauses.paused(shard.run_id, undoing=undoing)
        elif tally.stop:
            error = Interrupted(tally.stop)
        elif shard.until is not None and tally.now >= shard.until:
            error = worktime.time_is_up(self.settings.values.max_duration or 0.0)
        elif limit is not None and shard.rows and limit.reached(bad, shard.rows):
            error = conclusions.too_many_errors(bad, shard.rows, limit)
        if error is not None:
            undertaking.stop(error)


def _lost(member: Membership) -> StorageError:
    """Return why nothing more is sent by a life that was lost."""
    try:
        member.check()
    except StorageError as lost:
        return lost
    msg = "Another process has taken over what this one was working on."
    return StorageError(msg, remedy="What was sent is known.")


def _added(every: Collection[Together]) -> Together:
    return journal.Together(*map(sum, zip(*every, strict=True)))


async def _ended_by_cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


_mutex = threading.Lock()
#: What shards of this process work on, whatever became of their places: a life of this
#: process takes what it holds already.
_busy: set[tuple[str, str, str]] = set()

#: By the loop, the run and its settings; a loop that has ended leaves none.
_places: dict[tuple[object, ...], Workplace] = {}
_opening: dict[object, asyncio.Lock] = {}


@asynccontextmanager
async def entered(shard: Shard, found: Settings) -> AsyncIterator[Workplace]:
    """Give the place of a shard in this process, made where there is none.

    Args:
        shard: what will be done.
        found: the settings of this process, with the tokens that it has.

    Raises:
        FatalError: it cannot be made, see `Workplace.open`.
    """
    loop = asyncio.get_running_loop()
    key = (loop, shard.run_id, shard.journal_url, shard.settings)
    async with _opening.setdefault(loop, asyncio.Lock()):
        place = _places.get(key)
        if place is None or not place.usable:
            place = _places[key] = await _made(shard, found)
        place.users += 1
    try:
        yield place
    finally:
        place.users -= 1
        place.idle_since = time.monotonic()
        if not place.usable and not place.users:
            await _close(key, place)
        elif not place.users:
            loop.call_later(IDLE_SECONDS, _close_idle, key, place)


async def _made(shard: Shard, found: Settings) -> Workplace:
    settings = found.keeping(dict(shard.settings))
    crew = settings.home.crew(shard.run_id)
    if crew is None:
        msg = "A run whose journal is in a folder has one process."
        remedy = "Keep the journals in a database: set journal to its address."
        raise UsageError(msg, remedy=remedy)
    place = Workplace(settings, shard.run_id, crew)
    await place.open(shard)
    return place


def _close_idle(key: tuple[object, ...], place: Workplace) -> None:
    idle = time.monotonic() - place.idle_since
    if not place.users and idle >= IDLE_SECONDS and _places.get(key) is place:
        del _places[key]
        _closing.add(task := asyncio.ensure_future(place.close()))
        task.add_done_callback(_closing.discard)


_closing: set[asyncio.Future[None]] = set()


async def _close(key: tuple[object, ...], place: Workplace) -> None:
    if _places.get(key) is place:
        del _places[key]
    await place.close()


async def close() -> None:
    """Close the places of this loop, as its process is about to end."""
    loop = asyncio.get_running_loop()
    for key in [key for key in _places if key[0] is loop]:
        await _places.pop(key).close()
    _opening.pop(loop, None)
    if _closing:
        await asyncio.wait(_closing)
