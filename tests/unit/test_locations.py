"""The locations file: what it lists, which location a text means, what it refuses."""

# ruff: noqa: S105, S106 - made up, and names of places

from __future__ import annotations

from pathlib import Path

import pytest

from importer import locations
from importer.errors import UsageError
from importer.locations import Location, Locations

BERLIN = "ve9EPM428h8vShlRW1KT"
ALTONA = "Z4Bxl8J4SaPEPLq9IQ8g"
SECRET = "pit-0123-do-not-show"
EXAMPLE = Path(__file__).parents[2] / "config" / "locations.toml"


def listing(text: str, folder: Path) -> Locations:
    path = folder / "locations.toml"
    path.write_text(text, "utf-8")
    return locations.load(path, "locations.toml")


def entry(**keys: str) -> str:
    lines = [f'{key} = "{value}"' for key, value in keys.items()]
    return "\n".join(["[[locations]]", *lines, ""])


def refusal(text: str, folder: Path) -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        listing(text, folder)
    assert SECRET not in f"{caught.value} {caught.value.remedy}"
    return str(caught.value), caught.value.remedy


def test_a_file_lists_locations_in_its_order(tmp_path: Path) -> None:
    """Ids, names and places of tokens are what was written, paths from its folder."""
    found = listing(
        entry(id=BERLIN, name=" Berlin ", token_env="TOKEN_B")
        + entry(id=ALTONA, name="Hamburg  Altona", token_file="altona.token")
        + entry(id="short1"),
        tmp_path,
    )
    assert found.listed == (
        Location(BERLIN, "Berlin", "TOKEN_B"),
        Location(ALTONA, "Hamburg Altona", "", Path("altona.token")),
        Location("short1"),
    )
    assert (len(found), found.named, found.own_tokens) == (3, True, True)
    assert found.file == "locations.toml"


def test_the_example_lists_nothing_until_somebody_changes_it(tmp_path: Path) -> None:
    """Shipped and copied as it is, it switches nothing on; uncommented it works."""
    text = EXAMPLE.read_text("utf-8")
    assert listing(text, tmp_path) == Locations()
    lively = "\n".join(
        line.removeprefix("#")
        if line.startswith(("#[[", "#id", "#name", "#tok"))
        else ""
        for line in text.splitlines()
    )
    assert [one.name for one in listing(lively, tmp_path).listed] == [
        "Berlin",
        "Hamburg Altona",
        "Wien",
    ]


def test_a_name_means_its_location_in_any_case_and_spacing(tmp_path: Path) -> None:
    """Exact otherwise: a part of a name, or one with a typo, means nothing."""
    found = listing(entry(id=ALTONA, name="Hamburg Altona"), tmp_path)
    for text in ("Hamburg Altona", " hamburg\t ALTONA ", ALTONA):
        assert found.find(text) == ALTONA
    for text in ("Hamburg", "HamburgAltona", ALTONA.lower(), ""):
        assert found.find(text) == ""


def test_the_nearest_name_is_found_whatever_its_case(tmp_path: Path) -> None:
    """What looks like none of them gets no proposal."""
    found = listing(
        entry(id=BERLIN, name="Berlin") + entry(id=ALTONA, name="Wien"), tmp_path
    )
    assert found.nearest("berln") == "Berlin"
    assert found.nearest("BERLN") == "Berlin"
    assert found.nearest("Zanzibar") == ""


def test_proposals_stop_before_they_take_hours(tmp_path: Path) -> None:
    """A file may hold a million different wrong names, and thousands be listed."""
    found = listing(entry(id=BERLIN, name="Berlin"), tmp_path)
    for number in range(2000):
        found.nearest(f"wrong {number}")
    assert found.nearest("berln") == ""


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (BERLIN, True),
        ("6578278e879ad2646715ba9c", True),
        ("Berlin", False),
        ("Bad Oeynhausen am Rhein", False),
        ("Großostheimstraße12", False),
    ],
)
def test_what_is_not_listed_is_an_id_only_if_it_looks_like_one(
    text: str, is_one: bool
) -> None:
    """HighLevel's have 20 letters and digits or more; names seldom do."""
    assert locations.looks_like_id(text) is is_one


def test_only_locations_with_a_name_have_one(tmp_path: Path) -> None:
    """A report names what is listed with a name, and nothing else."""
    found = listing(entry(id=BERLIN, name="Berlin") + entry(id=ALTONA), tmp_path)
    assert found.names([BERLIN, ALTONA, "unlisted"]) == {BERLIN: "Berlin"}
    assert str(found.by_id[BERLIN]) == f"Berlin ({BERLIN})"
    assert str(found.by_id[ALTONA]) == ALTONA


