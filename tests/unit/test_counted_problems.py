"""All problems of a row are told at once, and each is counted for every row with it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from importer import rules, settings
from importer.intake.check import CheckResult, check_inputs
from importer.models import Code

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
GOOD = {
    "location_id": LOCATION,
    "name": "Hats",
    "slug": "hats",
    "type": "",
    "product_ids": "655b33a82209e60b6adb87a5",
    "product_skus": "",
    "image": "",
    "rules": "",
}


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(*rows: dict[str, str], **options: Any) -> CheckResult:
    with Path("shop.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, GOOD)
        writer.writeheader()
        writer.writerows(GOOD | row for row in rows)
    return check_inputs(("shop.csv",), settings.load(options))


def test_a_problem_is_counted_for_every_row_that_has_it() -> None:
    """Also where another problem of the row is told in front of it."""
    result = check(
        {"slug": "Hats", "image": "a.png"},
        {"slug": "Caps", "name": ""},
        {"slug": "ok", "image": "b.png"},
    )

    assert result.codes() == {
        "slug_invalid": 2,
        "image_not_a_url": 2,
        "name_missing": 1,
    }
    assert [line.code for line in result.lines()] == [
        "slug_invalid",
        "name_missing",
        "image_not_a_url",
    ]


def test_a_row_that_has_a_problem_twice_counts_once() -> None:
    """Two SKUs that a spreadsheet has destroyed are two problems of one row."""
    result = check({"product_skus": "6.40398E+11;6.5E+11", "slug": "Hats"})

    assert result.codes() == {"product_name_invalid": 1, "slug_invalid": 1}
    assert len(list(result.problems())) == 3


def test_every_problem_has_an_example_of_its_own() -> None:
    """A row stands whole below its first problem, and in part below the others."""
    result = check({"slug": "Hats", "image": "a.png"})

    first, second = result.examples(3)
    assert (first.code, second.code) == ("slug_invalid", "image_not_a_url")
    assert "slug: " in first.message
    assert "image: " in first.message
    assert "slug: " not in second.message
    assert "image: " in second.message


def test_problems_of_products_by_name_stand_beside_those_of_cells() -> None:
    """Neither hides the other."""
    (line,) = check(
        {"product_skus": "6.40398E+11", "image": "a.png", "type": "x"}
    ).lines()

    told = "image: ", "product_skus: ", "type: "
    assert all(column in line.message for column in told)


def test_all_that_is_wrong_with_rules_in_words_is_told_at_once() -> None:
    """What is no condition, and what HighLevel lacks."""
    with pytest.raises(rules.NoRulesError) as wrong:
        rules.compact("nonsense AND tag equals x OR price < 4 AND more nonsense")

    text = str(wrong.value)
    assert "AND and OR are mixed" in text
    assert '"nonsense" is no condition' in text
    assert '"more nonsense" is no condition' in text
    assert "A smart collection there looks at" in text


def test_a_remark_is_counted_for_every_row_that_has_it() -> None:
    """A row with a second one counts in both."""
    result = check(
        {"name": "A &amp; B", "type": "manual"}, {"slug": "", "name": "Caps"}
    )

    assert result.remarks == {
        Code.HTML_IN_TEXT: 1,
        Code.SLUG_MADE: 1,
        Code.TYPE_INFERRED: 1,
    }
