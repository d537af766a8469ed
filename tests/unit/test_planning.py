"""Definitions and what exists become actions; nothing is sent here."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from importer import planning
from importer.models import (
    Action,
    Code,
    CollectionType,
    Create,
    Definition,
    Existing,
    Leave,
    OnExisting,
    Refuse,
    Update,
)

WANTED = Definition("loc", "Best Sellers", "best")
THERE = Existing("loc", "c1", "best", "Best Sellers", "manual")
UPDATE = OnExisting.UPDATE


@pytest.mark.parametrize("choice", list(OnExisting))
def test_what_is_not_there_is_created(choice: OnExisting) -> None:
    """The choice for existing collections says nothing about new ones."""
    assert planning.decide(WANTED, [], choice) == Create()


def test_skip_leaves_what_is_there_however_it_differs() -> None:
    """A second run of the same file must change nothing."""
    other = replace(THERE, image="https://x/other.png", seo_title="Other")
    assert planning.decide(WANTED, [other], OnExisting.SKIP) == Leave("c1")


def test_a_slug_that_belongs_to_another_name_is_told_and_left() -> None:
    """Whoever meant another collection would else not hear that there is none."""
    other = replace(THERE, name="Another name")
    action = planning.decide(WANTED, [other], OnExisting.SKIP)
    assert isinstance(action, Leave)
    (remark,) = action.remarks
    assert remark.code == "name_differs"
    assert "Another name" in remark.message
    assert action.collection_id == "c1"


def test_nothing_is_said_of_a_name_that_the_list_does_not_show() -> None:
    """An item without a name is no reason for a remark."""
    nameless = replace(THERE, name="")
    assert planning.decide(WANTED, [nameless], OnExisting.SKIP) == Leave("c1")


def test_update_changes_only_what_differs() -> None:
    """Old and new value of each field are kept, for the report."""
    wanted = replace(WANTED, image="https://x/new.png", seo_title="T")
    there = replace(THERE, image="https://x/old.png", seo_title="T")
    assert planning.decide(wanted, [there], UPDATE) == Update(
        "c1", {"image": ("https://x/old.png", "https://x/new.png")}
    )


def test_update_of_what_is_equal_sends_nothing() -> None:
    """Equal fields need no call."""
    assert planning.decide(WANTED, [THERE], UPDATE) == Leave("c1")


def test_an_empty_cell_asks_for_nothing() -> None:
    """What the row left blank is not wiped out there."""
    there = replace(THERE, image="https://x/a.png", seo_description="Words")
    assert planning.differences(WANTED, there) == {}


@pytest.mark.parametrize("field", ["name", "image", "seo_title", "seo_description"])
def test_every_field_that_a_list_shows_is_compared(field: str) -> None:
    """A difference in any of them makes an update."""
    changed: dict[str, Any] = {field: "new"}
    wanted = replace(WANTED, **changed)
    assert planning.differences(wanted, THERE) == {
        field: (getattr(THERE, field), "new")
    }


def test_fail_refuses_the_row_and_says_which_collection_is_in_the_way() -> None:
    """The person needs the id and the way out."""
    action = planning.decide(WANTED, [THERE], OnExisting.FAIL)
    assert isinstance(action, Refuse)
    assert action.collection_id == "c1"
    assert action.problem.code is Code.EXISTS_ALREADY
    assert "best" in action.problem.message
    assert "c1" in action.problem.message
    assert action.problem.remedy


def test_a_slug_that_is_there_twice_is_remarked_and_the_first_is_taken() -> None:
    """The API accepts duplicates, so a location may hold some already."""
    action = planning.decide(
        WANTED, [THERE, replace(THERE, collection_id="c2")], OnExisting.SKIP
    )
    assert isinstance(action, Leave)
    assert action.collection_id == "c1"
    assert [remark.code for remark in action.remarks] == [Code.EXISTS_TWICE]
    assert "c1, c2" in action.remarks[0].message


def test_a_type_that_differs_is_remarked_and_never_changed() -> None:
    """A type is permanent once created: the update goes along without it."""
    wanted = replace(WANTED, name="New", type=CollectionType.SMART)
    action = planning.decide(wanted, [THERE], UPDATE)
    assert isinstance(action, Update)
    assert set(action.changes) == {"name"}
    assert [remark.code for remark in action.remarks] == [Code.TYPE_DIFFERS]


@pytest.mark.parametrize("wanted", [None, CollectionType.MANUAL])
def test_the_same_type_or_none_is_not_remarked(wanted: CollectionType | None) -> None:
    """Only a contradiction is worth telling."""
    action = planning.decide(replace(WANTED, type=wanted), [THERE], OnExisting.SKIP)
    assert action == Leave("c1")


def test_a_type_that_the_list_does_not_show_is_no_contradiction() -> None:
    """Older collections have no type in the list."""
    wanted = replace(WANTED, type=CollectionType.SMART)
    action = planning.decide(wanted, [replace(THERE, type="")], OnExisting.SKIP)
    assert action == Leave("c1")


@pytest.mark.parametrize("choice", [OnExisting.SKIP, OnExisting.UPDATE])
def test_a_slug_whose_id_is_not_shown_is_left_with_a_remark(choice: OnExisting) -> None:
    """It is there, and nothing names it."""
    nameless = replace(THERE, collection_id="")
    action = planning.decide(WANTED, [nameless], choice)
    assert isinstance(action, Leave)
    (remark,) = action.remarks
    assert (action.collection_id, remark.code) == ("", "id_not_shown")
    assert ("cannot be updated" in remark.message) is (choice is OnExisting.UPDATE)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "less than a minute"), (60.0, "a minute"), (240.0, "4 minutes")],
)
def test_what_no_list_shows_yet_is_left_and_says_which_run_made_it(
    seconds: float, words: str
) -> None:
    """Its other remarks follow, and nothing of it is changed."""
    changes = Update("c1", {"name": ("A", "B")})
    actions: list[Action] = [Leave("c1"), changes]
    for action in actions:
        left = planning.not_listed(action, "nightly", seconds)
        assert isinstance(left, Leave)
        assert f"Run nightly made it {words} ago" in left.remarks[0].message
        refused = Refuse(left.remarks[0], "c1")
        assert planning.not_listed(refused, "nightly", seconds) is refused
    assert planning.not_listed(Create(), "nightly", seconds) == Create()


RULES = {"logic": "AND", "conditions": [{"field": "Title"}]}
OTHER_RULES = {"logic": "OR", "conditions": [{"field": "Price"}]}


def sorted_json(rules: dict[str, Any]) -> str:
    return json.dumps(rules, sort_keys=True)


@pytest.mark.parametrize(
    ("asked", "there", "differs"),
    [
        ("smart", "smart", {"rules"}),
        ("", "smart", {"rules"}),
        ("smart", "", {"rules"}),
        ("smart", "manual", set()),
        ("manual", "smart", set()),
        ("manual", "manual", {"product_ids"}),
        ("", "manual", {"product_ids"}),
        ("manual", "", {"product_ids"}),
        ("", "", {"product_ids", "rules"}),
    ],
)
def test_products_belong_to_manual_collections_and_rules_to_smart_ones(
    asked: str, there: str, differs: set[str]
) -> None:
    """What a kind does not have is never compared, whichever side names the kind."""
    kind = CollectionType(asked) if asked else None
    wanted = replace(WANTED, type=kind, product_ids=("p1",), rules=RULES)
    existing = replace(THERE, type=there, product_ids=("p2",), rules=OTHER_RULES)
    assert set(planning.membership(wanted, existing)) == differs
    same = replace(existing, product_ids=("p1",), rules=RULES)
    assert planning.membership(wanted, same) == {}


@pytest.mark.parametrize(
    ("there", "told"),
    [(OTHER_RULES, [Code.RULES_NOT_UPDATED]), (RULES, []), (None, [])],
)
def test_rules_that_stay_as_they_are_are_told_of_where_they_differ(
    there: dict[str, Any] | None, told: list[Code]
) -> None:
    """Not where they are the same, and not where the list shows none."""
    wanted = replace(WANTED, type=CollectionType("smart"), rules=RULES)
    existing = replace(THERE, type="smart", rules=there)
    assert [one.code for one in planning._not_updated(wanted, existing)] == told


@pytest.mark.parametrize(
    ("there", "shown"), [(OTHER_RULES, sorted_json(OTHER_RULES)), (None, "")]
)
def test_an_update_says_which_rules_it_replaces_with_which(
    there: dict[str, Any] | None, shown: str
) -> None:
    """As the JSON of the column; of what the list does not show nothing is made up."""
    wanted = replace(WANTED, type=CollectionType("smart"), rules=RULES)
    existing = replace(THERE, name=WANTED.name, type="smart", rules=there)
    update = planning.decide(wanted, [existing], OnExisting.UPDATE, products=True)
    assert isinstance(update, Update)
    words = f"Changes rules from {shown!r} to {sorted_json(RULES)!r}."
    assert planning.words(update) == words
