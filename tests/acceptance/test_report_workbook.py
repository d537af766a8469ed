"""`report.xlsx`, corrected in a spreadsheet and run again: only that is sent.

The spreadsheet is openpyxl: it reads what we wrote and writes what it makes of it.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ended, Importer, Sandbox

HEADER = "name,slug,type,product_ids,image,shelf"
RED = "FFFFC7CE"


def run(importer: Importer, server: Sandbox, name: str, *flags: str) -> Ended:
    """Run a file and have its workbook written; the run has the file's name."""
    settings = ("--base-url", server.url, "--location-id", importer.location)
    run_id = ("--run-id", name.replace(".", "-"))
    ended = importer("run", name, *settings, *run_id, "--rate", "none", "--yes", *flags)
    assert importer("report", run_id[1], "--format", "csv,xlsx").code == 0
    return ended


def lines(importer: Importer, run_id: str) -> list[dict[str, str]]:
    """The lines of a run's report."""
    path = importer.folder / "runs" / run_id / "report.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def book(importer: Importer, run_id: str) -> Any:
    """The workbook of a run, in another program."""
    return openpyxl.load_workbook(importer.folder / "runs" / run_id / "report.xlsx")


def red(sheet: Any, columns: int) -> dict[str, str]:
    """The red cells of the first columns, each with its note."""
    return {
        cell.coordinate: cell.comment.text
        for row in sheet.iter_rows(max_col=columns)
        for cell in row
        if cell.fill.fgColor.rgb == RED
    }


def calls(server: Sandbox) -> dict[str, int]:
    """How many calls of each method have reached the server."""
    return dict(server.truth()["by_method"])


def table(importer: Importer) -> str:
    """Three good rows, two wrong ones and one that repeats another."""
    product = importer.product
    rows = [
        f"Best Sellers,best-sellers,manual,{product},https://example.com/b.png,A1",
        f"Größen & Mehr 🎉,groessen,manual,{product},,=1+1",
        f"Summer Sale,Summer Sale,manual,{product},,B1",
        f"قفطان,gift-ideas,manual,{product},,007",
        f"Kitchen,kitchen,manual,{product},example.com/kitchen.png,B3",
        f"Top Ten,best-sellers,manual,{product},,C1",
    ]
    return importer.write("shop.csv", rows, HEADER)


