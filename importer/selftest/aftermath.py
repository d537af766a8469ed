"""The aftermath of a trial with a nature: the next run, an audit, an undo.

It starts the commands that a user would give after a run that has finished, keeps
their exit codes and lets `afterwards` judge each. Invariant: an exit code that no
user should see after such a run is a surprise.
"""

from __future__ import annotations

import asyncio
import csv
from typing import TYPE_CHECKING, Any

from importer.exit_codes import Exit
from importer.selftest import afterwards, options, processes, verdict, ways

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.selftest.afterwards import People
    from importer.selftest.natures import Profile
    from importer.selftest.people import Crowd
    from importer.selftest.processes import Sandbox
    from importer.selftest.scene import Scene
    from importer.selftest.verdict import Figures

#: The id of the next run of the same input.
AGAIN = "again"
#: Where the program keeps its runs unless it is told otherwise.
RUNS = "runs"
#: The folder of runs that knows nothing of the others, and the run in it.
ELSEWHERE = "elsewhere"
#: How often a command is given again that an accident has ended.
TRIES = 5
#: The ends of a command that has done what it could.
ENDS = (Exit.OK, Exit.PROBLEMS)


class Aftermath:
    """What comes after the run of one trial."""

    def __init__(
        self,
        profile: Profile,
        scene: Scene,
        folder: Path,
        server: Sandbox,
        surprise: Callable[[str], None],
    ) -> None:
        """Begin with nothing; `exits` gets the exit code of each command."""
        self._profile = profile
        self._scene = scene
        self._folder = folder
        self._server = server
        self._surprise = surprise
        self.exits: dict[str, int] = {}

    async def follow(
        self, run_id: str, input_name: str, crowd: Crowd, people: People, fig: Figures
    ) -> None:
        """Give the commands one after the other, and count what is wrong."""
        await crowd.afterwards()
        rules = self._profile.rules
        truth = await self._server.truth()
        first_call = truth["calls"]
        await self._run_again(input_name, AGAIN, (), fig)
        if not self._profile.needs_memory:
            elsewhere = ("--runs-dir", ELSEWHERE)
            await self._run_again(input_name, ELSEWHERE, elsewhere, fig)
        await self._give("audit", ways.audit(run_id))
        truth = await self._server.truth()
        of_the_run = verdict.held(truth, first_call)
        report = report_of(self._folder, run_id)
        afterwards.audit(self._scene, report, of_the_run, rules, fig)
        verdict.check_others(verdict.held(truth), people.seeded, fig)
        if self._profile.people is not None:
            await self._give("undo", ways.undo(run_id))
            gone = verdict.held(await self._settled())
            afterwards.undo(people, verdict.held(truth), gone, of_the_run, fig)

    async def _run_again(
        self, input_name: str, run_id: str, place: tuple[str, ...], figures: Figures
    ) -> None:
        """Run the input again, which must create nothing that is there."""
        before = verdict.held(await self._server.truth())
        begin = ways.begin(self._server.url, run_id, input_name)
        resume = ways.resume(run_id)
        await self._give(f"run {run_id}", (*begin, *place), (*resume, *place))
        after = verdict.held(await self._settled())
        report = report_of(self._folder, run_id, place[-1] if place else RUNS)
        rules = self._profile.rules
        afterwards.next_run(self._scene, report, before, after, rules, figures)

    async def _settled(self) -> dict[str, Any]:
        """Return the truth when nothing that was sent can still be carried out."""
        await asyncio.sleep(options.SLOW_COMMIT_SECONDS)
        return await self._server.truth()

    async def _give(
        self, name: str, command: tuple[str, ...], then: tuple[str, ...] = ()
    ) -> None:
        """Give a command; again, or what comes then, where an accident has ended it."""
        code = await self._once(command)
        for _ in range(TRIES):
            if code in (*ENDS, Exit.UNKNOWN_ROWS):
                break
            code = await self._once(then or command)
        self.exits[name] = code
        if not self.may_end(code):
            self._surprise(f"{name} ended with exit code {code}")

    async def _once(self, command: tuple[str, ...]) -> int:
        output = self._folder / "output.txt"
        running = processes.running("importer", command, self._folder, output)
        async with running as process:
            async with asyncio.timeout(options.AFTERMATH_SECONDS):
                return await process.wait()

    def may_end(self, code: int) -> bool:
        """Return whether a command may end so."""
        open_rows = code == Exit.UNKNOWN_ROWS and self._profile.rules.may_stay_unknown
        return code in ENDS or open_rows


def report_of(folder: Path, run_id: str, runs: str = RUNS) -> list[dict[str, str]]:
    """Read the lines of a run's report; none where there is no report."""
    path = folder / runs / run_id / "report.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
