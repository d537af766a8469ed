"""Audit and undo against the sandbox: what is found, fixed, deleted, and left alone.

Whole runs in this process. What other people do at the server is done to the
sandbox's store.
"""

from __future__ import annotations

import asyncio
import csv
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from late_commits import LATE_SECONDS, LateCommits

from importer import api, journal, settings
from importer.destination import Destination
from importer.errors import ListIncomplete
from importer.exit_codes import Exit
from importer.models import Code, Outcome, State, Status
from importer.runs import audit as auditing
from importer.runs import look_back
from importer.runs.folders import RunFolder
from importer.runs.session import Session
from importer.runs.undo import Undone
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from importer.api.results import RunResult
    from importer.models import ReportLine
    from importer.runs.audit import Audited
    from importer.runs.undo import Result
    from importer.sandbox import Sandbox

HERE = "Z4Bxl8J4SaPEPLq9IQ8g"
THERE = "6578278e879ad2646715ba9c"
TOKEN = "pit-auditing-0123456789"  # noqa: S105 - made up
#: Gives up a slow commit soon: it comes after every look of the run, and its reports.
HASTY = {"timeout": "0.5s", "settle_pauses": "0.02,0.03"}


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
    late_commits: LateCommits

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.box.url,
            "token": TOKEN,
            "runs_dir": self.folder / "runs",
            "settle_pauses": "0.02,0.05",
            "rate": "none",
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
        return await api.run(path, run_id=run_id, **self.settings | more)

    async def resume(self, **more: Any) -> RunResult:
        result = await api.resume("mine", **self.settings | more)
        assert result is not None
        return result

    async def audit(self, *, repair: bool = False, **more: Any) -> Audited:
        """Look back at the run, and write its report again."""
        async with self._look_back(**more) as session:
            found = await look_back.audit(session, repair=repair)
            session.report()
            return found

    async def undo(
        self, *, dry_run: bool = False, unseen_products: bool = True, **more: Any
    ) -> Result:
        async with self._look_back(**more) as session:
            return await look_back.undo(
                session, dry_run=dry_run, unseen_products=unseen_products
            )

    @asynccontextmanager
    async def _look_back(self, **more: Any) -> AsyncIterator[Session]:
        chosen = settings.load(self.settings | more)
        async with Session.take_up(chosen, self.run_folder) as session:
            yield session

    @property
    def run_folder(self) -> RunFolder:
        return RunFolder(self.folder / "runs", "mine")

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

    def held(self, location: str = HERE) -> dict[str, list[str]]:
        """What is there: ids by slug."""
        ids: dict[str, list[str]] = {}
        for one in self.box.truth(location)["locations"][location]["collections"]:
            ids.setdefault(one["slug"], []).append(one["_id"])
        return ids


@asynccontextmanager
async def shop(folder: Path, **box: Any) -> AsyncIterator[Shop]:
    usual: dict[str, Any] = {
        "limit": Limit(1000, 1.0),
        "slow_commit_seconds": LATE_SECONDS,
    }
    late = LateCommits()
    with pytest.MonkeyPatch.context() as patch:
        late.hold(patch)
        async with running(Options(**usual | box)) as sandbox:
            yield Shop(sandbox, folder, late)


# an audit finds


def test_an_audit_of_a_run_that_is_right_finds_nothing(tmp_path: Path) -> None:
    """And changes nothing: the report says the same as before."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            here.put("old")
            await here.run(["a", f"{THERE}/b", "old"])
            before = here.lines()
            found = await here.audit()
            assert (found.locations, dict(found.findings)) == (2, {})
            assert here.lines() == before

    asyncio.run(go())


@pytest.mark.parametrize("lag", [0.0, 0.06])
def test_a_refused_row_that_was_created_has_its_id_when_the_run_ends(
    tmp_path: Path, lag: float
) -> None:
    """Also where the list shows it only at a later look."""

    async def go() -> None:
        faults = {"a": ["refused_but_created"]}
        async with shop(tmp_path, fault_for=faults, list_lag_seconds=lag) as here:
            result = await here.run(["a", "b"], settle_pauses="0.02,0.1")
            line = here.lines()["a"]
            assert (line.status, line.code) == (
                Status.CREATED,
                Code.CREATED_ALL_THE_SAME,
            )
            assert [line.collection_id] == here.held()["a"]
            assert result.summary.audited == 1
            assert result.summary.exit_code == Exit.OK

    asyncio.run(go())


def test_a_refused_location_does_not_keep_the_others_from_their_audit(
    tmp_path: Path,
) -> None:
    """The run ends with 4, and what was created all the same has its id."""

    async def go() -> None:
        tokens = {TOKEN: frozenset({HERE})}
        faults = {"a": ["refused_but_created"]}
        async with shop(tmp_path, tokens=tokens, fault_for=faults) as here:
            result = await here.run(["a", f"{THERE}/b"])
            assert result.summary.exit_code == Exit.ACCESS
            assert [here.lines()["a"].collection_id] == here.held()["a"]

    asyncio.run(go())


def test_a_location_that_is_refused_while_rows_are_sent_is_left_out(
    tmp_path: Path,
) -> None:
    """The audit looks at the others, and asks nothing of the refused one."""

    async def go() -> None:
        faults = {"a": ["refused_but_created"], "b": ["expired_token"] * 2}
        async with shop(tmp_path, fault_for=faults) as here:
            result = await here.run(["a", f"{THERE}/b"], audit=True)
            assert result.summary.exit_code == Exit.ACCESS
            assert result.summary.audited == 1
            assert [here.lines()["a"].collection_id] == here.held()["a"]

    asyncio.run(go())


def test_a_row_settled_as_anothers_is_audited_because_its_own_may_come(
    tmp_path: Path,
) -> None:
    """The list had shown only a stranger's; the row's own was committed later."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a"])
            (own,) = here.held()["a"]
            theirs = here.put("a", "Theirs")
            book = journal.open(here.run_folder.journal)
            code = Code.MADE_BY_OTHERS.value
            book.delivery.record(Outcome(0, Status.EXISTING, theirs, code, attempts=1))
            book.close()
            await here.resume()
            line = here.lines()["a"]
            assert (line.status, line.collection_id) == (Status.CREATED, own)
            assert line.code == Code.CREATED_ALL_THE_SAME

    asyncio.run(go())


