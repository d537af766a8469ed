"""What one run knows of another by its journal: its slugs, its server, its rows."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from importer import journal
from importer.errors import StorageError
from importer.journal import FolderHome, locks, slugs
from importer.journal.ports import Rewritten
from importer.models import InputFile, Job, Outcome, Place, Row, Status, Table
from importer.runs import decision, new_folders, other_runs
from importer.runs.folders import RunFolder
from importer.runs.other_runs import Kin, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal import Home, Journal

URL = "https://host.example"
#: What every journal says besides.
BORN: dict[str, object] = {"state": "running", "started_at": 0.0}


@contextmanager
def begun(
    runs: Path, run_id: str, server: str = "A", rows: int = 2
) -> Iterator[Journal]:
    """A run in a folder of its own, with as many planned rows."""
    folder = new_folders.make(FolderHome(runs), run_id, 0.0)
    book = journal.create(
        folder.journal,
        run_id=run_id,
        settings={"base_url": f"{URL}/"},
        server=server,
        **BORN,
    )
    try:
        table = Table("shop.csv", "", ("Name", "Slug"), 1, ())
        told = InputFile("shop.csv", "", "own", 0, ("Body",))
        book.planned.open_input(0, table, told)
        for seq in range(rows):
            place = Place("shop.csv", "", seq + 2, seq + 2)
            job = Job(seq, "loc", f"Name {seq}", f"slug-{seq}", "", b"{}")
            book.planned.add_job(0, Row.at(place, ("x", "y")), job, ())
        book.planned.close_input(0, rows)
        yield book
    finally:
        book.close()


def made(seq: int, collection_id: str, **shown: str) -> Outcome:
    """A row that was created, as the API itself said."""
    text = orjson.dumps(shown).decode() if shown else ""
    return Outcome(
        seq, Status.CREATED, collection_id, attempts=1, http_status=201, shown=text
    )


def test_the_slugs_that_a_location_has_changed_are_its_own() -> None:
    """Those of another location say nothing of it."""
    here = Rewritten("loc", "sent", "c1", "shown")
    there = Rewritten("other", "sent", "c2", "shown")
    kin = Kin(rewritten={("loc", "sent"): here, ("other", "sent"): there})
    assert kin.sent_as("loc") == {"c1": "sent"}
    assert kin.sent_as("other") == {"c2": "sent"}


@pytest.mark.parametrize("theirs", [URL, f"{URL}/"])
@pytest.mark.parametrize("own", [URL, f"{URL}/"])
def test_a_slash_at_the_end_makes_no_other_server(theirs: str, own: str) -> None:
    """The address is typed by people, in each run anew."""
    facts = {"settings": {"base_url": theirs}, "server": "A"}
    assert other_runs.same_server(facts, own, "A")
    assert not other_runs.same_server(facts, own, "B")
    assert not other_runs.same_server(facts, f"{own}/sub", "A")
    assert other_runs.server(f"{own}/X/", "A") == other_runs.server(f"{own}/X", "A")
    assert other_runs.server(f"{own}/X/", "A") != other_runs.server(own, "A")


class Newer(FolderHome):
    """A home that runs have moved to from another one."""

    @property
    def beside(self) -> Home | None:
        """The one before."""
        return FolderHome(self.folder.with_name("before"))


def test_a_home_that_came_before_is_asked_as_well(tmp_path: Path) -> None:
    """For the slugs of any age, those of killed runs, and what its runs made."""
    home = Newer(tmp_path / "now")
    before = FolderHome(tmp_path / "before")
    kept = Rewritten("loc", "slug-9", "c9", "slug-9-1")
    before.slugs.remember(other_runs.server(URL, "A"), [kept])
    with begun(before.folder, "earlier") as book:
        book.delivery.record(made(0, "c0", slug="slug-0-1"))
    before.slugs.begin("earlier")
    found = list(other_runs.remembered(home, URL, "A", {"loc"}))
    assert found == [kept, Rewritten("loc", "slug-0", "c0", "slug-0-1")]
    own = RunFolder(home.folder, "own", home)
    assert other_runs.made_by_others(own, {"c0", "none"}, ["loc"]) == {"c0"}


def test_what_killed_runs_knew_of_slugs_is_known_and_written_down(
    tmp_path: Path,
) -> None:
    """Beside a run whose journal is gone, and one that cannot be read."""
    own = new_folders.make(FolderHome(tmp_path), "own", 0.0)
    with begun(tmp_path, "killed") as book:
        book.delivery.record(made(0, "c0", slug="slug-0-1"))
        book.delivery.record(made(1, "c1", slug="slug-1"))
    home = FolderHome(tmp_path)
    new_folders.make(home, "damaged", 0.0).journal.write_bytes(b"no journal")
    for run_id in ("damaged", "gone", "killed"):
        slugs.begin(tmp_path, run_id)
    expected = [Rewritten("loc", "slug-0", "c0", "slug-0-1")]
    assert list(other_runs.remembered(home, URL, "A", {"loc"})) == expected
    assert list(other_runs.remembered(home, URL, "B", {"loc"})) == []
    other_runs.remember_killed(own)
    assert slugs.begun(tmp_path) == ["damaged", "gone"]
    recalled = slugs.recall(tmp_path, other_runs.server(URL, "A"), {"loc"})
    assert list(recalled) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="open files are read from /proc")
def test_what_is_remembered_of_slugs_keeps_no_file_open(tmp_path: Path) -> None:
    """A long night looks often, and must not wait for the collector of garbage."""
    rewritten = [Rewritten("loc", "slug-0", "c0", "slug-0-1")]
    gc.disable()
    try:
        slugs.remember(tmp_path, "server", rewritten)
        assert list(slugs.recall(tmp_path, "server", {"loc"})) == rewritten
        links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        files = [os.readlink(link) for link in links]  # noqa: PTH115
    finally:
        gc.enable()
    assert [file for file in files if slugs.DATABASE in file] == []


def test_what_is_remembered_of_slugs_is_private(tmp_path: Path) -> None:
    """Also in a folder of runs that others may read."""
    tmp_path.chmod(0o755)
    slugs.begin(tmp_path, "mine")
    slugs.remember(tmp_path, "server", [Rewritten("loc", "slug-0", "c0", "slug-0-1")])
    folder = tmp_path / slugs.FOLDER
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in folder.iterdir()} == {0o600}


def test_a_collection_belongs_to_another_run_only_at_the_same_server(
    tmp_path: Path,
) -> None:
    """By the name of the server that this run speaks to; without one by the address."""
    own = RunFolder(tmp_path, "own")
    with begun(tmp_path, "other", server="B") as book:
        book.delivery.record(made(0, "c0"))
    facts = {"settings": {"base_url": URL}}
    named = {"c0": True, "c1": True}
    owner = {"c0": Owner("other", made=True)}
    assert other_runs.other_owners(own, facts | {"server": "B"}, named) == owner
    assert other_runs.other_owners(own, facts, named) == owner
    assert other_runs.other_owners(own, facts | {"server": "A"}, named) == {}
    assert other_runs.other_owners(own, facts | {"server": "B"}, {}) == {}


def test_rows_that_an_undo_has_deleted_are_shown_where_the_past_is_asked_for(
    tmp_path: Path,
) -> None:
    """And nowhere else: they are not there any more."""
    with begun(tmp_path, "run") as book:
        book.delivery.record(made(0, "c0"))
        book.delivery.record(made(1, "c1"))
        asyncio.run(book.delivery.flush())
        book.review.note_undo(0, "deleted")
        assert [row.seq for row in book.review.sent("loc")] == [1]
        assert [row.seq for row in book.review.sent_to(["loc"])] == [1]
        assert book.review.created() == {"c1": True}
        assert [row.seq for row in book.review.sent("loc", history=True)] == [0, 1]


def test_a_row_is_found_by_where_it_stands_with_its_status(tmp_path: Path) -> None:
    """As the journal has it now."""
    with begun(tmp_path, "run") as book:
        book.delivery.record(made(0, "c0"))
        asyncio.run(book.delivery.flush())
        found = [(one.name, one.status) for one in book.history.at(2)]
        assert found == [("Name 0", Status.CREATED)]
        assert [one.status for one in book.history.at(3)] == [Status.PLANNED]


def test_without_the_lock_outcomes_are_kept_and_nothing_more_is_sent(
    tmp_path: Path,
) -> None:
    """In one batch of both: what was sent before is not forgotten for it."""

    async def go(book: Journal) -> None:
        await asyncio.wrap_future(book.delivery.sending(0, 1))
        with locks.claim(tmp_path, "run") as claim:
            book.guard(claim)
        assert not claim.alive()
        book.delivery.record(made(0, "c0"))
        with pytest.raises(StorageError, match=r"lock of run run was removed"):
            await asyncio.wrap_future(book.delivery.sending(1, 1))
        await book.delivery.flush()

    with begun(tmp_path, "run") as book:
        asyncio.run(go(book))
        assert list(book.delivery.created_ids()) == ["c0"]
        assert [one.status for one in book.history.at(3)] == [Status.PLANNED]


def test_a_run_begins_where_a_kill_left_the_draft_of_its_journal(
    tmp_path: Path,
) -> None:
    """What is left of it is replaced, whatever it is."""
    path = tmp_path / "journal.db"
    path.with_name(path.name + journal.DRAFT).write_bytes(b"half a page")
    book = journal.create(path, run_id="run")
    assert book.noted()["run_id"] == "run"
    book.close()


def test_the_lists_that_were_accepted_are_kept_with_those_before(
    tmp_path: Path,
) -> None:
    """A report and an audit of later have to know what was not complete."""
    there: Any = SimpleNamespace(
        lists=SimpleNamespace(
            remarks={"b": {}, "c": {}}, accepted=lambda one: one == "b"
        )
    )
    with begun(tmp_path, "run") as book:
        session: Any = SimpleNamespace(journal=book)
        book.note(accepted=["a"])
        decision._note_accepted(session, there)
        assert book.noted()["accepted"] == ["a", "b"]
