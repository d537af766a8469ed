"""Rows that call products by SKU, name or handle, as the check takes them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from importer import validation
from importer.models import (
    Calling,
    Checked,
    Code,
    CollectionType,
    Fields,
    Invalid,
    Place,
    Problem,
    Row,
    Shaped,
    Valid,
)
from importer.validation import Options, products

if TYPE_CHECKING:
    from collections.abc import Mapping

ID = "655b33a82209e60b6adb87a5"
ROW = Row.at(Place("shop.csv", "", 2, 2), ("x",))
GOOD = {"location_id": "LOC", "name": "Best", "slug": "best", "type": "manual"}


def check(options: Options | None = None, /, **changes: str) -> Checked:
    return checked(Fields(ROW, *named(changes)), options)


def checked(fields: Fields, options: Options | None = None) -> Checked:
    return products.check(fields, options or Options(), validation.check)


def named(changes: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    values = {field: text for field, text in {**GOOD, **changes}.items() if text}
    return values, {field: f"Column {field}" for field in values}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Tea", ["Tea"]),
        ("Blue Shirt, Tea;Mug|Hat\nPen", ["Blue Shirt", "Tea", "Mug", "Hat", "Pen"]),
        ('"Shirt, red", Tea', ["Shirt, red", "Tea"]),
        ('"15"" screen; flat"', ['15" screen; flat']),
        ('15" screen, Tea', ['15" screen', "Tea"]),
        ('"Blue" shirt', ['"Blue" shirt']),
        (",; |\n", []),
        ("[]", []),
        ("null", []),
        ('["Shirt, red", 12]', ["Shirt, red", "12"]),
        ("[Sale] Shirt", ["[Sale] Shirt"]),
    ],
)
def test_a_cell_is_taken_apart_as_people_write_lists(
    text: str, parts: list[str]
) -> None:
    """Names may hold spaces, and separators in quotation marks."""
    assert products.listed("product_names", text) == parts


def test_handles_end_at_a_space() -> None:
    """They hold none; names and SKUs may."""
    assert products.listed("product_handles", "a b,c") == ["a", "b", "c"]
    assert products.listed("product_skus", "a b,c") == ["a b", "c"]


def test_named_products_make_a_row_good() -> None:
    """A manual collection has products, though no ids yet; none is made up."""
    found = check(product_skus="S-1, S-2", product_names="Tea")
    assert isinstance(found, Calling)
    assert found.definition.product_ids == ()
    texts = [(one.field, one.column, one.texts, one.needed) for one in found.called]
    assert texts == [
        ("product_skus", "Column product_skus", ("S-1", "S-2"), True),
        ("product_names", "Column product_names", ("Tea",), True),
    ]
    assert [remark.code for remark in found.remarks] == [Code.PRODUCTS_BY_NAME]


def test_ids_stand_beside_names() -> None:
    """They stay what they are."""
    found = check(product_ids=ID, product_names="Tea")
    assert isinstance(found, Calling)
    assert found.definition.product_ids == (ID,)


@pytest.mark.parametrize("ids", ["", "[]", "null", " , "])
def test_names_count_beside_a_cell_that_lists_no_ids(ids: str) -> None:
    """Also where it says in JSON that there are none."""
    found = check(product_ids=ids, product_names="Tea")
    assert isinstance(found, Calling)
    assert found.definition.product_ids == ()


def test_names_make_a_row_without_a_type_manual() -> None:
    """As ids do."""
    found = check(type="", product_handles="tea")
    assert isinstance(found, Valid)
    assert found.definition.type is CollectionType.MANUAL
    codes = [remark.code for remark in found.remarks]
    assert codes == [Code.TYPE_INFERRED, Code.PRODUCTS_BY_NAME]


def test_names_beside_rules_need_a_type() -> None:
    """As ids do."""
    rules = '{"logic": "AND", "conditions": [{"field": "Title"}]}'
    found = check(type="", product_names="tea", rules=rules)
    assert isinstance(found, Invalid)
    assert [problem.code for problem in found.problems] == [Code.TYPE_AMBIGUOUS]


@pytest.mark.parametrize("cell", ["", "[]", " , "])
def test_a_column_without_names_is_as_if_it_were_not_there(cell: str) -> None:
    """The row is judged by its ids alone."""
    found = check(product_names=cell, product_ids=ID)
    assert type(found) is Valid
    missing = check(product_names=cell)
    assert isinstance(missing, Invalid)
    assert missing.problems[0].code is Code.PRODUCT_IDS_MISSING


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("product_skus", "S-1,6.40398E+11", "6.40398E+11"),
        ("product_names", '[{"a": 1}]', '[{"a": 1}]'),
    ],
)
def test_what_cannot_be_a_name_is_told_without_a_network(
    field: str, text: str, value: str
) -> None:
    """With its column, and beside whatever else is wrong with the row."""
    found = check(**{field: text})
    assert isinstance(found, Invalid)
    assert (found.location_id, found.name, found.slug) == ("LOC", "Best", "best")
    (problem,) = found.problems
    assert problem.code is Code.PRODUCT_NAME_INVALID
    assert (problem.column, problem.value) == (f"Column {field}", value)
    both = check(**{field: text, "slug": "A b"})
    assert isinstance(both, Invalid)
    assert [one.code for one in both.problems] == [
        Code.SLUG_INVALID,
        Code.PRODUCT_NAME_INVALID,
    ]


def test_a_row_out_of_shape_has_that_problem_alone() -> None:
    """Which cell is a name is guesswork then."""
    wrong = Problem(Code.ROW_TOO_SHORT, {"cells": 3, "width": 4})
    values, columns = named({"product_skus": "6.40398E+11"})
    found = checked(Fields(ROW, values, columns, (wrong,)))
    assert isinstance(found, Invalid)
    assert found.problems == (wrong,)


def test_half_a_character_is_replaced() -> None:
    """A DataFrame can hold it, and no database would take it."""
    found = check(product_names="Te\ud800a")
    assert isinstance(found, Calling)
    assert found.called[0].texts == ("Te?a",)


@pytest.mark.parametrize("lenient", [True, False])
def test_what_another_shop_lists_may_be_left_out_where_it_says_so(
    *, lenient: bool
) -> None:
    """The mapping knows whose products they are."""
    values, columns = named({"product_handles": '["a"]'})
    found = checked(Shaped(ROW, values, columns, lenient=lenient))
    assert isinstance(found, Calling)
    assert [one.needed for one in found.called] == [not lenient]


def test_the_mappings_remarks_stand_before_its_own() -> None:
    """What is told of a shape goes through."""
    values, columns = named({"product_handles": "a"})
    told = Problem(Code.PRODUCTS_TRUNCATED, {"number": 1, "count": 2})
    inner: Any = partial(products.check, inner=validation.check)
    fields = Shaped(ROW, values, columns, remarks=(told,))
    found = validation.told.check(fields, Options(), inner)
    assert isinstance(found, Calling)
    assert [one.code for one in found.remarks] == [
        Code.PRODUCTS_TRUNCATED,
        Code.PRODUCTS_BY_NAME,
    ]


@pytest.mark.parametrize(
    "cells", [("[{}]", "6.40398E+11"), ("6.40398E+11", "[{}]"), ("[{}]", "[[1]]")]
)
@pytest.mark.parametrize(
    "fields",
    [
        ("product_names", "product_skus"),
        ("product_skus", "product_names"),
        ("product_handles", "product_names"),
    ],
)
def test_what_is_wrong_with_each_cell_is_told_whichever_comes_first(
    cells: tuple[str, str], fields: tuple[str, str]
) -> None:
    """A cell that cannot be read is no end of the row."""
    found = check(**dict(zip(fields, cells, strict=True)))
    assert isinstance(found, Invalid)
    wrong = [one for one in found.problems if one.code is Code.PRODUCT_NAME_INVALID]
    assert {one.column for one in wrong} == {f"Column {field}" for field in fields}
