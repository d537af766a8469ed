"""A plan on the screen: signs, and how much of a long list is shown."""

from __future__ import annotations

from dataclasses import replace

from importer.cli import messages, plan_view
from importer.models import Place, ReportLine, Status


def line(row: int, status: Status, collection_id: str = "") -> ReportLine:
    """Give a row of a plan."""
    place = Place("shop.csv", "", row, row)
    return ReportLine(place, "Loc1", "Shoes", "shoes", status, collection_id)


def lines(count: int, status: Status, first: int = 2) -> list[ReportLine]:
    """Give rows of one kind."""
    return [line(first + number, status) for number in range(count)]


def test_each_decision_has_a_sign_of_its_own() -> None:
    """One sign for one kind, so that a list can be searched for it."""
    rows = [
        line(2, Status.PLANNED),
        line(3, Status.PLANNED, "id"),
        line(4, Status.EXISTING, "id"),
        line(5, Status.DUPLICATE),
        line(6, Status.INVALID),
        line(7, Status.UNKNOWN),
    ]
    assert "".join(map(plan_view.sign, rows)) == "+*=-!?"


def test_a_short_list_is_shown_whole() -> None:
    """Nothing is hidden of as many lines as a screen has."""
    rows = lines(plan_view.SHOWN_WHOLE, Status.PLANNED)

    shown, hidden = plan_view.chosen(rows)

    assert shown == rows
    assert hidden == {}


def test_of_a_long_list_each_sign_is_shown_and_the_rest_counted() -> None:
    """A thousand that are there already do not hide the one that is new."""
    there, new = lines(1000, Status.EXISTING), lines(1, Status.PLANNED, first=1002)

    shown, hidden = plan_view.chosen([*there, *new])

    assert shown == new
    assert hidden == {"=": 1000}


def test_of_many_new_rows_some_are_shown_before_what_is_wrong() -> None:
    """By sign, and within it in the order of the input."""
    new, bad = lines(100, Status.PLANNED), lines(2, Status.INVALID, first=102)

    shown, hidden = plan_view.chosen([*bad, *new])

    assert shown == [*new[: plan_view.SHOWN_OF_A_SIGN], *bad]
    assert hidden == {"+": 100 - plan_view.SHOWN_OF_A_SIGN}


def test_a_row_that_goes_into_many_locations_tells_its_problem_once() -> None:
    """The others of its lines are counted; what is to be created is shown for each."""
    wrong = replace(line(2, Status.INVALID), message="No.")
    many = [replace(wrong, location_id=place) for place in "abc"]
    good = [replace(line(3, Status.PLANNED), location_id=place) for place in "ab"]
    few, hidden = plan_view.chosen([*many, *good])
    assert [(one.place.row, one.location_id) for one in few] == [
        *((3, place) for place in "ab"),
        (2, "a"),
    ]
    assert hidden == {"!": 2}
    assert messages.examples([*many, replace(wrong, message="Other.")]) == [
        many[0],
        replace(wrong, message="Other."),
    ]
