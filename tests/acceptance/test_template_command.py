"""`importer template` as a process: what is written, and what is not replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

if TYPE_CHECKING:
    from conftest import Importer

pytestmark = pytest.mark.measured

LISTED = """\
[[locations]]
id = "ve9EPM428h8vShlRW1KT"
name = "Berlin"
[[locations]]
id = "Z4Bxl8J4SaPEPLq9IQ8g"
"""


@pytest.mark.parametrize("name", ["new.csv", "new.xlsx"])
def test_a_template_is_known_and_its_example_is_never_sent(
    name: str, importer: Importer
) -> None:
    """Recognised by its own columns, with the location that was given."""
    made = importer("template", name, "--location-id", importer.location, "--json")
    checked = importer("check", name, "--json")

    assert made.code == 0
    assert made.document["file"] == name
    assert made.document["location"] == importer.location
    assert len(made.document["columns"]) == 10
    assert checked.code == 3
    assert checked.document["files"][0]["preset"] == "own"
    (problem,) = checked.document["problems"]
    assert (problem["code"], problem["row"]) == ("example_row", 2)


def test_a_template_is_not_replaced_unasked(importer: Importer) -> None:
    """Exit 2 and the same bytes; --force replaces it."""
    kept = importer.folder / "new.csv"
    kept.write_text("mine")

    refused = importer("template", "new.csv")

    assert refused.code == 2
    assert "--force" in refused.err
    assert kept.read_text() == "mine"
    assert importer("template", "new.csv", "--force").code == 0
    assert kept.read_text("utf-8-sig").startswith("location_id,name,")


def test_locations_are_offered_by_name(importer: Importer) -> None:
    """Those of the locations file, and the example belongs to the first."""
    (importer.folder / "locations.toml").write_text(LISTED)

    ended = importer("template", "new.xlsx")

    book = openpyxl.load_workbook(importer.folder / "new.xlsx")
    assert ended.code == 0
    assert "Row 2 is an example" in ended.out
    assert [cell.value for (cell,) in book["Lists"]] == ["Berlin", importer.location]
    assert book["Collections"]["A2"].value == "Berlin"
    assert importer("check", "new.xlsx").code == 3


def test_a_given_location_is_written_by_its_name(importer: Importer) -> None:
    """The id of a listed location shows as people know it."""
    (importer.folder / "locations.toml").write_text(LISTED)

    args = ("template", "new.csv", "--location-id", "ve9EPM428h8vShlRW1KT", "--json")

    assert importer(*args).document["location"] == "Berlin"


def test_without_a_location_it_says_what_is_missing(importer: Importer) -> None:
    """The cell itself says what to write there."""
    ended = importer("template", "new.csv")

    assert "Write the id of your location" in ended.out
    text = (importer.folder / "new.csv").read_text("utf-8-sig")
    assert "WriteYourLocationIdHere" in text
