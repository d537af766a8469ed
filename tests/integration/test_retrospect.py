"""An audit and an undo whose locations other processes look at.

Against a real PostgreSQL and the sandbox; this process carries out the shards, too.
What they come to is compared with what one process comes to alone.
"""

from __future__ import annotations

import asyncio
import csv
import math
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sharded import PLACES, TOKEN, InParts, parts, reading, sandboxed

from importer import settings
from importer.api import look_back
from importer.api.hooks import Hooks
from importer.errors import LocationHeldError, Paused, StorageError
from importer.models import State
from importer.runs import folders, undo, workplace
from importer.runs.shard_work import carry_out

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from importer.api.look_back import AuditResult, UndoResult
    from importer.models import Summary
    from importer.runs.session import Session
    from importer.runs.shards import Runner, Shard, ShardResult
    from importer.sandbox import Sandbox

A, B, C = PLACES[:3]


class Twice(InParts):
    """Does everything twice, as if the first process were killed before it answers."""

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        await super().run(whole, rows)
        return await super().run(whole, rows)


class Upsetting(InParts):
    """Has something happen between the sending of locations and their audit."""

    def __init__(self, session: Session, upset: Callable[[], None]) -> None:
        super().__init__(session)
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self._upset = upset

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        self.asked.append((whole.work, whole.locations))
        if whole.work == "audit":
            assert whole.how.sent_from == self._session.sent_from is not None
            self._upset()
        return await super().run(whole, rows)


class Gone(InParts):
    """Comes to nothing, as where the scheduler stays away."""

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        (found, *_) = await super().run(whole, rows)
        away = StorageError("It is gone.", remedy="Then go on with: importer resume")
        return [replace(found, stopped=away)]


class Pausing(InParts):
    """Has the run paused as soon as something was deleted."""

    sandbox: Sandbox

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        work = asyncio.ensure_future(super().run(whole, rows))
        while not (work.done() or self.sandbox.truth()["by_method"].get("DELETE")):  # noqa: ASYNC110 - it tells none
            await asyncio.sleep(0.01)
        if not work.done():
            self._session.settings.home.ask_pause("run")
        return await work


class By(Hooks[Any, Any]):
    """Has the work done by a runner; None: by this process."""

    def __init__(self, kind: type[InParts] | None = InParts) -> None:
        self._kind = kind
        self.results: list[Any] = []

    def ended(self, session: Session, result: Any) -> None:
        del session
        self.results.append(result)

    def runner(self, session: Session) -> Runner | None:
        return None if self._kind is None else self._kind(session)


class Shop:
    """A run that was sent, and those who look back at it."""

    def __init__(self, sandbox: Sandbox, folder: Path, database: str) -> None:
        self.box = sandbox
        self._folder, self._database = folder, database
        self.settings = settings.load(
            {
                "base_url": sandbox.url,
                "token": TOKEN,
                "runs_dir": folder / "runs",
                "journal": database,
                "settle_pauses": "0.02,0.05",
            },
            environment=False,
        )

    async def send(self, rows: Mapping[str, int], **more: Any) -> None:
        usual = (self.box, self._folder, self._database, rows)
        async with reading(*usual, **more) as session:
            for shard in parts(session, list(rows)):
                assert (await carry_out(shard, session.settings)).stopped is None
            session.delivering = True
            session.report()

    async def audit(self, by: By, *, repair: bool = False) -> AuditResult:
        return await look_back.audit("run", self.settings, by, repair=repair)

    async def undo(self, by: By, **how: Any) -> UndoResult:
        usual = {"dry_run": False, "unseen_products": True}
        return await look_back.undo("run", self.settings, by, **usual | how)

    def ids(self, location: str) -> dict[str, str]:
        held = self.box.truth(location)["locations"][location]["collections"]
        return {one["slug"]: one["_id"] for one in held}

    def state(self) -> str:
        home = self.settings.home
        opened = folders.opened(folders.RunFolder(home.folder, "run", home))
        try:
            return str(opened.noted()["state"])
        finally:
            opened.close()

    def copy(self, location: str, slug: str) -> None:
        """Have a request carried out a second time, at the same moment."""
        found = self.box.store.find(location, self.ids(location)[slug])
        assert found is not None
        made = {key: text for key, text in found.fields.items() if key != "_id"}
        self.box.store.create(location, made, now=found.created_at)

    def change(self, location: str, slug: str) -> None:
        found = self.box.store.find(location, self.ids(location)[slug])
        assert found is not None
        self.box.store.replace(location, found, {**found.fields, "name": "Better"})


