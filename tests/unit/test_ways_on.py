"""What is asked of a table that it does not have: told, with what to do instead."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from importer import settings
from importer.errors import InputError
from importer.intake.check import check_inputs
from importer.models.annotations import MADE

if TYPE_CHECKING:
    from pathlib import Path

    from importer.intake.check import CheckResult

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(here: Path, text: str, **options: Any) -> CheckResult:
    path = here / "shop.csv"
    path.write_text(text, "utf-8")
    return check_inputs((path,), settings.load({"location_id": LOCATION, **options}))


def refused(here: Path, text: str, **options: Any) -> InputError:
    with pytest.raises(InputError) as found:
        check(here, text, **options)
    return found.value


@pytest.mark.parametrize("preset", ["wix", "squarespace", "products"])
def test_a_preset_that_does_not_fit_is_to_be_left_out(here: Path, preset: str) -> None:
    """The file is one of collections, and good without it."""
    error = refused(here, "name,slug\nHats,hats\n", preset=preset)
    assert f"Leave out --preset {preset}, whose columns these are not" in error.remedy


def test_a_preset_that_does_not_fit_what_is_no_header(here: Path) -> None:
    """The way on names both."""
    error = refused(here, "1,2\n3,4\n", preset="wix")
    assert error.remedy.startswith("Leave out --preset wix")
    assert "Make the first row a header" in error.remedy


@pytest.mark.parametrize("header", ["name", "Kategorie"])
def test_a_name_that_is_ignored_is_told_as_that(here: Path, header: str) -> None:
    """Not to rename the column name to name."""
    text = f"{header},slug\nHats,hats\n"
    error = refused(here, text, ignore_columns=(header,))
    assert f'the column "{header}", the name of a collection' in str(error)
    assert "--ignore-columns" in str(error)


def test_an_ignored_column_is_no_nearest_name(here: Path) -> None:
    """What was left out on purpose is not proposed."""
    error = refused(here, "nam,slug\nHats,hats\n", ignore_columns=("nam",))
    assert "nearest" not in str(error)


def test_a_column_of_collections_that_is_not_there_is_answered_with_those_that_are(
    here: Path,
) -> None:
    """So that nobody has to open the file again."""
    text = "name,sku,price\nMug,R1,7\n"
    error = refused(here, text, collections_from="Xyzzy")
    assert '"name", "sku", "price"' in error.remedy


def test_a_language_of_a_table_without_any_is_told(here: Path) -> None:
    """It chooses nothing, and the rows are read."""
    result = check(here, "name,slug\nHats,hats\n", store_language="de")
    assert any("de chooses nothing" in note for note in result.files[0].notes)
    rows = "id,language,name,slug\n1,de,Hüte,huete\n1,en,Hats,hats\n"
    for text in (rows, "name_de,name_en,slug\nHüte,Hats,hats\n"):
        result = check(here, text, store_language="de")
        assert not any("chooses nothing" in note for note in result.files[0].notes)


@pytest.mark.parametrize("chosen", ["", "de_DE"])
def test_rows_of_languages_that_have_a_slug_each_are_told(
    here: Path, chosen: str
) -> None:
    """Nothing says that two of them are one collection, so all are read."""
    text = "name,locale,slug\nHüte,de_DE,huete\nHats,en_GB,hats\n"
    result = check(here, text, store_language=chosen)
    (told,) = [note for note in result.files[0].notes if "several languages" in note]
    assert "(de_DE, en_GB), and no two are of one collection: all are read" in told
    assert told.endswith("de_DE chooses nothing") is bool(chosen)
    assert result.counts["valid"] == 2


def test_a_column_of_languages_is_not_called_unknown(here: Path) -> None:
    """It has decided which rows are read."""
    rows = "id,language_id,name,slug\n1,1,Hats,hats\n1,2,Hüte,huete\n"
    assert not check(here, rows).files[0].columns_unknown


@pytest.mark.parametrize(
    "off", ["Entwurf", "brouillon", "não", "caché", "bozza", "szkic", "NEIN"]
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_switches_a_collection_off_is_known_in_either_normal_form(
    here: Path, off: str, form: str
) -> None:
    """A file of a Mac takes letters and their accents apart."""
    said = unicodedata.normalize(form, off)  # type: ignore[arg-type]
    result = check(here, f"name,slug,active\nHats,hats,{said}\n")
    assert result.remarks == {"inactive": 1}


@pytest.mark.parametrize("options", [{}, {"preset": "own"}, {"collections_from": "x"}])
def test_collections_without_their_products_are_no_input(
    here: Path, options: dict[str, Any]
) -> None:
    """A sheet of a report says so in its header; they would be created without."""
    text = f"{','.join(MADE)},import_status\nL,Hats,hats,invalid\n"
    error = refused(here, text, **options)
    assert "names collections that were made of products" in str(error)
    assert "Correct the table of products itself" in error.remedy


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("published_at", "published_at (did you mean published?)"),
        ("imgae", "imgae (did you mean image?)"),
        ("Kategoriebil", "Kategoriebil (did you mean Kategoriebild, the image?)"),
    ],
)
def test_a_hint_says_what_people_call_a_column(
    here: Path, header: str, said: str
) -> None:
    """Not `published, the active`."""
    (column,) = check(here, f"name,{header}\nHats,x\n").files[0].columns_unknown
    assert column.hinted == said
