"""What goes over the wire: only what the row filled, in the API's own names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from importer import destination
from importer.destination import bodies
from importer.models import CollectionType, Definition

BARE = Definition("loc", "Best", "best")
FULL = Definition(
    location_id="loc",
    name="Best Sellers",
    slug="best-sellers",
    type=CollectionType.SMART,
    product_ids=("655b33a82209e60b6adb87a5",),
    rules={"logic": "AND", "conditions": [{"field": "title"}]},
    image="https://shop.example/a.png",
    seo_title="Title",
    seo_description="Words",
    collection_id="66057f9d28536eae584ec047",
    rule_hash="abc",
    rule_version=1,
    stats={"a": 1},
)


def test_a_bare_row_sends_the_four_keys_that_are_always_sent() -> None:
    """Strict validators answer 422 to keys that they do not know."""
    assert bodies.create(BARE) == {
        "altId": "loc",
        "altType": "location",
        "name": "Best",
        "slug": "best",
    }


def test_a_full_row_sends_every_field_under_the_names_of_the_page() -> None:
    """The names and shapes are those of the documented example."""
    assert bodies.create(FULL) == {
        "altId": "loc",
        "altType": "location",
        "name": "Best Sellers",
        "slug": "best-sellers",
        "collectionId": "66057f9d28536eae584ec047",
        "image": "https://shop.example/a.png",
        "type": "smart",
        "rules": {"logic": "AND", "conditions": [{"field": "title"}]},
        "productIds": ["655b33a82209e60b6adb87a5"],
        "seo": {"title": "Title", "description": "Words"},
        "ruleHash": "abc",
        "ruleVersion": 1,
        "stats": {"a": 1},
    }


@pytest.mark.parametrize(
    ("changes", "seo"),
    [
        ({"seo_title": "T"}, {"title": "T"}),
        ({"seo_description": "D"}, {"description": "D"}),
    ],
)
def test_half_an_seo_sends_half_an_seo(
    changes: dict[str, str], seo: dict[str, str]
) -> None:
    """Both parts are optional, and a blank one is left out."""
    assert bodies.create(replace(BARE, **changes))["seo"] == seo  # type: ignore[arg-type]


def test_products_that_are_still_the_text_of_a_cell_are_sent_one_by_one() -> None:
    """A row with nothing wrong is never taken apart before it is sent."""
    one, two = "655b33a82209e60b6adb87a5", "0055b33a82209e60b6adb87a"
    parts = {"location_id": "loc", "name": "Best", "slug": "best"}
    for cell in (f"{one}, {two}", f"{one};{two}", f"{one} | {two}", f"{one} {two}"):
        body = bodies.filled({**parts, "product_ids": cell})
        assert body["productIds"] == [one, two]


def test_the_type_is_sent_as_a_plain_text() -> None:
    """An enum in its place would have to be known to whoever writes the JSON."""
    assert type(bodies.create(FULL)["type"]) is str


def test_rule_version_zero_is_a_version() -> None:
    """Only a missing one is a blank."""
    assert bodies.create(replace(BARE, rule_version=0))["ruleVersion"] == 0
    assert "ruleVersion" not in bodies.create(BARE)


@pytest.mark.parametrize("wanted", [BARE, FULL, replace(BARE, rule_version=0)])
def test_a_body_read_backwards_is_the_definition(wanted: Definition) -> None:
    """The journal keeps only the body, and the plan needs the definition again."""
    assert destination.definition(destination.create_body(wanted)) == wanted


@pytest.mark.parametrize("text", ["Ünïcode 名前", 'quotes " and \\', "line\nbreak"])
def test_texts_survive_the_wire(text: str) -> None:
    """Any script, quotes and line breaks arrive as they were written."""
    wanted = replace(BARE, name=text)
    assert destination.definition(destination.create_body(wanted)).name == text
