"""What a run made of a row, and what others changed since: two literals are enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import baseline
from importer.models import Existing, Sent, Status

SENT = {
    "altId": "loc",
    "altType": "location",
    "name": "Bed & Bath",
    "slug": "bed-bath",
    "type": "manual",
    "image": "https://x.example/a.png",
    "seo": {"title": "Buy"},
    "productIds": ["p2", "p1"],
}
THERE = Existing(
    *("loc", "c1", "bed-bath", "Bed & Bath", "manual", "https://x.example/a.png"),
    seo_title="Buy",
    created_at=1000.0,
    product_ids=("p1", "p2"),
)
PLAIN = {"altId": "loc", "altType": "location", "name": "A", "slug": "a"}


def row(body: dict[str, Any] = SENT, shown: str = "") -> Sent:
    return Sent(
        *(1, "loc", body["name"], body["slug"], body.get("type", "")),
        *(Status.CREATED, "c1", "", 1),
        body=orjson.dumps(body),
        http_status=201,
        started_at=999.0,
        finished_at=1001.0,
        shown=shown,
    )


def test_what_is_as_it_was_sent_is_no_difference() -> None:
    """Products are a set: their order is the server's."""
    assert baseline.differences(row(), THERE, baseline.visible([THERE])) == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Bed"}, "name"),
        ({"slug": "bed"}, "slug"),
        ({"type": "smart", "product_ids": None}, "type"),
        ({"image": "https://x.example/b.png"}, "image"),
        ({"seo_title": "Sell"}, "seo"),
        ({"seo_description": "Cheap"}, "seo"),
        ({"product_ids": ("p1",)}, "productIds"),
        ({"product_ids": ("p1", "p2", "p3")}, "productIds"),
        ({"product_ids": ()}, "productIds"),
        ({"rules": {"logic": "AND", "conditions": [1]}}, "rules"),
    ],
)
def test_each_field_that_differs_is_named(change: dict[str, Any], field: str) -> None:
    """With what is there and what the run made."""
    changed = baseline.differences(row(), replace(THERE, **change))
    assert set(changed) == {field}
    assert baseline.words(changed).startswith(f"{field} is ")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"image": "https://x.example/b.png"}, "image"),
        ({"seo_title": "Sell"}, "seo"),
        ({"product_ids": ("p1",)}, "productIds"),
    ],
)
def test_what_was_added_to_a_blank_differs(change: dict[str, Any], field: str) -> None:
    """The run neither sent nor was shown it."""
    there = Existing("loc", "c1", "a", "A", "manual")
    assert baseline.differences(row(PLAIN), there) == {}
    assert set(baseline.differences(row(PLAIN), replace(there, **change))) == {field}


@pytest.mark.parametrize(
    ("change", "field"), [("image", "image"), ("seo_title", "seo")]
)
def test_what_was_emptied_differs_only_where_the_list_shows_such_fields(
    change: str, field: str
) -> None:
    """A list that never shows an image does not say that it is gone."""
    blank: dict[str, Any] = {change: ""}
    emptied = replace(THERE, **blank)
    assert baseline.differences(row(), emptied) == {}
    assert set(baseline.differences(row(), emptied, {field})) == {field}


def test_what_highlevel_chooses_is_no_difference() -> None:
    """A type where the row has none, empty rules, and a smart one's products."""
    there = Existing("loc", "c1", "a", "A", "smart")
    filled = replace(there, product_ids=("p1",), rules={"logic": "AND"})
    assert baseline.differences(row(PLAIN), filled) == {}
    assert not baseline.products_matter(row(PLAIN), filled)
    assert baseline.products_matter(row(PLAIN), None)


def test_what_an_answer_showed_is_what_the_run_made() -> None:
    """A rewritten name is the server's, and another one is somebody's."""
    shown = orjson.dumps({"name": "Bed &amp; Bath"}).decode()
    rewritten = replace(THERE, name="Bed &amp; Bath")
    assert baseline.differences(row(shown=shown), rewritten) == {}
    assert set(baseline.differences(row(), rewritten)) == {"name"}
    assert set(baseline.differences(row(shown=shown), THERE)) == {"name"}


def test_products_that_came_before_the_last_list_are_a_persons() -> None:
    """However soon after the create: a server stores products as they were sent."""
    there = replace(THERE, product_ids=("p1", "p2", "p3"))
    assert baseline.observed(row(), there) == ""
    assert set(baseline.differences(row(), there)) == {"productIds"}


def test_what_the_last_list_shows_is_kept_beside_what_the_answer_showed() -> None:
    """The image was taken over by the server, which only the list shows."""
    shown = orjson.dumps({"name": "Bed &amp; Bath"}).decode()
    there = replace(THERE, name="Bed &amp; Bath", image="https://cdn.example/1.png")
    made = row(shown=shown)
    kept = baseline.observed(made, there)
    assert orjson.loads(kept) == {
        "name": "Bed &amp; Bath",
        "image": "https://cdn.example/1.png",
    }
    assert baseline.differences(replace(made, shown=kept), there) == {}
    assert baseline.observed(replace(made, shown=kept), there) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"image": "https://x.example/b.png"},
        {"seo_title": "Sell"},
        {"product_ids": ("p1",)},
    ],
)
def test_what_a_person_adds_before_the_last_list_is_not_taken_for_the_runs(
    change: dict[str, Any],
) -> None:
    """An undo would delete it."""
    there = replace(Existing("loc", "c1", "a", "A", "manual"), **change)
    kept = baseline.observed(row(PLAIN), there)
    assert set(baseline.differences(replace(row(PLAIN), shown=kept), there)) != set()


def test_an_item_that_was_changed_since_shows_nothing_of_the_run() -> None:
    """It says so itself."""
    renamed = replace(THERE, name="Ours", updated_at=1100.0)
    assert baseline.observed(row(), renamed) == ""
    assert baseline.observed(row(), replace(renamed, updated_at=1001.0)) != ""


TEXTS = st.sampled_from(("", "x", "y"))
LISTED = st.builds(
    Existing,
    st.just("loc"),
    st.just("c1"),
    st.just("a"),
    st.just("A"),
    st.sampled_from(("", "manual", "smart")),
    TEXTS,
    TEXTS,
    TEXTS,
    st.none(),
    st.one_of(st.none(), st.sampled_from(((), ("p1",)))),
)


@given(there=LISTED)
def test_nothing_that_was_filled_in_is_ever_deleted(there: Existing) -> None:
    """Whatever else a list shows or hides."""
    filled = there.image or there.seo_title or there.seo_description
    products = there.product_ids and there.type != "smart"
    changed = baseline.differences(row(PLAIN), there, baseline.visible([there]))
    assert bool(changed) == bool(filled or products)
