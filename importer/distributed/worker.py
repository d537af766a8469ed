"""The worker's side: a shard is carried out in a process that Dask has begun.

A process has one event loop for all its shards; Dask's threads only wait for it, so
many shards are under way at once. Settings, tokens and the database's password are this
process's own: its environment, its files. Invariants: no secret comes with a shard or
goes back with its result; a shard of another version is refused before it begins.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.distributed.versions import Versions
    from importer.runs.shards import Shard, ShardResult
    from importer.settings import Settings

#: Settings are read again after so many seconds: a locations file may be a new one.
SETTINGS_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Order:
    """A shard, and the versions of the process that asks for it."""

    shard: Shard
    versions: Versions


def carry(order: Order) -> ShardResult:
    """Carry out a shard in this process; what Dask calls, in a thread of its own.

    Raises:
        UsageError: it comes from a process of another version.
    """
    from importer.distributed import versions  # noqa: PLC0415 - loaded by `dask_setup`

    versions.check(order.versions, "the process that sends the shards")
    return process().carry(order.shard)


def told() -> Versions:
    """Return the versions of this process, for the driver."""
    from importer.distributed import versions  # noqa: PLC0415 - the same

    return versions.own()


class Process:
    """This process: its event loop, in a thread, and its settings."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        """Begin the event loop.

        Args:
            given: settings that go before those of the environment and of files.
        """
        self._given = dict(given or {})
        self._loop = _new_loop()
        self._reading = threading.Lock()
        self._read_at = 0.0
        self._settings: Settings | None = None
        thread = threading.Thread(target=self._run, name="shards", daemon=True)
        thread.start()

    def carry(self, shard: Shard) -> ShardResult:
        """Wait for a shard in the thread that calls."""
        from importer.runs import shard_work  # noqa: PLC0415 - loaded by `dask_setup`

        work = shard_work.carry_out(shard, self.settings())
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def settings(self) -> Settings:
        """Return the settings of this process, read a short while ago at most.

        Raises:
            UsageError: a value cannot be used.
        """
        from importer import settings  # noqa: PLC0415 - loaded by `dask_setup`

        with self._reading:
            old = time.monotonic() - self._read_at > SETTINGS_SECONDS
            if self._settings is None or old:
                self._settings = settings.load(self._given)
                self._read_at = time.monotonic()
            return self._settings

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


@cache
def process() -> Process:
    """Return what this process has once."""
    return Process(_given)


#: Settings that a process which begins others has handed to this one, without Dask.
_given: dict[str, Any] = {}


def hand(given: Mapping[str, Any]) -> None:
    """Take settings that go before those of the environment; before the first shard."""
    _given.update(given)


def secrets() -> list[str]:
    """Return the tokens that this process knows; begins its event loop.

    Raises:
        UsageError: a setting cannot be used.
    """
    return [*process().settings().tokens.known()]


def dask_setup(worker: object) -> None:
    """Load what a shard needs and write the log, when Dask begins a worker.

    To load it during the first shard would keep the worker from giving a sign.
    """
    del worker
    from importer.distributed import preparation  # noqa: PLC0415 - it loads all

    preparation.prepare(secrets)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - it is not on every system
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
