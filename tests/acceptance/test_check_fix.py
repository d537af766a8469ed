"""`importer check --fix` as a process: the copy, what is told, and what is refused."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Importer

HEADER = "location_id,name,slug,type,product_ids,image,shelf"


def rows(importer: Importer) -> list[str]:
    place, product = importer.location, importer.product
    return [
        f"{place},Best Sellers,best-sellers,Manual,{product},,A1",
        f"{place},Summer Sale ,Summer Sale,manual,{product};{product},,A2",
        f"{place},Kitchen,kitchen,manual,{product},example.com/k.png,A3",
        f"{place},Top Ten,best-sellers,manual,{product},,A4",
    ]


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.measured
def test_a_file_that_can_be_fixed_is_right_afterwards(importer: Importer) -> None:
    """Exit 0, every change told by kind with its row, and the input as it was."""
    name = importer.write("shop.csv", rows(importer), HEADER)
    before = (importer.folder / name).read_bytes()

    fixing = ("--fix", "fixed.csv", "--number-duplicates")
    ended = importer("check", name, *fixing)

    assert ended.code == 0
    assert ended.err == ""
    assert "shop.csv: not in the copy: shelf" in ended.out
    assert "fixed.csv: written, with 6 cells changed." in ended.out
    assert "shop.csv, row 3, slug: Summer Sale → summer-sale" in ended.out
    assert 'shop.csv, row 3, name: "Summer Sale " → Summer Sale' in ended.out
    assert "row 4, image: example.com/k.png → https://example.com/k.png" in ended.out
    assert "row 5, slug: best-sellers → best-sellers-2" in ended.out
    assert "Rows with a problem: 3 before, 0 now." in ended.out
    assert "4 collections can be sent." in ended.out
    assert (importer.folder / name).read_bytes() == before
    header, *found = cells(importer.folder / "fixed.csv")
    assert header[:4] == ["location_id", "name", "slug", "type"]
    assert [row[2] for row in found] == [
        "best-sellers",
        "summer-sale",
        "kitchen",
        "best-sellers-2",
    ]


@pytest.mark.measured
def test_what_cannot_be_fixed_is_said_and_ends_with_3(importer: Importer) -> None:
    """A destroyed id stays as it is, and so does the exit code of the check."""
    row = f"{importer.location},Honey,honey,manual,6.40398E+11,,"
    name = importer.write("shop.csv", [row], HEADER)

    ended = importer("check", name, "--fix", "fixed.xlsx")

    assert ended.code == 3
    assert "Left as it is:" in ended.out
    assert "its digits are lost" in ended.out
    assert "shop.csv, row 2, product_ids: 6.40398E+11" in ended.out
    sheet = openpyxl.load_workbook(importer.folder / "fixed.xlsx")["Collections"]
    assert sheet["E2"].value == "6.40398E+11"
    assert sheet["A1"].comment is not None


@pytest.mark.measured
def test_json_lists_every_change(importer: Importer) -> None:
    """One object: the check of the copy, the changes, and what stayed."""
    bad = f"{importer.location},Honey,honey,manual,6.40398E+11,,"
    name = importer.write("shop.csv", [*rows(importer), bad], HEADER)

    ended = importer(
        "check", name, "--fix", "fixed.csv", "--json", "--number-duplicates"
    )

    document: Any = ended.document
    assert ended.code == 3
    assert document["files"][0]["file"] == "fixed.csv"
    assert document["fix"] == {
        "file": "fixed.csv",
        "columns": "own",
        "columns_left_out": {"shop.csv": ["shelf"]},
        "skipped": {},
        "files": [
            {
                "file": "shop.csv",
                "sheet": "",
                "preset": "own",
                "rows": 5,
                "known_by": [],
                "columns_left_out": ["shelf"],
                "columns_unknown": [
                    {"header": "shelf", "nearest": "", "fields": [], "matters": False}
                ],
                "notes": [],
                "skipped": {},
            }
        ],
        "counts_before": {"valid": 1, "invalid": 3, "duplicate": 1},
        "changed": {
            "type": 1,
            "trimmed": 1,
            "slug": 1,
            "list": 1,
            "https": 1,
            "repeated_slug": 1,
        },
        "unmended": {"destroyed": 1},
    }
    assert len(document["changes"]) == 6
    assert document["changes"][0] == {
        "file": "shop.csv",
        "sheet": "",
        "row": 2,
        "row_end": 2,
        "column": "type",
        "kind": "type",
        "before": "Manual",
        "after": "manual",
    }
    assert [one["row"] for one in document["unmended"]] == [6]
    assert [one["code"] for one in document["problems"]] == ["product_id_invalid"]


def test_the_copy_can_have_the_columns_of_the_input(importer: Importer) -> None:
    """In their order, with the cells that mean nothing as they were."""
    name = importer.write("shop.csv", rows(importer), HEADER)
    args = ("--fix", "fixed.csv", "--fix-columns", "input", "--number-duplicates")

    ended = importer("check", name, *args)

    header, *found = cells(importer.folder / "fixed.csv")
    assert ended.code == 0
    assert ",".join(header) == HEADER
    assert [row[6] for row in found] == ["A1", "A2", "A3", "A4"]
    assert found[1][1:3] == ["Summer Sale", "summer-sale"]


def test_fixing_a_fixed_file_changes_nothing(importer: Importer) -> None:
    """The sample with every mistake: the same bytes, and not a change."""
    shutil.copy(importer.samples / "collections.csv", importer.folder / "shop.csv")

    first = importer("check", "shop.csv", "--fix", "one.csv", "--json")
    again = importer("check", "one.csv", "--fix", "two.csv", "--json")

    assert first.code == again.code == 3
    assert len(first.document["problems"]) < 22
    assert again.document["changes"] == []
    one, two = (importer.folder / name for name in ("one.csv", "two.csv"))
    assert one.read_bytes() == two.read_bytes()


def test_a_foreign_file_becomes_a_template_that_needs_no_mapping(
    importer: Importer,
) -> None:
    """What the mapping file did is in the copy, and told."""
    for name in ("foreign.csv", "foreign-mapping.toml"):
        shutil.copy(importer.samples / name, importer.folder / name)
    mapped = ("foreign.csv", "--mapping", "foreign-mapping.toml")

    ended = importer("check", *mapped, "--fix", "own.csv", "--json")
    plain = importer("check", "own.csv", "--json")
    kept = importer("check", *mapped, "--fix", "k.csv", "--fix-columns", "input")

    assert ended.code == plain.code == kept.code == 0
    assert plain.document["counts"]["valid"] == 12
    assert {"mapped", "filled_in"} & set(ended.document["fix"]["changed"])
    header, copied = (
        (importer.folder / name).read_text(encoding="utf-8-sig").splitlines()[0]
        for name in ("foreign.csv", "k.csv")
    )
    assert copied.replace('"', "") == header


def test_several_files_become_one(importer: Importer) -> None:
    """One header, all rows, and slugs that differ across the files."""
    place, product = importer.location, importer.product
    one = importer.write("one.csv", [f"{place},A,same,manual,{product}"])
    other = importer.write("two.csv", [f"same,B,{product},manual,{place}"],
                           "slug,name,products,type,location")  # fmt: skip

    fixing = ("--fix", "all.csv", "--number-duplicates")
    ended = importer("check", one, other, *fixing)
    apart = importer("check", one, other, "--fix", "x.csv", "--fix-columns", "input")

    assert ended.code == 0
    assert [row[1:3] for row in cells(importer.folder / "all.csv")[1:]] == [
        ["A", "same"],
        ["B", "same-2"],
    ]
    assert apart.code == 2
    assert "different columns" in apart.err


def test_names_of_locations_are_kept_and_offered(importer: Importer) -> None:
    """A row may say the name; two names of one location are one for its slugs."""
    (importer.folder / "locations.toml").write_text(
        f'[[locations]]\nid = "{importer.location}"\nname = "Berlin"\n'
    )
    product = importer.product
    rows = [
        f"Berlin,A,same,manual,{product}",
        f"{importer.location},B,same,manual,{product}",
    ]
    name = importer.write("shop.csv", rows)

    fixing = ("--fix", "fixed.xlsx", "--number-duplicates")
    ended = importer("check", name, *fixing)

    sheet = openpyxl.load_workbook(importer.folder / "fixed.xlsx")["Collections"]
    assert ended.code == 0
    assert [sheet["A2"].value, sheet["C3"].value] == ["Berlin", "same-2"]


@pytest.mark.measured
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("shop.csv", "--fix", "shop.csv", "--force"), "the input itself"),
        (("shop.csv", "--fix", "there.csv"), "already exists"),
        (("shop.csv", "--fix", "fixed.ods"), "only .csv and .xlsx"),
        (("shop.csv", "--fix", "fixed.csv", "--limit", "1"), "--limit"),
        (("-", "--fix", "fixed.csv"), "read twice"),
        (("shop.csv", "--fix-columns", "own"), "there is no --fix"),
        (("shop.csv", "--force"), "there is no --fix"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    args: tuple[str, ...], words: str, importer: Importer
) -> None:
    """Exit 2 with a way out, and the folder as it was."""
    importer.write("shop.csv", rows(importer), HEADER)
    importer.write("there.csv", ["mine"], "x")
    before = {path: path.read_bytes() for path in importer.folder.iterdir()}

    ended = importer("check", *args)

    assert ended.code == 2
    assert words in ended.err
    assert {path: path.read_bytes() for path in importer.folder.iterdir()} == before


@pytest.mark.measured
def test_an_unusable_file_leaves_no_copy(importer: Importer) -> None:
    """One that breaks off while it is read, too."""
    good = importer.write("good.csv", rows(importer), HEADER)
    lines = b"name,slug\n" + b"A,a\n" * 300_000 + b"B\xff\xfe,b\n"
    (importer.folder / "broken.csv").write_bytes(lines)
    flags = ("--encoding", "utf-8", "--fix", "fixed.csv")

    ended = importer("check", good, "broken.csv", *flags)

    assert ended.code == 5
    assert not (importer.folder / "fixed.csv").exists()


def test_products_by_handle_of_an_export_are_in_the_copy(importer: Importer) -> None:
    """What can be sent before the copy can be sent after it."""
    rows = ["1,a,Alpha,<p>x</p>,p1", ",,,,p2", "2,b,Beta,,p1"]
    header = "ID,Handle,Title,Body HTML,Product: Handle"
    name = importer.write("cc.csv", rows, header)
    location = ("--location-id", importer.location)
    assert importer("check", name, *location).code == 0

    ended = importer("check", name, "--fix", "fixed.csv", *location)

    assert ended.code == 0, ended.out
    copy = (importer.folder / "fixed.csv").read_text("utf-8-sig")
    assert "product_handles" in copy.splitlines()[0]
    assert "p1" in copy
    assert "p2" in copy


def lossy_workbook(importer: Importer) -> list[str]:
    """Write a workbook that holds more than can be read; return what is told of it."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["name", "slug", "image"], ["Hats", "hats", "#REF!"]):
        sheet.append(row)
    sheet.append(["Caps", "caps", '=A1&"x"'])
    sheet.append(["Socks", "socks", None])
    sheet.merge_cells("A4:A5")
    sheet.row_dimensions[2].hidden = True
    book.create_sheet("Old").sheet_state = "hidden"
    book.save(importer.folder / "lossy.xlsx")
    return ["#REF!", "never computed", "merged", "Old", "hidden or filtered out"]


