"""What keeps the journals of runs keeps to, whatever it is made of.

A second kind of home is one more kind of address; what other machines share in it is
asked of `machines`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from importer import journal
from importer.errors import InputError, UsageError
from importer.journal import FolderHome, homes
from importer.journal.ports import Rewritten
from importer.runs import folders, inventory, new_folders

if TYPE_CHECKING:
    from pathlib import Path

    from importer.journal import Home
    from importer.runs.folders import RunFolder

SERVER = "https://host.example A"


@pytest.fixture(params=["folder", "postgresql"])
def address(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, or an empty text for a folder."""
    if request.param == "folder":
        return ""
    return str(request.getfixturevalue("database"))


@pytest.fixture
def home(address: str, tmp_path: Path) -> Home:
    """Where runs are kept, with none so far."""
    return homes.of(tmp_path / "runs", address)


@pytest.fixture
def machines(database: str, tmp_path: Path) -> tuple[Home, Home]:
    """One database as two machines have it."""
    return homes.of(tmp_path / "runs", database), homes.of(tmp_path / "2", database)


def begun(home: Home, run_id: str | None = "mine", state: str = "running") -> RunFolder:
    """A run that has a journal."""
    folder = new_folders.make(home, run_id, 1.0)
    facts = {"state": state, "run_id": folder.run_id, "started_at": 1.0}
    journal.create(folder.store, settings={}, **facts).close()
    return folder


def test_runs_are_known_from_their_first_facts_on_in_the_order_of_their_names(
    home: Home,
) -> None:
    """A folder without a journal is no run; each that has one is listed once."""
    assert list(home.began()) == []
    new_folders.make(home, "empty", 1.0)
    for name in ("b", "a"):
        begun(home, name)
    assert list(home.began()) == ["a", "b"]
    assert [run.run_id for run in folders.every(home)] == ["a", "b"]
    assert folders.find(home, "a").store.url == home.store("a").url
    assert home.store("a").written_at > 0


def test_a_name_is_given_once(home: Home) -> None:
    """A second run of a name is refused, with what to do instead."""
    begun(home)
    with pytest.raises(UsageError, match="There is a run mine already"):
        new_folders.make(home, "mine", 2.0)
    assert begun(home, None).run_id != begun(home, None).run_id


def test_a_run_that_is_not_there_is_refused_by_name(home: Home) -> None:
    """Neither a name that never was nor an empty one is a run."""
    for name in ("none", "..", "a/b"):
        with pytest.raises(InputError, match="There is no run"):
            folders.find(home, name)


def test_a_run_that_was_removed_has_left_nothing(home: Home) -> None:
    """Its name can be given anew, and no other run is touched."""
    begun(home, "other")
    folder = begun(home)
    left = (folder.present, folder.path.exists(), folder.store.exists())
    assert left == (True, True, True)
    folders.discard(folder)
    left = (folder.present, folder.path.exists(), folder.store.exists())
    assert left == (False, False, False)
    assert list(home.began()) == ["other"]
    begun(home)


def test_a_retired_run_is_told_as_one(home: Home) -> None:
    """It is kept with the reason; other runs are not retired by it."""
    folder, other = begun(home), begun(home, "other")
    inventory.retire(folder, InputError("damaged"), 5.0)
    assert folder.retired
    assert not other.retired
    assert folder.claims.holder("mine") is None


def test_a_pause_is_asked_for_until_it_is_forgotten(home: Home) -> None:
    """Of the run that is named, and of no other."""
    begun(home)
    begun(home, "other")
    home.forget_pause("mine")
    home.ask_pause("mine")
    home.ask_pause("mine")
    assert (home.pause_asked("mine"), home.pause_asked("other")) == (True, False)
    home.forget_pause("mine")
    assert not home.pause_asked("mine")


def test_a_run_that_may_have_touched_a_location_is_asked(home: Home) -> None:
    """One that has claimed it is among them, whoever asks later."""
    folder = begun(home)
    with home.claims.claim("mine", ["loc"]):
        pass
    assert "mine" in list(home.began({"loc", "more"}))
    related = folders.related(home, {"loc"}, within_seconds=60.0)
    assert [run for run in related if run == folder] == [folder]
    assert home.written_at("mine") > 0


