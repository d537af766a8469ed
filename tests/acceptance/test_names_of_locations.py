"""Locations that the file names are said by their names, wherever a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_overlap import holding
from test_terminal import seated

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.measured


@pytest.fixture
def named(importer: Importer, sandbox: Callable[..., Sandbox]) -> Importer:
    """An importer with a locations file that names both of its locations."""
    listed = {"Berlin": importer.location, "Hamburg": importer.other_location}
    text = "".join(
        f'[[locations]]\nid = "{one}"\nname = "{name}"\n'
        for name, one in listed.items()
    )
    (importer.folder / "locations.toml").write_text(text, "utf-8")
    importer.environment |= {
        "IMPORTER_BASE_URL": sandbox().url,
        "IMPORTER_LOCATIONS_FILE": "locations.toml",
        "IMPORTER_SETTLE_PAUSES": "0.1,0.1",
    }
    return importer


def test_a_plan_says_the_names_and_its_document_the_ids(named: Importer) -> None:
    """A line has the name alone, the forecast of one location its id, too."""
    two = [*named.rows(1), *named.rows(1, named.other_location)]
    ended = named("plan", named.write("two.csv", two))
    assert "+ two.csv, row 2: collection-0 in Berlin\n" in ended.out
    assert "+ two.csv, row 3: collection-0 in Hamburg\n" in ended.out
    assert named.location not in ended.out

    one = named.write("one.csv", named.rows(1))
    ended = named("plan", one, "-o", "plan.json")
    assert (
        f"1 to create in Berlin ({named.location}), 0 already exist: 1 call"
        in ended.out
    )
    assert "Berlin" not in named("plan", one, "--json").out


def test_what_has_changed_since_a_plan_is_said_with_the_name(named: Importer) -> None:
    """Exit 9 names the location that a person has to look at."""
    one = named.write("one.csv", named.rows(1))
    assert named("plan", one, "-o", "plan.json").code == 0
    assert named("run", one).code == 0
    ended = named("run", "--plan", "plan.json")
    assert ended.code == 9
    assert f"has appeared in location Berlin ({named.location});" in ended.err


def test_what_another_run_holds_is_said_with_the_name(named: Importer) -> None:
    """Whether the run is refused or leaves the location to the other one."""
    both = [*named.rows(1), *named.rows(1, named.other_location)]
    name = named.write("both.csv", both)
    with holding(named, "first", named.location):
        refused = named("run", name, "--on-overlap", "fail")
        left = named("run", name, "--on-overlap", "skip", "--quiet")
    place = f"is working on location Berlin ({named.location})"
    assert (refused.code, left.code) == (8, 11)
    assert place in refused.err
    assert place in left.out
    assert "Berlin: " in left.out
    assert named.folder.joinpath("locations.toml").exists()


def test_an_undo_asks_with_the_name(named: Importer) -> None:
    """What is about to be deleted stands in a place that a person knows."""
    name = named.write("one.csv", named.rows(1))
    assert named("run", name, "--run-id", "mine").code == 0
    with seated(named, "undo", "mine") as undo:
        undo.hears("Delete 1 collection in Berlin (")
        undo.type("n\n")
        undo.ends()
