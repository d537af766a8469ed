"""The processes of a cluster: a scheduler, workers, a driver, the database they share.

Started as a user would start them, and again when one has ended, as a system's service
manager would do it. Invariants: only what was started here is killed or frozen;
whatever ends the block, all of it is gone; everything is on the loopback, with TLS.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from importer.selftest import processes
from importer.selftest.fleet import certificates

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from pathlib import Path

    from importer.selftest.fleet.database import Server

#: How many workers there are, and the shards that each has under way at once.
WORKERS, THREADS = 3, 8
#: What has ended by itself is started again after so many seconds.
RESTART_SECONDS = 0.5
_PRELOADED = ("importer.selftest.fleet.short_lease", "importer.distributed")
_UNFENCED = "importer.selftest.fleet.unfenced"


class Member:
    """One process of the cluster; `back_at` is when it is started again."""

    def __init__(self, name: str, command: tuple[str, ...]) -> None:
        """Keep its command; it is not started yet."""
        self.name = name
        self.command = command
        self.process: Process | None = None
        self.frozen: bool = False
        self.back_at: float = 0.0
        self.starts: int = 0

    @property
    def lives(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.returncode is None


class Cluster:
    """All processes of a trial; `joined` gives one."""

    def __init__(
        self,
        folder: Path,
        journal: str,
        server: Server | None,
        *,
        fence: bool,
    ) -> None:
        """Plan the processes.

        Args:
            folder: that they run in.
            journal: the address of the database.
            server: that database, where it was started for this trial.
            fence: whether workers heed their leases.
        """
        self._folder = folder
        self._server = server
        self._stack = AsyncExitStack()
        certificate = certificates.make(folder)
        self._given = certificate.variables() | {
            "IMPORTER_JOURNAL": journal,
            # nothing of what a user has told Dask
            "DASK_CONFIG": str(folder / "dask"),
            "DASK_ROOT_CONFIG": str(folder / "dask"),
            "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
        }
        self.address: str = f"tls://127.0.0.1:{_free_port()}"
        self.scheduler: Member = Member("scheduler", _scheduler(self.address))
        self.workers: tuple[Member, ...] = tuple(
            Member(f"worker-{number}", _worker(self.address, fence=fence))
            for number in range(WORKERS)
        )
        self.database_kills: int = 0

    async def start(self, member: Member) -> None:
        """Start a process."""
        member.starts += 1
        output = self._folder / f"{member.name}.txt"
        module, *arguments = member.command
        running = processes.running(
            module, arguments, self._folder, output, self._given
        )
        member.process = await self._stack.enter_async_context(running)

    async def look_after(self) -> None:
        """Start what has ended again, once it was away for long enough."""
        now = time.monotonic()
        for member in (self.scheduler, *self.workers):
            if member.lives:
                member.back_at = 0.0
            elif not member.back_at:
                member.back_at = now + RESTART_SECONDS
            elif now >= member.back_at:
                await self.start(member)

    async def kill(self, member: Member, away_seconds: float) -> bool:
        """Kill a process and return whether it lived; it is back after a while."""
        if not member.lives or member.process is None:
            return False
        member.process.kill()
        await member.process.wait()
        member.back_at = time.monotonic() + away_seconds
        return True

    def freeze(self, member: Member) -> bool:
        """Freeze a process at once, and return whether it lived."""
        if not member.lives or member.process is None:
            return False
        processes.freeze(member.process)
        member.frozen = True
        return True

    async def thaw(self, member: Member, seconds: float) -> bool:
        """Let a frozen process go on after a while; return whether it lived so long."""
        process = member.process
        assert process is not None  # noqa: S101 - it was frozen
        try:
            await asyncio.sleep(seconds)
        finally:
            member.frozen = False
            lived = process.returncode is None
            if lived:
                processes.thaw(process)
        return lived

    async def kill_database(self, away_seconds: float) -> None:
        """Kill the database, and start it again after a while."""
        assert self._server is not None  # noqa: S101 - else it is not planned
        await asyncio.to_thread(self._server.kill)
        await asyncio.sleep(away_seconds)
        await asyncio.to_thread(self._server.start)

    def chosen(self, choice: float) -> Member | None:
        """Return the working worker that a number from 0 to 1 stands for."""
        working = [one for one in self.workers if one.lives and not one.frozen]
        return working[int(choice * len(working))] if working else None

    async def __aenter__(self) -> Self:
        """Start scheduler and workers."""
        for member in (self.scheduler, *self.workers):
            await self.start(member)
        return self

    async def __aexit__(self, *failure: object) -> None:
        """End all of it."""
        await self._stack.aclose()


def _tls_address(address: str) -> tuple[str, str]:
    host, _, port = address.removeprefix("tls://").partition(":")
    return host, port


def _scheduler(address: str) -> tuple[str, ...]:
    host, port = _tls_address(address)
    return (
        "distributed.cli.dask_scheduler",
        *("--protocol", "tls", "--host", host, "--port", port),
        *("--no-dashboard", "--dashboard-address", "127.0.0.1:0"),
    )


def _worker(address: str, *, fence: bool) -> tuple[str, ...]:
    preloaded = _PRELOADED if fence else (*_PRELOADED, _UNFENCED)
    return (
        *("distributed.cli.dask_worker", address, "--no-nanny"),
        *("--protocol", "tls", "--host", "127.0.0.1", "--no-dashboard"),
        *("--dashboard-address", "127.0.0.1:0", "--local-directory", "dask"),
        *("--nthreads", str(THREADS), "--memory-limit", "0"),
        *(part for name in preloaded for part in ("--preload", name)),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
