"""Which product a name, a SKU or a handle means."""

from __future__ import annotations

import pytest

from importer import catalog
from importer.catalog import Nearest, key, meant, resolve
from importer.destination import products_api as listed
from importer.models import Called, Code, Entry, Found

A, B, C = (f"655b33a82209e60b6adb87a{n}" for n in range(3))
TEA = [Entry("Tea", A, "Tea"), Entry("Tea", B, "Tea")]


def names(*texts: str, needed: bool = True) -> Called:
    return Called("product_names", "Products", texts, needed)


def entries(**said: list[Entry]) -> dict[tuple[str, str], list[Entry]]:
    return {("product_names", name): found for name, found in said.items()}


@pytest.mark.parametrize(
    ("field", "text", "same"),
    [
        ("product_names", "  Blue \n SHIRT", "blue shirt"),
        ("product_names", "Straße", "strasse"),
        ("product_names", "e\u0301clair", "\u00e9clair"),
        ("product_names", "a/b", "a/b"),
        ("product_skus", "SH-1", "sh-1"),
        ("product_handles", "/products/Blue-Shirt/", "blue-shirt"),
        ("product_handles", "blue-shirt", "blue-shirt"),
    ],
)
def test_what_does_not_count_is_not_compared(field: str, text: str, same: str) -> None:
    """Case, space and the front of a path; everything else tells products apart."""
    assert key(field, text) == same


def test_what_is_written_exactly_so_goes_first() -> None:
    """Two products differ in nothing but case, and the row says which."""
    two = [Entry("TEA", A, "TEA"), Entry("Tea", B, "Tea")]
    assert [one.product_id for one in meant("Tea", two)] == [B]
    assert [one.product_id for one in meant("tea", two)] == [A, B]


def test_a_product_with_a_sku_twice_is_one_product() -> None:
    """Two of its prices have it."""
    assert len(meant("S", [Entry("S", A, "Shirt"), Entry("S", A, "Shirt")])) == 1


def test_all_products_of_a_row_are_put_together() -> None:
    """Its own ids first, then what was found, in its order and none twice."""
    skus = Called("product_skus", "SKU", ("s", "t", "s"))
    known = {
        ("product_skus", "s"): [Entry("s", B, "")],
        ("product_skus", "t"): [Entry("t", A.upper(), "")],
        ("product_names", "mug"): [Entry("Mug", C, "Mug")],
    }
    meaning = resolve([A, A], [skus, names("Mug")], known, {})
    assert meaning.ids == (A, B, C)
    assert meaning.found == (
        (Found("s", B), Found("t", A.upper())),
        (Found("Mug", C),),
    )
    assert meaning.problems == ()
    (again,) = meaning.remarks
    assert str(again) == (
        "SKU: t means a product that the row lists already; it is sent once."
    )


def test_a_name_of_several_products_names_them_all() -> None:
    """Column, text, and the ids to choose from."""
    (problem,) = resolve([], [names("Tea")], entries(tea=TEA), {}).problems
    assert problem.code is Code.PRODUCT_AMBIGUOUS
    assert (problem.column, problem.value) == ("Products", "Tea")
    assert f"2 products have the name Tea: {A} (Tea), {B} (Tea)." in problem.message
    assert "product_ids" in problem.remedy


def test_a_name_of_very_many_products_names_a_few() -> None:
    """A message stays a message."""
    many = [Entry("Tea", f"{n:024x}", "Tea") for n in range(1007)]
    (problem,) = resolve([], [names("tea")], entries(tea=many), {}).problems
    assert "1,007 products have" in problem.message
    assert "and 1,002 more" in problem.message


def test_a_name_that_nobody_has_names_the_nearest() -> None:
    """As it would be written into the cell, with its id."""
    near = entries(shrt=[Entry("Shirt, red", A, ""), Entry("Short", B, "")])
    (problem,) = resolve([], [names("Shrt")], {}, near).problems
    assert problem.code is Code.PRODUCT_NOT_FOUND
    assert problem.message == "The location has no product with the name Shrt."
    assert problem.remedy == f'The nearest: "Shirt, red" ({A}), Short ({B}).'