def test_an_audit_does_not_wait_for_what_was_refused_long_ago(tmp_path: Path) -> None:
    """Lists had all the time to show it, so one look is enough."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
            book = journal.open(here.run_folder.journal)
            book.delivery.record(
                Outcome(0, Status.REJECTED, attempts=1, finished_at=1.0)
            )
            book.close()
            (made,) = here.held()["a"]
            here.box.store.remove(HERE, made)
            found = await asyncio.wait_for(here.audit(settle_pauses="0.01,60"), 10)
            assert dict(found.findings) == {}

    asyncio.run(go())


def test_what_somebody_removed_is_missing_until_it_is_there_again(
    tmp_path: Path,
) -> None:
    """The row keeps its state and id; a later audit takes the finding back."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
            (made,) = here.held()["a"]
            kept = here.box.store.find(HERE, made)
            assert kept is not None
            here.box.store.remove(HERE, made)
            found = await here.audit()
            assert found.findings == {Code.MISSING_AT_SERVER: 1}
            line = here.lines()["a"]
            assert (line.status, line.collection_id) == (Status.CREATED, made)
            assert line.code == Code.MISSING_AT_SERVER
            here.box.store.create(HERE, kept.fields, now=here.box.clock())
            assert dict((await here.audit()).findings) == {}
            assert here.lines()["a"].code == ""

    asyncio.run(go())


def test_a_list_that_lags_is_looked_at_again_before_anything_is_missing(
    tmp_path: Path,
) -> None:
    """Right after the run its last rows need not be in the list."""

    async def go() -> None:
        async with shop(tmp_path, list_lag_seconds=0.08) as here:
            await here.run(["a", "b"], audit=True, settle_pauses="0.01,0.02,0.2")
            assert {line.code for line in here.lines().values()} == {""}

    asyncio.run(go())


async def sent_twice(here: Shop) -> tuple[str, str]:
    """A run whose row was sent again too early: the kept id and the late copy's."""
    await here.run(["a", "b"], **HASTY)
    await here.late_commits.happen(lambda: len(here.held()["a"]) == 2)
    kept = here.lines()["a"].collection_id
    (late,) = set(here.held()["a"]) - {kept}
    return kept, late


@pytest.mark.parametrize("get_by_id", ["shown", "refused"])
def test_a_commit_after_the_last_look_is_found_and_repaired(
    tmp_path: Path, get_by_id: str
) -> None:
    """The reported one is kept; what others made, or made before, is left."""
    late_one: dict[str, Any] = {"fault_for": {"a": ["slow_commit"]}}

    async def go() -> None:
        async with shop(tmp_path, get_by_id=get_by_id, **late_one) as here:
            before = here.put("c")
            kept, late = await sent_twice(here)
            stranger = here.put("a", "Theirs")
            found = await here.audit()
            assert found.findings == {Code.CREATED_TWICE: 1}
            assert late in here.lines()["a"].message
            assert set(here.held()["a"]) == {kept, late, stranger}
            fixed = await here.audit(repair=True)
            assert fixed.removed == 1
            assert set(here.held()["a"]) == {kept, stranger}
            assert here.held()["c"] == [before]
            line = here.lines()["a"]
            assert (line.status, line.collection_id) == (Status.CREATED, kept)
            assert line.code == Code.SURPLUS_REMOVED
            again = await here.audit(repair=True)
            assert (again.removed, dict(again.findings)) == (0, {})

    asyncio.run(go())


