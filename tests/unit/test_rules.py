"""Rules: from what people and shops write to the JSON that is sent, or to a refusal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import rules
from importer.rules import Condition, Notation, Rules


def said(text: str) -> object:
    return json.loads(rules.to_json(rules.compact(text), Notation()))


def test_the_notation_becomes_json_with_the_default_keys() -> None:
    """The example of the documentation, with a number for a price."""
    assert said("title contains shirt AND price < 50") == {
        "logic": "AND",
        "conditions": [
            {"field": "title", "operator": "contains", "value": "shirt"},
            {"field": "price", "operator": "less_than", "value": 50},
        ],
    }


def test_keys_and_words_are_the_settings() -> None:
    """Nothing of HighLevel's JSON is hard-wired: it is published nowhere."""
    notation = Notation(("attribute", "op", "text"), {"price": "PRICE", "equals": "EQ"})
    wanted = rules.compact("price = 9.5 OR inventory is 3")
    assert json.loads(rules.to_json(wanted, notation)) == {
        "logic": "OR",
        "conditions": [
            {"attribute": "PRICE", "op": "EQ", "text": 9.5},
            {"attribute": "inventory", "op": "EQ", "text": 3},
        ],
    }


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Title Does Not Contain red hat", ("title", "not_contains", "red hat")),
        ("title is equal to X", ("title", "equals", "X")),
        (
            "title starts with salt and pepper",
            ("title", "starts_with", "salt and pepper"),
        ),
        ('title = "this AND that"', ("title", "equals", "this AND that")),
        ("variant title contains XL", ("variant_title", "contains", "XL")),
        ('title = a"b', ("title", "equals", 'a"b')),
        ("price>=10", ("price", "greater_or_equal", "10")),
        ("price <= 10.50", ("price", "less_or_equal", "10.50")),
        ("tag != sale", ("tag", "not_equals", "sale")),
        ("title contains is", ("title", "contains", "is")),
    ],
)
def test_a_condition_is_read_as_it_is_meant(
    text: str, condition: tuple[str, str, str]
) -> None:
    """Words or signs, any case, quotation marks around what holds AND or OR."""
    assert rules.compact(text).conditions == (Condition(*condition),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "title",
        "title contains",
        "AND",
        "title contains a AND",
        "50 < price",
        "{",
        "x" * 99_999,
    ],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="is no condition"):
        rules.compact(text)


def test_and_with_or_is_refused() -> None:
    """HighLevel has one logic for a collection, so a mixture cannot be meant."""
    with pytest.raises(ValueError, match="mixed"):
        rules.compact("title contains a AND price < 5 OR price > 9")


@pytest.mark.parametrize(
    ("condition", "can"),
    [
        (("TITLE", "CONTAINS", "x"), True),
        (("Title", "Not Equals", "x"), False),
        (("Variant Title", "Starts With", "x"), False),
        (("Variant Price", "Greater Than", "10"), True),
        (("variant_price", "less_than", "ten"), False),
        (("Variant Inventory", "Less Than", "1"), True),
        (("Tag", "Equals", "sale"), False),
        (("VARIANT_COMPARE_AT_PRICE", "IS_SET", ""), False),
        (("Title", "Sounds Like", "x"), False),
    ],
)
def test_only_what_highlevel_can_look_at_is_carried_over(
    condition: tuple[str, str, str], can: bool
) -> None:
    """The fields and operators that the vendor names, whatever a shop calls them."""
    wanted = Rules((rules.condition(*condition),))
    assert (wanted.unsupported == ()) is can


def test_a_refusal_names_the_rules() -> None:
    """The words are those of a person, not of a program."""
    wanted = rules.packed(
        "tag|equals|summer sale*or*vendor|not_equals|A", disjunctive=False
    )
    assert wanted.logic == "OR"
    assert '"tag equals summer sale", "vendor not equals A"' in rules.refused(wanted)


def test_packed_rules_keep_a_bar_in_their_value() -> None:
    """Only the first two bars separate; what is missing is blank."""
    (one,) = rules.packed("title|equals|a|b", disjunctive=True).conditions
    assert one.value == "a|b"
    assert rules.packed("title", disjunctive=True).unsupported


def test_a_rule_set_without_rules_is_none() -> None:
    """null says: manual."""
    assert rules.rule_set("null") is None


@pytest.mark.parametrize("text", ["{", "[1]", '{"rules": 1}', '{"rules": [1]}', "7"])
def test_a_rule_set_that_is_none_is_refused(text: str) -> None:
    """Whatever stands in the cell, it is a ValueError that can be told."""
    with pytest.raises(ValueError, match=r"."):
        rules.rule_set(text)


@given(st.text())
def test_no_text_makes_the_notation_fail(text: str) -> None:
    """It is read or refused; what can be expressed can be written."""
    try:
        found = rules.compact(text)
    except ValueError:
        return
    if not found.unsupported:
        assert json.loads(rules.to_json(found, Notation()))["conditions"]
