"""Collections that were made of products, given back to be corrected by a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

if TYPE_CHECKING:
    from conftest import Importer

pytestmark = pytest.mark.measured

PRODUCTS = ["Mug,R1,7,4,Mugs", "Cup,R2,7,4,★", "Pot,R3,7,4,Mugs"]
FROM = ("--collections-from", "category")


def table(importer: Importer) -> str:
    return importer.write("shop.csv", PRODUCTS, "name,sku,price,stock,category")


def here(importer: Importer) -> tuple[str, ...]:
    return (*FROM, "--location-id", importer.location)


def test_a_marked_table_does_not_pass_for_one_without_products(
    importer: Importer,
) -> None:
    """It does not have them, so it is refused, and the check names the way on."""
    name = table(importer)

    made = importer("check", name, "--report", "marked.xlsx", *here(importer))

    last = made.out.splitlines()[-1]
    assert "correct the table of products itself, then: importer check shop.csv" in last
    assert "--collections-from category" in last
    sheet = openpyxl.load_workbook(importer.folder / "marked.xlsx")["Summary"]
    words = [str(cell.value) for cell in sheet["A"]]
    assert any(word.startswith("Collections made of products do not") for word in words)
    for flags in ((), FROM, ("--preset", "own")):
        refused = importer("check", "marked.xlsx", *flags)
        assert refused.code == 5
        assert "names collections that were made of products" in refused.err
        assert "Correct the table of products itself" in refused.err


def test_a_corrected_copy_is_read_without_what_the_input_needed(
    importer: Importer,
) -> None:
    """It has the collections with their products, and no column to make them of."""
    name = table(importer)

    ended = importer("check", name, "--fix", "fixed.csv", *here(importer))

    assert ended.code == 3
    assert "fixed.csv, row 3: slug: There is no slug" in ended.out
    assert '"[""R1"", ""R3""]"' in (importer.folder / "fixed.csv").read_text("utf-8")


def test_a_copy_has_no_languages_to_choose_from(importer: Importer) -> None:
    """A note that nothing is chosen would be of the input, which has them."""
    rows = ["1,de,Hüte,huete", "1,en,Hats,hats"]
    name = importer.write("shop.csv", rows, "id,language,name,slug")
    where = ("--location-id", importer.location, "--store-language", "en")

    ended = importer("check", name, "--fix", "fixed.csv", *where)

    assert ended.code == 0
    assert "chooses nothing" not in ended.out
    assert ",Hats,hats," in (importer.folder / "fixed.csv").read_text("utf-8")
