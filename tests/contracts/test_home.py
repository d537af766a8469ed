"""What keeps the journals of runs keeps to, whatever it is made of.

A second kind of home is one more entry in `HOMES`: what gives the home of a place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer import journal
from importer.errors import InputError, UsageError
from importer.journal import FolderHome
from importer.journal.ports import Rewritten
from importer.runs import folders, inventory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.journal import Home
    from importer.runs.folders import RunFolder

HOMES: dict[str, Callable[[Path], Home]] = {"folder": FolderHome}
SERVER = "https://host.example A"


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """Where runs are kept, with none so far."""
    return HOMES[request.param](tmp_path / "runs")


def begun(home: Home, run_id: str | None = "mine", state: str = "running") -> RunFolder:
    """A run that has a journal."""
    folder = folders.make(home, run_id, 1.0)
    facts = {"state": state, "run_id": folder.run_id, "started_at": 1.0}
    journal.create(folder.store, settings={}, **facts).close()
    return folder


def test_runs_are_known_from_their_first_facts_on_in_the_order_of_their_names(
    home: Home,
) -> None:
    """A folder without a journal is no run; each that has one is listed once."""
    assert list(home.began()) == []
    folders.make(home, "empty", 1.0)
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
        folders.make(home, "mine", 2.0)
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


def test_a_run_that_may_have_touched_a_location_is_asked(home: Home) -> None:
    """One that has claimed it is among them, whoever asks later."""
    folder = begun(home)
    with home.claims.claim("mine", ["loc"]):
        pass
    assert "mine" in list(home.touching({"loc", "more"}))
    related = folders.related(home, {"loc"})
    assert [run for run in related if run == folder] == [folder]


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
    assert home == type(home)(*(getattr(home, name) for name in home.__slots__))  # type: ignore[attr-defined]
    assert hash(home) == hash(home)
    assert home.shown
