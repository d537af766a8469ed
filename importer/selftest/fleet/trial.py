"""One trial of a cluster: a run by several processes, to which everything happens.

It gives the command of the run, lets the accidents of the plan fall, resumes the run
when its driver has ended, and then lets the verdict compare. Invariant: it ends, with a
verdict, whatever the cluster does; and no process outlives it.
"""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections import Counter, deque
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from importer.exit_codes import Exit
from importer.selftest import processes, scene, verdict
from importer.selftest.afterwards import report_of
from importer.selftest.fleet import accidents, database, leases, scenery, verdicts
from importer.selftest.fleet.accidents import Kind
from importer.selftest.fleet.cluster import Cluster, Member
from importer.selftest.lives import AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from importer.selftest.fleet.accidents import Accident
    from importer.selftest.fleet.options import FleetOptions
    from importer.selftest.fleet.verdicts import FleetVerdict
    from importer.selftest.processes import Sandbox

INPUT, SCRIPT, RUN = "input.csv", "faults.json", "trial"
#: How often it is looked how far the run is.
LOOK_EVERY_SECONDS = 0.1
#: When a trial is given up: something hangs.
LONGEST_SECONDS = 420.0
#: A worker that was frozen and sends something does so within this time.
LATE_SECONDS = 1.5
#: How often a driver may end without having finished, besides its kill.
PATIENCE = 20
#: Ends after which the same command is given again: what ended it may pass.
RESUMED = AGAIN | {Exit.STORAGE, Exit.HELD}


