"""What must not be deleted, claimed or overlooked, and a bad item before a good one.

Whole runs against the sandbox in this process; what other people do at the server is
done to the sandbox's store.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from importer import api, journal, settings
from importer.errors import StorageError
from importer.execution.turns import BATCH
from importer.exit_codes import Exit
from importer.models import Code, Outcome, Status
from importer.runs import look_back, other_runs
from importer.runs.folders import RunFolder
from importer.runs.session import Session
from importer.runs.undo import Undone
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from importer.api.results import RunResult
    from importer.models import ReportLine
    from importer.runs.audit import Audited
    from importer.runs.undo import Result
    from importer.sandbox import Sandbox

HERE = "Z4Bxl8J4SaPEPLq9IQ8g"
THERE = "6578278e879ad2646715ba9c"
TOKEN = "pit-left-alone-0123456789"  # noqa: S105 - made up
PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@dataclass
class Shop:
    """A sandbox, a folder of runs, and the settings that lead to both."""

    box: Sandbox
    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.box.url,
            "token": TOKEN,
            "runs_dir": self.folder / "runs",
            "settle_pauses": "0.02,0.05",
            "rate": "none",
            "attempts": 2,
        }

    async def run(self, rows: Sequence[str], **more: Any) -> RunResult:
        """A run of these slugs; `location/slug` puts one elsewhere."""
        run_id = more.pop("run_id", "mine")
        path = self.folder / f"{run_id}.csv"
        lines = ["location_id,name,slug"]
        for row in rows:
            location, _, slug = row.rpartition("/")
            lines.append(f"{location or HERE},Name {slug},{slug}")
        path.write_text("\n".join(lines), encoding="utf-8")
        ran = api.run(path, run_id=run_id, **self.settings | more)
        return await asyncio.wait_for(ran, PATIENCE_SECONDS)

    async def audit(self, *, repair: bool = False) -> Audited:
        async with self._look_back() as session:
            return await look_back.audit(session, repair=repair)

    async def undo(self) -> Result:
        async with self._look_back() as session:
            return await look_back.undo(session, unseen_products=True)

    @asynccontextmanager
    async def _look_back(self) -> AsyncIterator[Session]:
        chosen = settings.load(self.settings)
        async with Session.take_up(chosen, self.run_folder) as session:
            yield session

    @property
    def run_folder(self) -> RunFolder:
        return RunFolder(self.folder / "runs", "mine")

    def leave(self, *outcomes: Outcome, run_id: str = "mine") -> None:
        """Write into a run's journal what a run would have left there."""
        book = journal.open(RunFolder(self.folder / "runs", run_id).journal)
        for outcome in outcomes:
            book.delivery.record(outcome)
        book.close()

    def lines(self) -> dict[str, ReportLine]:
        """The rows by slug, as the journal has them."""
        book = journal.open(self.run_folder.journal)
        try:
            return {line.slug: line for line in book.history.lines()}
        finally:
            book.close()

    def put(self, slug: str, name: str = "", location: str = HERE) -> str:
        """Somebody creates a collection; its id."""
        fields = {"name": name or f"Name {slug}", "slug": slug}
        return self.box.store.create(location, fields, now=self.box.clock()).id

    def take(self, *slugs: str) -> None:
        """Somebody removes these collections."""
        for slug in slugs:
            for made in self.held()[slug]:
                self.box.store.remove(HERE, made)

    def held(self, location: str = HERE) -> dict[str, list[str]]:
        """What is there: ids by slug."""
        ids: dict[str, list[str]] = {}
        for one in self.box.truth(location)["locations"][location]["collections"]:
            ids.setdefault(one["slug"], []).append(one["_id"])
        return ids


@asynccontextmanager
async def shop(folder: Path, **box: Any) -> AsyncIterator[Shop]:
    async with running(Options(**{"limit": Limit(5000, 1.0)} | box)) as sandbox:
        yield Shop(sandbox, folder)


async def until(true: Callable[[], bool]) -> None:
    """Return when it is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - another part of the program is waited for
            await asyncio.sleep(0.005)


# a repair


@pytest.mark.parametrize("copies", [1, 2])
def test_a_repair_deletes_no_copy_that_somebody_else_may_have_made(
    tmp_path: Path, copies: int
) -> None:
    """More copies than requests: which of them are the run's, nothing tells."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"a": ["reset_after"]}) as here:
            await here.run(["a", "b"])
            assert here.lines()["a"].code == Code.SETTLED_BY_LISTING
            for _ in range(copies):
                here.put("a")
            held = here.held()
            found = await here.audit(repair=True)
            assert found.removed == 0
            assert here.held() == held

    asyncio.run(go())