def test_a_late_copy_of_a_row_that_had_failed_is_found_too(tmp_path: Path) -> None:
    """The resume sent it once and was answered; what was sent before still counts."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"a": ["slow_commit"]}) as here:
            await here.run(["a"], attempts=1, **HASTY)
            assert here.lines()["a"].status is Status.FAILED
            await here.resume(audit=False)
            assert here.lines()["a"].status is Status.CREATED
            await here.late_commits.happen(lambda: len(here.held()["a"]) == 2)
            found = await here.audit(repair=True)
            assert found.removed == 1
            assert here.held()["a"] == [here.lines()["a"].collection_id]

    asyncio.run(go())


def test_a_copy_that_the_run_cannot_have_made_is_never_removed(tmp_path: Path) -> None:
    """Its only request was answered; the same name and slug are somebody else's."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a"])
            theirs = here.put("a")
            found = await here.audit(repair=True)
            assert (found.removed, dict(found.findings)) == (0, {})
            assert theirs in here.held()["a"]

    asyncio.run(go())


def test_a_copy_that_another_run_made_is_never_removed(tmp_path: Path) -> None:
    """It has the same name and slug, and a journal that knows it."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"a": ["slow_commit"]}) as here:
            kept, theirs = await sent_twice(here)
            other = await here.run(["z"], run_id="other")
            book = journal.open(other.folder.journal)
            book.delivery.record(Outcome(0, Status.CREATED, theirs, attempts=1))
            book.close()
            found = await here.audit(repair=True)
            assert (found.removed, dict(found.findings)) == (0, {})
            assert set(here.held()["a"]) == {kept, theirs}

    asyncio.run(go())


def test_a_location_that_is_refused_does_not_keep_the_others_from_their_audit(
    tmp_path: Path,
) -> None:
    """It is told of, and its rows stay as they are."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", f"{THERE}/b"])
            here.box.admit({TOKEN: frozenset({HERE})})
            here.box.store.remove(HERE, here.held()["a"][0])
            found = await here.audit()
            assert set(found.failed) == {THERE}
            assert found.findings == {Code.MISSING_AT_SERVER: 1}
            assert here.lines()["b"].code == ""

    asyncio.run(go())


def test_a_list_that_is_never_complete_does_not_keep_the_others_from_their_audit(
    tmp_path: Path,
) -> None:
    """It is told of, and its rows stay as they are."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", f"{THERE}/b"])
            here.box.store.remove(HERE, here.held()["a"][0])
            inner = Destination.existing

            async def existing(self: Destination, location_id: str) -> Any:
                if location_id == THERE:
                    msg = "Each look shows another list."
                    raise ListIncomplete(msg)
                return await inner(self, location_id)

            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(Destination, "existing", existing)
                found = await here.audit()
            assert set(found.failed) == {THERE}
            assert found.findings == {Code.MISSING_AT_SERVER: 1}
            assert here.lines()["b"].code == ""

    asyncio.run(go())


@pytest.mark.parametrize(("most", "together"), [(25_000, 6), (6, 2), (1, 1)])
def test_no_more_lists_are_held_at_once_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, together: int
) -> None:
    """The lists of 40 locations with 6,000 collections each took 100 MB."""
    monkeypatch.setattr(auditing, "COLLECTIONS_AT_ONCE", most)
    inner, open_lists, counts = Destination.existing, 0, []

    async def existing(self: Destination, location_id: str) -> Any:
        nonlocal open_lists
        open_lists += 1
        counts.append(open_lists)
        try:
            return await inner(self, location_id)
        finally:
            open_lists -= 1

    async def go() -> None:
        async with shop(tmp_path, latency_seconds=0.03) as here:
            locations = [f"{number:024x}" for number in range(6)]
            await here.run([f"{one}/{slug}" for one in locations for slug in "abc"])
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(Destination, "existing", existing)
                found = await here.audit()
            assert (found.locations, found.findings) == (6, {})
            assert max(counts) == together

    asyncio.run(go())


def test_a_server_that_cannot_be_reached_is_told_of(tmp_path: Path) -> None:
    """Nothing was compared, and nothing is said of the rows."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a"])
            here.box.faults.calls = "all"
            here.box.faults.set_rates({"error_before": 1.0})
            found = await here.audit(attempts=1)
            assert found.failed[HERE].exit_code == Exit.TOO_MANY_ERRORS
            assert (found.locations, here.lines()["a"].code) == (0, "")

    asyncio.run(go())


# undo


