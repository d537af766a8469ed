"""Any definition survives the way over the wire, and sends only what it fills."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from importer import destination, planning
from importer.destination import bodies, pages
from importer.models import (
    CollectionType,
    Definition,
    Existing,
    OnExisting,
    Update,
)

# what a database and a wire take: no half of a surrogate pair
texts = st.text(st.characters(codec="utf-8"), max_size=20)
filled = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=8,
)
objects = st.dictionaries(filled, values, min_size=1, max_size=3)
definitions = st.builds(
    Definition,
    location_id=filled,
    name=filled,
    slug=filled,
    type=st.none() | st.sampled_from(CollectionType),
    product_ids=st.lists(filled, max_size=4).map(tuple),
    rules=st.none() | objects,
    image=texts,
    seo_title=texts,
    seo_description=texts,
    collection_id=texts,
    rule_hash=texts,
    rule_version=st.none() | st.integers(0, 2**53) | st.floats(0.1, 9.9),
    stats=st.none() | objects,
)


@given(definitions)
def test_a_body_read_backwards_is_the_definition(wanted: Definition) -> None:
    """Nothing is lost, nothing is added, in any script."""
    assert destination.definition(destination.create_body(wanted)) == wanted


@given(definitions)
def test_no_key_is_sent_that_the_row_did_not_fill(wanted: Definition) -> None:
    """Neither a blank, nor an empty list or object, nor null."""
    body = bodies.create(wanted)
    assert {"altId", "altType", "name", "slug"} <= set(body)
    assert body["altType"] == "location"
    blanks = [value for value in body.values() if value in ("", None, [], {})]
    assert blanks == []
    assert "" not in body.get("seo", {"title": "-"}).values()


there = st.builds(
    Existing,
    location_id=st.just("loc"),
    collection_id=st.just("c1"),
    slug=filled,
    name=texts,
    type=st.sampled_from(["", "manual", "smart"]),
    image=texts,
    seo_title=texts,
    seo_description=texts,
)


@given(definitions, there, there, st.booleans())
def test_an_update_loses_nothing_and_leaves_no_difference(
    wanted: Definition, planned: Existing, now: Existing, products: bool
) -> None:
    """Even where a PUT replaces all: what the row fills is there, the rest is kept."""
    action = planning.decide(wanted, [planned], OnExisting.UPDATE, products=products)
    if not isinstance(action, Update):
        assert planning.differences(wanted, planned) == {}
        return
    kept = json.loads(json.dumps(bodies.wishes(wanted, planned, products=products)))
    body = bodies.merged(kept, now)
    assert "type" not in body
    assert products or {"rules", "productIds"}.isdisjoint(body)
    assert not any(key.startswith("_") for key in body)
    after = pages.existing("loc", {**body, "_id": "c1", "type": now.type})
    assert planning.differences(wanted, after) == {}
    assert after.slug == now.slug
    for field in ("image", "seo_title", "seo_description"):
        assert getattr(after, field) == getattr(wanted, field) or getattr(now, field)
    assert bodies.differs(kept, now) or not planning.differences(wanted, now)
