"""Exports of shops on the command line: what is said of them, and what is sent."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.measured


def test_presets_are_listed(importer: Importer) -> None:
    """One line each, and the same as one object."""
    listed = importer("presets")
    names = [line.split()[0] for line in listed.out.splitlines()]
    document = importer("presets", "--json").document
    assert listed.code == 0
    assert {"own", "matrixify", "wix"} <= set(names)
    assert [one["name"] for one in document["presets"]] == names


def test_a_choice_is_explained(importer: Importer) -> None:
    """By which headers, and what the next ones lack; what is against one is said."""
    name = importer.write(
        "woo.csv", ["1,Men,men,,0"], "term_id,name,slug,description,parent"
    )
    said = importer("presets", name).out
    document = importer("presets", name, "--json").document
    assert "woo.csv: 'woocommerce', WooCommerce (WP-CLI, REST API)" in said
    assert "known by term_id, name, slug, parent, description" in said
    assert "not 'woocommerce-simple'" in said
    assert "term_id speaks against it" in said
    assert "lacks Category Name" in said
    assert document["files"][0]["preset"] == "woocommerce"
    own = importer.write("own.csv", ["x,y"], "name,shelf")
    ours = "the importer's own template, by name; no other fits"
    assert ours in importer("presets", own).out
    strange = importer.write("strange.csv", ["x,y"], "Schublade,Regal")
    assert "known by nothing; no other fits" in importer("presets", strange).out
    both = importer("presets", importer.samples / "exports" / "matrixify.xlsx").out
    assert both.count("'matrixify', Matrixify") == 2
    assert importer("presets", "nothing.csv").code == 5


def test_check_says_which_export_it_is_and_what_it_leaves_out(
    importer: Importer,
) -> None:
    """Collections and not rows are counted; the file's own word is named."""
    ended = importer(
        "check",
        importer.samples / "exports" / "matrixify-smart.csv",
        "--location-id",
        importer.location,
    )
    assert ended.code == 3
    assert "3 collections, columns as in 'matrixify', known by Handle" in ended.out
    assert "1 collection is left out, as the file says: DELETE" in ended.out
    rows = ["a,A,IGNORE", "b,B,DELETE", "c,C,DELETE"]
    two = importer.write("two.csv", rows, "Handle,Title,Command")
    assert (
        "2 collections are left out, as the file says: DELETE"
        in importer("check", two).out
    )


