"""Rules: from what people and shops write to the JSON that is sent, or to a refusal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import rules, sentences
from importer.models import Code
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


def refused(wanted: Rules) -> str:
    """Say it of rules that HighLevel cannot express."""
    return sentences.message(Code.SMART_AS_MANUAL.value, wanted.refused).removesuffix(
        " It becomes a manual collection."
    )


def test_a_refusal_names_the_rules() -> None:
    """The words are those of a person, not of a program."""
    wanted = rules.packed(
        "tag|equals|summer sale*or*vendor|not_equals|A", disjunctive=False
    )
    assert wanted.logic == "OR"
    assert '"tag equals summer sale", "vendor not equals A"' in refused(wanted)


def test_packed_rules_keep_a_bar_in_their_value() -> None:
    """Only the first two bars separate; what is missing is blank."""
    (one,) = rules.packed("title|equals|a|b", disjunctive=True).conditions
    assert one.value == "a|b"
    with pytest.raises(rules.NoRulesError, match="title is no rule"):
        rules.packed("title", disjunctive=True)


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


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("49,90", "49.90"),
        ("49,9 €", "49.9"),
        ("$49.90", "49.90"),
        ("1.200,50", "1200.50"),
        ("1,200.50 USD", "1200.50"),
        ("1 200", "1200"),
        ("10 20", None),
        ("1,200", None),  # one, or a thousand?
        ("1.234", None),  # the same in a German sheet
        ("0.125", "0.125"),
        ("1234.125", "1234.125"),
        ("cheap", None),
    ],
)
def test_numbers_are_read_as_people_write_them(
    written: str, number: str | None
) -> None:
    """With a comma, a currency, thousands; what could be two numbers is refused."""
    wanted = Rules((rules.condition("Variant Price", "Less Than", written),))
    assert wanted.conditions[0].value == (number or written)
    assert (wanted.unsupported == ()) is (number is not None)


@pytest.mark.parametrize(
    "text",
    [
        "title contains shirt and price < 50",
        "title contains shirt; price < 50",
        "title contains shirt or Tag is sale",
        "title contains a\ntitle contains b",
    ],
)
def test_two_conditions_are_not_taken_for_one(text: str) -> None:
    """Else the second would become a part of the first one's value, without a word."""
    with pytest.raises(ValueError, match="looks like two conditions"):
        rules.compact(text)
    assert rules.compact('title contains "shirt and price < 50"').conditions


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (("Tag", "Equals", "x"), "looks at the title, the variant title"),
        (("Title", "Not Equals", "x"), "can be compared by contains, not contains"),
        (("Title", "Contains", ""), "does not say what the title is compared with"),
        (("Variant Price", "Less Than", "cheap"), "a plain number such as 49.90"),
    ],
)
def test_the_reason_of_a_refusal_is_that_of_the_rule(
    condition: tuple[str, str, str], reason: str
) -> None:
    """A price that is no number is no matter of the field."""
    (phrase,) = Rules((rules.condition(*condition),)).refused["reasons"]
    assert reason in sentences.text(phrase)


def test_a_refusal_gives_its_rules_back() -> None:
    """Where many are listed, the sentence around them is told once."""
    two = Rules((rules.condition("Tag", "=", "a"), rules.condition("Vendor", "=", "b")))
    named = sentences.text("part/rules", rules=two.refused["rules"])
    assert named == '"tag equals a", "vendor equals b"'
    assert refused(two) == f"HighLevel cannot express the rules {named}."


@given(
    st.sampled_from(["title", "variant_title", "price", "tag", "is_price_reduced"]),
    st.sampled_from(["contains", "equals", "less_than", "is_set", "not_equals"]),
    st.text(alphabet='ab 1.,;"€ANDOR\n', max_size=12).map(str.strip),
)
def test_rules_in_words_are_read_back(field: str, operator: str, value: str) -> None:
    """What a copy says of rules is what they were, or it is refused, never another."""
    one = rules.condition(field, operator, value)
    try:
        found = rules.compact(Rules((one, one), "OR").in_words)
    except ValueError:
        assert '"' in one.value or not one.value
        return
    assert found.logic == "OR" or '"' in one.value
    if '"' not in one.value:
        assert found.conditions == (one, one)


@pytest.mark.parametrize(
    "text",
    [
        '[{"column": "title", "relation": "contains", "condition": "pod"}]',
        "[{'column': 'title', 'relation': 'contains', 'condition': 'pod'}]",
        " title|contains|pod",
    ],
)
@pytest.mark.parametrize("disjunctive", [True, False])
def test_rules_of_the_rest_api_are_read_as_it_gives_them(
    text: str, *, disjunctive: bool
) -> None:
    """A list as JSON, as Python writes it, or packed into a cell."""
    found = rules.packed(text, disjunctive=disjunctive)
    assert found.logic == ("OR" if disjunctive else "AND")
    assert [str(one) for one in found.conditions] == ["title contains pod"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"rules": []}', "no list of rules"),
        ('["title"]', "no object"),
        ('[{"column": "title"}]', "lacks its column or relation"),
        ('[{"column": "title", "column": "tag"}]', "twice"),
        ('[{"column": "title"', "unexpected"),
        ("[{'column': ", "unexpected|expected"),
        ("smart", "smart is no rule"),
        ("title|contains|pod*and*", "is no rule"),
    ],
)
def test_what_is_no_rule_is_said_to_be_none(text: str, reason: str) -> None:
    """And not that HighLevel has no such rules."""
    with pytest.raises(ValueError, match=reason):
        rules.packed(text, disjunctive=False)
