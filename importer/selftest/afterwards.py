"""After a trial with a nature: the next run, an audit, an undo, and what must be true.

`Aftermath` starts the commands that a user would give after a run that has finished,
and keeps their exit codes; the functions judge, purely, like `verdict`. Invariants: an
exit code that no user should see after such a run is a surprise; a next run of the same
input creates nothing that was there; an audit calls nothing created that people had
removed; an undo leaves what people have added something to, and nothing else of the
run.
"""

from __future__ import annotations

import asyncio
import csv
from typing import TYPE_CHECKING, Any

from importer.exit_codes import Exit
from importer.selftest import processes, verdict
from importer.selftest.scene import AFTERMATH_SECONDS, SLOW_COMMIT_SECONDS, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from importer.selftest.natures import Profile
    from importer.selftest.people import Crowd, People
    from importer.selftest.processes import Sandbox
    from importer.selftest.scene import Line, Scene
    from importer.selftest.verdict import Figures, Held, Rules


def next_run(
    scene: Scene,
    report: Sequence[Mapping[str, str]],
    before: Held,
    after: Held,
    rules: Rules,
    figures: Figures,
) -> None:
    """Judge a new run of the same input by what was held before and after it."""
    earlier = {collection_id for ids in before.own.values() for collection_id in ids}
    for key, ids in after.own.items():
        new = [collection_id for collection_id in ids if collection_id not in earlier]
        if new and (key not in scene.keys or before.ids(key)):
            figures.note("duplicates", f"{key}: made again by the next run: {new}")
    verdict.check_lines(scene, report, after, rules, figures, _lie_at_the_next_run)


def _lie_at_the_next_run(
    line: Line, told: Mapping[str, str], there: Held, rules: Rules
) -> bool:
    """Return whether a line of the next run is untrue.

    What is there already is existing for it.
    """
    status, collection_id = told["status"], told["collection_id"]
    held = there.ids(line.key)
    match line.kind, status:
        case ((Kind.INVALID | Kind.DUPLICATE), _):
            return status != line.kind.value
        case _, "existing" if collection_id in there.removed.get(line.key, ()):
            # not seen in the list, but made a moment ago: the reason must be said
            return not (told["code"] or told["message"])
        case _, "existing" | "created":
            return not verdict.is_one_of(collection_id, held, rules)
        case Kind.REFUSED, "rejected":
            return bool(held)
        case _, "rejected":
            return not (rules.conflicts and told["http_status"] == verdict.CONFLICT)
        case _:
            return not (rules.may_stay_unknown and status in verdict.OPEN)


def audit(
    scene: Scene,
    report: Sequence[Mapping[str, str]],
    held: Held,
    rules: Rules,
    figures: Figures,
) -> None:
    """Judge the report of the run, as an audit has corrected it."""
    verdict.check_lines(scene, report, held, rules, figures)
    for line, told in zip(scene.lines, report, strict=False):
        gone = told["collection_id"] in held.removed.get(line.key, ())
        if told["status"] == "created" and gone and told["code"] != verdict.MISSING:
            text = f"row {told['row']} ({line.key[1]}): created, but it was removed"
            figures.note("wrong", text)


def undo(
    people: People, before: Held, after: Held, own: Held, figures: Figures
) -> None:
    """Judge what an undo of the run has left, and what it has taken.

    Args:
        people: what they did.
        before: what was held before the undo.
        after: what is held after it.
        own: what the run that is undone had made, of what was held before.
        figures: where mistakes are counted.
    """
    of_the_run = {item for ids in own.own.values() for item in ids}
    for collection_id in sorted(of_the_run - people.enriched.keys()):
        if collection_id in after.by_id:
            figures.note("wrong", f"the undo has left {collection_id}")
    for collection_id in before.by_id.keys() - of_the_run - people.seeded.keys():
        if collection_id not in after.by_id:
            figures.note("touched", f"the undo removed {collection_id}, of another run")
    verdict.check_others(after, people.seeded | people.enriched, figures)


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
        await self._give("audit", processes.audit(run_id))
        truth = await self._server.truth()
        of_the_run = verdict.held(truth, first_call)
        report = report_of(self._folder, run_id)
        audit(self._scene, report, of_the_run, rules, fig)
        verdict.check_others(verdict.held(truth), people.seeded, fig)
        if self._profile.people is not None:
            await self._give("undo", processes.undo(run_id))
            gone = verdict.held(await self._settled())
            undo(people, verdict.held(truth), gone, of_the_run, fig)

    async def _run_again(
        self, input_name: str, run_id: str, place: tuple[str, ...], figures: Figures
    ) -> None:
        """Run the input again, which must create nothing that is there."""
        before = verdict.held(await self._server.truth())
        begin = processes.begin(self._server.url, run_id, input_name)
        resume = processes.resume(run_id)
        await self._give(f"run {run_id}", (*begin, *place), (*resume, *place))
        after = verdict.held(await self._settled())
        report = report_of(self._folder, run_id, place[-1] if place else RUNS)
        rules = self._profile.rules
        next_run(self._scene, report, before, after, rules, figures)

    async def _settled(self) -> dict[str, Any]:
        """Return the truth when nothing that was sent can still be carried out."""
        await asyncio.sleep(SLOW_COMMIT_SECONDS)
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
            async with asyncio.timeout(AFTERMATH_SECONDS):
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
