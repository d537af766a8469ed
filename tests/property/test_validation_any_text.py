"""The check, for any text in any field: an answer, and a right one."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import examples
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping import FIELDS
from importer.models import (
    Calling,
    CollectionType,
    Fields,
    Invalid,
    Place,
    Row,
    Valid,
)
from importer.validation import Options, check, products

pytestmark = pytest.mark.examples

ROW = Row.at(Place("any.csv", "", 2, 2), ())
ID = "655b33a82209e60b6adb87a5"
# Near misses and good values, so that rows get past the first problem.
LIKELY: dict[str, list[str]] = {
    "location_id": ["Z4Bxl8J4SaPEPLq9IQ8g", "a b"],
    "name": ["Best Sellers", "Größen", "🎄", " ", "\ud83c"],
    "slug": ["best-sellers", "A"],
    "type": ["manual", "SMART", "other"],
    "product_ids": [ID, f"{ID};{ID}", "[]", f'["{ID}"]', "6.4E+11", "[[", '["\ud800"]'],
    "rules": ['{"logic":"and","conditions":[{"a":1}]}', "{}", "[", '{"logic":[]}'],
    "image": ["https://example.com/a.png", "https://[x", "http://a b"],
    "seo_title": ["T", "\udfff"],
    "seo_description": ["D"],
    "collection_id": [ID, "6.6E23"],
    "rule_hash": ["abc"],
    "rule_version": ["1", "1e400", "٣", "9" * 5000],
    "stats": ["{}", '{"a": 1e999}', "[]"],
    "product_skus": ["S-1,S-2", "6.4E+11", "[]"],
    "product_names": ["Tea", '"Shirt, red"', '["a", {}]', "[Sale]", '["\ud800"]'],
    "product_handles": ["tea mug", '["\\ud800"]', "\udfff"],
}
ANY = st.text(st.characters())
ROWS = st.fixed_dictionaries(
    {}, optional={field: st.sampled_from(LIKELY[field]) | ANY for field in FIELDS}
)
OPTIONS = st.builds(
    Options,
    location_id=st.sampled_from(["", "Default1"]),
    require_product_ids=st.booleans(),
    strict_ids=st.booleans(),
    send_rule_metadata=st.booleans(),
)


@settings(max_examples=examples.tried(500), deadline=None)
@given(values=ROWS, options=OPTIONS)
def test_any_row_gets_the_same_answer_twice(
    values: dict[str, str], options: Options
) -> None:
    """Never an exception; problems say what to do; a definition keeps the contract."""
    fields = Fields(ROW, values, {})
    checked = products.check(fields, options, check)
    assert products.check(fields, options, check) == checked
    match checked:
        case Valid():
            assert_contract(checked, options)
        case Invalid():
            assert checked.problems
            assert all(p.message and p.remedy for p in checked.problems)
            assert all(len(p.value) <= 60 for p in checked.problems)


def assert_contract(checked: Valid, options: Options) -> None:
    definition = checked.definition
    assert definition.name.strip()
    assert re.fullmatch("[a-z0-9-]+", definition.slug)
    assert re.fullmatch("[A-Za-z0-9]+", definition.location_id)
    if definition.type is CollectionType.MANUAL and options.require_product_ids:
        assert definition.product_ids or isinstance(checked, Calling)
    if isinstance(checked, Calling):
        assert all(one.texts for one in checked.called)
        orjson.dumps([one.texts for one in checked.called])
    if definition.type is CollectionType.SMART:
        assert definition.rules
    if options.strict_ids:
        ids = [*definition.product_ids, definition.collection_id or ID]
        assert all(re.fullmatch("[0-9a-fA-F]{24}", one) for one in ids)
    if definition.rules is not None:
        assert definition.rules["logic"] in {"AND", "OR"}
        assert definition.rules["conditions"]
    if definition.image:
        assert urlsplit(definition.image).scheme.lower() in {"http", "https"}
    assert_encodable(definition)


def assert_encodable(definition: Any) -> None:
    """Whatever is valid can be written as JSON: the request will not fail."""
    for field in definition.__dataclass_fields__:
        orjson.dumps(getattr(definition, field))
