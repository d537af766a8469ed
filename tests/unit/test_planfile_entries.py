"""A row of a saved plan: what it holds, and what counts as another one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from importer.journal.history import DecidedRow
from importer.models import InputFile, Status
from importer.runs.planfile import entries

FILE = InputFile("shop.csv", "", "own", 3, ())
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"


def decided(**given: Any) -> DecidedRow:
    """Give a row that would be created, with whatever a test wants otherwise."""
    row: dict[str, Any] = {
        "input": 0,
        "row": 2,
        "row_end": 2,
        "cells": '["Shoes","shoes"]',
        "location_id": LOCATION,
        "name": "Shoes",
        "slug": "shoes",
        "status": Status.PLANNED.value,
        "collection_id": "",
        "code": "",
        "message": "",
        "remark_code": "",
        "remark": "",
        "body": b'{"name":"Shoes"}',
        "fields": None,
    }
    return DecidedRow(**(row | given))


def entry(**given: Any) -> entries.Entry:
    """Give its entry as a plan's file gives it back."""
    made = entries.entry(decided(**given), FILE)
    read: entries.Entry = orjson.loads(entries.encoded(made))
    return read


UPDATE = {
    "collection_id": "old-id",
    "fields": '{"name":["Boots","Shoes"]}',
    "body": b'{"name":"Shoes","altId":"x"}',
}
EXISTING = {"collection_id": "old-id", "status": "existing"}


@pytest.mark.parametrize(
    ("given", "action"),
    [
        ({}, "create"),
        (UPDATE, "update"),
        (EXISTING, "existing"),
        ({"status": "invalid"}, "invalid"),
        ({"status": "duplicate"}, "duplicate"),
        ({"status": "unknown"}, "look_first"),
    ],
)
def test_an_entry_names_what_would_be_done(given: dict[str, Any], action: str) -> None:
    """Each state that a comparison leaves a row in is an action."""
    assert entry(**given)["action"] == action


def test_an_entry_says_why_with_the_words_of_the_check_and_of_the_plan() -> None:
    """Both stand there, the plan's code first."""
    found = entry(
        code="exists_twice", message="Twice.", remark_code="slug_made", remark="Made."
    )

    assert (found["code"], found["reason"]) == ("exists_twice", "Twice. | Made.")
    assert entry(remark_code="slug_made", remark="Made.")["code"] == "slug_made"


def test_an_entry_has_the_fields_that_an_update_changes() -> None:
    """What is there, and what the row says."""
    assert entry(**UPDATE)["changes"] == {"name": ["Boots", "Shoes"]}


def test_an_entry_holds_no_cell_of_the_row() -> None:
    """A plan can be handed on without the table that it was made of."""
    assert b"secret" not in entries.encoded(entry(cells='["secret"]', body=b"secret"))


def test_the_same_row_decided_the_same_does_not_differ() -> None:
    """Also where the file was given another name, and its words were bettered."""
    renamed = entries.entry(
        decided(message="Other words."), InputFile("renamed.csv", "", "own", 3, ())
    )

    assert entries.other_row(entry(), renamed) == ""
    assert entries.other_decision(entry(), renamed) == ""


@pytest.mark.parametrize(
    ("planned", "now", "words"),
    [
        (entry(), entry(cells="[]"), "shop.csv, row 2 (shoes) was changed"),
        (entry(), entry(row=3, row_end=3), "shop.csv, row 3 (shoes) was changed"),
        (None, entry(), "shop.csv, row 2 (shoes) was added"),
        (entry(), None, "shop.csv, row 2 (shoes) is gone"),
        (entry(slug="", name=""), None, "shop.csv, row 2 is gone"),
        (None, None, ""),
    ],
)
def test_another_row_is_named_with_its_place(
    planned: entries.Entry | None, now: entries.Entry | None, words: str
) -> None:
    """Changed, added or gone."""
    assert entries.other_row(planned, now) == words


@pytest.mark.parametrize(
    ("planned", "now", "words"),
    [
        ({}, EXISTING, f"shoes (old-id) has appeared in location {LOCATION}"),
        ({}, UPDATE, "shoes (old-id) has appeared"),
        (EXISTING, {}, f"shoes (old-id) is gone from location {LOCATION}"),
        (
            EXISTING,
            EXISTING | {"collection_id": "new-id"},
            "is another collection now (new-id, not old-id)",
        ),
        (
            UPDATE,
            UPDATE | {"fields": '{"name":["Clogs","Shoes"]}'},
            f"shoes (old-id) was changed in location {LOCATION}",
        ),
        (UPDATE, EXISTING, "shoes (old-id) was changed"),
        ({}, {"status": "unknown"}, "another run may have created shoes"),
        (
            {},
            {"status": "invalid", "code": "slug_invalid"},
            "come to something else now (invalid, slug_invalid, not create)",
        ),
        ({}, {"body": b"{}"}, "a setting, the mapping file or the program"),
        ({}, {"location_id": "Other"}, "a setting, the mapping file or the program"),
    ],
)
def test_another_decision_is_told_with_the_collection(
    planned: dict[str, Any], now: dict[str, Any], words: str
) -> None:
    """What appeared, went or was changed is named, with its id."""
    found = entries.other_decision(entry(**planned), entry(**now))

    assert found.startswith("shop.csv, row 2 (shoes): ")
    assert words in found
