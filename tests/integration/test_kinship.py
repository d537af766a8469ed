"""Many runs, one truth: what other runs did is known, whoever comes first.

Whole runs against the sandbox in this process; where a run must have been killed,
its journal is written as the kill would have left it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from importer import api, journal
from importer.errors import JournalDamaged
from importer.exit_codes import Exit
from importer.models import Outcome, Status
from importer.runs import inventory, other_runs
from importer.runs.folders import RunFolder
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from importer.api.results import RunResult
    from importer.sandbox import Sandbox

HERE = "Z4Bxl8J4SaPEPLq9IQ8g"
THERE = "6578278e879ad2646715ba9c"
TOKEN = "pit-kinship-0123456789"  # noqa: S105 - made up
#: Settings that end a run after its first bad row.
STOPPING: dict[str, Any] = {"max_errors": "1", "concurrency": 1}
#: Longer than any test lasts.
LAG_SECONDS = 60.0


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
        }

    async def run(self, run_id: str, rows: Sequence[str], **more: Any) -> RunResult:
        """A run of these slugs; `location/slug` puts one elsewhere."""
        path = self.folder / f"{run_id}.csv"
        lines = ["location_id,name,slug"]
        for row in rows:
            location, _, slug = row.rpartition("/")
            lines.append(f"{location or HERE},Name {slug},{slug}")
        path.write_text("\n".join(lines), encoding="utf-8")
        return await api.run(path, run_id=run_id, **self.settings | more)

    async def resume(self, run_id: str, **more: Any) -> RunResult:
        result = await api.resume(run_id, **self.settings | more)
        assert result is not None
        return result

    def leave(self, run_id: str, *outcomes: Outcome) -> None:
        """Write into a run's journal what a kill would have left there."""
        book = journal.open(RunFolder(self.folder / "runs", run_id).journal)
        for outcome in outcomes:
            book.delivery.record(outcome)
        book.close()

    def put(
        self, slug: str, name: str = "", location: str = HERE, lag: float = 0
    ) -> str:
        """Somebody creates a collection; its id."""
        fields = {"name": name or f"Name {slug}", "slug": slug}
        now = self.box.clock()
        return self.box.store.create(location, fields, now=now, lag_seconds=lag).id

    def held(self, location: str = HERE) -> dict[str, list[str]]:
        """What is there: ids by slug."""
        ids: dict[str, list[str]] = {}
        for one in self.box.truth(location)["locations"][location]["collections"]:
            ids.setdefault(one["slug"], []).append(one["_id"])
        return ids

    @property
    def creates(self) -> int:
        return int(self.box.truth()["by_method"].get("POST", 0))


@asynccontextmanager
async def shop(folder: Path, **box: Any) -> AsyncIterator[Shop]:
    async with running(Options(**{"limit": Limit(1000, 1.0)} | box)) as sandbox:
        yield Shop(sandbox, folder)


def statuses(result: RunResult) -> list[Status]:
    return [line.status for line in result.lines()]


def codes(result: RunResult) -> list[str]:
    return [line.code for line in result.lines()]


# one run right after another


def test_a_run_right_after_another_creates_nothing_twice(tmp_path: Path) -> None:
    """The list does not show yet what the first one made; its journal does."""

    async def go() -> None:
        async with shop(tmp_path, list_lag_seconds=LAG_SECONDS) as here:
            await here.run("first", ["a", "b"])
            second = await here.run("second", ["b", "c"])
            assert statuses(second) == [Status.EXISTING, Status.CREATED]
            assert {slug: len(ids) for slug, ids in here.held().items()} == {
                "a": 1,
                "b": 1,
                "c": 1,
            }
            (there, _) = second.lines()
            assert [there.collection_id] == here.held()["b"]

    asyncio.run(go())


def test_the_same_slug_in_another_location_is_another_collection(
    tmp_path: Path,
) -> None:
    """What a run made in one location says nothing of the other."""

    async def go() -> None:
        async with shop(tmp_path, list_lag_seconds=LAG_SECONDS) as here:
            await here.run("first", ["a"])
            second = await here.run("second", [f"{THERE}/a", "a"])
            assert statuses(second) == [Status.CREATED, Status.EXISTING]
            assert len(here.held(HERE)["a"]) == len(here.held(THERE)["a"]) == 1

    asyncio.run(go())


