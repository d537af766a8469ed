"""The samples: enough good rows, every mistake once, the same in CSV and XLSX."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from importer import mapping, source, validation
from importer.models import Checked, Code, Invalid, Valid

FOLDER = Path(__file__).parents[2] / "sample_data"


def checked(name: str, spec: mapping.Spec | None = None) -> list[Checked]:
    (table,) = source.read(FOLDER / name)
    binding = mapping.bind(table, spec or mapping.Spec())
    options = validation.Options()
    return [
        validation.check(mapping.apply(binding, row), options) for row in table.rows
    ]


def codes(results: list[Checked]) -> Counter[Code]:
    return Counter(
        problem.code
        for result in results
        if isinstance(result, Invalid)
        for problem in result.problems
    )


def identities(results: list[Checked]) -> Counter[tuple[str, str]]:
    return Counter(
        (result.definition.location_id, result.definition.slug)
        for result in results
        if isinstance(result, Valid)
    )


def test_the_csv_has_enough_good_rows_in_two_locations() -> None:
    """The demo needs 150 answers and 130 collections; both kinds are there."""
    results = checked("collections.csv")
    good = [result.definition for result in results if isinstance(result, Valid)]
    assert (len(results), len(good)) == (172, 153)
    assert len(identities(results)) == 152
    assert len({definition.location_id for definition in good}) == 2
    assert {str(d.type) for d in good} == {"manual", "smart", "None"}


def test_every_code_of_a_row_has_a_row() -> None:
    """Whoever wonders what a code means finds an example."""
    results = checked("collections.csv")
    every = list(Code)
    of_a_row = set(every[: every.index(Code.DUPLICATE_IN_INPUT)])
    of_a_row.remove(Code.VALUE_UNREADABLE)  # no cell of a file is like that
    of_a_row.discard(Code.EXAMPLE_ROW)  # only of our own template
    of_a_row.remove(Code.HEADER_REPEATED)  # only of tables put together
    of_a_row.remove(Code.QUOTES_WRONG)  # spreadsheets write none
    assert set(codes(results)) == of_a_row
    assert sorted(identities(results).values())[-2:] == [1, 2]  # one duplicate


def test_a_wrong_row_is_wrong_in_one_way() -> None:
    """Each shows its own code and no other."""
    results = checked("collections.csv")
    assert all(
        len({problem.code for problem in result.problems}) == 1
        for result in results
        if isinstance(result, Invalid)
    )


def test_the_workbook_gives_the_same_definitions() -> None:
    """Row for row the same; only the ragged rows are whole, as a grid has them."""
    shapes = {Code.ROW_TOO_SHORT, Code.ROW_TOO_LONG}
    ragged = 0
    for text, grid in zip(
        checked("collections.csv"), checked("collections.xlsx"), strict=True
    ):
        assert text.row.place.row == grid.row.place.row
        if isinstance(text, Invalid) and text.problems[0].code in shapes:
            ragged += 1
            assert isinstance(grid, Valid)
        elif isinstance(text, Valid):
            assert isinstance(grid, Valid)
            assert (text.definition, text.remarks) == (grid.definition, grid.remarks)
        else:
            assert isinstance(grid, Invalid)
            assert text.problems == grid.problems
    assert ragged == 2


def test_the_foreign_file_is_good_with_its_mapping() -> None:
    """Renamed, cleaned and completed by the mapping file: every row is valid."""
    spec = mapping.Spec(mapping.load(FOLDER / "foreign-mapping.toml"))
    results = checked("foreign.csv", spec)
    assert len(results) == 12
    assert codes(results) == Counter()
    first = results[0]
    assert isinstance(first, Valid)
    assert first.definition.slug == "wanderschuhe"
    assert first.definition.image.startswith("https://bilder.")
    assert first.definition.seo_description == "Für nasse Wege & lange Tage"


def test_the_foreign_file_names_what_has_no_home() -> None:
    """The description is left out and named; ignored columns are not."""
    (table,) = source.read(FOLDER / "foreign.csv")
    spec = mapping.Spec(mapping.load(FOLDER / "foreign-mapping.toml"))
    assert mapping.bind(table, spec).left_out == ("Beschreibung",)