def looked_back(work: Callable[[Sandbox], Awaitable[None]], **box: Any) -> None:
    """Do something beside a sandbox; shards leave nothing open in its loop."""

    async def closing(sandbox: Sandbox) -> None:
        try:
            await work(sandbox)
        finally:
            await workplace.close()

    sandboxed(closing, **box)


def told(result: UndoResult) -> set[tuple[str, str, str]]:
    return {(row.slug, str(state), text) for row, state, text in result.lines}


def test_shards_find_and_delete_what_one_process_does(
    database: str, tmp_path: Path
) -> None:
    """Findings, figures, lines and files are those of a process that works alone."""

    async def work(sandbox: Sandbox) -> None:
        here, shards, alone = Shop(sandbox, tmp_path, database), By(), By(None)
        await here.send({A: 3, B: 2, C: 1})
        sandbox.store.remove(A, here.ids(A)["s000-0"])
        here.change(B, "s001-1")
        found = [await here.audit(by) for by in (alone, shards)]
        assert [(one.locations, dict(one.findings)) for one in found] == [
            (3, {"missing_at_server": 1})
        ] * 2
        assert found[1].summary.calls.made > found[0].summary.calls.made
        seen = [await here.undo(by, dry_run=True) for by in (alone, shards)]
        assert told(seen[0]) == told(seen[1])
        assert seen[0].foreseen == seen[1].foreseen
        assert seen[1].counts == {"would_delete": 4, "gone": 1, "changed": 1}
        some = await here.undo(shards, locations=[A])
        assert some.counts == {"deleted": 2, "gone": 1}
        assert here.state() == State.FINISHED
        rest = await here.undo(shards)
        assert (rest.counts, rest.earlier) == (
            {"gone": 1, "deleted": 2, "changed": 1},
            2,
        )
        assert here.ids(A) == here.ids(C) == {}
        assert list(here.ids(B)) == ["s001-1"]
        assert here.state() == State.UNDONE
        with (tmp_path / "runs/run/undo.csv").open(newline="") as stream:
            lines = {line["slug"]: line["undo"] for line in csv.DictReader(stream)}
        assert len(lines) == 6
        assert (await here.audit(shards)).undone == 4

    looked_back(work)


def test_what_a_lost_process_has_deleted_is_told_as_deleted(
    database: str, tmp_path: Path
) -> None:
    """The journal knows it, although its result never came; findings count once.

    So it does of the copies that a repair has removed.
    """

    async def work(sandbox: Sandbox) -> None:
        here = Shop(sandbox, tmp_path, database)
        await here.send({A: 3, B: 2})
        sandbox.store.remove(A, here.ids(A)["s000-0"])
        here.copy(B, "s001-1")
        found = await here.audit(By(Twice), repair=True)
        assert found.findings == {"missing_at_server": 1, "surplus_removed": 1}
        assert found.removed == 1
        assert len(sandbox.store.location(B).collections) == 2
        undone = await here.undo(By(Twice))
        assert undone.counts == {"deleted": 4, "gone": 1}
        assert undone.earlier == 0
        assert (await here.undo(By())).earlier == 4

    # it was sent twice, and had no answer at first
    looked_back(work, fault_for={"s001-1": ("error_before",)})


