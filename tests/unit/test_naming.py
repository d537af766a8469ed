"""Rows that say a location's name: what they mean, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from importer import validation
from importer.locations import Location, Locations
from importer.models import Code, Fields, Invalid, Place, Problem, Row, Valid

BERLIN = "ve9EPM428h8vShlRW1KT"
UNLISTED = "Z4Bxl8J4SaPEPLq9IQ8g"
LISTED = Locations(
    (Location(BERLIN, "Berlin"), Location("short1", "Bad Homburg")), "locations.toml"
)
COLUMNS = {"location_id": "Sub-Account"}


def fields(location: str | None, *problems: Problem, **values: str) -> Fields:
    said = {"name": "Best", "slug": "best", "type": "smart", "rules": RULES} | values
    if location is not None:
        said["location_id"] = location
    return Fields(Row.at(Place("a.csv", "", 2, 2), ()), said, COLUMNS, problems)


RULES = '{"logic": "AND", "conditions": [{}]}'


def check(
    location: str | None, default: str = "", *problems: Problem, **values: str
) -> Valid | Invalid:
    options = validation.Options(location_id=default)
    return validation.location_names.check(
        fields(location, *problems, **values), options, LISTED
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Berlin", BERLIN),
        (" BERLIN ", BERLIN),
        (BERLIN, BERLIN),
        ("bad  homburg", "short1"),
        ("short1", "short1"),
        (UNLISTED, UNLISTED),
    ],
)
def test_a_listed_name_or_any_id_becomes_the_id(said: str, meant: str) -> None:
    """The id is what counts from here on, so a name and its id are one identity."""
    checked = check(said)
    assert isinstance(checked, Valid)
    assert checked.definition.location_id == meant


def test_the_default_counts_where_a_row_names_no_location() -> None:
    """It is an id by then."""
    checked = check(None, BERLIN)
    assert isinstance(checked, Valid)
    assert checked.definition.location_id == BERLIN


@pytest.mark.parametrize("said", ["Berln", "bad-homburg", "Zz", "Rhein-Main-Gebiet"])
def test_what_is_neither_name_nor_id_is_the_problem_and_a_name_is_proposed(
    said: str,
) -> None:
    """Also a text that has only letters: as an id it would be a place that is none."""
    checked = check(said)
    assert isinstance(checked, Invalid)
    (problem,) = checked.problems
    assert (problem.code, problem.column) == (Code.LOCATION_INVALID, "Sub-Account")
    assert problem.message.startswith(f"{said} is neither a name in locations.toml")
    proposed = {"Berln": "Write Berlin,", "bad-homburg": "Write Bad Homburg,"}
    assert proposed.get(said, "Write one of these names,") in problem.remedy
    assert checked.location_id == said


def test_the_other_problems_of_the_row_are_told_as_well() -> None:
    """All problems at once, the location's first and only once."""
    checked = check("Berlin Mitte", slug="Not Good")
    assert isinstance(checked, Invalid)
    codes = [problem.code for problem in checked.problems]
    assert codes == [Code.LOCATION_INVALID, Code.SLUG_INVALID]


def test_a_row_without_a_location_is_asked_for_one() -> None:
    """A blank cell is no wrong name."""
    checked = check(None)
    assert isinstance(checked, Invalid)
    assert [one.code for one in checked.problems] == [Code.LOCATION_MISSING]


def test_a_row_that_does_not_line_up_has_that_one_problem() -> None:
    """What stands in which field is guesswork then."""
    ragged = Problem(Code.ROW_TOO_SHORT, {"cells": 3, "width": 4})
    checked = check("Berln", "", ragged)
    assert isinstance(checked, Invalid)
    assert checked.problems == (ragged,)
