"""What an update sends: the row's wishes, and what is there for all that it leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from importer import destination
from importer.destination import bodies
from importer.models import CollectionType, Definition, Existing, Status

WANTED = Definition("loc", "Best", "best", CollectionType.MANUAL, ("p1", "p2"))
RULES = {"logic": "AND", "conditions": [{"field": "title"}]}
SMART = Definition("loc", "Best", "best", CollectionType.SMART, rules=RULES)
THERE = Existing(
    "loc",
    "c1",
    "best",
    "Old",
    "manual",
    "https://x/old.png",
    "Old title",
    "Old words",
    product_ids=("p1",),
)


def kept(
    wanted: Definition, there: Existing = THERE, *, products: bool = False
) -> dict[str, Any]:
    """The wishes as they come out of the journal."""
    body: dict[str, Any] = orjson.loads(
        destination.update_body(wanted, there, products=products)
    )
    return body


def sent(
    wanted: Definition, now: Existing = THERE, *, products: bool = False
) -> dict[str, Any]:
    return bodies.merged(kept(wanted, now, products=products), now)


def test_a_changed_description_is_sent_with_the_title_that_is_there() -> None:
    """`seo` is one object: whether a PUT merges it is unknown."""
    body = sent(replace(WANTED, name="Old", seo_description="New words"))
    assert body == {
        "altId": "loc",
        "altType": "location",
        "slug": "best",
        "name": "Old",
        "image": "https://x/old.png",
        "seo": {"title": "Old title", "description": "New words"},
    }


@pytest.mark.parametrize(
    ("field", "key"),
    [("image", "image"), ("seo_title", "seo"), ("seo_description", "seo")],
)
def test_what_the_server_does_not_show_is_not_sent(field: str, key: str) -> None:
    """A blank is not sent either: it would wipe out what is not shown."""
    cleared: dict[str, Any] = {"image": "", "seo_title": "", "seo_description": ""}
    now = replace(THERE, **cleared)
    assert key not in sent(WANTED, now)
    assert bodies.shown(kept(WANTED, now)) == frozenset()
    shown: dict[str, Any] = {field: "https://x/there"}
    assert key in sent(WANTED, replace(now, **shown))
    # so that an answer without it is no whole collection
    assert bodies.shown(kept(WANTED, replace(now, **shown))) == {key}


def test_an_update_never_names_a_type() -> None:
    """A type is permanent, and some validators refuse the key."""
    assert "type" not in sent(WANTED, products=True)


def test_what_is_kept_beside_the_wishes_is_never_sent() -> None:
    """It is the importer's own."""
    assert {"_shown", "_covered"} <= kept(WANTED, products=True).keys()
    assert not any(key.startswith("_") for key in sent(WANTED, products=True))
    wishes = orjson.loads(destination.wishes_of(orjson.dumps(kept(WANTED))))
    assert not any(key.startswith("_") for key in wishes)


def test_products_are_sent_only_where_a_setting_says_so() -> None:
    """The published update has them in one source and not in another."""
    assert "productIds" not in sent(WANTED)
    assert sent(WANTED, products=True)["productIds"] == ["p1", "p2"]


def test_products_that_the_row_leaves_blank_are_sent_as_they_are() -> None:
    """A PUT may replace what it leaves out."""
    blank = replace(WANTED, product_ids=())
    assert sent(blank, products=True)["productIds"] == ["p1"]
    hidden = replace(THERE, product_ids=None)
    assert "productIds" not in sent(blank, hidden, products=True)


def test_the_products_of_a_smart_collection_are_never_sent() -> None:
    """HighLevel finds them by the rules."""
    smart = replace(THERE, type="smart", rules=RULES)
    body = sent(SMART, smart, products=True)
    assert (body["rules"], "productIds" in body) == (RULES, False)
    body = sent(WANTED, smart, products=True)
    assert (body["rules"], "productIds" in body) == (RULES, False)


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"name": "Best"}, False),
        ({"name": "Other"}, True),
        ({"name": "Best", "product_ids": ("p2", "p1")}, False),
        ({"name": "Best", "product_ids": ("p1",)}, True),
        ({"name": "Best", "product_ids": None}, True),
    ],
)
def test_a_collection_differs_in_what_the_row_fills(
    changed: dict[str, Any], differs: bool
) -> None:
    """Another order of products is no difference; what is not shown is one."""
    products = "product_ids" in changed
    now = replace(THERE, **changed)
    assert bodies.differs(kept(WANTED, products=products), now) is differs


def test_rules_are_compared_as_json() -> None:
    """Keys in another order are the same rules."""
    smart = replace(
        THERE, name="Best", type="smart", rules=dict(reversed(RULES.items()))
    )
    wishes = kept(SMART, smart, products=True)
    assert not bodies.differs(wishes, smart)
    assert bodies.differs(wishes, replace(smart, rules={**RULES, "logic": "OR"}))
    assert bodies.differs(wishes, replace(smart, rules=None))


def test_another_slug_is_never_overwritten() -> None:
    """Somebody has renamed it since it was compared."""
    withheld = bodies.withheld(kept(WANTED), replace(THERE, slug="renamed"))
    assert withheld is not None
    assert (withheld.status, withheld.code) == (Status.INVALID, "collection_id_taken")
    assert "renamed" in withheld.message
    assert bodies.withheld(kept(WANTED), replace(THERE, slug="")) is None


def test_wishes_of_an_older_journal_are_completed_as_well() -> None:
    """It kept only what differed."""
    older = {"altId": "loc", "altType": "location", "slug": "best", "name": "Best"}
    assert bodies.shown(older) == frozenset()
    assert bodies.merged(older, THERE)["seo"] == {
        "title": "Old title",
        "description": "Old words",
    }