@pytest.mark.parametrize("columns", ["own", "input"])
@pytest.mark.parametrize("copy", ["fixed.csv", "fixed.xlsx"])
def test_what_a_check_tells_of_the_input_is_told_of_its_copy_too(
    importer: Importer, copy: str, columns: str
) -> None:
    """The copy no longer shows it: errors, formulas, merged cells, hidden sheets."""
    told = lossy_workbook(importer)
    name = importer.write("old.csv", [])
    old = "name,slug\nÉté,ete\n".encode("cp1252")
    (importer.folder / name).write_bytes(old)
    place = ("--location-id", importer.location, "--fix-columns", columns)

    for source, words in (("lossy.xlsx", told), (name, ["cp1252"])):
        ended = importer("check", source, *place, "--fix", copy, "--force")
        assert ended.code == 0
        assert all(word in ended.out for word in words)
        ended = importer("check", source, *place, "--fix", copy, "--force", "--json")
        document: Any = ended.document
        for file in (*document["files"], *document["fix"]["files"]):
            notes = " ".join(file["notes"])
            assert all(word in notes for word in words)
        if copy == "fixed.xlsx":
            sheet = openpyxl.load_workbook(importer.folder / copy)["Notes"]
            notes = " ".join(str(cell.value) for cell in sheet["A"])
            assert all(word in notes for word in words)


def test_a_copy_of_what_nothing_is_told_of_has_no_notes(importer: Importer) -> None:
    """No sheet that says nothing, and the notes say which table is meant."""
    name = importer.write("shop.csv", rows(importer)[:1], HEADER)
    ended = importer("check", name, "--fix", "fixed.xlsx", "--json")
    document: Any = ended.document
    assert document["files"][0]["notes"] == []
    assert openpyxl.load_workbook(importer.folder / "fixed.xlsx").sheetnames == [
        "Collections"
    ]
