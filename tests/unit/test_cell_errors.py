"""What a merchant's spreadsheet made of cells: errors, dates, numbers, apostrophes.

Each is told with what to write instead, and a corrected copy makes no guess of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer import settings
from importer.api import checks
from importer.cell_errors import is_error
from importer.intake.check import check_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from importer.intake.check import CheckResult

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
ID = "655b33a82209e60b6adb87a5"
SECOND = "655b33a82209e60b6adb87a6"
#: An error of a formula, in the languages in which Excel writes it.
ERRORS = {
    "English": "#N/A",
    "German": "#BEZUG!",
    "German, not there": "#NV",
    "German, an umlaut": "#ÜBERLAUF!",
    "French": "#VALEUR!",
    "Spanish": "#¡DIV/0!",
    "Spanish, a name": "#¿NOMBRE?",
    "Italian": "#RIF!",
    "Dutch": "#DEEL/0!",
    "Portuguese": "#NÚM!",
    "Polish": "#ARG!",
}
#: In each of these code pages that has its letters.
WRITTEN = [
    (error, encoding)
    for error in ERRORS.values()
    for encoding in ("utf-8", "cp1250", "cp1252")
    if error.encode(encoding, "replace").decode(encoding) == error
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(path: Path, **options: Any) -> CheckResult:
    return check_inputs((path,), settings.load({"location_id": LOCATION, **options}))


def table(here: Path, *rows: str, header: str, encoding: str = "utf-8") -> Path:
    path = here / "shop.csv"
    path.write_bytes("\n".join((header, *rows, "")).encode(encoding))
    return path


def problems(result: CheckResult) -> list[tuple[str, str]]:
    return [(each["message"], each["remedy"]) for each in result.problems()]


@pytest.mark.parametrize(("error", "encoding"), WRITTEN)
def test_an_error_is_known_in_the_language_of_the_spreadsheet(
    here: Path, error: str, encoding: str
) -> None:
    """It is named with its row, and what it says is not taken for a slug."""
    path = table(here, f"Hüte;{error}", header="name;slug", encoding=encoding)
    result = check(path)
    assert f"row 2 ({error}); correct the cells" in "\n".join(result.files[0].notes)
    assert problems(result) == [
        (
            f"{error} is an error of the spreadsheet.",
            "Correct the cell there, and save the file again.",
        )
    ]


@pytest.mark.parametrize("text", ["#1", "# 5", "#sale!", "a #N/A", "#", "#top?"])
def test_a_text_with_a_number_sign_is_no_error(text: str) -> None:
    """Only the words that spreadsheets write are."""
    assert not is_error(text)


def test_an_error_in_any_field_is_told_as_one(here: Path) -> None:
    """A type, ids and an image are not told to be written in full."""
    row = "Hats,hats,#REF!,#VALUE!,#N/A"
    result = check(table(here, row, header="name,slug,type,product_ids,image"))
    assert [text for text, _ in problems(result)] == [
        f"{error} is an error of the spreadsheet."
        for error in ("#REF!", "#VALUE!", "#N/A")
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("#NAME?", "#NAME? is what a spreadsheet writes for an error; it is sent so."),
        ("#ERROR!", "#ERROR! is what a spreadsheet writes for an error; it is sent"),
        ("#NV", "#NV is what a spreadsheet writes for an error; it is sent so."),
        ("'Hats", "'Hats begins with an apostrophe, which spreadsheets put in front"),
        ("'3-4", "'3-4 begins with an apostrophe, which spreadsheets put in front"),
    ],
)
def test_a_name_that_a_spreadsheet_marked_is_remarked_upon(
    here: Path, name: str, said: str
) -> None:
    """Also in a row that leaves nothing else open."""
    path = table(here, f"{name},hats,manual,{ID}", header="name,slug,type,product_ids")
    result = check(path)
    assert result.remarks == {"looks_like_date": 1}
    (remark,) = result.remarked_rows()
    assert remark["message"].startswith(said)
    assert remark["remedy"]


@pytest.mark.parametrize("slug", ["03. Apr", "01.02.2026", "févr-26", "1:30"])
def test_a_slug_that_is_a_date_is_no_proposal(here: Path, slug: str) -> None:
    """What was typed, 3-4, is not 03-apr; a corrected copy leaves it, too."""
    path = table(here, f"Hats;{slug}", header="name;slug")
    ((message, remedy),) = problems(check(path))
    assert message.startswith(f"{slug} is a date or a time")
    assert remedy == "Format the column as text and type the slug once more."
    chosen = settings.load({"location_id": LOCATION})
    done = checks.fix_inputs([str(path)], chosen, here / "fixed.csv", "own")
    assert not done.changes
    assert [change.kind for change in done.unfixed] == ["destroyed"]
    assert slug in (here / "fixed.csv").read_text("utf-8")


@pytest.mark.parametrize("slug", ["#N/A", "6,4E+11"])
def test_a_slug_that_is_lost_is_not_made_up(here: Path, slug: str) -> None:
    """`n-a` is what nobody meant."""
    path = table(here, f"Hats;{slug}", header="name;slug")
    chosen = settings.load({"location_id": LOCATION})
    done = checks.fix_inputs([str(path)], chosen, here / "fixed.csv", "own")
    assert [change.before for change in done.unfixed] == [slug]


def test_a_comma_of_a_number_is_no_separator(here: Path) -> None:
    """Excel writes 1,00E+05 of a long SKU where commas are decimal."""
    header = "name;slug;product_skus"
    path = table(here, "A;a;A-1, 1,00E+05, B+2", header=header)
    ((message, _),) = problems(check(path))
    assert "(1,00E+05)" in message
    path = table(here, "A;a;6,55E+23, 7,1E+22", header="name;slug;product_ids")
    ((message, _),) = problems(check(path))
    assert "(6,55E+23, 7,1E+22)" in message


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        (f"'{ID}", "Write the id without the apostrophe"),
        (f"„{ID}“", "Write the id without the apostrophe"),
        (f"{ID} / {SECOND}", "Write commas between the ids, and nothing else."),
        (f"{ID} & {SECOND} + {ID}", "Write commas between the ids, and nothing else."),
        (f"{ID} 655b33", "Write the 24 characters"),
    ],
)
def test_what_is_wrong_beside_an_id_is_told(here: Path, cell: str, remedy: str) -> None:
    """Not that ids have 24 characters, where they do."""
    path = table(here, f"A;a;manual;{cell}", header="name;slug;type;product_ids")
    ((_, told),) = problems(check(path))
    assert told.startswith(remedy)


def test_rules_are_asked_for_in_words(here: Path) -> None:
    """Merchants write no JSON."""
    ((_, remedy),) = problems(check(table(here, "A,smart", header="name,type")))
    assert "title contains shirt AND price < 50" in remedy


@pytest.mark.parametrize(
    ("header", "off"),
    [
        ("Aktiv", "nein"),
        ("Sichtbar", "0"),
        ("Actif", "non"),
        ("Publiée", "Faux"),
        ("Aktywna", "nie"),
        ("Attivo", "falso"),
        ("Actief", "nee"),
        ("Ativa", "não"),
        ("Publicado", "no"),
    ],
)
def test_a_collection_that_is_switched_off_is_told_in_any_language(
    here: Path, header: str, off: str
) -> None:
    """With its row, and it can be left out."""
    path = table(here, f"A;a;{off}", "B;b;1", header=f"name;slug;{header}")
    result = check(path)
    assert result.remarks == {"inactive": 1}
    assert [each["row"] for each in result.remarked_rows()] == [2]
    assert check(path, skip_inactive=True).counts["valid"] == 1


def test_a_line_of_totals_is_shown_with_its_row(here: Path) -> None:
    """A count alone would not say which row to delete."""
    result = check(table(here, "A;7", "Summe;7", header="name;Umsatz"))
    (remark,) = result.remarked_rows()
    assert (remark["row"], remark["code"]) == (3, "totals_row")
    assert remark["remedy"] == "Delete the row, if it is none."


@pytest.mark.parametrize(
    "header",
    [
        "URL-Schlüssel",
        "URL-Schluessel",
        "Clave URL",
        "Clé d'URL",
        "Chiave URL",
        "URL-sleutel",
        "Chave de URL",
        "Klucz URL",
    ],
)
def test_magentos_word_for_a_slug_is_known(here: Path, header: str) -> None:
    """As its back office calls the URL key."""
    result = check(table(here, "Hats;the-hats", header=f"name;{header}"))
    assert not result.files[0].columns_left_out
    assert not result.remarks


def test_a_copy_says_that_it_does_not_say_what_the_shop_shows(here: Path) -> None:
    """Else a hidden collection would be imported from the copy without a word."""
    path = table(here, "A;a;nein", header="name;slug;Aktiv")
    chosen = settings.load({"location_id": LOCATION})
    done = checks.fix_inputs([str(path)], chosen, here / "fixed.csv", "own")
    assert [*done.left_out.values()] == [("Aktiv",)]
