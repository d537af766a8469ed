"""One process of an import that can be ended at any step, and its journal.

The session, the execution, the audit and the SQL of the journal are the real ones.
Two things are not: the journal's writer commits when the simulated clock says so,
and the client speaks to a simulated server. `Fuse.step` stands wherever a power cut
makes a difference: before and after each commit, before each request leaves, and
before each answer arrives. Invariant: a process that is down writes nothing more and
sends nothing more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from importer.client import Answer, Request
from importer.client.exchange import Clocks
from importer.destination import Destination
from importer.errors import Interrupted, StalledError
from importer.journal.commits import Writer
from importer.journal.sqlite.mark import Mark
from importer.ratelimit import Limiter, Reading
from importer.runs.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulated_server import Server

    from importer.client import Exchange
    from importer.journal.statements import Upsert, Values
    from importer.ratelimit import Permit
    from importer.runs.folders import RunFolder
    from importer.settings import Settings

#: How soon the journal commits what somebody waits for.
COMMIT_SECONDS = 0.001


class Ending(Enum):
    """How a process comes to its end."""

    BY_ITSELF = "by itself"
    STOPPED = "stopped"  # Ctrl-C: it drains
    KILLED = "killed"  # or the power is cut


@dataclass
class Fuse:
    """Counts the steps of a process and ends it at one of them."""

    ending: Ending
    at: int
    steps: int = 0
    down: bool = False
    stop: Callable[[], object] = lambda: None
    kill: Callable[[], object] = lambda: None

    def step(self) -> bool:
        """Whether the process is down now."""
        self.steps += 1
        if self.steps == self.at and self.ending is Ending.KILLED:
            self.down = True
            self.kill()
        if self.steps == self.at and self.ending is Ending.STOPPED:
            self.stop()
        return self.down


async def never() -> NoReturn:
    """What a process that is down waits for."""
    while True:
        await asyncio.get_running_loop().create_future()


class Pen(Writer):
    """The journal's writer without its thread: commits are events of the loop.

    What nobody waits for is committed late, so that a kill can lose it.
    """

    def __init__(self, engine: Any, fuse: Fuse, late_seconds: float) -> None:
        self._engine = engine
        self._mark = Mark(Path(engine.url.database))
        self._writes = deque()
        self._waiters: list[asyncio.Future[None]] = []
        self._connection = None
        self._fuse = fuse
        self._late_seconds = late_seconds
        self._loop = asyncio.get_running_loop()
        self.failure = None
        self.commits = 0

    def post(self, statement: Upsert, values: Values) -> None:
        self._writes.append((statement, values, None))
        self._loop.call_later(self._late_seconds, self._write)

    def durable(self, statement: Upsert, values: Values) -> asyncio.Future[None]:
        self._writes.append((statement, values, None))
        return self._waiter()

    async def flush(self) -> None:
        await self._waiter()

    def _waiter(self) -> asyncio.Future[None]:
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        self._loop.call_later(COMMIT_SECONDS, self._write)
        return waiter

    def close(self) -> None:
        """A process that ends well writes what is left."""
        if not self._fuse.down:
            self._commit(self._writes)
            self._writes.clear()
        if self._connection is not None:
            self._connection.close()

    def _write(self) -> None:
        if self._fuse.down or not (self._writes or self._waiters):
            return
        if self._fuse.step():
            return
        self._commit(self._writes)
        assert self.failure is None, self.failure
        self._writes.clear()
        if self._fuse.step():
            return
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


class Wire:
    """A client whose network is a simulated server."""

    last_answer_at = None
    instance = ""

    def __init__(self, server: Server, limiter: Limiter, fuse: Fuse) -> None:
        self.limiter = limiter
        self.clocks = Clocks()
        self._server = server
        self._fuse = fuse

    async def send(self, request: Request, permit: Permit | None = None) -> Exchange:
        method, path, location_id, params, body = request
        if permit is None:
            permit = await self.limiter.acquire(location_id)
        try:
            await self._alive()
        except BaseException:
            self.limiter.give_back(location_id, permit)
            raise
        exchange: Exchange | None = None
        try:
            now = asyncio.get_running_loop().time()
            latency, exchange = self._server.meet(
                method, path, location_id, params or {}, body, now
            )
            await asyncio.sleep(latency)
            await self._alive()
            return exchange
        finally:
            reading = Reading() if isinstance(exchange, Answer) else None
            now = asyncio.get_running_loop().time()
            self.limiter.answered(location_id, permit, reading, now)

    async def _alive(self) -> None:
        """Return, unless the process is down."""
        if self._fuse.down:
            await never()
        if self._fuse.step():
            await never()


async def run(
    settings: Settings,
    folder: RunFolder,
    server: Server,
    fuse: Fuse,
    late_seconds: float,
) -> None:
    """What `importer resume` does, until it ends or is ended."""
    main = asyncio.ensure_future(_resume(settings, folder, server, fuse, late_seconds))
    fuse.kill = main.cancel
    with suppress(asyncio.CancelledError):
        await main


async def _resume(
    settings: Settings,
    folder: RunFolder,
    server: Server,
    fuse: Fuse,
    late_seconds: float,
) -> None:
    session = Session.take_up(settings, folder)
    clock = asyncio.get_running_loop().time
    limiter = Limiter(settings.limits, clock)
    wire: Any = Wire(server, limiter, fuse)
    session.journal.delivery._writer = Pen(session.journal._engine, fuse, late_seconds)
    session.limiter = limiter
    session._destination = Destination(wire, settings.retries, lambda: 0.5)
    fuse.stop = lambda: session.stop(Interrupted("Ctrl-C"))
    async with session:
        await session.compare()
        await session.deliver()
        assert not isinstance(session.stopped, StalledError), "a lane slept for ever"
        await session.audit()
        if fuse.down:
            await never()
        session.report()
