"""Tables with one row per product: each collection once, with all of its products."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from importer import settings
from importer.intake import check, fix, judged, tables
from importer.intake.claims import Seen
from importer.models import Calling, Invalid, Valid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
ONE, TWO, THREE = (f"655b33a82209e60b6adb87a{number}" for number in (5, 6, 7))


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(path: Path, *lines: str, **options: Any) -> list[Any]:
    """Give what becomes of the rows of a table."""
    path.write_text("\n".join((*lines, "")))
    chosen = settings.load({"location_id": LOCATION, **options})
    (opened,) = tables.open_inputs((path,), chosen)
    return [row for _, row in judged.rows(opened, Seen(), chosen.checking)]


def products(rows: Sequence[Any]) -> dict[str, list[str]]:
    """Give by slug the ids, or the first of what products are called by."""
    found = {}
    for row in rows:
        if isinstance(row, tuple):
            found[row[2]["slug"]] = row[2]["product_ids"].split(",")
        elif isinstance(row, Calling):
            found[row.parts["slug"]] = list(row.called[0].texts)
        elif isinstance(row, Valid):
            found[row.parts["slug"]] = list(row.filled["product_ids"])
    return found


def test_rows_are_one_collection_in_either_normal_form(tmp_path: Path) -> None:
    """Files of a Mac and of Windows that were joined; the second row was refused."""
    rows = (f"Caf\u00e9,cafe,{ONE}", f"Cafe\u0301,cafe,{TWO}")
    found = read(tmp_path / "table.csv", "name,slug,product_ids", *rows)
    assert products(found) == {"cafe": [ONE, TWO]}


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("product_handle", "red-hat", "blue-hat"),
        ("sku", "R-1", "B-1"),
        ("product name", "Red hat", "Blue hat"),
        ("product_id", ONE, TWO),
        ("product_ids", ONE, f"{TWO},{THREE}"),
    ],
)
def test_rows_that_differ_in_their_products_are_one_collection(
    tmp_path: Path, header: str, first: str, second: str
) -> None:
    """Whatever the products are called by, in the order of the rows."""
    path = tmp_path / "t.csv"
    rows = read(
        path,
        f"collection_handle,collection_title,{header}",
        f'hats,Hats,"{first}"',
        f'hats,Hats,"{second}"',
    )
    (row,) = rows
    assert products(rows) == {"hats": [first, *second.split(",")]}
    assert (row.row.lines, row.row.place.row, row.row.place.row_end) == ((2, 3), 2, 3)


def test_rows_of_a_collection_may_stand_anywhere(tmp_path: Path) -> None:
    """A table that is sorted by its products; blank fields contradict nothing."""
    rows = read(
        tmp_path / "t.csv",
        "name,slug,type,image,product_id",
        f"Hats,hats,manual,,{ONE}",
        f"Mugs,mugs,manual,,{TWO}",
        f"Hats,hats,,https://a.example/h.png,{THREE}",
        f",mugs,,,{ONE}",
    )
    assert products(rows) == {"hats": [ONE, THREE], "mugs": [TWO, ONE]}
    assert rows[0].parts["image"] == "https://a.example/h.png"


def test_the_slug_of_a_collection_may_be_that_of_its_name(tmp_path: Path) -> None:
    """A table without slugs names its collections by their names."""
    rows = read(
        tmp_path / "t.csv",
        "collection,product_id",
        f"Big hats,{ONE}",
        f"Big hats,{TWO}",
    )
    assert products(rows) == {"big-hats": [ONE, TWO]}


def test_another_name_under_the_same_slug_stays_a_duplicate(tmp_path: Path) -> None:
    """Whose products are whose is not to be guessed."""
    rows = read(
        tmp_path / "t.csv",
        "name,slug,product_id",
        f"Hats,hats,{ONE}",
        f"Caps,hats,{TWO}",
        f"Hats,hats,{THREE}",
    )
    assert products(rows) == {"hats": [ONE, THREE]}
    (refused,) = [row for row in rows if isinstance(row, Invalid)]
    assert refused.row.place.row == 3
    assert refused.problems[0].code == "duplicate_in_input"


def test_another_location_is_another_collection(tmp_path: Path) -> None:
    """The same slug in two locations is two collections, as it always was."""
    rows = read(
        tmp_path / "t.csv",
        "location_id,name,slug,type,product_id",
        f"AAAA,Hats,hats,manual,{ONE}",
        f"BBBB,Hats,hats,manual,{TWO}",
    )
    assert len(rows) == 2
    assert all(isinstance(row, tuple) for row in rows)


def test_identical_rows_stay_duplicates(tmp_path: Path) -> None:
    """Where no row says that the table has one for each product."""
    header = "name,slug,type,product_id"
    rows = read(tmp_path / "t.csv", header, *[f"Hats,hats,manual,{ONE}"] * 2)
    assert [type(row) for row in rows] == [tuple, Invalid]


def test_identical_rows_of_memberships_are_sent_once_with_a_remark(
    tmp_path: Path,
) -> None:
    """A product twice in a collection is there once, and told; names and ids alike."""
    for header, one, two in (("product_id", ONE, TWO), ("sku", "A", "B")):
        rows = read(
            tmp_path / "t.csv",
            f"name,slug,type,{header}",
            f"Hats,hats,manual,{one}",
            f"Hats,hats,manual,{two}",
            f"Hats,hats,manual,{one}",
        )
        (row,) = rows
        assert products(rows) == {"hats": [one, two]}
        assert "product_repeated" in [str(remark.code) for remark in row.remarks]


@pytest.mark.parametrize("between", [",", ", ", ";", "|", "\n"])
def test_a_product_that_a_row_lists_twice_is_sent_once_and_told(
    tmp_path: Path, between: str
) -> None:
    """Whatever stands between them."""
    cell = between.join((ONE, TWO, ONE, TWO))
    rows = read(
        tmp_path / "t.csv", "name,slug,type,product_ids", f'Hats,hats,manual,"{cell}"'
    )
    assert products(rows) == {"hats": [ONE, TWO]}
    (remark,) = rows[0].remarks
    assert (remark.code, remark.parameters["count"]) == ("product_repeated", 2)


def test_a_bad_product_is_the_problem_of_its_collection(tmp_path: Path) -> None:
    """Nothing of a membership is dropped because it is wrong."""
    rows = read(
        tmp_path / "t.csv",
        "name,slug,type,product_id",
        f"Hats,hats,manual,{ONE}",
        "Hats,hats,manual,no-id",
        f"Hats,hats,manual,{TWO},surplus",
    )
    merged, alone = rows
    assert [str(problem.code) for problem in merged.problems] == ["product_id_invalid"]
    assert [str(problem.code) for problem in alone.problems] == ["row_too_long"]


def test_lists_in_json_are_put_together(tmp_path: Path) -> None:
    """Their brackets belong to the cell, not to a product."""
    with (path := tmp_path / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ("name", "slug", "type", "product_names"),
                ("Hats", "hats", "manual", '["Hat, red", "Hat \\"x\\""]'),
                ("Hats", "hats", "manual", "[Sale] hat"),
            ]
        )
    rows = read(path, *path.read_text().splitlines())
    assert products(rows) == {"hats": ["Hat, red", 'Hat "x"', "[Sale] hat"]}


def test_a_table_is_known_by_its_first_rows_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeated slug further down is the duplicate that it was, and told."""
    monkeypatch.setattr("importer.mapping.memberships.ROWS_LOOKED_AT", 2)
    rows = read(
        tmp_path / "t.csv",
        "name,slug,type,product_id",
        f"Hats,hats,manual,{ONE}",
        f"Mugs,mugs,manual,{ONE}",
        f"Hats,hats,manual,{TWO}",
    )
    assert [type(row) for row in rows] == [tuple, tuple, Invalid]