def test_a_repair_deletes_nothing_in_place_of_what_is_missing(tmp_path: Path) -> None:
    """Somebody removed the row's collection and made it anew by hand."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
            here.take("a")
            by_hand = here.put("a")
            found = await here.audit(repair=True)
            assert found.removed == 0
            assert here.held()["a"] == [by_hand]

    asyncio.run(go())


# a bad item before a good one


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED, Status.EXISTING])
def test_an_audit_looks_at_the_rows_after_one_that_made_nothing(
    tmp_path: Path, status: Status
) -> None:
    """A row without a finding is no end of the location."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b", "c", "d"])
            (old,) = here.held()["a"]
            found = old if status is Status.EXISTING else ""
            here.leave(Outcome(0, status, found, attempts=1, finished_at=1.0))
            if status is not Status.EXISTING:
                here.take("a")
            here.take("b", "d")
            audited = await here.audit()
            assert audited.findings == {Code.MISSING_AT_SERVER: 2}
            missing = [
                slug
                for slug, line in here.lines().items()
                if line.code == Code.MISSING_AT_SERVER
            ]
            assert missing == ["b", "d"]

    asyncio.run(go())


@pytest.mark.parametrize(
    "damage", [b"", b"no journal", b"SQLite format 3\0" + b"x" * 99]
)
def test_what_other_runs_made_is_known_beside_a_journal_that_cannot_be_read(
    tmp_path: Path, damage: bytes
) -> None:
    """Whether its name comes before theirs, after, or between."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a"], run_id="b")
            await here.run(["c"], run_id="d")
            ids = {made for (made,) in here.held().values()}
            for name in ("a", "c", "e"):
                folder = tmp_path / "runs" / name
                folder.mkdir()
                (folder / "journal.db").write_bytes(damage)
            mine = RunFolder(tmp_path / "runs", "mine")
            assert other_runs.made_by_others(mine, ids) == ids

    asyncio.run(go())


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="Linux tells it")  # noqa: PTH112 - of a mark
def test_the_journals_of_other_runs_are_closed_again(tmp_path: Path) -> None:
    """Years of runs must not leave a file open for each."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a"], run_id="b")
            await here.run(["c"], run_id="d")
            ids = {made for (made,) in here.held().values()}
            mine = RunFolder(tmp_path / "runs", "mine")
            assert other_runs.made_by_others(mine, ids) == ids
            assert not [name for name in open_files() if name.startswith(str(tmp_path))]
            here.take("a")
            here.put("a", name="Another")
            ran = await here.run(["a"], on_existing="update")
            assert ran.summary.counts["updated"] == 1
            assert not [name for name in open_files() if name.startswith(str(tmp_path))]

    asyncio.run(go())


def open_files() -> list[str]:
    """The files that this process has open."""
    found = []
    for handle in os.listdir("/proc/self/fd"):  # noqa: PTH208 - handles, not paths
        with suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{handle}"))  # noqa: PTH115
    return found


def test_a_recent_run_is_asked_although_an_older_one_comes_first(
    tmp_path: Path,
) -> None:
    """Runs are looked through by name, and age is each one's own."""

    async def go() -> None:
        async with shop(tmp_path, list_lag_seconds=60.0) as here:
            await here.run(["old"], run_id="a")
            long_ago = time.time() - 1e6
            for path in (tmp_path / "runs" / "a").iterdir():
                os.utime(path, (long_ago, long_ago))
            async with shop(tmp_path) as another:
                await another.run(["x"], run_id="b")
            await here.run(["new"], run_id="c")
            last = await here.run(["new"], run_id="d")
            (line,) = last.lines()
            assert line.status is Status.EXISTING
            assert len(here.held()["new"]) == 1

    asyncio.run(go())


# before the first row


