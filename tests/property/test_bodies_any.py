"""Any definition survives the way over the wire, and sends only what it fills."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from importer import destination, planning
from importer.destination import bodies
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


@given(definitions, there)
def test_an_update_sends_exactly_what_differs(
    wanted: Definition, existing: Existing
) -> None:
    """After it, nothing that the row filled differs any more."""
    action = planning.decide(wanted, [existing], OnExisting.UPDATE)
    if not isinstance(action, Update):
        assert planning.differences(wanted, existing) == {}
        return
    body = bodies.update("loc", wanted.slug, action)
    assert {"type", "rules", "productIds"}.isdisjoint(body)
    seo = body.get("seo", {})
    after = Existing(
        "loc",
        "c1",
        existing.slug,
        body.get("name", existing.name),
        existing.type,
        body.get("image", existing.image),
        seo.get("title", existing.seo_title),
        seo.get("description", existing.seo_description),
    )
    assert planning.differences(wanted, after) == {}