def test_a_name_that_nothing_is_near_to_says_what_to_do() -> None:
    """Products are made in HighLevel; a long name is shortened."""
    (problem,) = resolve([], [names("x" * 80)], {}, {}).problems
    assert problem.value.endswith("…")
    assert "make the product in HighLevel first" in problem.remedy


def test_every_wrong_name_of_a_row_is_a_problem_and_told_once() -> None:
    """All of them at once, in the order of the row."""
    meaning = resolve([], [names("Tea", "x", "x")], entries(tea=TEA), {})
    codes = [problem.code for problem in meaning.problems]
    assert codes == [Code.PRODUCT_AMBIGUOUS, Code.PRODUCT_NOT_FOUND]


def test_what_need_not_be_there_is_left_out_with_a_word() -> None:
    """An export of another shop, where no products are required."""
    column = names("Tea", "x", "Mug", needed=False)
    known = entries(tea=TEA, mug=[Entry("Mug", C, "Mug")])
    meaning = resolve([], [column], known, {})
    assert meaning.ids == (C,)
    assert meaning.problems == ()
    ambiguous, missing = meaning.remarks
    assert ambiguous.message.endswith("They are left out.")
    assert missing.message.endswith("It is left out.")


def test_the_remark_says_which_id_was_taken_for_which_text() -> None:
    """So that whoever reads the report can check it."""
    called = [names('Shirt, "L"'), Called("product_skus", "SKU", ("x",), needed=False)]
    known = {("product_names", 'shirt, "l"'): [Entry("", A, "")]}
    remark = catalog.remark(called, resolve([], called, known, {}))
    assert remark.message == f'Products: "Shirt, ""L""" is {A}.'
    nothing = resolve([], called[1:], {}, {})
    assert "None of the products" in catalog.remark(called[1:], nothing).message


def test_what_has_to_be_looked_up_is_named_once() -> None:
    """By field and key."""
    found = catalog.wanted([names("Tea", "TEA"), Called("product_skus", "", ("T",))])
    assert found == {("product_names", "tea"), ("product_skus", "t")}


def nearest(text: str, *said: str) -> list[str]:
    one = Nearest(text)
    for start in range(0, len(said), 2):  # shown in parts
        part = said[start : start + 2]
        one.look_at(part, [Entry(name, name, name) for name in part])
    return [entry.said for entry in one.entries]


def test_a_typo_is_nearer_than_half_a_name() -> None:
    """Three at the most, the best first, whatever part they were shown in."""
    names = ("mug", "shirt, red, large", "blue shirts", "shirt", "short", "tea")
    assert nearest("shirr", *names) == ["shirt", "short"]
    halves = ["blue shirts", "shirt, red, large"]
    assert nearest("shirt", *names) == ["shirt", *halves]


def test_nothing_is_near_to_what_looks_like_nothing_there() -> None:
    """Better no candidate than a wild one; two letters are no half of a name."""
    assert nearest("zzzz", "mug", "tea") == []
    assert nearest("te", "steamer", "large teapot") == []


def test_a_product_is_named_once_among_the_nearest() -> None:
    """It has the SKU of each of its prices."""
    one = Nearest("sh-3")
    skus = ["sh-1", "sh-2"]
    one.look_at(skus, [Entry(sku, A, "Shirt") for sku in skus])
    assert len(one.entries) == 1


@pytest.mark.parametrize(
    ("stated", "total"),
    [
        (3, 3),
        ({"total": 3}, 3),
        ([{"total": 3}], 3),
        (0, 0),
        (True, None),
        ("3", None),
        ([], None),
        (None, None),
    ],
)
def test_a_total_of_products_is_read_in_each_way_it_is_stated(
    stated: object, total: int | None
) -> None:
    """A number, an object with one, or that in a list; all else states none."""
    assert listed.total({"total": stated}) == total