def test_an_export_is_created_and_what_is_left_to_fix_has_all_its_rows(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A collection of several rows is one line of the report and all of failed.csv."""
    server = sandbox()
    ended = importer(
        "run",
        importer.samples / "exports" / "matrixify-smart.csv",
        *("--location-id", importer.location, "--base-url", server.url),
        *("--run-id", "shop"),
    )
    assert ended.code == 3
    assert list(server.held()) == [(importer.location, "summer-shirts")]
    folder = importer.folder / "runs" / "shop"
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as stream:
        report = list(csv.DictReader(stream))
    assert [(one["row"], one["row_end"]) for one in report] == [
        ("2", "3"),
        ("4", "5"),
        ("7", "7"),
    ]
    with (folder / "failed.csv").open(encoding="utf-8-sig", newline="") as stream:
        failed = list(csv.DictReader(stream))
    assert [one["Row #"] for one in failed] == ["3", "4", "6"]
    again = importer("check", folder / "failed.csv", "--location-id", importer.location)
    assert "2 collections, columns as in 'matrixify'" in again.out


def test_every_rule_that_cannot_be_carried_over_is_listed_with_the_ways_out(
    importer: Importer,
) -> None:
    """However many there are, each by its name, and the sums where they are seen."""
    rows = [f"s{n},Tagged {n},any condition,Tag,Equals,t{n},TRUE" for n in range(30)]
    rows += ['c,Cheap,any condition,Variant Price,Less Than,"49,90",TRUE']
    rows[3] += "\ns3,,,Vendor,Equals,Acme,"
    header = "Handle,Title,Must Match,Rule: Product Column,Rule: Relation,"
    name = importer.write("shop.csv", rows, header + "Rule: Condition,Top Row")

    flags = ("--location-id", importer.location, "--preset", "matrixify")
    ended = importer("check", name, *flags)

    assert ended.code == 3
    assert (
        "30 collections: HighLevel has no such rules (rule_not_supported)" in ended.out
    )
    for number in range(30):
        assert f'"tag equals t{number}"' in ended.out
    assert 'Tagged 3 (rows 5 to 6): "tag equals t3", "vendor equals Acme"' in ended.out
    assert ended.out.count("A smart collection there looks at the title") == 1
    typed = f"importer check shop.csv --fix rules.xlsx {' '.join(flags)} writes one row"
    assert typed in ended.out
    assert "the file lists no products of 30 of them" in ended.out
    *_, last = ended.out.splitlines()
    assert last.startswith("1 collection can be sent. 30 collections: HighLevel has no")

    own = ["Sale,tag = sale", "Old,vendor = Acme"]
    ended = importer("check", importer.write("own.csv", own, "name,rules"))
    assert 'Sale (row 2): "tag equals sale"' in ended.out
    assert "first of all give the location, with --location-id" in ended.out
    assert "change the rules in the table, or list the products" in ended.out
    assert "--fix" not in ended.out

    export = importer.samples / "exports" / "matrixify-smart.csv"
    ended = importer("check", export, "--location-id", importer.location)
    assert "--smart-as-manual makes 1 of them manual" in ended.out
    assert "the file lists no products of 1 of them" in ended.out


def test_what_the_file_itself_leaves_out_is_counted_to_the_end(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """On the screen of plan and run and in the summary, also after a resume."""
    server = sandbox()
    path = importer.samples / "exports" / "matrixify.xlsx"
    where = ("--location-id", importer.location, "--base-url", server.url)
    said = "sheet Smart Collections: 1 collection is left out, as the file says: DELETE"
    assert said in importer("plan", path, *where).out
    ended = importer("run", path, *where, "--run-id", "shop")
    assert said in ended.out
    assert "Reading: 0 rows" not in ended.err
    for ended in (importer("run", path, *where, "--json"), importer("resume", "shop",
                  "--json")):  # fmt: skip
        document: Any = ended.document
        assert document["skipped"] == 2
        counted = [file["skipped"] for file in document["files"]]
        assert counted == [{"DELETE": 1}, {"IGNORE": 1}]
        assert sum(document["counts"].values()) == document["rows"] == 6


def test_the_first_and_the_last_row_are_in_every_report(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Titles repeated or blank, rows that stray, and two collections of one title."""
    server = sandbox()
    rows = [
        f"1,gifts,Gifts,{importer.product}",
        f"2,home,Home,{importer.product}",
        "1,gifts,,655b33a82209e60b6adb87ff",
        "2,home,Home,655b33a82209e60b6adb87fe",
        f"3,home-two,Home,{importer.product}",
        ",,,",
        "1,,,655b33a82209e60b6adb87fd",
    ]
    name = importer.write("shop.csv", rows, "ID,Handle,Title,Product: ID")
    where = ("--location-id", importer.location, "--base-url", server.url)
    assert importer("run", name, *where, "--run-id", "shop").code == 0
    assert importer("report", "shop", "--format", "csv,jsonl,xlsx").code == 0
    folder = importer.folder / "runs" / "shop"
    wanted = [("gifts", 2, 8), ("home", 3, 5), ("home-two", 6, 6)]
    with (folder / "report.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [(x["slug"], int(x["row"]), int(x["row_end"])) for x in lines] == wanted
    told = [json.loads(x) for x in (folder / "report.jsonl").read_text().splitlines()]
    assert [(x["slug"], x["row"], x["row_end"]) for x in told] == wanted
    book = openpyxl.load_workbook(folder / "report.xlsx")
    header, *cells = book.worksheets[0].iter_rows(values_only=True)
    at = [header.index(column) for column in ("Handle", "import_status")]
    # the user's own rows, those of a collection together, each with its answer
    assert [tuple(row[index] or "" for index in at) for row in cells] == [
        *[("gifts", "created"), ("gifts", "created"), ("", "created")],
        *[("home", "created"), ("home", "created")],
        ("home-two", "created"),
    ]
    (gifts,) = (
        one
        for one in server.truth()["locations"][importer.location]["collections"]
        if one["slug"] == "gifts"
    )
    assert len(gifts["productIds"]) == 3
