"""What a preset or a mapping file makes of a text is told with both texts."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import settings, transforms
from importer.intake.check import CheckResult, check_inputs
from importer.intake.fix import fix

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(rows: list[dict[str, str]], **options: Any) -> CheckResult:
    with Path("shop.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return check_inputs(
        ("shop.csv",), settings.load({"location_id": LOCATION, **options})
    )


def told(result: CheckResult) -> list[tuple[str, str, str]]:
    """The column, and both texts, of each change."""
    return [
        (remark.column, remark.value, remark.parameters.get("after", ""))
        for _, remark in result.remarked
        if remark.code == "value_changed"
    ]


def woo(**row: str) -> dict[str, str]:
    return {"term_id": "1", "name": "Sofas", "slug": "", "parent": "0"} | row


def bigcommerce(url: str) -> dict[str, str]:
    return {"Category ID": "1", "Parent ID": "0", "Name": "Hats", "URL": url}


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ("sofa/bed", "sofa-bed"),
        ("lamp_x", "lamp-x"),
        ("%D0%BD%D0%BE%D0%B2%D1%8B%D0%B5", "novye"),
        ("new.html", "new"),
        ("Hats", "hats"),
        ("mützen", "mutzen"),
        ("hats/", "hats"),
        ("https://shop.example/hats", "hats"),
        ("/product-category/hats/", "hats"),
        ("a--b", "a-b"),
        ("shoes\u200b", "shoes"),
    ],
)
def test_a_changed_slug_is_told_with_both_texts(given: str, slug: str) -> None:
    """WooCommerce's slugs are cleaned, which is right, but not in silence."""
    result = check([woo(slug=given)])

    assert told(result) == [("slug", given, slug)]
    assert result.document()["remarked"][0]["cells"] == [
        {"row": 2, "column": "slug", "number": 3}
    ]


@pytest.mark.parametrize("given", ["hats", " hats ", "", "hats-2"])
def test_a_slug_that_stays_is_not_told(given: str) -> None:
    """Blanks around a text are none of it."""
    assert told(check([woo(slug=given)])) == []


def test_a_slug_of_which_nothing_can_be_used_is_told() -> None:
    """What comes in its place is made from the name, and told too."""
    result = check([woo(slug="!!!")])

    assert told(result) == [("slug", "!!!", "")]
    assert result.remarks == {"value_changed": 1, "slug_made": 1}


@pytest.mark.parametrize("address", ["shop://hats", "/", "https://shop.example"])
def test_what_is_left_of_nothing_is_told_beside_what_is_taken(address: str) -> None:
    """Another column says the slug, or another row of the same collection."""
    columns = {"name": "Hats", "parent_id": "", "custom_url.url": address}
    beside = check([columns | {"url.path": "hats"}], preset="bigcommerce-api")

    assert told(beside) == [("custom_url.url", address, "")]


def test_a_changed_name_is_told() -> None:
    """Of a name in HTML the words are sent."""
    result = check([woo(name="Hats &amp; <b>Caps</b>", slug="hats")])

    assert told(result) == [("name", "Hats &amp; <b>Caps</b>", "Hats & Caps")]


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("/stock/new.html", "new"),
        ("/care/bath/", "bath"),
        ("https://shop.example/hats/?sort=new#top", "hats"),
        ("//shop.example/hats.htm", "hats"),
        ("/%D0%BD%D0%BE%D0%B2%D1%8B%D0%B5/", "novye"),
        ("https://shop.example/", ""),
    ],
)
def test_the_end_of_an_address_is_told_as_the_slug(url: str, slug: str) -> None:
    """Of an address only the page's name is left, without .html and its query."""
    assert told(check([bigcommerce(url)])) == [("URL", url, slug)]


def test_the_address_of_a_category_of_bigcommerces_api_is_its_slug(
    tmp_path: Path,
) -> None:
    """Version 3 has it as custom_url.url, the trees of categories as url.path."""
    first = {"id": 1, "parent_id": 0, "name": "Bath & Body"}
    for url in ({"custom_url": {"url": "/care/bath/"}}, {"url": {"path": "/bath/"}}):
        path = tmp_path / "categories.jsonl"
        path.write_text(json.dumps(first | url), "utf-8")
        result = check_inputs((path,), settings.load({"location_id": LOCATION}))

        assert [file.preset for file in result.files] == ["bigcommerce-api"]
        assert [after for *_, after in told(result)] == ["bath"]


