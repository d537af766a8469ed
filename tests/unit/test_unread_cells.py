"""What is known and not read is told: once a table, or with the collection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from importer import settings
from importer.intake import judged, tables
from importer.intake.check import check_inputs
from importer.intake.claims import Seen
from importer.models import Code, Invalid, Valid

if TYPE_CHECKING:
    from pathlib import Path

    from importer.models import Problem

ID = "655b33a82209e60b6adb87a5"
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(folder: Path, text: str, **options: Any) -> tuple[str, list[Any]]:
    """Read a table; return its notes, and its rows."""
    path = folder / "table.csv"
    path.write_text(text, "utf-8")
    chosen = settings.load({"location_id": LOCATION, **options})
    (opened,) = tables.open_inputs((path,), chosen)
    rows = [row for _, row in judged.rows(opened, Seen(), chosen.checking)]
    (file,) = check_inputs((path,), chosen).files
    return "\n".join(file.notes), rows


def differing(row: Valid) -> dict[str, Problem]:
    """The remarks on values that differ, by their column."""
    told = [one for one in row.remarks if one.code is Code.VALUES_DIFFER]
    return {one.column: one for one in told}


def test_another_title_of_the_same_collection_is_told(tmp_path: Path) -> None:
    """Rows of one collection that say different names: the first counts."""
    text = "Handle,Title,Top Row\nhats,Hats,TRUE\nhats,Caps,\nhats,Caps,\n"
    _, (row,) = read(tmp_path, text, require_product_ids=False)
    told = differing(row)["Title"]
    assert row.definition.name == "Hats"
    assert told.message == 'Hats is taken; the file also says "Caps".'
    assert [(cell.row, cell.number) for cell in told.cells] == [(3, 2), (4, 2)]


def test_rows_that_say_the_same_are_not_remarked_on(tmp_path: Path) -> None:
    """Matrixify repeats the title in every row, or leaves it blank."""
    text = "Handle,Title,Top Row\nhats,Hats,TRUE\nhats,Hats,\nhats,,\n"
    _, (row,) = read(tmp_path, text, require_product_ids=False)
    assert differing(row) == {}


def test_a_second_column_for_one_thing_that_differs_is_told(tmp_path: Path) -> None:
    """Of two columns for the title tag the first that is filled counts."""
    text = (
        "Handle,Title,Top Row,Metafield: title_tag [string],Metafield: title_tag\n"
        "hats,Hats,TRUE,Buy hats,Buy caps\n"
    )
    _, (row,) = read(tmp_path, text, require_product_ids=False)
    assert row.definition.seo_title == "Buy hats"
    assert differing(row)["Metafield: title_tag [string]"].parameters["others"] == (
        "Buy caps",
    )


def test_of_many_texts_that_differ_three_are_named(tmp_path: Path) -> None:
    """A line is not filled with what is not taken."""
    rows = "".join(f"hats,Hats {number},\n" for number in range(6))
    text = f"Handle,Title,Top Row\n{rows}"
    _, (row,) = read(tmp_path, text, require_product_ids=False)
    message = differing(row)["Title"].message
    assert message.endswith('also says "Hats 1", "Hats 2", "Hats 3" and 2 more.')


RULE_SET = {
    "appliedDisjunctively": False,
    "rules": [{"column": "TITLE", "relation": "CONTAINS", "condition": "shirt"}],
}


@pytest.mark.parametrize(
    ("column", "text", "taken"),
    [
        ("rules", "title contains hat", "title contains shirt"),
        ("type", "manual", "smart"),
    ],
)
def test_our_own_column_that_an_export_overrules_is_told(
    tmp_path: Path, column: str, text: str, taken: str
) -> None:
    """Rules of the export go before our own column, and make it smart."""
    rules = json.dumps(RULE_SET).replace('"', '""')
    table = f'id,title,handle,ruleSet,{column}\n1,Shirts,shirts,"{rules}",{text}\n'
    _, (row,) = read(tmp_path, table)
    told = differing(row)[column]
    assert told.message == f'{taken} is taken; the file also says "{text}".'
    assert [(cell.row, cell.number) for cell in told.cells] == [(2, 5)]


def test_a_second_column_of_rules_that_differs_is_told(tmp_path: Path) -> None:
    """What rules are made from is said once, too."""
    one = json.dumps(RULE_SET).replace('"', '""')
    two = one.replace("shirt", "hat")
    table = f'id,title,handle,ruleSet,ruleSet\n1,Shirts,shirts,"{one}","{two}"\n'
    _, (row,) = read(tmp_path, table)
    assert [cell.number for cell in differing(row)["ruleSet"].cells] == [5]


def test_a_collection_is_not_listed_as_a_product_of_its_own(tmp_path: Path) -> None:
    """Without a column of parents a bulk export has no products, and ours count."""
    text = "id,title,handle,ruleSet,product_handles\n1,Hats,hats,,red-hat\n"
    _, (row,) = read(tmp_path, text)
    assert [called.texts for called in row.called] == [("red-hat",)]
    assert differing(row) == {}


def test_our_own_handles_that_an_export_overrules_are_told(tmp_path: Path) -> None:
    """The handles of the export's own products are looked up."""
    text = "Handle,Title,Top Row,Product: Handle,product slugs\nhats,Hats,,red,blue\n"
    _, (row,) = read(tmp_path, text)
    assert [called.texts for called in row.called] == [("red",)]
    (told,) = differing(row).values()
    assert [cell.number for cell in told.cells] == [5]


def test_a_second_column_of_products_that_differs_is_told(tmp_path: Path) -> None:
    """Of two columns that list products a row is read by the first that is filled."""
    text = (
        "handle,title,disjunctive,body_html,product_ids,products\n"
        f"hats,Hats,,,{ID},77\n"
        f"caps,Caps,,,{ID},\n"
    )
    _, (hats, caps) = read(tmp_path, text)
    assert [cell.number for cell in differing(hats)["product_ids"].cells] == [6]
    assert differing(caps) == {}


def test_rows_with_a_product_each_do_not_differ(tmp_path: Path) -> None:
    """One collection lists both; only a second column that is not read is told."""
    text = (
        "name,url_key,path,product_handle,product slugs\n"
        "Hats,hats,,red-hat,\nHats,hats,,blue-hat,old-hat\n"
    )
    _, (row,) = read(tmp_path, text)
    assert row.called[0].texts == ("red-hat", "blue-hat")
    told = differing(row)["product_handle"]
    assert [(cell.row, cell.number) for cell in told.cells] == [(3, 5)]


def test_all_rows_of_a_collection_that_are_out_of_shape_are_told(
    tmp_path: Path,
) -> None:
    """A second row with too many cells is not hidden behind the first."""
    text = "Handle,Title,Top Row\nhats,Hats,TRUE,one\nhats,,,two\n"
    _, (row,) = read(tmp_path, text, require_product_ids=False)
    assert isinstance(row, Invalid)
    assert [one.parameters["value"] for one in row.problems] == ["one", "two"]


def test_a_row_of_products_with_too_many_cells_is_a_problem(tmp_path: Path) -> None:
    """What it names is guesswork, so it is told by itself; the others count."""
    text = "Categories,Product ID [Non Editable]\nMugs,1\nTea,2,extra\nMugs,3\n"
    _, rows = read(tmp_path, text)
    bad = [row for row in rows if isinstance(row, Invalid)]
    assert [(row.row.first, row.problems[0].code) for row in bad] == [
        (3, Code.ROW_TOO_LONG)
    ]
    assert [row.definition.name for row in rows if row not in bad] == ["Mugs"]


def test_a_second_column_that_names_collections_counts(tmp_path: Path) -> None:
    """Two columns of one name are read both."""
    text = "Categories,Product ID [Non Editable],Categories\nMugs,1,Tea\n"
    _, rows = read(tmp_path, text)
    assert [row.definition.name for row in rows] == ["Mugs", "Tea"]


DERIVED = "the collections are what the column "
OF_PRODUCTS = "; what else the table says is of products, and is not read"
LINES = (
    "of the lines of products only their ids and handles are read; lines of variants, "
    "metafields and the like are not read\nthe products of a collection with rules are "
    "not read, since its rules choose them"
)
WIX = f"{DERIVED}collection names in the rows whose fieldType is Product{OF_PRODUCTS}"
BESIDE = "where a row has a Product: Handle, its Product: ID is not read"


@pytest.mark.parametrize(
    ("header", "note"),
    [
        ("handleId,fieldType,name,collection", WIX),
        (
            "Categories,Product ID [Non Editable]",
            f"{DERIVED}Categories names{OF_PRODUCTS}",
        ),
        ("id,title,handle,ruleSet,__parentId", LINES),
        ("Handle,Title,Top Row,Product: ID,Product: Handle", BESIDE),
        ("name,slug,product_names", ""),
    ],
)
def test_what_is_known_and_not_read_is_noted(
    tmp_path: Path, header: str, note: str
) -> None:
    """Each reason is told once a table."""
    line = ",".join("x" for _ in header.split(","))
    notes, _ = read(tmp_path, f"{header}\n{line}\n")
    assert notes.startswith(note)
    assert bool(notes) == bool(note)


def test_a_description_that_fills_in_is_noted(tmp_path: Path) -> None:
    """Only where it is asked for; without the wish its column is left out by name."""
    text = "name,slug,description,seo_description\nHats,hats,Long,Short\n"
    notes, _ = read(tmp_path, text, description_to_seo=True)
    assert notes == (
        "of the column description only what fills in a blank seo_description is read"
    )


@pytest.mark.parametrize("kind", ["", "manual"])
def test_what_no_setting_asks_for_is_told_where_it_is_filled(
    tmp_path: Path, kind: str
) -> None:
    """A hash, a version and statistics are checked, and sent only on request."""
    text = (
        "name,slug,type,product_ids,rule_hash,rule_version,stats\n"
        f"Hats,hats,{kind},{ID},abc,2,{{}}\n"
    )
    _, (row,) = read(tmp_path, text)
    told = [one.column for one in row.remarks if one.code is Code.NOT_SENT]
    assert told == ["rule_hash", "rule_version", "stats"]
    _, (row,) = read(tmp_path, text, send_rule_metadata=True)
    assert Code.NOT_SENT not in [one.code for one in getattr(row, "remarks", ())]


def test_a_condition_without_its_field_is_left_out_by_name(tmp_path: Path) -> None:
    """Columns of conditions say nothing where the column of their fields is missing."""
    path = tmp_path / "table.csv"
    path.write_text("Handle,Title,Top Row,Rule: Condition\nhats,Hats,TRUE,shirt\n")
    (file,) = check_inputs((path,), settings.load({})).files
    assert file.columns_left_out == ("Rule: Condition",)
