"""`importer check` with --all and --report, and what is said once of a whole table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from conftest import Importer

RED = "FFFFC7CE"


def test_every_row_that_has_a_problem_is_shown(importer: Importer) -> None:
    """Not only the first three of each kind."""
    rows = [f"{row},x{n}.png" for n, row in enumerate(importer.rows(300))]
    name = importer.write("shop.csv", rows, f"{importer.header},image")
    few, whole = importer("check", name), importer("check", name, "--all")

    assert few.code == whole.code == 3
    assert few.out.count("image: x") == 3
    assert "… and 297 more" in few.out
    assert whole.out.count("image: x") == 300
    assert "more" not in whole.out.lower().replace("more: importer", "")


@pytest.mark.parametrize("location", ["", "no such place"])
def test_what_is_wrong_with_every_location_is_said_once(
    importer: Importer, location: str
) -> None:
    """Missing or wrong in all rows: one sentence, and JSON has it for each row."""
    rows = importer.rows(3, location)
    rows[1] += "x"
    name = importer.write("shop.csv", rows)
    ended = importer("check", name)

    assert ended.code == 3
    assert ended.out.count("location_id: ") == 1
    assert "shop.csv, all 3 rows: location_id: " in ended.out
    assert "shop.csv, row 3: product_ids: " in ended.out
    problems = importer("check", name, "--json").document["problems"]
    assert [one["column"] for one in problems].count("location_id") == 3


def test_a_location_that_only_some_rows_lack_is_said_of_those(
    importer: Importer,
) -> None:
    """Two files: of one it is said once, of the other by its row."""
    one = importer.write("one.csv", importer.rows(2, ""))
    mixed = [*importer.rows(1, "", 5), *importer.rows(1, first=6)]
    other = importer.write("two.csv", mixed)
    ended = importer("check", one, other)

    assert "one.csv, all 2 rows: location_id: " in ended.out
    assert "1 row: the location is missing (location_missing)" in ended.out
    assert "two.csv, row 2: location_id: " in ended.out


def test_words_in_a_column_of_ids_are_sent_to_the_column_of_names(
    importer: Importer,
) -> None:
    """Names of products are no ids, and there is a column for them."""
    row = f'{importer.location},A,a,manual,"Alle, Sommerkleider"'
    number = f"{importer.location},B,b,manual,12345"
    ended = importer("check", importer.write("shop.csv", [row, number]))

    told, other = (line for line in ended.out.splitlines() if "product_ids: " in line)
    assert "Alle, Sommerkleider are no product ids." in told
    assert "column product_names" in told
    assert "product_names" not in other


def test_a_check_gives_the_table_back_with_its_problems_marked(
    importer: Importer,
) -> None:
    """Red cells with notes, the columns and rows of the input, and no network."""
    rows = [*importer.rows(2), f"{importer.location},Kitchen,Kit chen,manual,x"]
    rows.append(f"{importer.location},Again,collection-0,manual,{importer.product}")
    name = importer.write("shop.csv", rows)
    ended = importer("check", name, "--report", "marked.xlsx", "--limit", "4")

    assert ended.code == 3
    assert "marked.xlsx: written." in ended.out
    assert ended.out.rstrip().endswith("then: importer check marked.xlsx")
    sheet: Any = openpyxl.load_workbook(importer.folder / "marked.xlsx")["shop"]
    found = [[cell.value for cell in row] for row in sheet.iter_rows(max_col=5)]
    assert [",".join(map(str, row)) for row in found[1:]] == rows
    red = {
        cell.coordinate: cell.comment.text
        for row in sheet.iter_rows(max_col=5)
        for cell in row
        if cell.fill.fgColor.rgb == RED
    }
    assert sorted(red) == ["C4", "C5", "E4"]
    assert "kit-chen" in red["C4"]
    assert importer("check", "marked.xlsx").code == 3


def test_a_marked_workbook_is_refused_where_it_would_harm(importer: Importer) -> None:
    """Neither another ending, nor a file that is there, nor a copy beside it."""
    name = importer.write("shop.csv", importer.rows(1))
    assert importer("check", name, "--report", "marked.csv").code == 2
    assert importer("check", name, "--report", "m.xlsx", "--fix", "f.csv").code == 2
    assert importer("check", "-", "--report", "m.xlsx").code == 2
    assert importer("check", name, "--report", "m.xlsx").code == 0
    assert importer("check", name, "--report", "m.xlsx").code == 2
    again = importer("check", name, "--report", "m.xlsx", "--force", "--json")
    assert again.code == 0
    assert again.document["collections"] == 1