def test_names_without_their_parents_are_told() -> None:
    """A FireBear name is a path, of which the end is the name."""
    rows = [
        {"name": name, "url_key": key, "is_active": "1"}
        for name, key in (("Default Category/Men", "men"), ("Bags/Cases", "bags"))
    ]

    assert told(check(rows)) == [("name", "Default Category/Men", "Men")]


def test_a_slug_that_its_parents_change_is_told() -> None:
    """`--category-path slug` gives another slug where two categories have one."""
    rows = [
        {"name": "Tops", "url_key": "tops", "path": f"Default Category/{parent}/Tops"}
        for parent in ("Men", "Women")
    ]

    changed = told(check(rows, category_path="slug"))

    assert changed == [
        ("url_key", "tops", "men-tops"),
        ("url_key", "tops", "women-tops"),
    ]


def test_slugs_that_no_other_has_stay_without_a_word() -> None:
    """`--category-path slug` is for those that repeat."""
    rows = [
        {"name": "Tops", "url_key": f"tops-{parent}", "path": f"D/{parent}/Tops"}
        for parent in ("men", "women")
    ]

    assert told(check(rows, category_path="slug")) == []


def test_what_a_mapping_file_makes_of_a_text_is_told(tmp_path: Path) -> None:
    """Also where the table is none of another program's; a word for nothing is none."""
    mapping = tmp_path / "shop.toml"
    mapping.write_text(
        '[columns]\n"Title" = "name"\n'
        '"Link" = { field = "slug", transforms = ["last_part", "slugify"] }\n'
        '"Bild" = { field = "image", transforms = ["none_to_blank", "https"] }\n'
    )
    rows = [
        {"Title": "A", "Link": "/x/A_b", "Bild": "cdn.example.com/a.png"},
        {"Title": "B", "Link": "b", "Bild": "None"},
    ]

    changed = told(check(rows, mapping=mapping))

    assert changed == [
        ("Link", "/x/A_b", "a-b"),
        ("Bild", "cdn.example.com/a.png", "https://cdn.example.com/a.png"),
    ]


def test_a_path_as_the_name_of_a_collection_is_told() -> None:
    """Squarespace and Wix name collections on products, some as a path."""
    row = {
        "handleId": "1",
        "fieldType": "Product",
        "name": "Mug",
        "collection": "/Tea/",
    }

    assert told(check([row])) == [("collection", "/Tea/", "Tea")]


def test_a_product_in_two_rows_of_a_collection_is_told() -> None:
    """It is sent once, as in every other table."""
    product = "655b33a82209e60b6adb87a5"
    row = {"ID": "1", "Handle": "hats", "Title": "Hats", "Top Row": "TRUE"}
    rows = [row | {"Product: ID": product}, row | {"Product: ID": product}]

    result = check(rows)

    assert result.remarks == {"product_repeated": 1}
    (remarked,) = result.document()["remarked"]
    assert remarked["message"] == f"{product} is listed more than once, and sent once."
    assert [cell["row"] for cell in remarked["cells"]] == [2, 3]


def test_a_row_with_two_changes_counts_once() -> None:
    """A count is of rows; what is listed is every change."""
    rows = [woo(term_id=str(n), name=f"H &amp; {n}", slug=f"h_{n}") for n in range(3)]
    result = check(rows)

    assert result.remarks == {"value_changed": 3}
    assert len(result.remarked) == 6


def test_a_corrected_copy_says_what_the_preset_made_of_a_text() -> None:
    """The copy has the cleaned slug, so the change is listed once."""
    check([woo(slug="sofa/bed")])
    chosen = settings.load({"location_id": LOCATION})

    done, _ = fix(["shop.csv"], chosen, Path("copy.csv"))

    changed = [(change.kind, change.before, change.after) for change in done.changes]
    assert changed == [("mapped", "sofa/bed", "sofa-bed")]


@given(st.text(min_size=1, max_size=20))
def test_the_page_of_any_address_is_a_text(text: str) -> None:
    """A transform takes whatever stands in a cell, and what it gives has no page."""
    assert "/" not in transforms.page_name(text)
