"""`failed.csv` of collections that were made of products: all of their rows."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer import settings
from importer.intake import claims, judged, tables
from importer.models import Valid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox

HEADER = "SKU,Title,Price,Stock,Where"
#: The shop has no product b and d, so that Shelf and Wall have a problem, both by b.
KNOWN = ("a", "c", "f")
ROWS = [
    "a,A,1,1,Good",
    "b,B,1,1,Shelf;Wall",
    "b2,B,1,2,",
    "c,C,1,1,Good;Shelf",
    "d,D,1,1,Wall",
]
FROM = ("--collections-from", "Where", "--location-id")


@pytest.fixture
def shop(importer: Importer, sandbox: Callable[..., Sandbox]) -> Importer:
    """An importer with a server to speak to."""
    head = "location_id,_id,name,slug,skus"
    products = [
        f"{importer.location},655b33a82209e60b6adb87a{number},{sku},{sku},{sku}"
        for number, sku in enumerate(KNOWN)
    ]
    file = importer.folder / importer.write("products.csv", products, head)
    importer.environment["IMPORTER_BASE_URL"] = sandbox("--products", str(file)).url
    return importer


def table(path: Path) -> list[list[str]]:
    """The cells of a file to fix."""
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


def members(path: Path, **options: str) -> list[tuple[Any, ...]]:
    """What a file comes to: each collection with its products."""
    chosen = settings.load(options)
    (opened,) = tables.open_inputs([path], chosen)
    return [
        (row.parts, [called.texts for called in getattr(row, "called", ())])
        for _, row in judged.rows(opened, claims.Seen(), chosen.checking)
        if isinstance(row, Valid)
    ]


@pytest.mark.parametrize(
    "name", ["woocommerce-products", "shopify-products", "wix", "squarespace"]
)
def test_what_failed_of_an_export_is_run_as_it_is(shop: Importer, name: str) -> None:
    """The location is missing in all: with it, the file to fix is the export again."""
    shutil.copy(shop.samples / "exports" / f"{name}.csv", shop.folder)
    assert shop("run", f"{name}.csv", "--run-id", "r").code == 3
    failed = shop.folder / "runs/r/failed.csv"
    given = table(shop.folder / f"{name}.csv")
    rows = table(failed)
    assert rows[0] == [*given[0], "problem"]
    assert all(row[:-1] in given for row in rows)

    where = {"location_id": shop.location}
    assert members(failed, **where) == members(shop.folder / f"{name}.csv", **where)


def test_a_product_of_two_collections_with_problems_is_one_row(
    shop: Importer,
) -> None:
    """Those of good collections alone are none; forms of a product are not repeated."""
    name = shop.write("shop.csv", ROWS, HEADER)
    ended = shop("run", name, *FROM, shop.location, "--run-id", "r")
    assert ended.code == 3
    rows = table(shop.folder / "runs/r/failed.csv")
    assert [row[0] for row in rows[1:]] == ["b", "c", "d"]
    assert [row[4] for row in rows[1:]] == ["Shelf;Wall", "Good;Shelf", "Wall"]
    assert "Shelf: " in rows[1][-1]
    assert "Wall: " in rows[1][-1]
    assert "Good: " not in rows[2][-1]

    again = table(shop.folder / "runs/r/failed.csv")
    assert shop("report", "r").code == 0
    assert table(shop.folder / "runs/r/failed.csv") == again


@pytest.mark.parametrize("away", ["changed", "gone"])
def test_of_an_input_that_is_another_now_the_first_product_is_kept(
    shop: Importer, away: str
) -> None:
    """It is said that it is the first alone; nothing of the other file is taken."""
    name = shop.write("shop.csv", ROWS, HEADER)
    assert shop("run", name, *FROM, shop.location, "--run-id", "r").code == 3
    if away == "gone":
        (shop.folder / name).unlink()
    else:
        shop.write("shop.csv", [*reversed(ROWS), "e,E,1,1,Good"], HEADER)
    assert shop("report", "r").code == 0
    rows = table(shop.folder / "runs/r/failed.csv")
    assert [row[0] for row in rows[1:]] == ["b", "b"]
    assert all("correct the input itself" in row[-1] for row in rows[1:])


def test_a_row_out_of_shape_keeps_its_surplus_beside_the_products(
    shop: Importer,
) -> None:
    """It is wrong by itself: one row, with what is too much behind the problem."""
    name = shop.write("shop.csv", [*ROWS, "f,F,1,1,Good,more"], HEADER)
    assert shop("run", name, *FROM, shop.location, "--run-id", "r").code == 3
    rows = table(shop.folder / "runs/r/failed.csv")
    assert [row[0] for row in rows[1:]] == ["b", "c", "d", "f"]
    assert rows[-1][:5] == ["f", "F", "1", "1", "Good"]
    assert rows[-1][6:] == ["more"]


def test_products_of_a_workbook_are_fixed_in_the_file_that_has_them(
    shop: Importer,
) -> None:
    """A `report.xlsx` of collections has no products, so it is not offered."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (HEADER, *ROWS):
        book.active.append(line.split(","))
    book.save(shop.folder / "shop.xlsx")
    ended = shop("run", "shop.xlsx", *FROM, shop.location, "--run-id", "r")
    assert ended.code == 3
    assert "report.xlsx" not in ended.out
    rows = table(shop.folder / "runs/r/failed.csv")
    assert [row[0] for row in rows[1:]] == ["b", "c", "d"]
