"""Which locations a table goes into: all, names, a file of names, a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer import settings
from importer.errors import UsageError
from importer.settings import Values

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = "ve9EPM428h8vShlRW1KT"
ALTONA = "Z4Bxl8J4SaPEPLq9IQ8g"
WIEN = "6578278e879ad2646715ba9c"
LISTED = f"""
[[locations]]
id = "{BERLIN}"
name = "Berlin"
tags = ["dental", "North  Sea", "Dental"]

[[locations]]
id = "{ALTONA}"
name = "Hamburg, Altona"
tags = ["dental"]

[[locations]]
id = "{WIEN}"
name = "Wien"
"""


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a locations file, and no environment."""
    for name in Values.model_fields:
        monkeypatch.delenv(f"IMPORTER_{name.upper()}", raising=False)
    monkeypatch.delenv("HIGHLEVEL_LOCATION_ID", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "locations.toml").write_text(LISTED, "utf-8")
    return tmp_path


def chosen(**given: Any) -> tuple[str, ...]:
    return settings.load(given).into


def refused(**given: Any) -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        _ = settings.load(given).into
    return str(caught.value), caught.value.remedy


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({}, ()),
        ({"into": ""}, ()),
        ({"into": "all"}, (BERLIN, ALTONA, WIEN)),
        ({"where": "tag=dental"}, (BERLIN, ALTONA)),
        ({"into": "all", "where": "tag=DENTAL,tag=north sea"}, (BERLIN,)),
        ({"into": f" wien , {BERLIN}"}, (WIEN, BERLIN)),
        ({"into": '"Hamburg, Altona",Wien'}, (ALTONA, WIEN)),
        ({"into": ["Hamburg, Altona"]}, (ALTONA,)),
        ({"into": "AnIdThatIsNotListed1"}, ("AnIdThatIsNotListed1",)),
        ({"into": "Wien,Berlin", "where": "tag=dental"}, (BERLIN,)),
    ],
)
def test_names_ids_and_tags_choose_locations_in_their_order(
    given: dict[str, Any], ids: tuple[str, ...]
) -> None:
    """The order is that of the list which names them."""
    assert chosen(**given) == ids


def test_a_file_names_a_location_on_each_line(here: Path) -> None:
    """Commas belong to names there; comments and blank lines are no names."""
    (here / "some, of them.txt").write_text(
        f"# clients\n\nHamburg, Altona\n  {WIEN}  \n", "utf-8-sig"
    )
    assert chosen(into="@some, of them.txt") == (ALTONA, WIEN)


@pytest.mark.parametrize(
    ("given", "message", "remedy"),
    [
        ({"into": "Berln"}, '"Berln" is neither a name', 'Did you mean "Berlin"?'),
        ({"into": "Wein,x,y,Berlni"}, '"Wein", "x", "y", 1 more are', '"Wien"'),
        ({"into": "all,Wien"}, "others are named, too", "Write all, or the names."),
        ({"into": "Hamburg, Altona"}, "its comma makes", "'\"Hamburg, Altona\"'"),
        ({"into": "Berlin,berlin"}, '"Berlin" and "berlin" are one', "Take one"),
        ({"into": f"Wien,Wien,{WIEN}"}, '"Wien" is one location', "Take one"),
        ({"where": "tag=dentl"}, 'has the tag "dentl"', "Did you mean dental?"),
        ({"where": "tag=x"}, 'has the tag "x"', "There are: North Sea, dental."),
        ({"into": "Wien", "where": "tag=dental"}, "Of 1 chosen location none", "Name"),
        ({"into": "@gone.txt"}, "@gone.txt: the file cannot be read", "Name a file"),
        ({"into": "@empty.txt"}, "no location is named there", "one on each line"),
        ({"into": "@wrong.txt"}, 'wrong.txt, line 2: "Berln" is', '"Berlin"'),
        (
            {"into": "all", "location_id": "Wien"},
            "--location-id says one (Wien)",
            "Leave one of them out.",
        ),
        (
            {"into": "all", "locations_file": ""},
            "and none is listed",
            "List them in locations.toml",
        ),
    ],
)
def test_what_means_no_location_is_told_with_what_was_meant(
    here: Path, given: dict[str, Any], message: str, remedy: str
) -> None:
    """Nothing is chosen where one text is wrong."""
    (here / "empty.txt").write_text("# none\n\n")
    (here / "wrong.txt").write_text("Wien\nBerln\n")
    if given.get("locations_file") == "":
        (here / "locations.toml").unlink()
    said, way_out = refused(**given)
    assert message in said
    assert remedy in way_out
    assert said.endswith(".")


@pytest.mark.parametrize("text", ["dental", "tag=", "town=Wien", "tag=a,b"])
def test_a_condition_that_is_none_is_refused(text: str) -> None:
    """It says what to write."""
    with pytest.raises(UsageError) as caught:
        settings.load({"where": text})
    assert "tag=dental" in caught.value.remedy


@pytest.mark.parametrize("tags", ['"dental"', "[1]", '["a,b"]', '["a=b"]', '[" "]'])
def test_tags_that_cannot_be_named_are_refused(here: Path, tags: str) -> None:
    """A comma or an equals sign would be one of the condition's own."""
    text = LISTED.replace('["dental"]', tags)
    (here / "locations.toml").write_text(text, "utf-8")
    said, remedy = refused(into="all")
    assert "line 10, location 2" in said
    assert "tag" in remedy


def test_a_location_that_is_typed_goes_before_the_locations_of_a_file(
    here: Path,
) -> None:
    """And the other way round: what is nearer to the person counts."""
    (here / "importer.toml").write_text('into = "all"\n')
    assert chosen(location_id="Wien") == ()
    (here / "importer.toml").write_text('location_id = "Wien"\n')
    assert chosen(into="Berlin") == (BERLIN,)


def test_what_was_chosen_is_kept_with_the_run(here: Path) -> None:
    """A locations file that was changed since chooses nothing else."""
    kept = settings.load({"where": "tag=dental"}).kept(("into", "where", "location_id"))
    assert kept == {"into": f"{BERLIN},{ALTONA}", "where": "", "location_id": ""}
    (here / "locations.toml").unlink()
    (here / "importer.toml").write_text('where = "tag=other"\nlocation_id = "x"\n')
    again = settings.load().keeping(kept)
    assert again.into == (BERLIN, ALTONA)
    assert again.kept(kept) == kept


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (5, ("5",)),
        ("5", ("5",)),
        ("Berlin, Wien", ("Berlin", "Wien")),
        (0, ()),
        ("0", ()),
        ("none", ()),
        ('"Hamburg, Altona"', ("Hamburg, Altona",)),
    ],
)
def test_a_canary_is_a_number_or_names(given: Any, value: tuple[str, ...]) -> None:
    """0 and none are none."""
    assert settings.load({"canary": given}).values.canary == value


@pytest.mark.parametrize("given", [-1, "-1", "5%", True])
def test_a_canary_that_is_neither_is_refused(given: Any) -> None:
    """A share of locations is no number of them."""
    with pytest.raises(UsageError) as caught:
        settings.load({"canary": given})
    assert "such as 5" in caught.value.remedy


def test_a_canary_that_may_not_be_looked_at_is_refused() -> None:
    """It is sent and audited, and nothing follows where that is forbidden."""
    with pytest.raises(UsageError, match="--no-audit"):
        settings.load({"canary": 1, "audit": False})