@pytest.mark.parametrize("count", [1, 101])
def test_what_a_location_holds_is_on_the_disk_before_its_first_row_is_sent(
    tmp_path: Path, count: int
) -> None:
    """After a kill, what was there is never taken for the run's own."""

    async def go() -> None:
        async with shop(tmp_path, latency_seconds=0.2) as here:
            mine = {here.put(f"old-{number}") for number in range(count)}
            theirs = {here.put("old", location=THERE)}
            running_now = asyncio.create_task(
                here.run(["a", f"{THERE}/a", "old-0", f"{THERE}/old"])
            )
            await until(lambda: here.box.truth()["by_method"].get("POST", 0) > 0)
            with closing(sqlite3.connect(here.run_folder.journal)) as disk:
                stored = disk.execute('SELECT location_id, collection_id FROM "before"')
                found = set(stored)
            assert found == {(HERE, one) for one in mine} | {
                (THERE, one) for one in theirs
            }
            await running_now
            book = journal.open(here.run_folder.journal)
            assert book.delivery.before(HERE) == mine
            assert book.delivery.before(THERE) == theirs
            book.close()

    asyncio.run(go())


# more than one batch


def test_a_disk_that_is_full_while_locations_are_compared_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are compared side by side; what is wrong with one ends the run plainly."""

    def full(*_: object) -> None:
        msg = "The disk is full."
        raise StorageError(msg)

    async def go() -> None:
        async with shop(tmp_path) as here:
            monkeypatch.setattr("importer.journal.planned.Planned.add_before", full)
            with pytest.raises(StorageError, match="full"):
                await here.run(["a", f"{THERE}/b"])
            assert here.held() == here.held(THERE) == {}

    asyncio.run(go())


@pytest.mark.parametrize("batches", [2, 3])
def test_a_location_that_is_refused_with_batches_unread_ends(
    tmp_path: Path, batches: int
) -> None:
    """Its rows are not attempted, the other location's are created; nothing hangs."""
    count = batches * BATCH + 7

    async def go() -> None:
        refused = [f"{THERE}/s{number}" for number in range(count)]
        faults = {"s0": ["expired_token"] * 9}
        async with shop(tmp_path, fault_for=faults) as here:
            result = await here.run([*refused, "a", "b"], concurrency=4)
            assert result.summary.exit_code == Exit.ACCESS
            lines = list(result.lines())
            assert [one.status for one in lines[-2:]] == [Status.CREATED] * 2
            ended = {one.status for one in lines[:-2]}
            assert ended <= {Status.NOT_ATTEMPTED, Status.CREATED}
            left = [one for one in lines if one.status is Status.NOT_ATTEMPTED]
            assert len(left) > count - BATCH
            made = {one.slug for one in lines[:-2] if one.status is Status.CREATED}
            assert set(here.held(THERE)) == made

    asyncio.run(go())


# an undo


def undo_states(here: Shop) -> dict[int, str]:
    with closing(sqlite3.connect(here.run_folder.journal)) as disk:
        return dict(disk.execute("SELECT seq, state FROM undone"))


def test_a_deletion_is_on_the_disk_before_it_leaves(tmp_path: Path) -> None:
    """After a kill the collection may be gone, and the next run must not trust it."""

    async def go() -> None:
        async with shop(tmp_path, latency_seconds=0.3) as here:
            await here.run(["a", "b"])
            undoing = asyncio.create_task(here.undo())
            await until(lambda: here.box.truth()["by_method"].get("DELETE", 0) > 0)
            assert set(undo_states(here).values()) == {Undone.DELETING}
            undoing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await undoing

    asyncio.run(go())


@pytest.mark.parametrize("fault", ["expired_token", "edge_block", "error_before"])
def test_a_deletion_that_is_refused_is_told_and_ends_nothing_else(
    tmp_path: Path, fault: str
) -> None:
    """The location was listed, and then one deletion is refused: the rest goes on."""

    async def go() -> None:
        async with shop(tmp_path, seed=3) as here:
            await here.run([*"abcdefgh", f"{THERE}/z"])
            here.box.faults.set_rates({fault: 0.7})
            first = await here.undo()
            assert set(first.counts) == {Undone.FAILED, Undone.DELETED}
            assert sum(first.counts.values()) == 9
            left = len(here.held()) + len(here.held(THERE))
            assert first.counts[Undone.FAILED] == left
            assert first.failed == {}
            here.box.faults.set_rates({})
            assert (await here.undo()).counts == {Undone.DELETED: left}
            assert here.held() == here.held(THERE) == {}

    asyncio.run(go())
