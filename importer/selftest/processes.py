"""The processes of a trial: the sandbox and the program, their command lines and ends.

Each is a process of its own, started with an environment that holds nothing of the
user's: no token, no setting. Invariants: whatever ends the block, the processes that
were started in it are gone, frozen ones too; the program gets no flag that changes what
it guarantees, only how long it waits.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import urllib.request
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import UnreachableError
from importer.sandbox.faults import Fault
from importer.selftest import scene

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping, Sequence

    from importer.selftest.natures import Profile
    from importer.selftest.scene import Options


PATIENCE = (
    "--rate", "none",
    "--timeout", f"{scene.TIMEOUT_SECONDS:g}s",
    "--settle-pauses", ",".join(f"{pause:g}" for pause in scene.SETTLE_PAUSES),
)  # fmt: skip


def begin(url: str, run_id: str, name: str) -> tuple[str, ...]:
    """Return the command of a new run of the input."""
    return ("run", name, "--base-url", url, "--run-id", run_id, "--quiet", *PATIENCE)


def resume(run_id: str) -> tuple[str, ...]:
    """Resume that run."""
    return ("resume", run_id, "--quiet", *PATIENCE)


def audit(run_id: str) -> tuple[str, ...]:
    """Return the command that compares the run with the server."""
    return ("audit", run_id, "--quiet", *PATIENCE)


def undo(run_id: str) -> tuple[str, ...]:
    """Return the command that deletes what the run made."""
    return ("undo", run_id, "--yes", "--quiet", *PATIENCE[:4])


def sandbox_of(
    profile: Profile, chosen: Options, seed: int, script: str
) -> tuple[str, ...]:
    """Return the flags of a sandbox of a nature, with a few accidents."""
    if not profile.name:
        return sandbox_command(chosen, seed, script)
    faults = map(Fault, profile.style.faults)
    shares = dict.fromkeys(faults, scene.NATURE_FAULT_SHARE)
    shares[Fault.LIST_LAGS] = scene.LAG_SHARE
    return (
        *_usual(seed, shares, script, chosen.longest_seconds),
        "--limit", f"{scene.NATURE_CALLS_A_SECOND}/1s",
        *profile.sandbox,
    )  # fmt: skip


def sandbox_command(chosen: Options, seed: int, script: str) -> tuple[str, ...]:
    """Return the flags of a sandbox where everything goes wrong."""
    seconds = chosen.longest_seconds
    return full_of_faults(seed, script, chosen.calls_a_second, seconds)


def full_of_faults(
    seed: int,
    script: str,
    calls_a_second: int,
    seconds: float,
    share: float = scene.FAULT_SHARE,
) -> tuple[str, ...]:
    """Return the flags of a sandbox with every fault, which ends after a while."""
    shares = dict.fromkeys(Fault, share)
    shares[Fault.LIST_LAGS] = scene.LAG_SHARE
    return (
        *_usual(seed, shares, script, seconds),
        "--limit", f"{calls_a_second}/1s",
        "--fault-calls", "all",
    )  # fmt: skip


def _usual(
    seed: int, shares: Mapping[Fault, float], script: str, seconds: float
) -> tuple[str, ...]:
    """Return what every sandbox of a trial is told."""
    return (
        "--seed", str(seed),
        "--window", "sliding",
        "--latency", f"{scene.LATENCY_SECONDS:g}s",
        "--jitter", f"{scene.LATENCY_SECONDS / 2:g}s",
        "--list-lag", f"{scene.LIST_LAG_SECONDS:g}s",
        "--slow-commit", f"{scene.SLOW_COMMIT_SECONDS:g}s",
        "--faults", ",".join(f"{name}={share}" for name, share in shares.items()),
        "--fault-script", script,
        "--max-seconds", f"{seconds + 60:g}s",
    )  # fmt: skip


#: What a process needs of the user's environment to start at all.
KEPT = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT"}
)
#: Any will do that no id and no text contains: the sandbox takes every token.
TOKEN = "pit-0f1e2d3c4b5a-anything"  # noqa: S105 - of the sandbox
ANSWER_SECONDS = 20.0


def environment() -> dict[str, str]:
    """Return the environment of the children."""
    found = os.environ  # noqa: TID251 - to be scrubbed, nothing is believed
    kept = {
        name: value
        for name, value in found.items()
        if name in KEPT or name.startswith("COVERAGE")
    }
    # where this package is, also for a checkout that was never installed
    package = str(Path(__file__).parents[2])
    return kept | {
        "PYTHONPATH": package,
        "PYTHONUTF8": "1",
        "HIGHLEVEL_TOKEN": TOKEN,
    }


@asynccontextmanager
async def running(
    module: str,
    arguments: Sequence[object],
    folder: Path,
    output: Path | None = None,
    given: Mapping[str, str] | None = None,
) -> AsyncIterator[Process]:
    """Run `python -m module …` while the block lasts.

    Args:
        module: what is run.
        arguments: of its command line.
        folder: that it runs in.
        output: where stdout and stderr go; without it stdout can be read.
        given: variables beside those of `environment`.
    """
    # unbuffered, so that what a killed process said is there
    with (output or folder / "sandbox.err").open("ab", buffering=0) as stream:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # nothing in that folder is taken for a module
            "-m",
            module,
            *map(str, arguments),
            cwd=folder,
            env=environment() | dict(given or {}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stream if output else asyncio.subprocess.PIPE,
            stderr=stream,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await _end(process)


async def _end(process: Process) -> None:
    """Wait for the end of a process that was killed, also when cancelled meanwhile."""
    ending = asyncio.ensure_future(process.wait())
    cancelled: asyncio.CancelledError | None = None
    while not ending.done():
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError as again:
            cancelled = again
    if cancelled is not None:
        raise cancelled


def freeze(process: Process) -> None:
    """Stop it in its tracks: it does nothing and holds what it holds."""
    process.send_signal(signal.SIGSTOP)


def thaw(process: Process) -> None:
    """Let it go on."""
    process.send_signal(signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The server of a trial, as its control addresses show it."""

    url: str

    async def summary(self) -> dict[str, Any]:
        """Return what has happened, in numbers."""
        return await self._ask("summary")

    async def truth(self) -> dict[str, Any]:
        """Return what it holds, in full."""
        return await self._ask("truth")

    async def seed(self, collections: Sequence[Mapping[str, Any]]) -> list[str]:
        """Put collections there as if others had made them; their ids."""
        answer = await self._ask("seed", {"collections": collections})
        ids: list[str] = answer["collections"]
        return ids

    async def change(
        self, location_id: str, collection_id: str, fields: Mapping[str, Any]
    ) -> None:
        """Change a collection as a person would."""
        body = {"location": location_id, "id": collection_id, "fields": fields}
        await self._ask("change", body)

    async def remove(self, location_id: str, ids: Sequence[str]) -> None:
        """Remove collections as a person would."""
        await self._ask("remove", {"location": location_id, "ids": ids})

    async def _ask(self, name: str, body: object = None) -> dict[str, Any]:
        return await asyncio.to_thread(self._request, name, body)

    def _request(self, name: str, body: object) -> dict[str, Any]:
        content = None if body is None else json.dumps(body).encode()
        address = f"{self.url}/_sandbox/{name}"
        try:
            with urllib.request.urlopen(  # noqa: S310 - loopback
                address, content, timeout=ANSWER_SECONDS
            ) as answer:
                told: dict[str, Any] = json.load(answer)
        except OSError as failure:
            msg = f"The sandbox does not answer any more: {failure}."
            raise UnreachableError(msg) from None
        return told


@asynccontextmanager
async def sandbox(flags: Sequence[object], folder: Path) -> AsyncIterator[Sandbox]:
    """Run a sandbox while the block lasts.

    Raises:
        UnreachableError: it did not start.
    """
    arguments = ("--exit-with-parent", *flags)
    async with running("importer.sandbox", arguments, folder) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        async with asyncio.timeout(ANSWER_SECONDS):
            texts = (await process.stdout.readline()).decode().split()
        if not texts:
            msg = "The sandbox did not start."
            raise UnreachableError(msg, remedy="Try: importer sandbox")
        yield Sandbox(texts[-1])
