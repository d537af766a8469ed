"""`importer explain`, and failures that lead to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer import schemas

if TYPE_CHECKING:
    from conftest import Importer

pytestmark = pytest.mark.measured


def test_a_code_is_explained_with_cause_example_and_way_out(importer: Importer) -> None:
    """Whoever has a code needs nothing else."""
    ended = importer("explain", "slug_invalid")

    assert ended.code == 0
    for words in ("How it comes", "Summer Sale", "Write instead", "What to do"):
        assert words in ended.out


def test_an_exit_code_is_explained_by_its_number(importer: Importer) -> None:
    """The number is what a scheduler shows."""
    assert importer("explain", "75").out == importer("explain", "exit-75").out
    assert importer("explain", "9").out.startswith("exit-9: ")


def test_all_codes_are_listed(importer: Importer) -> None:
    """Those of rows and those of the process."""
    ended = importer("explain")

    assert ended.code == 0
    for name in ("slug_invalid", "api_422", "created_twice", "exit-143"):
        assert f"  {name} " in ended.out


def test_a_misspelt_code_is_answered_with_the_nearest(importer: Importer) -> None:
    """Exit 2, and the name to type."""
    ended = importer("explain", "slug_invald")

    assert ended.code == 2
    assert "Did you mean slug_invalid?" in ended.err


def test_programs_get_the_same_as_one_object(importer: Importer) -> None:
    """One code, or all of them."""
    one = importer("explain", "slug_invalid", "--json").document
    every = importer("explain", "--json").document

    assert one["example"] == {"slug": "Summer Sale"}
    assert one["instead"] == {"slug": "summer-sale"}
    assert {key: one[key] for key in one if key != "schema"} in every["codes"]


def test_the_schema_of_a_document_is_printed(importer: Importer) -> None:
    """As it is in docs/schemas; a name that is none is answered with those that are."""
    printed = importer("explain", "--schema", "summary")
    assert printed.document == schemas.schema("summary")
    wrong = importer("explain", "--schema", "sumary")
    assert (wrong.code, "check, codes, config" in wrong.err) == (2, True)
    assert importer("explain", "75", "--schema", "summary").code == 2


def test_every_failure_names_its_code(importer: Importer) -> None:
    """On the screen with the command that explains it, and in JSON by name."""
    said = importer("check", "nowhere.csv")
    document = importer("check", "nowhere.csv", "--json").document

    assert said.code == 5
    assert "Code: exit-5  (importer explain 5)" in said.err
    assert document["error"]["code"] == "exit-5"


def test_a_list_of_problems_says_where_codes_are_explained(importer: Importer) -> None:
    """Once, with a code of the list; the hundredth alike is counted."""
    rows = [row.replace("collection-", "Collection ") for row in importer.rows(100)]
    ended = importer("check", importer.write("shop.csv", rows))

    assert ended.code == 3
    assert "100 rows: the slug has characters that a link cannot have" in ended.out
    assert "… and 97 more" in ended.out
    assert ended.out.count("importer explain slug_invalid") == 1
    assert len(ended.out.splitlines()) < 10