class FleetTrial:
    """One trial in a folder of its own."""

    _sandbox: Sandbox
    _cluster: Cluster
    _driver: Member

    def __init__(
        self,
        chosen: FleetOptions,
        seed: int,
        folder: Path,
        tell: Callable[[str], None],
        *,
        fence: bool = True,
    ) -> None:
        """Plan everything; `run` does it.

        Args:
            chosen: how many rows, and which database.
            seed: decides rows, faults and accidents.
            folder: an empty one.
            tell: hears how it goes.
            fence: whether workers heed their leases; without it it is the control.
        """
        self._chosen, self._seed, self._folder = chosen, seed, folder
        self._tell = tell
        self._fence = fence
        self._scene = scenery.build(chosen.rows, seed)
        counts = dict(accidents.USUAL if fence else accidents.OF_CONTROL)
        if chosen.journal:
            counts.pop(Kind.DATABASE, None)
        self._planned = Counter(counts)
        self._plan = deque(accidents.plan(counts, seed))
        self._others = deque(sorted(self._scene.others, key=lambda one: one[0]))
        self._seeded: dict[str, dict[str, Any]] = {}
        self._fallen: Counter[Kind] = Counter()
        self._ends: list[int] = []
        self._surprises: list[str] = []
        self._begun_at = time.monotonic()

    async def run(self) -> FleetVerdict:
        """Do it, and judge."""
        self._begun_at = time.monotonic()
        self._write()
        flags = processes.full_of_faults(
            self._seed,
            SCRIPT,
            scenery.CALLS_A_SECOND,
            LONGEST_SECONDS,
            scenery.FAULT_SHARE,
        )
        async with AsyncExitStack() as stack:
            journal, server = self._chosen.journal, None
            if not journal:
                server = await stack.enter_async_context(database.started())
                journal = server.url
            sandbox = processes.sandbox(flags, self._folder)
            self._sandbox = await stack.enter_async_context(sandbox)
            await self._seed_there(list(self._scene.before))
            cluster = Cluster(self._folder, journal, server, fence=self._fence)
            self._cluster = await stack.enter_async_context(cluster)
            await self._to_its_end()
            truth = await self._sandbox.truth()
        return self._judged(truth)

    def _write(self) -> None:
        with (self._folder / INPUT).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(scene.HEADER)
            writer.writerows(line.cells for line in self._scene.lines)
        script = [
            {"name": name, "faults": [fault]}
            for name, fault in self._scene.scripts.items()
        ]
        (self._folder / SCRIPT).write_text(json.dumps(script), encoding="utf-8")

    async def _seed_there(self, collections: list[dict[str, Any]]) -> None:
        ids = await self._sandbox.seed(collections)
        self._seeded.update(zip(ids, collections, strict=True))

    def _judged(self, truth: Mapping[str, Any]) -> FleetVerdict:
        report = report_of(self._folder, RUN)
        held = verdict.held(truth)
        figures = verdict.compare(self._scene, report, held, self._seeded)
        verdicts.check_limit(truth, scenery.CALLS_A_SECOND, figures)
        if self._fallen != self._planned:
            self._surprise("not all accidents could happen")
        members = (self._driver, self._cluster.scheduler, *self._cluster.workers)
        return verdicts.FleetVerdict(
            seed=self._seed,
            fence=self._fence,
            rows=len(self._scene.lines),
            collections=len(self._scene.keys),
            locations=len({line.key[0] for line in self._scene.lines}),
            calls=truth["calls"],
            faults=dict(truth["faults"]),
            accidents={str(kind): self._fallen[kind] for kind in self._planned},
            starts={member.name: member.starts for member in members},
            ends=tuple(self._ends),
            figures=figures,
            seconds=time.monotonic() - self._begun_at,
            surprises=tuple(self._surprises),
        )

    # the run, and what happens to it

    async def _to_its_end(self) -> None:
        """Give the command until the run has finished and all accidents are over."""
        self._driver = Member("driver", self._command("run"))
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                async with asyncio.TaskGroup() as self._under_way:
                    await self._live_on()
                # what a worker sends that was frozen, and what is carried out late
                await asyncio.sleep(LATE_SECONDS)
                await asyncio.sleep(scene.SLOW_COMMIT_SECONDS + scene.LIST_LAG_SECONDS)
        except TimeoutError:
            self._surprise("the run did not come to an end")

    def _command(self, verb: str) -> tuple[str, ...]:
        url = self._sandbox.url
        command = processes.resume(RUN)
        if verb == "run":
            command = processes.begin(url, RUN, INPUT)
        return ("importer", *command, "--cluster", self._cluster.address)

    async def _live_on(self) -> None:
        for _ in range(PATIENCE):
            killed = await self._one_life()
            if self._finished():
                return
            code = self._ends[-1] if self._ends and not killed else Exit.OK
            if code not in RESUMED:
                self._surprise(f"the driver ended with exit code {code}")
                return
            self._driver.command = self._command("resume")
        self._surprise("the run did not finish, however often it was resumed")

    async def _one_life(self) -> bool:
        """Give the command, and wait for its end; whether it was killed."""
        await self._cluster.start(self._driver)
        kills = self._fallen[Kind.DRIVER]
        while self._driver.lives:
            progress = self._progress(await self._sandbox.summary())
            await self._let_others(progress)
            while self._plan and self._plan[0].progress <= progress:
                await self._befall(self._plan.popleft(), progress)
            await self._cluster.look_after()
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        if self._fallen[Kind.DRIVER] > kills:
            return True
        assert self._driver.process is not None  # noqa: S101 - it was started
        code = self._driver.process.returncode
        self._ends.append(code if code is not None else Exit.BUG)
        self._tell(f"the driver ended with exit code {self._ends[-1]}")
        return False

    def _progress(self, seen: Mapping[str, Any]) -> float:
        there = sum(int(item["collections"]) for item in seen["locations"].values())
        return (there - len(self._seeded)) / max(1, self._scene.to_create)

    async def _let_others(self, progress: float) -> None:
        """Let others make what they make when so much is there."""
        due = []
        while self._others and self._others[0][0] <= progress:
            due.append(self._others.popleft()[1])
        if due:
            await self._seed_there(due)

    def _finished(self) -> bool:
        """Return whether the program itself says that nothing is left to do."""
        summary = self._folder / "runs" / RUN / "summary.json"
        if not summary.is_file():
            return False
        told = json.loads(summary.read_text(encoding="utf-8"))
        return bool(told["state"] == "finished")

    # accidents

    async def _befall(self, accident: Accident, progress: float) -> None:
        """Let an accident happen; what lasts goes on beside the run."""
        kind, away = accident.kind, accident.away_seconds
        worker = self._cluster.chosen(accident.choice)
        fell = False
        match kind:
            case Kind.DATABASE:
                self._under_way.create_task(self._cluster.kill_database(away))
                fell = True
            case Kind.FREEZE:
                fell = worker is not None and self._cluster.freeze(worker)
                if worker is not None and fell:
                    self._under_way.create_task(self._thaw(worker))
            case Kind.WORKER:
                fell = worker is not None and await self._cluster.kill(worker, away)
            case Kind.SCHEDULER:
                fell = await self._cluster.kill(self._cluster.scheduler, away)
            case Kind.DRIVER:
                fell = await self._cluster.kill(self._driver, away)
        if not fell:
            self._plan.appendleft(accident)
            return
        self._fallen[kind] += 1
        seconds = time.monotonic() - self._begun_at
        self._tell(f"{seconds:.0f} s, {progress:.0%} there: {kind}")

    async def _thaw(self, worker: Member) -> None:
        """Thaw a worker after a while; it must live on, as nothing else kills it."""
        seconds = leases.FREEZE_SECONDS
        if not self._fence:
            seconds = leases.CONTROL_FREEZE_SECONDS
        if not await self._cluster.thaw(worker, seconds):
            self._surprise(f"{worker.name} was frozen and did not live on")

    def _surprise(self, text: str) -> None:
        self._surprises.append(text)
        self._tell(text)
