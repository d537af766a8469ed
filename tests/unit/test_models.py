"""The nouns: what they say of themselves."""

from __future__ import annotations

import pytest

from importer.models import FINAL_STATUSES, Code, Place, Problem, Status


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("shop.csv", "", 7, 7), "shop.csv, row 7"),
        (Place("shop.csv", "", 7, 9), "shop.csv, rows 7 to 9"),
        (Place("shop.xlsx", "Smart", 2, 2), "shop.xlsx, sheet Smart, row 2"),
    ],
)
def test_a_place_reads_as_a_person_would_look_it_up(place: Place, words: str) -> None:
    """File, sheet and the row as the spreadsheet shows it."""
    assert str(place) == words


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (
            Problem(Code.TYPE_INFERRED, variant="smart"),
            "The row gives no type; it has rules, so it is smart.",
        ),
        (
            Problem(Code.SLUG_MADE, {"value": "a-b"}, column="Slug"),
            "Slug: The row has no slug; a-b was made from the name.",
        ),
        (
            Problem(Code.NAME_MISSING, column="Name"),
            "Name: The collection has no name. Write a name, for example Best Sellers.",
        ),
    ],
)
def test_a_problem_is_one_sentence(problem: Problem, words: str) -> None:
    """The column in front, the way out behind."""
    assert str(problem) == words


def test_a_report_shows_every_status_but_those_of_the_middle() -> None:
    """`planned` and `sending` become something else before a report is written."""
    middle = {Status.PLANNED, Status.SENDING}
    assert set(FINAL_STATUSES) == set(Status) - middle
    assert len(FINAL_STATUSES) == len(set(FINAL_STATUSES))