def test_an_undo_deletes_what_the_run_created_and_nothing_else(tmp_path: Path) -> None:
    """Not what was there before, and not what others made or changed since."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            before = here.put("old")
            await here.run(["a", "b", "c", "old", f"{THERE}/d"])
            stranger = here.put("a", "Theirs")
            (changed,) = here.held()["c"]
            found = here.box.store.find(HERE, changed)
            assert found is not None
            here.box.store.replace(HERE, found, {**found.fields, "name": "Better"})
            result = await here.undo()
            assert result.counts == {Undone.DELETED: 3, Undone.CHANGED: 1}
            assert here.held() == {"old": [before], "a": [stranger], "c": [changed]}
            assert here.held(THERE) == {}
            with (here.run_folder.path / "undo.csv").open(newline="") as stream:
                told = {line["slug"]: line for line in csv.DictReader(stream)}
            assert set(told) == {"a", "b", "c", "d"}
            assert "'Better'" in told["c"]["message"]
            assert journal_state(here) == State.UNDONE

    asyncio.run(go())


def journal_state(here: Shop) -> str:
    book = journal.open(here.run_folder.journal)
    try:
        return str(book.noted()["state"])
    finally:
        book.close()


def test_a_dry_run_deletes_nothing_and_remembers_nothing(tmp_path: Path) -> None:
    """It says what would be deleted, and what is gone already."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
            here.box.store.remove(HERE, here.held()["b"][0])
            result = await here.undo(dry_run=True)
            assert result.counts == {Undone.WOULD_DELETE: 1, Undone.GONE: 1}
            assert set(here.held()) == {"a"}
            assert journal_state(here) == State.FINISHED
            assert not (here.run_folder.path / "undo.csv").exists()

    asyncio.run(go())


@pytest.mark.parametrize("fault", ["null_body", "error_after", "reset_after"])
def test_an_undo_is_not_misled_by_what_the_answers_look_like(
    tmp_path: Path, fault: str
) -> None:
    """`null` is success (#93), and doubt is answered by asking again."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b", "c"])
            here.box.faults.set_rates({fault: 0.5 if fault != "null_body" else 1.0})
            result = await here.undo(attempts=20)
            assert result.counts == {Undone.DELETED: 3}
            assert here.held() == {}

    asyncio.run(go())


def test_an_undo_that_was_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    """One deletion is done and noted, one is done and not noted, one is not done."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b", "c"])
            book = journal.open(here.run_folder.journal)
            book.review.note_undo(0, Undone.DELETED)
            book.review.note_undo(1, Undone.DELETING)
            book.close()
            for slug in ("a", "b"):
                here.box.store.remove(HERE, here.held()[slug][0])
            result = await here.undo()
            assert result.counts == {Undone.DELETED: 2}
            assert result.earlier == 1
            assert here.held() == {}
            assert (await here.undo()).earlier == 3

    asyncio.run(go())


def test_an_undone_run_misses_nothing_and_is_audited_in_peace(tmp_path: Path) -> None:
    """What it deleted itself is no finding."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
            await here.undo()
            assert dict((await here.audit()).findings) == {}

    asyncio.run(go())


def test_an_undo_leaves_what_the_list_settled_and_another_run_made(
    tmp_path: Path,
) -> None:
    """The list could not tell the two apart; the other run's journal can."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            other = await here.run(["a"], run_id="other")
            (theirs,) = [line.collection_id for line in other.lines()]
            await here.run(["a", "b"])
            book = journal.open(here.run_folder.journal)
            code = Code.SETTLED_BY_LISTING.value
            book.delivery.record(Outcome(0, Status.CREATED, theirs, code, attempts=1))
            book.close()
            result = await here.undo()
            assert result.counts == {Undone.DELETED: 1, Undone.MADE_BY_OTHERS: 1}
            assert here.held() == {"a": [theirs]}

    asyncio.run(go())


def test_a_location_that_is_refused_does_not_keep_the_others_from_their_undo(
    tmp_path: Path,
) -> None:
    """It can be undone later: the run does not count as undone yet."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", f"{THERE}/b"])
            here.box.admit({TOKEN: frozenset({THERE})})
            result = await here.undo()
            assert set(result.failed) == {HERE}
            assert (set(here.held()), here.held(THERE)) == ({"a"}, {})
            assert journal_state(here) == State.FINISHED
            here.box.admit({})
            await here.undo()
            assert here.held() == {}
            assert journal_state(here) == State.UNDONE

    asyncio.run(go())


def test_a_deletion_that_does_not_succeed_is_left_for_the_next_undo(
    tmp_path: Path,
) -> None:
    """The others are deleted all the same."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
            here.box.faults.set_rates({"error_before": 1.0})
            result = await here.undo(attempts=1)
            assert result.counts == {Undone.FAILED: 2}
            assert len(here.held()) == 2
            assert journal_state(here) == State.FINISHED
            here.box.faults.set_rates({})
            assert (await here.undo()).counts == {Undone.DELETED: 2}

    asyncio.run(go())