@pytest.mark.parametrize(
    "text",
    [
        entry(id=BERLIN, token=SECRET),
        entry(id=BERLIN, access_token=SECRET),
        entry(id=BERLIN, PIT=SECRET),
        entry(id=BERLIN, token_env=SECRET),
        entry(id=BERLIN, token_file=SECRET),
        entry(id=BERLIN, name=f"Bearer {SECRET}"),
        entry(id=BERLIN, token_env="eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln"),
        f'token = "{SECRET}"\n',
    ],
)
def test_a_token_in_the_file_is_refused_and_not_repeated(
    text: str, tmp_path: Path
) -> None:
    """Files get shared and committed, messages too; both ways out are named."""
    message, remedy = refusal(text, tmp_path)
    assert "a token stands here" in message
    assert "token_env" in remedy
    assert "token_file" in remedy
    assert "eyJ" not in message + remedy


def test_an_id_may_begin_like_a_token(tmp_path: Path) -> None:
    """Random letters make everything sooner or later."""
    ids = ("eyJ4SaPEPLq9IQ8gZ4Bx", "pitMoxrwB2OH57OhNZqh")
    found = listing("".join(entry(id=one) for one in ids), tmp_path)
    assert tuple(found.by_id) == ids


GOOD = entry(id=BERLIN, name="Berlin")


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        (
            GOOD + entry(id=ALTONA, token_fiel="x"),
            'line 6, location 2: there is no key "token_fiel"',
            "Did you mean token_file?",
        ),
        (
            GOOD + entry(id=ALTONA, colour="x"),
            'line 6, location 2: there is no key "colour"',
            "Write one of: id, name, tags, token_env, token_file.",
        ),
        ("[defaults]\n", 'there is no key "defaults"', "[[locations]]"),
        ("[locations]\nid = '1'\n", "no list of locations", "two brackets"),
        ("locations = ['x']\n", "no list of locations", "two brackets"),
        (GOOD + entry(name="Wien"), "line 4, location 2: it has no id", "id = …"),
        (GOOD + entry(id="a b"), 'line 5, location 2: "a b" is no location id', "Copy"),
        (GOOD + entry(id=BERLIN), f"the id {BERLIN} is that of location 1", "Keep one"),
        (
            GOOD + entry(id=ALTONA, name=" BERLIN"),
            'line 6, location 2: the name "BERLIN" is that of location 1',
            "Give each its own",
        ),
        (
            GOOD + entry(id=ALTONA, name=BERLIN.upper()),
            "line 6, location 2: its name is the id of location 1",
            "another name",
        ),
        (
            entry(id=BERLIN, token_env="A", token_file="b"),
            "line 4, location 1: it has both",
            "Keep one",
        ),
        (
            entry(id=BERLIN, token_env="not-a-name"),
            "line 3, location 1: token_env is not the name of an environment variable",
            "HIGHLEVEL_TOKEN_BERLIN",
        ),
        (entry(id=BERLIN, token_env=""), "not the name of", "HIGHLEVEL_TOKEN_BERLIN"),
        (
            entry(id=BERLIN, token_env="IMPORTER_BERLIN"),
            "names that begin so are settings",
            "HIGHLEVEL_TOKEN_BERLIN",
        ),
        (entry(id=BERLIN, token_file=" "), "token_file names no file", "Name a file"),
        ("[[locations]]\nid = 7\n", "line 2, location 1: id is no text", "quotation"),
        ("locations = [{id = 7}]\n", "locations.toml, location 1: id", "quotation"),
        ("[[locations]\n", "is not valid TOML: ", "[[locations]]"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place_and_a_way_out(
    text: str, message: str, remedy: str, tmp_path: Path
) -> None:
    """File, line, which location, what is wrong and what to write instead."""
    said, way_out = refusal(text, tmp_path)
    assert said.startswith("locations.toml")
    assert message in said
    assert remedy in way_out


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_file_that_cannot_be_read_is_refused(
    content: bytes | None, tmp_path: Path
) -> None:
    """Missing, or not text: it was named, so it is not passed over."""
    path = tmp_path / "locations.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"locations\.toml"):
        locations.load(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"Run a is working on location {BERLIN} now.", f"location Berlin ({BERLIN})"),
        (f"It is gone from {BERLIN}.", f"from Berlin ({BERLIN})."),
        (f"Location Berlin ({BERLIN}): no", f"Location Berlin ({BERLIN}): no"),
        (
            f"see runs/{BERLIN}/a and {BERLIN}.csv",
            f"see runs/{BERLIN}/a and {BERLIN}.c",
        ),
        (f"x{BERLIN} {BERLIN}x {ALTONA}", f"x{BERLIN} {BERLIN}x {ALTONA}"),
    ],
)
def test_a_sentence_gets_the_names_of_the_ids_it_has(text: str, said: str) -> None:
    """Once, and where an id stands for itself: no path and no longer word."""
    listed = Locations((Location(BERLIN, "Berlin"), Location(ALTONA)))
    assert said in listed.in_sentence(text)
    assert Locations((Location(BERLIN),)).in_sentence(text) == text