def test_the_table_says_that_its_rows_were_put_together(tmp_path: Path) -> None:
    """A count of one for two rows would be a riddle else."""
    (path := tmp_path / "t.csv").write_text(
        f"name,slug,product_id\nHats,hats,{ONE}\nHats,hats,{TWO}\n"
    )
    chosen = settings.load({"location_id": LOCATION})
    result = check.check_inputs((path,), chosen)
    assert result.collections == 1
    assert result.files[0].spans
    assert any("differ in their products" in note for note in result.files[0].notes)


def test_a_corrected_copy_has_the_collection_once_and_no_number(
    tmp_path: Path,
) -> None:
    """In our own columns one row, in those of the input its rows as they are."""
    lines = f"name,slug,product_id\nHats,hats,{ONE}\nHats,hats,{TWO}\n"
    (path := tmp_path / "t.csv").write_text(lines)
    chosen = settings.load({"location_id": LOCATION})
    fix.fix((str(path),), chosen, own := tmp_path / "own.csv")
    fix.fix((str(path),), chosen, same := tmp_path / "same.csv", "input")
    (row,) = csv.DictReader(own.read_text("utf-8-sig").splitlines())
    assert (row["slug"], row["product_ids"]) == ("hats", f"{ONE},{TWO}")
    assert same.read_text("utf-8-sig") == lines


def test_an_error_of_reading_is_told_where_the_reading_comes_to_it() -> None:
    """The rows before it are given first, whatever was looked at."""

    def records() -> Any:
        yield 2, ["Hats", "hats", ONE]
        msg = "torn"
        raise ValueError(msg)

    from importer import mapping  # noqa: PLC0415 - only here
    from importer.models import Table  # noqa: PLC0415 - only here

    table = Table("t", "", ("name", "slug", "product_id"), 1, records())
    found, _ = mapping.understood(table, mapping.Spec())
    rows = iter(found.records)
    assert next(rows)[0] == 2
    with pytest.raises(ValueError, match="torn"):
        next(rows)


def test_a_row_that_names_no_collection_makes_no_table_one_of_memberships(
    tmp_path: Path,
) -> None:
    """What has neither name nor slug repeats nothing, and is a problem of its own."""
    header = "collection_handle,collection_title,product_handle"
    more = (",,blue-hat", ",,red-hat", "hats,Hats")
    rows = read(tmp_path / "t.csv", header, "hats,Hats,red-hat", *more)
    assert products(rows) == {"hats": ["red-hat"]}
    assert [type(row) for row in rows if isinstance(row, Invalid)] == [Invalid] * 3