def test_what_a_killed_run_may_have_made_is_looked_for_before_it_is_sent(
    tmp_path: Path,
) -> None:
    """It shows after a moment; it exists then, and was not created by this run."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run("first", ["a", "b"])
            here.leave("first", Outcome(0, Status.SENDING, attempts=1))
            (made,) = here.held()["a"]
            here.box.store.remove(HERE, made)
            late = here.put("a", lag=0.6)
            second = await here.run("second", ["a"], settle_pauses="0.7")
            (line,) = second.lines()
            assert (line.status, line.code) == (Status.EXISTING, "made_by_others")
            assert line.collection_id == late
            assert here.creates == 2

    asyncio.run(go())


def test_what_a_killed_run_did_not_make_is_created_after_the_looks(
    tmp_path: Path,
) -> None:
    """The killed run finds it when it is resumed, and does not call it its own."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run("first", ["a"])
            here.box.store.remove(HERE, here.held()["a"][0])
            here.leave("first", Outcome(0, Status.UNKNOWN, attempts=1))
            planned = await api.plan(tmp_path / "first.csv", **here.settings)
            assert (planned.forecast.create, planned.forecast.locations) == (1, 1)
            second = await here.run("second", ["a"])
            assert statuses(second) == [Status.CREATED]
            first = await here.resume("first")
            (line,) = first.lines()
            assert (line.status, line.code) == (Status.EXISTING, "made_by_others")
            assert [line.collection_id] == here.held()["a"]

    asyncio.run(go())


def test_an_old_journal_is_not_asked_but_the_list(tmp_path: Path) -> None:
    """What a list does not show after all that time was removed by somebody."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run("first", ["a"])
            here.box.store.remove(HERE, here.held()["a"][0])
            long_ago = time.time() - other_runs.HORIZON_SECONDS - 5
            for path in (tmp_path / "runs" / "first").iterdir():
                os.utime(path, (long_ago, long_ago))
            second = await here.run("second", ["a"])
            assert statuses(second) == [Status.CREATED]

    asyncio.run(go())


def test_nothing_new_begins_beside_a_recent_journal_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    """What it sent is not known; an older one, or a retired one, stops nobody."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run("first", ["a"])
            folder = RunFolder(tmp_path / "runs", "first")
            folder.journal.write_bytes(b"no journal")
            with pytest.raises(JournalDamaged, match="What run first sent is not"):
                await here.run("second", ["b"])
            assert not (tmp_path / "runs" / "second").exists()
            long_ago = time.time() - inventory.RECENT_SECONDS - 5
            for path in folder.path.iterdir():
                os.utime(path, (long_ago, long_ago))
            second = await here.run("second", ["b"])
            folder.journal.write_bytes(b"no journal")
            inventory.retire(folder, inventory.unreadable(folder), time.time())
            third = await here.run("third", ["c"])
            assert statuses(second) == statuses(third) == [Status.CREATED]

    asyncio.run(go())


def no_journal(path: Path) -> None:
    path.write_bytes(b"no journal")


def spoil_states(path: Path) -> None:
    """Overwrite one page of a journal that says of itself that it is in order."""
    with closing(sqlite3.connect(path)) as book:
        (size,) = book.execute("PRAGMA page_size").fetchone()
        where = "SELECT rootpage FROM sqlite_master WHERE name = 'states'"
        (page,) = book.execute(where).fetchone()
    with path.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)


