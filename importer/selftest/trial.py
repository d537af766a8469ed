"""One trial: an input, a sandbox, and a program that is killed until it is through.

It starts the program as a user would, strikes it as planned, resumes it until
it says that it has finished, and then lets `verdict` compare. Invariant: it ends, with
a verdict, whatever the program does; and no process outlives it.
"""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.exit_codes import Exit
from importer.selftest import lives, natures, processes, scene, verdict
from importer.selftest.afterwards import Aftermath, report_of
from importer.selftest.lives import AGAIN, Life, Tally
from importer.selftest.people import Crowd, People

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from importer.selftest.natures import Profile
    from importer.selftest.processes import Sandbox
    from importer.selftest.scene import Options
    from importer.selftest.verdict import Figures, Verdict

INPUT = "input.csv"
SCRIPT = "faults.json"
#: How often the server is asked how far the program is.
LOOK_EVERY_SECONDS = 0.02
#: How often a program may end without having finished, besides the kills.
PATIENCE, NATURE_PATIENCE = 30, 10
#: How often a run may end with rows that stay unknown, where that is its right.
OPEN_ENDS = 2


class Trial:
    """One trial in a folder of its own."""

    _sandbox: Sandbox
    _crowd: Crowd

    def __init__(
        self,
        chosen: Options,
        seed: int,
        folder: Path,
        tell: Callable[[str], None],
        profile: Profile = natures.PLAIN,
    ) -> None:
        """Plan everything; `run` does it. `tell` hears how it goes."""
        self._chosen = chosen
        self._profile = profile
        self._seed = seed
        self._folder = folder
        self._tell = tell
        self._scene = scene.build(chosen.rows, seed, profile.style)
        self._strikes = deque(lives.plan(chosen.kills, chosen.freezes, seed))
        self._others = deque(sorted(self._scene.others, key=lambda one: one[0]))
        self._people = People()
        self._open_ends = 0
        self._last_code = 0
        self._last_progress = 0.0
        self._tally = Tally()
        self._number = 1

    async def run(self) -> Verdict:
        """Do it, and judge."""
        started = time.monotonic()
        self._write()
        flags = processes.sandbox_of(self._profile, self._chosen, self._seed, SCRIPT)
        exits: Mapping[str, int] = {}
        async with processes.sandbox(flags, self._folder) as self._sandbox:
            self._crowd = Crowd(
                self._profile, self._scene, self._sandbox, self._people, self._seed
            )
            await self._seed_there(list(self._scene.before))
            try:
                async with asyncio.timeout(self._chosen.longest_seconds):
                    await self._live_on()
            except TimeoutError:
                self._surprise("the program did not come to an end")
            # a request that a killed program left behind may still be committed
            await asyncio.sleep(scene.SLOW_COMMIT_SECONDS + scene.LIST_LAG_SECONDS)
            truth = await self._sandbox.truth()
            figures = self._figures(truth)
            if self._profile.name:
                exits = await self._follow(figures)
        seconds = time.monotonic() - started
        told = self._tally.verdict(
            self._chosen, self._seed, self._scene, truth, figures, seconds
        )
        return replace(told, nature=self._profile.name, exits=exits)

    def _figures(self, truth: Mapping[str, Any]) -> Figures:
        report = report_of(self._folder, self._run_id)
        held, rules = verdict.held(truth), self._profile.rules
        seeded = self._people.seeded
        return verdict.compare(self._scene, report, held, seeded, rules)

    async def _follow(self, figures: Figures) -> Mapping[str, int]:
        """Do what a user does next; return the exit codes of it all."""
        aftermath = Aftermath(
            self._profile, self._scene, self._folder, self._sandbox, self._surprise
        )
        try:
            await aftermath.follow(
                self._run_id, INPUT, self._crowd, self._people, figures
            )
        except TimeoutError:
            self._surprise("a command after the run did not come to an end")
        return {"run": self._last_code, **aftermath.exits}

    def _write(self) -> None:
        path = self._folder / INPUT
        with path.open("w", encoding="utf-8", newline="") as stream:
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
        self._people.seeded.update(zip(ids, collections, strict=True))

    # the program, again and again

    @property
    def _run_id(self) -> str:
        return f"trial-{self._number}"

    async def _live_on(self) -> None:
        """Start it, strike it, resume it, until it has finished and all have fallen."""
        command = processes.begin(self._sandbox.url, self._run_id, INPUT)
        patience = NATURE_PATIENCE if self._profile.name else PATIENCE
        for _ in range(self._chosen.kills + patience):
            code = await self._one_life(command)
            await self._crowd.between(self._last_progress)
            resumed = command[0] == "resume"
            command = processes.resume(self._run_id)
            if code == Exit.INPUT and resumed:
                await self._check_nothing_was_sent()
                self._number += 1
                command = processes.begin(self._sandbox.url, self._run_id, INPUT)
            elif code is not None and code not in AGAIN:
                self._surprise(f"the program ended with exit code {code}")
                return
            elif code is not None and self._ended(code) and not self._strikes:
                return
        self._surprise("the program did not finish, however often it was resumed")

    def _ended(self, code: int) -> bool:
        """Return whether the run has come to its end, as far as the program says."""
        self._last_code = code
        if self._finished():
            self._tally.finished = True
        elif code == Exit.UNKNOWN_ROWS and self._profile.rules.may_stay_unknown:
            self._open_ends += 1
            self._tally.finished = self._open_ends >= OPEN_ENDS
        if code == Exit.UNKNOWN_ROWS and self._profile.may_not_end_open:
            self._surprise("rows stayed unknown (exit code 7)")
        return self._tally.finished

    async def _one_life(self, command: tuple[str, ...]) -> int | None:
        """Run the program from a start to its end; None where it was killed."""
        if command[0] == "resume":
            self._tally.resumes += 1
        output = self._folder / "output.txt"
        arguments = (self._folder, output)
        calls = Counter(await self._calls())
        async with processes.running("importer", command, *arguments) as process:
            life = Life(process, calls, time.monotonic())
            while process.returncode is None:
                seen = await self._sandbox.summary()
                life.notice(seen["by_method"], self._progress(seen))
                await self._let_others(life.progress)
                await self._crowd.meanwhile(life.progress)
                self._last_progress = life.progress
                if await self._strike(life):
                    return None
                await asyncio.sleep(LOOK_EVERY_SECONDS)
            self._tally.exits[process.returncode] += 1
            return process.returncode

    async def _calls(self) -> Mapping[str, int]:
        calls: Mapping[str, int] = (await self._sandbox.summary())["by_method"]
        return calls

    def _progress(self, seen: Mapping[str, Any]) -> float:
        there = sum(int(item["collections"]) for item in seen["locations"].values())
        return (there - len(self._people.seeded)) / max(1, self._scene.to_create)

    async def _let_others(self, progress: float) -> None:
        """Let others make what they make when so much is there."""
        due = []
        while self._others and self._others[0][0] <= progress:
            due.append(self._others.popleft()[1])
        if due:
            await self._seed_there(due)

    # blows

    async def _strike(self, life: Life) -> bool:
        """Strike if it is time; whether the program was killed."""
        if not self._strikes or not life.is_due(
            self._strikes[0], time.monotonic(), finished=self._tally.finished
        ):
            return False
        if self._strikes[0].blow is lives.Blow.FREEZE:
            if await self._freeze(life):
                self._strikes.popleft()
            return False
        life.process.kill()
        killed = await life.process.wait() < 0
        if killed:
            self._strikes.popleft()
            self._tally.killed_while[life.phase] += 1
            self._tell(f"killed while {life.phase} ({life.progress:.0%} there)")
        return killed

    async def _freeze(self, life: Life) -> bool:
        """Freeze it, start another one, thaw it; False where it had just ended."""
        processes.freeze(life.process)
        thaw_at = time.monotonic() + scene.FREEZE_SECONDS
        second = processes.resume(self._run_id)
        if self._tally.freezes % 2 and not self._tally.finished:
            second = processes.begin(self._sandbox.url, "second", INPUT)
        output = self._folder / "second.txt"
        async with processes.running("importer", second, self._folder, output) as other:
            code = await other.wait()
        await asyncio.sleep(max(0.0, thaw_at - time.monotonic()))
        if life.process.returncode is not None:
            return False
        processes.thaw(life.process)
        self._tally.freezes += 1
        life.due = None
        self._tell(f"frozen for {scene.FREEZE_SECONDS:g} s; another one: exit {code}")
        if code == Exit.HELD:
            self._tally.held_off += 1
        else:
            self._surprise(f"{second[0]} beside a frozen program ended with {code}")
        return True

    # what is left of it

    def _finished(self) -> bool:
        """Return whether the program itself says that nothing is left to do."""
        summary = self._folder / "runs" / self._run_id / "summary.json"
        if not summary.is_file():
            return False
        told = json.loads(summary.read_text(encoding="utf-8"))
        return bool(told["state"] == "finished")

    async def _check_nothing_was_sent(self) -> None:
        """Check that a run which cannot be resumed has not sent anything."""
        if (await self._calls()).get("POST", 0):
            self._surprise("a run that had sent something could not be resumed")

    def _surprise(self, text: str) -> None:
        self._tally.surprises.append(text)
        self._tell(text)
