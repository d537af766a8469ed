"""The check: a row becomes a definition, or everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from importer.models import (
    Code,
    CollectionType,
    Definition,
    Fields,
    Invalid,
    Place,
    Problem,
    Row,
    Valid,
)
from importer.validation import Options, check
from importer.validation.contract import Collection, LooseCollection
from importer.validation.problems import _FOUND

ID = "655b33a82209e60b6adb87a5"
ID2 = "655B33A82209E60B6ADB87A6"
RULES = '{"logic": "AND", "conditions": [{"field": "Title"}]}'
GOOD = {
    "location_id": "Z4Bxl8J4SaPEPLq9IQ8g",
    "name": "Best Sellers",
    "slug": "best-sellers",
    "type": "manual",
    "product_ids": ID,
}
OPTIONAL = dict.fromkeys(Collection.__annotations__, "")
ROW = Row.at(Place("shop.csv", "", 2, 2), ("x",))


def fields(**changes: str) -> Fields:
    """A good row with changes, trimmed and without blanks, as the mapping leaves it."""
    values = {f: t for f, cell in {**GOOD, **changes}.items() if (t := cell.strip())}
    return Fields(ROW, values, {f: f"Column {f}" for f in values})


def invalid(options: Options | None = None, /, **changes: str) -> tuple[Problem, ...]:
    checked = check(fields(**changes), options or Options())
    assert isinstance(checked, Invalid), checked
    return checked.problems


def valid(options: Options | None = None, /, **changes: str) -> Valid:
    checked = check(fields(**changes), options or Options())
    assert isinstance(checked, Valid), checked
    return checked


def definition(options: Options | None = None, /, **changes: str) -> Definition:
    return valid(options, **changes).definition


def test_a_good_row_is_a_definition_without_remarks() -> None:
    """What the row fills arrives, and nothing else."""
    found = valid()
    assert (found.row, found.remarks) == (ROW, ())
    assert found.definition == Definition(
        location_id="Z4Bxl8J4SaPEPLq9IQ8g",
        name="Best Sellers",
        slug="best-sellers",
        type=CollectionType.MANUAL,
        product_ids=(ID,),
    )


def test_a_full_row_arrives_in_full() -> None:
    """Every field has its place in the definition."""
    found = definition(
        type="Smart",
        rules='{"conditions": [{"a": {"b": [1]}}], "logic": "or", "more": 1}',
        image="https://example.com/a.png",
        seo_title="T",
        seo_description="D",
        collection_id=ID,
    )
    assert found.type is CollectionType.SMART
    assert found.product_ids == (ID,)
    assert found.rules == {"logic": "OR", "conditions": [{"a": {"b": [1]}}], "more": 1}
    assert (found.image, found.seo_title) == ("https://example.com/a.png", "T")
    assert (found.seo_description, found.collection_id) == ("D", ID)


# Every code of a row's check: what brings it about, and a piece of what is said.
WRONG: list[tuple[Code, dict[str, str], str]] = [
    (Code.EXAMPLE_ROW, {"name": "Example: write over this row"}, "delete the row"),
    (Code.LOCATION_INVALID, {"location_id": "WriteYourLocationIdHere"}, "settings"),
    (Code.LOCATION_MISSING, {"location_id": ""}, "--location-id"),
    (Code.LOCATION_INVALID, {"location_id": "My shop"}, "letters and digits"),
    (Code.NAME_MISSING, {"name": ""}, "Write a name"),
    (Code.NAME_MISSING, {"name": "\u200b\ufeff"}, "Write a name"),
    (Code.SLUG_MISSING, {"slug": "", "name": "🎄🎁"}, "best-sellers"),
    (Code.SLUG_INVALID, {"slug": "Best Sellers!"}, "Write best-sellers."),
    (Code.SLUG_INVALID, {"slug": "кеды"}, "Write kedy."),
    (Code.SLUG_INVALID, {"slug": "🎁"}, "best-sellers, for example"),
    (Code.TYPE_UNKNOWN, {"type": "automatic"}, "Write manual or smart."),
    (Code.TYPE_AMBIGUOUS, {"type": "", "rules": RULES}, "Write manual to use"),
    (Code.PRODUCT_IDS_MISSING, {"product_ids": ""}, "ids of its products"),
    (Code.PRODUCT_IDS_MISSING, {"product_ids": " , ;"}, "ids of its products"),
    (Code.PRODUCT_IDS_MISSING, {"product_ids": "[]"}, "ids of its products"),
    (Code.PRODUCT_ID_INVALID, {"product_ids": f"{ID},SKU-1,x"}, "SKU-1, x are no"),
    (Code.PRODUCT_ID_INVALID, {"product_ids": "SKU-1"}, "SKU-1 is no product id"),
    (Code.PRODUCT_ID_INVALID, {"product_ids": "[1, null]"}, "1, null are no"),
    (Code.PRODUCT_ID_INVALID, {"product_ids": "6.40398E+11"}, "digits are lost"),
    (Code.PRODUCT_ID_INVALID, {"product_ids": "x " * 25}, "and 5 more are no"),
    (Code.RULES_MISSING, {"type": "smart", "rules": ""}, "needs rules"),
    (Code.RULES_MISSING, {"type": "smart", "rules": "{}"}, "needs rules"),
    (Code.RULES_NOT_JSON, {"rules": "{'logic': 1}"}, "at character 2"),
    (Code.RULES_NOT_JSON, {"rules": '{"a":\n NaN}'}, "at line 2, character 2"),
    (Code.RULES_NOT_JSON, {"rules": '{"logic": "\\ud800"}'}, "not JSON"),
    (Code.RULES_NOT_JSON, {"rules": '{"n": 1e999}'}, "not JSON"),
    (Code.RULES_NOT_JSON, {"rules": '"logic": "AND"'}, "at character 8"),
    (Code.RULES_INVALID, {"rules": "[1]"}, "not a JSON object"),
    (Code.RULES_INVALID, {"rules": '{"a": 1}'}, "lack logic. The rules lack cond"),
    (Code.RULES_INVALID, {"rules": '{"logic": "XOR", "conditions": []}'}, "is XOR"),
    (Code.RULES_INVALID, {"rules": '{"logic": 1, "conditions": []}'}, "is 1, not"),
    (Code.RULES_INVALID, {"rules": '{"logic": "OR", "conditions": []}'}, "is empty"),
    (Code.RULES_INVALID, {"rules": '{"logic": "OR", "conditions": 1}'}, "not a list"),
    (
        Code.RULES_INVALID,
        {"rules": '{"logic": "OR", "conditions": [{}, 1, 2]}'},
        "Condition 2 is not an object in braces. Condition 3",
    ),
    (Code.RULES_INVALID, {"rules": '{"a":' * 500 + "1" + "}" * 500}, "too deep"),
    (Code.IMAGE_NOT_A_URL, {"image": "shoes.png"}, "in full"),
    (Code.IMAGE_NOT_A_URL, {"image": "https://a.example/a b.png"}, "%20"),
    (Code.COLLECTION_ID_INVALID, {"collection_id": "12345"}, "leave the cell blank"),
    (Code.COLLECTION_ID_INVALID, {"collection_id": "6.6E+23"}, "digits are lost"),
    (Code.RULE_VERSION_INVALID, {"rule_version": "v2"}, "not a number"),
    (Code.RULE_VERSION_INVALID, {"rule_version": "1e999"}, "not a number"),
    (Code.STATS_INVALID, {"stats": "12"}, "not a JSON object"),
    (Code.STATS_INVALID, {"stats": "twelve"}, "not JSON"),
    (Code.STATS_INVALID, {"stats": '{"a":' * 500 + "1" + "}" * 500}, "too deep"),
]


@pytest.mark.parametrize(("code", "changes", "words"), WRONG)
def test_each_mistake_has_its_code_its_column_and_its_remedy(
    code: Code, changes: dict[str, str], words: str
) -> None:
    """One mistake gives one problem that says where and what to write instead."""
    (problem,) = invalid(**changes)
    assert problem.code is code
    assert words in str(problem)
    assert problem.remedy
    assert problem.column.removeprefix("Column ") in GOOD | OPTIONAL
    assert len(problem.value) <= 60


def test_every_code_of_a_rows_check_is_reachable() -> None:
    """A code that nothing brings about would be a promise not kept."""
    codes = list(Code)
    of_a_row = codes[: codes.index(Code.DUPLICATE_IN_INPUT)]
    shape = {Code.ROW_TOO_SHORT, Code.ROW_TOO_LONG}  # the mapping finds these
    frames = {
        Code.VALUE_UNREADABLE,
        Code.QUOTES_WRONG,
        Code.HEADER_REPEATED,
    }  # and the sources these
    assert {code for code, _, _ in WRONG} | shape | frames == set(of_a_row)


def test_every_code_of_a_row_is_documented() -> None:
    """The table of problems has a line for each code."""
    text = (Path(__file__).parents[2] / "docs" / "input.md").read_text("utf-8")
    codes = list(Code)[: list(Code).index(Code.DUPLICATE_IN_INPUT) + 1]
    assert [code for code in codes if f"| `{code}` |" not in text] == []


def test_all_problems_of_a_row_are_found_at_once() -> None:
    """Fields for themselves and fields together: nobody fixes one at a time."""
    found = invalid(
        location_id="",
        name="",
        slug="A B",
        type="smart",
        product_ids="x,6.4E+11",
        image="x",
        collection_id="x",
        rule_version="x",
        stats="x",
    )
    assert {problem.code for problem in found} == {
        Code.LOCATION_MISSING,
        Code.NAME_MISSING,
        Code.SLUG_INVALID,
        Code.PRODUCT_ID_INVALID,
        Code.RULES_MISSING,
        Code.IMAGE_NOT_A_URL,
        Code.COLLECTION_ID_INVALID,
        Code.RULE_VERSION_INVALID,
        Code.STATS_INVALID,
    }
    assert len(found) == 10  # ids that are wrong and ids that are lost: two sentences


def test_a_problem_names_the_column_of_the_file_or_else_the_field() -> None:
    """The header as the file writes it; the field where the file has no column."""
    assert invalid(image="x")[0].column == "Column image"
    assert invalid(location_id="")[0].column == "location_id"


def test_what_the_row_says_stands_in_the_report() -> None:
    """An invalid row still shows its location, name and slug."""
    checked = check(fields(image="x"), Options())
    assert isinstance(checked, Invalid)
    assert (checked.location_id, checked.name, checked.slug) == (
        GOOD["location_id"],
        "Best Sellers",
        "best-sellers",
    )


def test_a_row_out_of_line_has_that_one_problem() -> None:
    """Where cells do not line up with the header the rest would be guesswork."""
    shape = Problem(Code.ROW_TOO_LONG, {"cells": 3, "width": 2})
    checked = check(Fields(ROW, {"name": "x"}, {}, (shape,)), Options())
    assert isinstance(checked, Invalid)
    assert checked.problems == (shape,)


@pytest.mark.parametrize("length", [59, 60])
def test_a_value_that_just_fits_is_shown_whole(length: int) -> None:
    """Nobody looks for the rest of what ends with an ellipsis."""
    (problem,) = invalid(image="a" * length)
    assert problem.value == "a" * length
    (longer,) = invalid(image="a" * 61)
    assert longer.value == "a" * 59 + "…"


def test_what_no_option_asks_for_is_not_done() -> None:
    """The defaults are the contract: products and whole ids, and nothing beside it."""
    defaults = Options()
    assert defaults.require_product_ids
    assert defaults.strict_ids
    assert not defaults.send_rule_metadata
    assert not defaults.smart_as_manual


def test_a_long_value_is_shortened_to_one_line() -> None:
    """A cell of a thousand characters does not fill the screen."""
    (problem,) = invalid(image="a\n" * 1000)
    assert len(problem.value) == 60
    assert problem.value.endswith("…")
    assert "\n" not in str(problem)


def test_a_missing_slug_is_made_and_told() -> None:
    """Transliterated from the name, with the slug in the remark."""
    found = valid(slug="", name="Größen & Übersicht")
    assert found.definition.slug == "grossen-ubersicht"
    (remark,) = found.remarks
    assert remark.code is Code.SLUG_MADE
    assert "grossen-ubersicht" in remark.message


@pytest.mark.parametrize("slug", ["a", "7", "a--b", "2026-sale"])
def test_no_rule_for_slugs_is_invented(slug: str) -> None:
    """Lower-case letters, digits and dashes, in any order and length."""
    assert definition(slug=slug).slug == slug
    assert definition(slug=slug * 300).slug == slug * 300


def test_the_default_location_is_for_rows_without_one() -> None:
    """A row that names its location keeps it."""
    options = Options(location_id="Default1")
    assert definition(options, location_id="").location_id == "Default1"
    assert definition(options).location_id == GOOD["location_id"]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"type": "MANUAL"}, CollectionType.MANUAL),
        ({"type": " Smart ", "rules": RULES}, CollectionType.SMART),
        ({"type": ""}, CollectionType.MANUAL),
        ({"type": "", "product_ids": "", "rules": RULES}, CollectionType.SMART),
        ({"type": "", "product_ids": "[]", "rules": RULES}, CollectionType.SMART),
        ({"type": "", "rules": "{}"}, CollectionType.MANUAL),
        ({"type": "", "product_ids": ""}, None),
    ],
)
def test_the_type_is_what_the_row_says_or_lists(
    changes: dict[str, str], kind: CollectionType | None
) -> None:
    """Given in any case, else inferred, else left to the API."""
    found = valid(**changes)
    assert found.definition.type is kind
    told = [remark.code for remark in found.remarks]
    assert told == ([Code.TYPE_INFERRED] if kind and not changes["type"] else [])


def test_a_given_type_wins_and_the_rest_passes_through() -> None:
    """Both are filled and the type says which counts: nothing is dropped."""
    found = definition(rules=RULES)
    assert found.type is CollectionType.MANUAL
    assert found.rules is not None
    assert found.product_ids == (ID,)


@pytest.mark.parametrize(
    "text",
    [
        f"{ID},{ID2}",
        f"{ID} ; {ID2}",
        f"{ID}|{ID2}|",
        f"{ID}\r\n{ID2}\n",
        f"{ID} {ID2}",
        f'["{ID}", "{ID2}"]',
        f"[{ID}, {ID2}]",
    ],
)
def test_product_ids_are_split_as_people_write_them(text: str) -> None:
    """Commas, semicolons, bars, spaces, line breaks, or a JSON list."""
    assert definition(product_ids=text).product_ids == (ID, ID2)


GOOD_ID = "655b33a82209e60b6adb87a5"


@pytest.mark.parametrize(
    "near",
    [
        GOOD_ID[:-1],
        GOOD_ID + "0",
        GOOD_ID[:-1] + "g",
        GOOD_ID * 2,
        GOOD_ID[:12] + "-" + GOOD_ID[13:],
        GOOD_ID[:-1] + "\N{FULLWIDTH DIGIT FIVE}",
    ],
)
@pytest.mark.parametrize(
    "cell", ["{}", "{good},{}", "{},{good}", '["{}"]', "{good} {}"]
)
def test_an_id_that_is_nearly_one_is_refused(near: str, cell: str) -> None:
    """One digit too few or too many, alone or beside good ones."""
    found = invalid(product_ids=cell.format(near, good=GOOD_ID))
    assert [problem.code for problem in found] == [Code.PRODUCT_ID_INVALID]
    (problem,) = invalid(collection_id=near)
    assert problem.code is Code.COLLECTION_ID_INVALID


def test_an_id_of_24_hex_digits_is_one_in_either_case() -> None:
    """And stays as it was written."""
    both = (GOOD_ID, f"F{GOOD_ID[1:].upper()}")
    for cell in (",".join(both), f'["{both[0]}", "{both[1]}"]'):
        assert definition(product_ids=cell).product_ids == both
    assert definition(collection_id=both[1]).collection_id == both[1]


def test_settings_lift_what_they_say() -> None:
    """Manual without products, and ids that are not 24 hex digits."""
    lifted = Options(require_product_ids=False)
    assert definition(lifted, product_ids="").product_ids == ()
    loose = Options(strict_ids=False)
    found = definition(loose, product_ids="SKU-1,2", collection_id="any_id")
    assert (found.product_ids, found.collection_id) == (("SKU-1", "2"), "any_id")
    (problem,) = invalid(loose, product_ids="6.40398E+11")
    assert "digits are lost" in problem.message
    (problem,) = invalid(loose, collection_id="two words")
    assert problem.code is Code.COLLECTION_ID_INVALID


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("1.0", 1), ("2.5", 2.5), ("+3", 3), ("-1", -1), ("1e3", 1000)],
)
def test_rule_metadata_is_checked_always_and_sent_on_request(
    text: str, number: float
) -> None:
    """The three columns reach the definition only where the setting says so."""
    changes: dict[str, Any] = {
        "rule_hash": "abc",
        "rule_version": text,
        "stats": '{"n": 1}',
    }
    sent = definition(Options(send_rule_metadata=True), **changes)
    assert (sent.rule_hash, sent.rule_version, sent.stats) == ("abc", number, {"n": 1})
    assert type(sent.rule_version) is type(number)
    kept = definition(**changes)
    assert (kept.rule_hash, kept.rule_version, kept.stats) == ("", None, None)


def test_a_huge_number_is_one_that_json_can_carry() -> None:
    """A whole number beyond 64 bits cannot be encoded; a decimal one can."""
    sent = definition(Options(send_rule_metadata=True), rule_version="9" * 30)
    assert isinstance(sent.rule_version, float)


@pytest.mark.parametrize(
    "image",
    [
        "http://example.com",
        "HTTPS://EXAMPLE.COM/A.PNG",
        "https://user:pw@example.com:8443/a?b=c#d",
        "https://[2001:db8::1]/a.png",
        "https://bücher.example/ä.png",
        "http://localhost:8080/a.png",
        "https://example.com?x=1",
    ],
)
def test_any_absolute_web_address_is_an_image(image: str) -> None:
    """The contract asks for a URL and no more."""
    assert definition(image=image).image == image


@pytest.mark.parametrize(
    "image",
    [
        "//example.com/a.png",
        "ftp://example.com/a.png",
        "https://",
        "https:///a.png",
        "https://:80/a.png",
        "https://user@/a.png",
        "https:example.com",
        "C:\\a.png",
        "data:image/png;base64,AAAA",
        "https://example.com:port/",
        "https://a.example/\x00",
    ],
)
def test_what_is_no_web_address_is_no_image(image: str) -> None:
    """No host, no scheme, a space, a path on a disk."""
    assert [problem.code for problem in invalid(image=image)] == [Code.IMAGE_NOT_A_URL]


def test_half_a_character_is_replaced_and_not_sent() -> None:
    """A lone surrogate from a DataFrame would fail when the request is encoded."""
    for field in ("name", "seo_title", "seo_description"):
        assert getattr(definition(**{field: "a\ud83cb"}), field) == "a?b"
    (problem,) = invalid(image="\ud83c")
    assert problem.code is Code.IMAGE_NOT_A_URL


def test_every_constrained_field_has_words_for_its_errors() -> None:
    """A field that pydantic can refuse must not end in a KeyError."""
    free = {"seo_title", "seo_description", "rule_hash"}  # any text will do
    for model in (Collection, LooseCollection):
        assert set(_FOUND) == set(model.__annotations__) - free
    assert set(Collection.__annotations__) == set(Definition.__dataclass_fields__)
