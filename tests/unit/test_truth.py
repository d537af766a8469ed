"""TRUE and FALSE as spreadsheets write them, where they decide what rules mean."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from importer import settings, truth
from importer.intake import judged, tables
from importer.intake.claims import Seen
from importer.models import Invalid

if TYPE_CHECKING:
    from pathlib import Path

YES = ("TRUE", "true", "1", "WAHR", "VRAI", "VERDADERO", "VERO", "WAAR", "PRAWDA")
NO = ("FALSE", "0", "FALSCH", "FAUX", "FALSO", "ONWAAR", "FAŁSZ", "não")
RULES = [
    {"column": "title", "relation": "contains", "condition": text} for text in "xy"
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judge(path: Path, header: list[str], *rows: list[str]) -> list[Any]:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    chosen = settings.load({"location_id": "L"})
    (opened,) = tables.open_inputs((path,), chosen)
    found = judged.rows(opened, Seen(), chosen.checking, chosen.locations)
    return [row for _, row in found]


def logic(row: Any) -> str:
    return str(row.parts["rules"]["logic"])


@pytest.mark.parametrize("word", [*YES, *NO])
def test_a_word_is_yes_or_no_and_not_both(word: str) -> None:
    """In capitals and small letters."""
    for text in (word, word.lower(), f" {word} "):
        assert (truth.is_yes(text), truth.is_no(text)) == (word in YES, word in NO)


@pytest.mark.parametrize(
    ("said", "wanted"), [*((w, "OR") for w in YES), *((w, "AND") for w in (*NO, ""))]
)
def test_any_or_all_is_understood_in_any_language(
    here: Path, said: str, wanted: str
) -> None:
    """Shopify's `disjunctive`, saved once more by a German spreadsheet, is WAHR."""
    header = ["handle", "title", "body_html", "rules", "disjunctive"]
    row = ["a", "A", "", json.dumps(RULES), said]
    assert logic(judge(here / "t.csv", header, row)[0]) == wanted
    header = ["id", "handle", "title", "ruleSet", "descriptionHtml"]
    rule_set = json.dumps({"appliedDisjunctively": said, "rules": RULES})
    row = ["gid://shopify/Collection/1", "a", "A", rule_set, ""]
    assert logic(judge(here / "t.csv", header, row)[0]) == wanted


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        (
            ["handle", "title", "body_html", "rules", "disjunctive"],
            ["a", "A", "", json.dumps(RULES), "maybe"],
            "disjunctive",
        ),
        (
            ["id", "handle", "title", "ruleSet", "descriptionHtml"],
            [
                "gid://shopify/Collection/1",
                *("a", "A"),
                json.dumps({"appliedDisjunctively": "maybe", "rules": RULES}),
                "",
            ],
            "appliedDisjunctively",
        ),
    ],
)
def test_what_is_neither_is_told_and_not_guessed(
    here: Path, header: list[str], row: list[str], column: str
) -> None:
    """All conditions, or any of them: a guess would choose other products."""
    (found,) = judge(here / "t.csv", header, row)
    assert isinstance(found, Invalid)
    assert f"{column} is maybe, which does not say whether all" in str(
        found.problems[0]
    )


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("any condition", "OR"),
        ("all conditions", "AND"),
        ("", "AND"),
        ("WAHR", "OR"),
        ("alle", ""),
    ],
)
def test_must_match_of_matrixify_is_understood_or_told(
    here: Path, said: str, wanted: str
) -> None:
    """With one condition it does not matter."""
    columns = ["Handle", "Title", "Top Row", "Must Match"]
    rule = ["Rule: Product Column", "Rule: Relation", "Rule: Condition"]
    rows = [
        ["a", "A", "WAHR", said, "Title", "Contains", "x"],
        ["a", "", "", "", "Title", "Contains", "y"],
    ]
    (row,) = judge(here / "t.csv", [*columns, *rule], *rows)
    if wanted:
        assert logic(row) == wanted
    else:
        assert "Must Match is alle" in str(row.problems[0])
    (row,) = judge(here / "t.csv", [*columns, *rule], rows[0])
    assert logic(row) == "AND"