@pytest.mark.slow
def test_a_pause_ends_an_undo_of_shards_and_the_same_command_goes_on(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was deleted up to then is told; nothing is left in the end."""
    monkeypatch.setattr(undo, "DELETIONS_AT_ONCE", 1)

    async def work(sandbox: Sandbox) -> None:
        here = Shop(sandbox, tmp_path, database)
        await here.send({A: 40, B: 40}, concurrency=16)
        Pausing.sandbox = sandbox
        hooks = By(Pausing)
        with pytest.raises(Paused, match="paused"):
            await here.undo(hooks)
        monkeypatch.undo()
        assert 0 < hooks.results[0].counts["deleted"] < 80
        rest = await here.undo(By())
        assert rest.counts["deleted"] + rest.earlier == 80
        assert here.ids(A) == here.ids(B) == {}

    # forty deletions after each other take longer than a shard asks about a pause
    looked_back(work, latency_seconds=0.15)


def test_what_another_run_works_on_is_not_looked_at(
    database: str, tmp_path: Path
) -> None:
    """It is refused before anything is read or deleted."""

    async def work(sandbox: Sandbox) -> None:
        here = Shop(sandbox, tmp_path, database)
        await here.send({A: 1, B: 1})
        claims = here.settings.home.claims
        with (
            claims.claim("other", [B], server=sandbox.url),
            pytest.raises(LocationHeldError, match="Run other"),
        ):
            await here.audit(By())

    looked_back(work)


def test_what_ends_a_look_back_names_no_resume(database: str, tmp_path: Path) -> None:
    """That would send what is left of the run; an undo is given again."""

    async def work(sandbox: Sandbox) -> None:
        here = Shop(sandbox, tmp_path, database)
        await here.send({A: 1})
        with pytest.raises(StorageError, match="gone") as ended:
            await here.undo(By(Gone))
        assert ended.value.remedy == "Then go on with: the same command"
        assert len(here.ids(A)) == 1

    looked_back(work)


async def ended(session: Session, runner: Upsetting | None) -> Summary:
    """Send and audit by shards, or by this process."""
    await session.compare(runner, foreseen=False)
    await session.deliver(runner)
    await session.audit()
    return session.report(page=False)


#: Settings of a run that is audited, and its canary first.
AUDITED: dict[str, Any] = {"audit": True, "canary": "1", "settle_pauses": "0.01,0.02"}


def test_the_end_of_a_run_and_its_canary_are_looked_at_by_shards(
    database: str, tmp_path: Path
) -> None:
    """What is missing is found, and the books are those of a process that is alone."""
    # a limit of errors that what the audit finds would reach ends no audit
    usual = AUDITED | {"max_errors": "1"}

    async def work(sandbox: Sandbox) -> None:
        def lose() -> None:
            held = sandbox.store.location(B).listed(math.inf)
            if held:
                sandbox.store.remove(B, held[0].id)

        async with reading(
            sandbox, tmp_path, database, {A: 1, B: 2, C: 1}, **usual
        ) as session:
            runner = Upsetting(session, lose)
            summary = await ended(session, runner)
            assert runner.asked == [
                ("send", (A,)),
                ("audit", (A,)),
                ("send", (B, C)),
                ("audit", (A, B, C)),
            ]
            assert (summary.audited, summary.exit_code) == (4, 3)
            codes = [line.code for line in session.journal.history.lines()]
            assert codes.count("missing_at_server") == 1
            made = sum(sandbox.truth()["by_method"].values())
            assert summary.calls.made == made
            assert session.unaudited == []

    looked_back(work)


def test_what_another_run_has_taken_over_is_audited_later(
    database: str, tmp_path: Path
) -> None:
    """The end of a run owes it; a canary is not complete, and no other is sent to."""

    async def work(sandbox: Sandbox) -> None:
        with ExitStack() as stack:

            async def tried(run_id: str, place: str, **more: Any) -> Any:
                usual = (sandbox, tmp_path, database, {place: 1, C: 1}, run_id)
                async with reading(*usual, **AUDITED | more) as session:
                    claims = session.settings.home.claims

                    def taken() -> None:
                        other = claims.claim("other", [place], server=sandbox.url)
                        stack.enter_context(other)

                    runner = Upsetting(session, taken)
                    summary = await ended(session, runner)
                    return summary, session

            summary, session = await tried("first", A)
            assert isinstance(session.stopped, LocationHeldError)
            assert "The canary is not complete. Nothing was sent to the other" in str(
                session.stopped
            )
            assert summary.exit_code == session.stopped.exit_code
            assert summary.counts["not_attempted"] == 1
            stack.close()
            summary, session = await tried("second", B, canary=None)
            assert (session.unaudited, summary.exit_code) == ([B], 0)
            assert summary.audited == 1

    looked_back(work)