@pytest.mark.parametrize("damage", [no_journal, spoil_states])
def test_a_resume_goes_on_beside_a_journal_that_cannot_be_read(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """What is known to be unfinished is finished first; then the other is named."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"b": ["refused_but_created"]}) as here:
            await here.run("first", ["a"])
            await here.run("second", ["b", "c"], **STOPPING)
            damage(RunFolder(tmp_path / "runs", "first").journal)
            again = await api.resume(**here.settings)
            assert again is not None
            assert again.path.name == "second"
            # whether b is its own is not known beside a run that may have made it
            assert statuses(again) == [Status.REJECTED, Status.CREATED]
            with pytest.raises(JournalDamaged, match="first"):
                await api.resume(**here.settings)

    asyncio.run(go())


def test_what_an_unreadable_run_may_have_made_is_left_to_it(tmp_path: Path) -> None:
    """No audit claims it, and no undo deletes it, until that run is retired."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run("first", ["a"])
            await here.run("second", ["b"])
            first = RunFolder(tmp_path / "runs", "first")
            second = RunFolder(tmp_path / "runs", "second")
            first.journal.write_bytes(b"no journal")
            assert other_runs.made_by_others(second, {"x", "y"}) == {"x", "y"}
            inventory.retire(first, inventory.unreadable(first), time.time())
            assert other_runs.made_by_others(second, {"x", "y"}) == set()

    asyncio.run(go())


# a run that is taken up after others have worked


@pytest.mark.parametrize("lag", [0.0, LAG_SECONDS])
def test_a_resume_creates_nothing_that_another_run_has_made_meanwhile(
    tmp_path: Path, lag: float
) -> None:
    """A run stops; the next one makes the rest; then the first is taken up."""

    async def go() -> None:
        faults = {"a": ["refused_but_created"]}
        async with shop(tmp_path, fault_for=faults, list_lag_seconds=lag) as here:
            first = await here.run("first", ["a", "b", "c"], **STOPPING)
            assert first.summary.exit_code == Exit.TOO_MANY_ERRORS
            assert statuses(first)[1:] == [Status.NOT_ATTEMPTED] * 2
            second = await here.run("second", ["b"])
            assert statuses(second) == [Status.CREATED]
            again = await here.resume("first", audit=False)
            assert statuses(again)[1:] == [Status.EXISTING, Status.CREATED]
            assert [len(ids) for ids in here.held().values()] == [1, 1, 1]

    asyncio.run(go())


def test_a_resume_creates_nothing_that_somebody_has_made_meanwhile(
    tmp_path: Path,
) -> None:
    """What the run was told to do with existing collections holds for it, too."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"a": ["refused_but_created"]}) as here:
            update = {"on_existing": "update"}
            await here.run("first", ["a", "b"], **STOPPING, **update)
            theirs = here.put("b", "Theirs")
            again = await here.resume("first")
            (_, line) = again.lines()
            assert (line.status, line.collection_id) == (Status.UPDATED, theirs)
            assert here.held()["b"] == [theirs]
            found = here.box.store.find(HERE, theirs)
            assert found is not None
            assert found.fields["name"] == "Name b"

    asyncio.run(go())


def test_a_row_that_was_put_back_and_has_appeared_is_not_sent_again(
    tmp_path: Path,
) -> None:
    """Its request was committed after the last look and before the resume."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"a": ["refused_but_created"]}) as here:
            await here.run("first", ["a", "b"], **STOPPING)
            here.leave("first", Outcome(1, Status.PLANNED, attempts=1))
            late = here.put("b")
            again = await here.resume("first")
            (_, line) = again.lines()
            assert (line.status, line.code) == (Status.CREATED, "settled_by_listing")
            assert line.collection_id == late
            assert here.creates == 1

    asyncio.run(go())


def test_a_resume_does_not_list_where_nothing_is_left_to_be_created(
    tmp_path: Path,
) -> None:
    """A PUT may be repeated, so all that is read is the collection itself."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            old = here.put("b", "Old")
            first = await here.run("first", ["b"], on_existing="update")
            assert statuses(first) == [Status.UPDATED]
            here.leave("first", Outcome(0, Status.PLANNED, old, attempts=1))
            before = here.box.truth()["by_method"]["GET"]
            again = await here.resume("first", audit=False)
            assert statuses(again) == [Status.UPDATED]
            assert here.box.truth()["by_method"]["GET"] == before + 1

    asyncio.run(go())


def test_a_location_that_was_refused_is_compared_by_the_resume(tmp_path: Path) -> None:
    """What it held before its first row was sent is known all the same."""

    async def go() -> None:
        async with shop(tmp_path, tokens={TOKEN: frozenset({HERE})}) as here:
            old = here.put("a", "Old", location=THERE)
            first = await here.run("first", ["a", f"{THERE}/a", f"{THERE}/b"])
            assert first.summary.exit_code == Exit.ACCESS
            assert statuses(first) == [Status.CREATED] + [Status.NOT_ATTEMPTED] * 2
            assert set(codes(first)[1:]) == {"access_refused"}
            here.box.admit({})
            again = await here.resume("first")
            assert statuses(again) == [
                Status.CREATED,
                Status.EXISTING,
                Status.CREATED,
            ]
            assert here.held(THERE)["a"] == [old]
            assert again.summary.exit_code == Exit.OK

    asyncio.run(go())


def test_a_resume_with_the_error_limit_that_was_reached_sends_nothing(
    tmp_path: Path,
) -> None:
    """Without it the rest is created, once."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"a": ["refused_but_created"]}) as here:
            await here.run("first", ["a", "b"], **STOPPING)
            again = await here.resume("first", **STOPPING)
            assert again.summary.exit_code == Exit.TOO_MANY_ERRORS
            assert here.creates == 1
            last = await here.resume("first")
            assert statuses(last) == [Status.CREATED] * 2
            assert [len(ids) for ids in here.held().values()] == [1, 1]

    asyncio.run(go())


# which ids are another run's


def test_only_what_other_runs_created_is_theirs(tmp_path: Path) -> None:
    """Not what they found there, and not what this run made itself."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            old = here.put("old")
            await here.run("first", ["old", "a"])
            await here.run("second", ["a", "b"])
            held = here.held()
            ids = {old, *held["a"], *held["b"]}
            first = RunFolder(tmp_path / "runs", "first")
            second = RunFolder(tmp_path / "runs", "second")
            assert other_runs.made_by_others(first, ids) == set(held["b"])
            assert other_runs.made_by_others(second, ids) == set(held["a"])
            assert other_runs.made_by_others(second, set()) == set()
            many = {f"{number:024x}" for number in range(40_000)}
            assert other_runs.made_by_others(second, many | ids) == set(held["a"])

    asyncio.run(go())
