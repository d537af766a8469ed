"""Sheets without rows in front of the one with the collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer import settings
from importer.errors import InputError
from importer.intake.check import check_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from importer.intake.check import CheckResult

COLLECTIONS = [["Bezeichnung", "URL-Slug"], ["Hüte", "huete"]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(here: Path, *sheets: list[list[str]], **options: object) -> CheckResult:
    book = openpyxl.Workbook()
    del book["Sheet"]
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(row)
    book.save(here / "book.xlsx")
    chosen = settings.load({"location_id": "L", **options})
    return check_inputs((here / "book.xlsx",), chosen)


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ([[]], "the sheet S1 has no rows, and is not read"),
        ([[["Our shop"]]], "the sheet S1 has no rows, and is not read"),
        ([[["Stand", "März"]]], "the sheet S1 has no rows, and is not read"),
        ([[], [["Our shop"]]], "the sheets S1, S2 have no rows, and are not read"),
    ],
)
def test_a_cover_in_front_is_passed_over_and_told(
    here: Path, front: list[list[list[str]]], told: str
) -> None:
    """The first sheet that holds collections is read."""
    result = check(here, *front, COLLECTIONS)
    (file,) = result.files
    assert (file.sheet, file.rows) == (f"S{len(front) + 1}", 1)
    assert told in file.notes


def test_a_header_of_collections_without_rows_is_not_passed_over(here: Path) -> None:
    """It is to be filled in; what stands behind it may be another year's."""
    with pytest.raises(InputError, match="S1: it has a header but no rows"):
        check(here, [["name", "slug"]], COLLECTIONS)


def test_a_sheet_that_was_asked_for_is_the_only_one(here: Path) -> None:
    """Also where it is blank."""
    with pytest.raises(InputError, match="S1: there is nothing in it"):
        check(here, [], COLLECTIONS, sheet="S1")


def test_a_workbook_of_blank_sheets_is_refused_by_its_first(here: Path) -> None:
    """There is nothing to go on to."""
    with pytest.raises(InputError, match="S1: it has a header but no rows"):
        check(here, [["Our shop"]], [], [["x"]])


def test_what_is_behind_a_cover_and_is_no_table_of_collections_is_refused(
    here: Path,
) -> None:
    """The sheets behind it are looked at, too."""
    result = check(here, [], [["x", "y"], ["1", "2"]], COLLECTIONS)
    assert result.files[0].sheet == "S3"