def test_a_run_of_long_ago_is_told_from_a_recent_one(home: Home) -> None:
    """By the clock of what keeps the runs."""
    begun(home)
    time.sleep(0.05)  # noqa: TID251 - a file's time is the system's
    assert list(home.began(within_seconds=0.0)) == []
    assert list(home.began(within_seconds=60.0)) == ["mine"]


def test_slugs_are_remembered_once_and_by_server(home: Home) -> None:
    """What is known of one is replaced; another server or location knows nothing."""
    first, later = (Rewritten("loc", "sent", "id", slug) for slug in ("sent-1", "s-2"))
    assert list(home.slugs.recall(SERVER, {"loc"})) == []
    home.slugs.remember(SERVER, [])
    home.slugs.remember(SERVER, [first])
    home.slugs.remember(SERVER, [later])
    assert list(home.slugs.recall(SERVER, {"loc", "other"})) == [later]
    assert list(home.slugs.recall(f"{SERVER}B", {"loc"})) == []
    assert list(home.slugs.recall(SERVER, {"other"})) == []


def test_thousands_of_slugs_are_remembered_and_found(home: Home) -> None:
    """No statement takes so many values."""
    many = [
        Rewritten(f"loc{n % 700}", f"s{n}", f"id{n}", f"s{n}-1") for n in range(3000)
    ]
    home.slugs.remember(SERVER, many)
    found = home.slugs.recall(SERVER, {rewrite.location_id for rewrite in many})
    assert sorted(found) == sorted(many)


def test_a_run_that_is_sending_has_a_mark_until_it_has_remembered(home: Home) -> None:
    """Twice is once, and removing a mark that is not there does no harm."""
    for run_id in ("b", "a", "a"):
        home.slugs.begin(run_id)
    assert home.slugs.begun() == ["a", "b"]
    for run_id in ("a", "a", "none"):
        home.slugs.end(run_id)
    assert home.slugs.begun() == ["b"]


def test_a_home_is_told_in_words_and_known_by_its_value(home: Home) -> None:
    """Two of the same place are one; what is shown names no secret."""
    again = homes.of(home.folder, home.shown if home.beside else "")
    assert again == home
    assert {again, home} == {home}
    assert home.shown


def test_what_one_machine_begins_another_knows(machines: tuple[Home, Home]) -> None:
    """Its name is given, its journal is found, and a folder for reports is made."""
    home, another = machines
    begun(home)
    assert list(another.began()) == ["mine"]
    with pytest.raises(UsageError, match="There is a run mine already"):
        new_folders.make(another, "mine", 2.0)
    assert not (another.folder / "mine").exists()
    found = folders.find(another, "mine")
    assert found.path == another.folder / "mine"
    assert found.path.is_dir()
    assert found.path.stat().st_mode & 0o077 == 0
    folders.opened(found).close()


def test_a_name_that_is_about_to_be_used_elsewhere_is_refused(
    machines: tuple[Home, Home],
) -> None:
    """The second of two machines is told so, and leaves no folder."""
    home, another = machines
    new_folders.make(home, "mine", 1.0)
    with pytest.raises(UsageError, match="is about to begin"):
        new_folders.make(another, "mine", 1.0)
    assert not (another.folder / "mine").exists()


def test_what_one_machine_knows_of_slugs_and_locations_all_know(
    machines: tuple[Home, Home],
) -> None:
    """Also that a run is sending, and that one was retired."""
    home, another = machines
    begun(home)
    with home.claims.claim("mine", ["loc"]):
        assert another.claims.holder("mine") is not None
    home.slugs.remember(SERVER, [Rewritten("loc", "sent", "id", "sent-1")])
    home.slugs.begin("mine")
    home.retire("mine", "{}")
    assert list(another.began({"loc"})) == ["mine"]
    assert list(another.began({"other"})) == []
    assert list(another.slugs.recall(SERVER, {"loc"})) != []
    assert another.slugs.begun() == ["mine"]
    assert another.retired("mine")


def test_a_run_that_is_kept_in_the_folder_is_told_so(
    machines: tuple[Home, Home],
) -> None:
    """It is in no database before it was moved there; its knowledge is asked for."""
    home, another = machines
    begun(FolderHome(another.folder), "old")
    with pytest.raises(UsageError, match="old is kept in") as refused:
        folders.find(another, "old")
    assert refused.value.remedy == "Take it there with: importer runs move old"
    assert [run.run_id for run in folders.related(another, {"loc"})] == ["old"]
    assert list(folders.related(home, None)) == []
