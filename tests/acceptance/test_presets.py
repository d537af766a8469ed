"""Exports of shops on the command line: what is said of them, and what is sent."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox


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
    assert "woo.csv: 'woocommerce', WooCommerce (WP-CLI)" in said
    assert "known by term_id, name, slug, parent, description" in said
    assert "not 'woocommerce-simple'" in said
    assert "term_id speaks against it" in said
    assert "lacks Category Name" in said
    assert document["files"][0]["preset"] == "woocommerce"
    own = importer.write("own.csv", ["x,y"], "name,shelf")
    assert "known by nothing; no other fits" in importer("presets", own).out
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


def test_an_export_is_created_and_what_is_left_to_mend_has_all_its_rows(
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
