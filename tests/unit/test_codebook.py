"""Every code is explained, and what an example shows is true."""

from __future__ import annotations

import pytest

from importer import codebook, mapping, validation
from importer.codebook import Explanation, Kind, cells, exits, remarks
from importer.exit_codes import Exit
from importer.models import Checked, Code, Invalid, Place, Row, Table, Valid

#: A row with which nothing is wrong and of which nothing is remarked.
GOOD = {
    "location_id": "Z4Bxl8J4SaPEPLq9IQ8g",
    "name": "Best Sellers",
    "slug": "best-sellers",
    "type": "manual",
    "product_ids": "655b33a82209e60b6adb87a5",
    "rules": "",
    "image": "",
    "collection_id": "",
    "rule_version": "",
    "stats": "",
}
SHOWN = [one for one in (*cells.PROBLEMS, *remarks.REMARKS) if one.cells]


def check(row: dict[str, str]) -> Checked:
    """Check a row as if it stood in a file of our own columns."""
    header = tuple(row)
    values = Row.at(Place("shop.csv", "", 2, 2), tuple(row.values()))
    table = Table("shop.csv", "", header, 1, [])
    binding = mapping.bind(table, mapping.Spec())
    return validation.check(mapping.apply(binding, values), validation.Options())


def codes(checked: Checked) -> set[str]:
    """Give the codes of all that was found."""
    match checked:
        case Invalid(problems=found):
            return {one.code for one in found}
        case Valid(remarks=told):
            return {one.code for one in told}


def test_every_code_and_every_exit_code_is_explained_once() -> None:
    """None is missing, and none is explained that is not there."""
    wanted = [*Code, *map(exits.name, Exit)]
    assert sorted(codebook.ALL) == sorted(map(str, wanted))


@pytest.mark.parametrize("one", codebook.ALL.values(), ids=codebook.ALL)
def test_an_explanation_is_complete(one: Explanation) -> None:
    """A phrase without a full stop, sentences with one, and an example."""
    assert one.phrase
    assert not one.phrase.endswith(".")
    assert one.cause.endswith(".")
    assert one.way_out.endswith(".") or one.way_out.endswith("< 50.")
    assert bool(one.cells) != bool(one.example)
    assert bool(one.cells) == bool(one.instead)


@pytest.mark.parametrize("one", SHOWN, ids=[one.name for one in SHOWN])
def test_the_cells_of_an_example_lead_to_the_code_and_the_others_do_not(
    one: Explanation,
) -> None:
    """Whoever writes what is to be written instead has a good row."""
    wrong = GOOD | dict(one.cells)

    assert codes(check(wrong)) == {one.name}
    assert one.name not in codes(check(wrong | dict(one.instead)))
    assert isinstance(check(wrong | dict(one.instead)), Valid)


def test_a_row_without_a_code_is_good_to_begin_with() -> None:
    """Else the examples would show nothing."""
    assert codes(check(GOOD)) == set()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("slug_invalid", "slug_invalid"),
        (" Slug-Invalid ", "slug_invalid"),
        ("slug invalid", "slug_invalid"),
        ("75", "exit-75"),
        ("exit-75", "exit-75"),
        ("exit 75", "exit-75"),
        ("EXIT_75", "exit-75"),
        ("api_422", "api_422"),
        ("api_409", "api_409"),
    ],
)
def test_a_code_is_found_as_people_type_it(typed: str, name: str) -> None:
    """Capitals, dashes and bare numbers do not matter."""
    found = codebook.find(typed)

    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("typed", ["42", "api_999", "", "exit", "nothing", "²"])
def test_what_is_no_code_is_not_found(typed: str) -> None:
    """Also a number that no exit code has."""
    assert codebook.find(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("slug_invald", "slug_invalid"),
        ("product-id-missing", "product_ids_missing"),
        ("zzzz", ""),
    ],
)
def test_a_misspelt_code_has_a_nearest(typed: str, meant: str) -> None:
    """Or none, where nothing is near."""
    assert codebook.nearest(typed) == meant


def test_a_phrase_of_a_code_that_is_not_known_is_the_code() -> None:
    """A journal of a newer version can be read."""
    assert codebook.phrase("slug_invalid") == codebook.ALL["slug_invalid"].phrase
    assert codebook.phrase("of_tomorrow") == "of_tomorrow"


def test_each_kind_has_codes() -> None:
    """No heading stands without fellows."""
    assert {one.kind for one in codebook.ALL.values()} == set(Kind)


def test_exit_143_is_explained_for_a_closed_terminal_too() -> None:
    """SIGHUP ends the program with the same code."""
    found = codebook.find("exit-143")
    assert found is not None
    assert "SIGTERM" in found.phrase
    assert "SIGHUP" in found.phrase