def test_a_corrected_workbook_sends_only_what_was_corrected(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Colours and notes name the cells; fixed there, two calls create two rows.

    Two calls list the location: a page, and one to see that nothing comes after it.
    None is made for any of the rows that are done.
    """
    server = sandbox("--limit", "none")
    assert run(importer, server, table(importer)).code == 3
    first = calls(server)
    assert first["POST"] == 3
    workbook = book(importer, "shop-csv")
    sheet = workbook["shop"]
    found = red(sheet, 6)
    assert found.keys() == {"B4", "E6", "B7"}
    assert found["B4"].endswith("Write summer-sale.")
    assert found["E6"].startswith("example.com/kitchen.png is not the address")
    assert found["B7"].startswith("The slug best-sellers stands in row 2 already")
    assert [sheet[f"F{row}"].value for row in (3, 5)] == ["=1+1", "007"]

    sheet["B4"], sheet["E6"] = "summer-sale", "https://example.com/kitchen.png"
    workbook.save(importer.folder / "again.xlsx")
    ended = run(importer, server, "again.xlsx")

    assert ended.code == 3  # the repeated row was not fixed
    second = calls(server)
    assert second["POST"] - first["POST"] == 2
    assert second["GET"] - first["GET"] == 2
    once, again = lines(importer, "shop-csv"), lines(importer, "again-xlsx")
    assert [one["status"] for one in again] == [
        *("existing", "existing", "created", "existing", "created", "duplicate"),
    ]
    for before, after in zip(once, again, strict=True):
        if before["status"] == "created":
            assert after["collection_id"] == before["collection_id"]
            assert (after["code"], after["attempts"]) == ("done_before", "0")
    names = ["name", "slug", "type", "product_ids", "image", "shelf"]
    later = book(importer, "again-xlsx")["shop"]
    assert [cell.value for cell in later[1]][:6] == names
    assert later.max_column == 10


def test_a_workbook_in_which_all_is_done_makes_no_call(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Not even the location is listed, and the run ends with 0."""
    server = sandbox("--limit", "none")
    name = importer.write("good.csv", importer.rows(5))
    assert run(importer, server, name).code == 0
    book(importer, "good-csv").save(importer.folder / "again.xlsx")
    before = calls(server)

    planned = importer("plan", "again.xlsx", "--base-url", server.url)
    assert "Nothing to send; 5 already exist." in planned.out
    assert run(importer, server, "again.xlsx").code == 0

    assert calls(server) == before
    assert {one["status"] for one in lines(importer, "again-xlsx")} == {"existing"}


def test_failed_csv_of_a_corrected_workbook_is_run_again_as_well(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It has the user's columns and none of ours but the problem."""
    server = sandbox("--limit", "none")
    run(importer, server, table(importer))
    book(importer, "shop-csv").save(importer.folder / "again.xlsx")
    run(importer, server, "again.xlsx")
    failed = importer.folder / "runs" / "again-xlsx" / "failed.csv"
    text = failed.read_text("utf-8-sig")
    assert text.startswith(HEADER + ",problem\n")
    fixed = text.replace(",Summer Sale,", ",summer-sale,")
    (importer.folder / "fixed.csv").write_text(fixed, "utf-8")
    before = server.creates()

    run(importer, server, "fixed.csv")

    assert server.creates() - before == 1
    statuses = [one["status"] for one in lines(importer, "fixed-csv")]
    # the row that repeated another one finds that one in the location
    assert statuses == ["created", "invalid", "existing"]


def write_spanning(importer: Importer) -> None:
    """A workbook like Matrixify's: one collection has two rows, one is wrong."""
    workbook = openpyxl.Workbook()
    sheet: Any = workbook.active
    sheet.title = "Smart"
    sheet.append(["Handle", "Title", "Product: ID", "Command", "location_id"])
    sheet.append(["spring", "Spring", importer.product, "NEW", importer.location])
    sheet.append(["spring", "", importer.product[:-1] + "6", "", ""])
    sheet.append(["Not good", "Autumn", importer.product, "NEW", importer.location])
    sheet.column_dimensions["A"].width = 41
    workbook.save(importer.folder / "shop.xlsx")


def test_every_sheet_of_the_workbook_is_read_again(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Several inputs, collections that span rows and widths: all come back."""
    server = sandbox("--limit", "none")
    write_spanning(importer)
    importer.write("more.csv", importer.rows(2))
    flags = ("shop.xlsx", "--preset", "auto")

    ended = run(importer, server, "more.csv", *flags)

    assert ended.code == 3, ended.err
    workbook = book(importer, "more-csv")
    assert workbook.sheetnames == ["more", "Smart", "Summary"]
    smart = workbook["Smart"]
    assert smart.column_dimensions["A"].width > 40
    assert [smart[f"F{row}"].value for row in (2, 3, 4)] == [
        *("created", "created", "invalid"),
    ]
    assert red(smart, 5).keys() == {"A4"}
    smart["A4"] = "autumn"
    # the summary may stand in front, and still is no table
    workbook.move_sheet("Summary", -2)
    workbook.save(importer.folder / "again.xlsx")
    before = server.creates()

    assert run(importer, server, "again.xlsx").code == 0

    assert server.creates() - before == 1
    again = lines(importer, "again-xlsx")
    assert [(one["sheet"], one["row"], one["row_end"]) for one in again] == [
        *(("more", "2", "2"), ("more", "3", "3")),
        *(("Smart", "2", "3"), ("Smart", "4", "4")),
    ]


def test_another_location_or_server_is_not_taken_for_done(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What was made at a sandbox, or in one location, is missing everywhere else."""
    first, other = sandbox("--limit", "none"), sandbox("--limit", "none")
    product = importer.product
    name = importer.write("a.csv", [f"A,a,manual,{product},,"], HEADER)
    run(importer, first, name)
    book(importer, "a-csv").save(importer.folder / "b.xlsx")
    book(importer, "a-csv").save(importer.folder / "c.xlsx")

    run(importer, other, "b.xlsx")
    run(importer, first, "c.xlsx", "--location-id", importer.other_location)

    assert other.creates() == 1
    assert first.creates() == 2


def test_what_was_undone_is_not_taken_for_done(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The workbook of a run that was undone creates its rows again."""
    server = sandbox("--limit", "none")
    name = importer.write("good.csv", importer.rows(2))
    run(importer, server, name)
    undo = importer("undo", "good-csv", "--base-url", server.url, "--yes")
    assert undo.code == 0, undo.err
    importer("report", "good-csv", "--format", "xlsx")
    workbook = book(importer, "good-csv")
    cells = [cell.value for cell in workbook["good"][2]]
    assert cells[5:8] == [
        *("not_attempted", None),
        "It was created, and deleted again by importer undo.",
    ]
    workbook.save(importer.folder / "again.xlsx")

    assert run(importer, server, "again.xlsx").code == 0

    assert server.creates() == 4


def test_collections_made_of_products_are_shown_as_what_they_are(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A product's columns would say of a collection what is true of the product."""
    server = sandbox("--limit", "none")
    flags = ("--no-require-product-ids",)
    path: Path = importer.samples / "exports" / "wix.csv"
    (importer.folder / "wix.csv").write_bytes(path.read_bytes())
    run(importer, server, "wix.csv", *flags)
    workbook = book(importer, "wix-csv")
    header, *rows = workbook["wix"].iter_rows(values_only=True)
    assert header[:3] == ("location_id", "name", "slug")
    made = lines(importer, "wix-csv")
    assert [row[1] for row in rows] == [one["name"] for one in made]
    workbook.save(importer.folder / "again.xlsx")
    before = calls(server)

    run(importer, server, "again.xlsx", *flags)

    assert calls(server)["POST"] == before["POST"]
    again = lines(importer, "again-xlsx")
    assert [one["collection_id"] for one in again] == [
        one["collection_id"] for one in made
    ]
