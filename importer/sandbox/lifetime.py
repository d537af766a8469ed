"""Starting, keeping and stopping a sandbox, in this process or as one of its own.

The state file is loaded before the first call and written then, so that the instance
id holds; then at most every second while something has changed, and at a clean stop.
Invariant: when the address is told, it can be connected to.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from aiohttp import web

from importer.sandbox.options import Options
from importer.sandbox.server import Sandbox
from importer.sandbox.store import StateError, dump, load, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_SAVE_EVERY_SECONDS = 1.0
_LOOK_EVERY_SECONDS = 0.25
_STOP_SECONDS = 0.2


@asynccontextmanager
async def running(options: Options | None = None) -> AsyncIterator[Sandbox]:
    """Run a sandbox that listens while the block runs, in this process.

    Raises:
        StateError: the state file cannot be used.
        OSError: the port is taken.
    """
    sandbox = Sandbox(options or Options())
    if sandbox.options.state is not None:
        load(sandbox.options.state, sandbox.store)
    sandbox.put_products()
    runner = web.ServerRunner(
        web.Server(sandbox.respond, access_log=None), shutdown_timeout=_STOP_SECONDS
    )
    await runner.setup()
    try:
        sandbox.url = await _listen(runner, sandbox.options)
        async with _kept(sandbox):
            try:
                yield sandbox
            finally:
                # Calls under way may still create: they end before the last save.
                await runner.cleanup()
    finally:
        await runner.cleanup()


def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Run a sandbox until it is told to stop; `ready` gets its address once.

    Raises:
        StateError: the state file cannot be used.
        OSError: the port is taken.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(options, ready))


async def _serve(options: Options, ready: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends it all the same
            loop.add_signal_handler(number, stop.set)
    async with running(options) as sandbox:
        if options.port_file is not None:
            port = sandbox.url.rpartition(":")[2]
            write(options.port_file, port.encode())
        ready(sandbox.url)
        await _until(stop, options)


async def _until(stop: asyncio.Event, options: Options) -> None:
    """Wait for a signal, the end of the time, or the end of the parent."""
    # a parent that has died is followed by another process's id
    parent = os.getppid()
    loop = asyncio.get_running_loop()
    end = loop.time() + options.max_seconds if options.max_seconds else float("inf")
    while loop.time() < end and not stop.is_set():
        if options.exit_with_parent and os.getppid() != parent:
            return
        pause = min(_LOOK_EVERY_SECONDS, end - loop.time())
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(pause, 0.001))


async def _listen(runner: web.ServerRunner, options: Options) -> str:
    site = web.TCPSite(runner, options.host, options.port, backlog=1024)
    await site.start()
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def _kept(sandbox: Sandbox) -> AsyncIterator[None]:
    """Write the state file while the block runs, and at its end."""
    if sandbox.options.state is None:
        yield
        return
    keeper = Keeper(sandbox)
    await keeper.save()
    # No TaskGroup: it would wrap whatever the caller's block raises.
    task = asyncio.create_task(keeper.keep())
    try:
        yield
    finally:
        keeper.stop()
        await task
        await keeper.save()


class Keeper:
    """Writes the state file when something has changed."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Begin with nothing saved, so that the instance id is written at once."""
        self._sandbox = sandbox
        self._saved_changes = -1
        self._stopping = asyncio.Event()

    async def keep(self) -> None:
        """Save every second until stopped."""
        while not await self._stopped_within(_SAVE_EVERY_SECONDS):
            try:
                await self.save()
            except StateError as error:
                # A full disk must not end a rehearsal; the last save will tell.
                sys.stderr.write(f"{error}\n")

    def stop(self) -> None:
        """Let `keep` end; not in the middle of a write, which the last would meet."""
        self._stopping.set()

    async def save(self) -> None:
        """Write the file if something has changed since the last time.

        Raises:
            StateError: the file cannot be written.
        """
        store, path = self._sandbox.store, self._sandbox.options.state
        if path is None or store.changes == self._saved_changes:
            return
        # counted before it is written: what changes meanwhile is for the next save
        changes = store.changes
        content = dump(store)
        await asyncio.to_thread(write, path, content)
        self._saved_changes = changes

    async def _stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop where it is installed, else None for the usual one."""
    try:
        import uvloop  # noqa: PLC0415 - not available on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop
