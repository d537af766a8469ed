"""Corrected copies of exports: a row for each collection, or the export's own rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from exported import FOLDER, LOCATION, checked, nothing_is_set

from importer import settings
from importer.errors import UsageError
from importer.intake import fix
from importer.intake.check import check_inputs
from importer.repair import Kind

if TYPE_CHECKING:
    from importer.intake.check import CheckResult
    from importer.intake.corrected import Columns, Repair

_ = nothing_is_set

#: What is left to fix in the copy of a sample, by code; in all others nothing is.
LEFT: dict[str, dict[str, int]] = {
    "magento-m2if.csv": {"image_not_a_url": 1},
    "matrixify-smart.csv": {"rule_not_supported": 2},
    "matrixify.xlsx": {"rule_not_supported": 2},
    "shopify-graphql.csv": {"rule_not_supported": 1, "product_ids_missing": 1},
    "shopify-rest.csv": {"rule_not_supported": 2, "product_ids_missing": 1},
    "woocommerce-store-exporter.csv": {"image_not_a_url": 1},
    "woocommerce-wp-wc.csv": {"image_not_a_url": 1},
}
SAMPLES = sorted(file.name for file in FOLDER.glob("*.[cx]*"))
MATRIXIFY = "Handle,Title,Command,Image Src,Must Match,Rule: Product Column,"
MATRIXIFY += "Rule: Relation,Rule: Condition,Top Row"


def fixed(
    path: Path,
    columns: Columns = "own",
    ending: str = "csv",
    *,
    numbered: bool = False,
    **options: Any,
) -> tuple[Repair, CheckResult, Path]:
    chosen = settings.load({"location_id": LOCATION, **options})
    copy = Path(f"copy.{ending}")
    done, afterwards = fix.fix(
        [str(path)], chosen, copy, columns, force=True, number_duplicates=numbered
    )
    return done, check_inputs((copy,), afterwards), copy


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def table(header: str, *rows: str) -> Path:
    path = Path("table.csv")
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def codes(result: CheckResult) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in result.lines():
        found[line.code] = found.get(line.code, 0) + 1
    return found


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_copy_of_each_export_has_a_row_for_each_collection(
    name: str, ending: str
) -> None:
    """It checks clean but for what nobody can fix, and that is told."""
    before = checked(name)
    done, after, _ = fixed(FOLDER / name, ending=ending, numbered=True)
    assert [file.preset for file in after.files] == ["own"]
    assert after.files[0].rows == before.collections == done.before.total()
    assert codes(after) == LEFT.get(name, {})
    told = {change.place for change in done.unfixed}
    lost = ("rule_not_supported", "product_ids_foreign")
    assert told >= {x.place for x in before.lines() if x.code in lost}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("name", [one for one in SAMPLES if one != "matrixify.xlsx"])
def test_a_copy_in_the_inputs_columns_is_the_same_export(
    name: str, ending: str
) -> None:
    """The same kind, the same collections at the same rows, nothing new wrong."""
    before = checked(name)
    _, after, _ = fixed(FOLDER / name, "input", ending)
    assert [one.preset for one in after.files] == [one.preset for one in before.files]
    assert after.collections == before.collections
    assert after.files[0].skipped == before.files[0].skipped
    was = {(line.place.row, line.place.row_end, line.code) for line in before.lines()}
    now = {(line.place.row, line.place.row_end, line.code) for line in after.lines()}
    assert now <= was


def test_sheets_with_different_columns_have_no_copy_in_their_own() -> None:
    """Two sheets of one workbook are one input, so the way out names them."""
    with pytest.raises(UsageError) as refused:
        fixed(FOLDER / "matrixify.xlsx", "input")
    assert "--sheet" in refused.value.remedy
    _, after, _ = fixed(FOLDER / "matrixify.xlsx", "input", sheet="Custom Collections")
    assert after.files[0].preset == "matrixify"


def test_a_fixed_handle_is_fixed_in_all_rows_of_its_collection() -> None:
    """They belong together by it, also where they stray; other cells stay."""
    path = table(
        MATRIXIFY,
        "Summer Sale, Summer ,,x.com/a.png,any condition,Title,Contains,a,TRUE",
        "cheap,Cheap,,,all conditions,Variant Price,Less Than,50,TRUE",
        "Summer Sale,,,x.com/a.png,,Title,Contains,b,",
        "old,Old,DELETE,,,Tag,Equals,x,TRUE",
        "older,Older,delete,,,Tag,Equals,y,TRUE",
    )
    done, after, copy = fixed(path, "input")
    assert after.counts == {"valid": 2, "invalid": 0, "duplicate": 0}
    assert after.files[0].skipped == (("DELETE", 2),)
    assert [",".join(row) for row in cells(copy)[1:]] == [
        "summer-sale, Summer ,,https://x.com/a.png,any condition,Title,Contains,a,TRUE",
        "cheap,Cheap,,,all conditions,Variant Price,Less Than,50,TRUE",
        "summer-sale,,,https://x.com/a.png,,Title,Contains,b,",
        "old,Old,DELETE,,,Tag,Equals,x,TRUE",
        "older,Older,delete,,,Tag,Equals,y,TRUE",
    ]
    assert sorted(one.kind for one in done.changes) == [Kind.HTTPS, Kind.SLUG]
    again, _, _ = fixed(copy.rename("once.csv"), "input")
    assert not list(again.changes)


def test_rules_that_highlevel_lacks_stand_in_the_copy_in_words() -> None:
    """So that they can be changed there, and nothing of them is lost."""
    path = table(
        MATRIXIFY,
        "sale,Sale,,,any condition,Tag,Equals,this AND that,TRUE",
        "sale,,,,,Is Price Reduced,Is Set,,",
        "sale,,,,,Title,Contains,shirt,",
    )
    done, after, copy = fixed(path)
    rules = cells(copy)[1][5]
    assert rules.split(" OR ") == [
        'tag equals "this AND that"',
        "is price reduced is set",
        "title contains shirt",
    ]
    (line,) = after.lines()
    assert line.code == "rule_not_supported"
    assert '"tag equals this AND that", "is price reduced is set"' in line.message
    (change,) = done.unfixed
    assert change.kind == Kind.NOT_CARRIED_OVER


def test_categories_of_other_parents_are_two_though_they_say_the_same() -> None:
    """One of them gets another slug, in a cell that was blank."""
    path = table("name,slug,description,parent", "Tops,,,Men", "Tops,,,Women")
    for columns, at in (("own", 2), ("input", 1)):
        _, after, copy = fixed(path, columns, numbered=True)  # type: ignore[arg-type] # a literal
        assert codes(after) == {}
        assert [row[at] for row in cells(copy)[1:]] == ["", "tops-2"]
        _, after, copy = fixed(path, columns)  # type: ignore[arg-type] # a literal
        assert codes(after) == {"duplicate_in_input": 1}
        assert "tops-2" not in copy.read_text("utf-8"), "a number that nobody asked for"


@pytest.mark.parametrize("columns", ["own", "input"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_rows_out_of_shape_stay_refused(columns: Columns, ending: str) -> None:
    """Which cell is which is not known, so the whole collection stays as it was."""
    path = table("Handle,Title,Command", "a,A,", "a", "b,B,,x", "c,C,")
    done, after, _ = fixed(path, columns, ending, require_product_ids=False)
    assert after.counts == {"valid": 1, "invalid": 2, "duplicate": 0}
    assert done.kinds[Kind.ROW_SHAPE] == 2


def test_a_rule_set_that_makes_no_sense_stays_in_the_copy() -> None:
    """Its text is all that there is to fix it by."""
    path = table("id,title,handle,ruleSet", '1,A,a,"{""rules"": 1}"')
    done, after, copy = fixed(path, preset="shopify-graphql")
    assert cells(copy)[1][5] == '{"rules": 1}'
    assert codes(after) == {"rules_invalid": 1}
    assert done.kinds[Kind.NOT_CARRIED_OVER] == 1


def test_a_workbook_with_one_sheet_of_collections_goes_back_into_its_rows() -> None:
    """Cells of a workbook, too, and a short row is as long as any."""
    path = Path("book.xlsx")
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Smart Collections")
        for number, row in enumerate(
            (["Title", "Command", "Handle", "Top Row"], ["A", "", "", "TRUE"], ["A"])
        ):
            sheet.write_row(number, 0, row)
    done, after, _ = fixed(path, "input", "xlsx", require_product_ids=False)
    assert after.counts == {"valid": 1, "invalid": 0, "duplicate": 0}
    assert not list(done.changes)


def test_only_the_rows_that_say_a_fixed_text_are_changed() -> None:
    """A row that goes on with the collection and says nothing stays as it is."""
    path = table(
        "ID,Handle,Title,Top Row,Product: ID",
        "7,Summer Sale,Summer,TRUE,655b33a82209e60b6adb87a5",
        "7,,,,655b33a82209e60b6adb87a6",
        "7,summer-sale,,,655b33a82209e60b6adb87a7",
    )
    _, _, copy = fixed(path, "input")
    handles = [row[1] for row in cells(copy)[1:]]
    assert handles == ["summer-sale", "", "summer-sale"]
