"""What the page says of a table and of failures: for people, of every note there is."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

import importer
from importer.errors import FatalError, InputError, StorageError
from importer.sentences import CODES, ENGLISH, english, named
from importer.web import failures, phrases, remarks
from importer.web.language import spoken

ROOT = Path(__file__).parents[2]
EXPORTS = sorted((ROOT / "sample_data" / "exports").iterdir())
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
#: What only who sits at a terminal, or writes programs, knows.
STRANGE = re.compile(
    r"--[a-z]|\bslug\b|\bJSON\b|\bimporter\b|\bmapping\b|\bflag|_ids?\b|\w+=|location",
    re.IGNORECASE,
)


def book(sheets: dict[str, list[list[str]]]) -> bytes:
    """A workbook with what a merchant does to one."""
    content = io.BytesIO()
    made = xlsxwriter.Workbook(content)
    for name, rows in sheets.items():
        page = made.add_worksheet(name)
        for nth, row in enumerate(rows):
            page.write_row(nth, 0, row)
        page.set_row(len(rows) - 1, None, None, {"hidden": True})
        page.set_column(1, 1, None, None, {"hidden": True})
        page.merge_range(0, 0, 0, 1, "Our collections")
        page.merge_range(len(rows), 0, len(rows), 1, "Hats")
        page.write_formula(len(rows) + 1, 0, "=1/0", None, "#DIV/0!")
    made.close()
    return content.getvalue()


ROWS = [["Ours", ""], ["name", "slug"], ["Hats", "hats"], ["Caps", "caps"]]
ODD = {
    "letters.csv": "name,Größe,Art\nHüte,hüte,x\n".encode("cp1252"),
    "nul.csv": b"name,slug\nHa\0ts,hats\n",
    "two.xlsx": book({"Women": ROWS, "Men": ROWS, "Notes": [["Who"], ["Anna"]]}),
}


@pytest.mark.parametrize("code", CODES)
def test_every_note_on_a_table_has_a_sentence(code: str) -> None:
    """A note in the words of the command line would be of no use to a merchant."""
    inputs = [importer.Input(io.BytesIO(text), name=name) for name, text in ODD.items()]
    speech, told = spoken(code), set()
    sources: list[Path | importer.Input] = [*EXPORTS, *inputs]
    for source in sources:
        with importer.open(source, location_id=LOCATION, env=False) as bench:
            for note in {note for file in bench.files for note in file.notes}:
                said = remarks.said(speech, note)
                assert said.text != note
                told.add(said.text)
    assert not [text for text in told if STRANGE.search(text)], told
    assert len(told) >= 20


def test_a_title_above_the_headings_is_no_remark() -> None:
    """Cells that are merged there are as they should be."""
    note = "merged, so that only the first cell holds a value: A1:D1, A2:D2; where"
    assert remarks.of_rows([note, "b", note], 4) == ("b",)
    assert remarks.of_rows([note], 2) == (note,)


def test_a_sheet_with_collections_is_named() -> None:
    """By its own name, whatever stands in that."""
    notes = ["not read, though they hold collections: Men, A, B (--sheet)"]
    assert remarks.sheets(notes, ["Women", "Men", "B", "C"]) == ("Men", "B")
    assert remarks.sheets(["not read, though it holds collections: A, B"], ["A, B"])


@pytest.mark.parametrize("code", CODES)
def test_no_sentence_of_the_page_knows_flags_and_fields(code: str) -> None:
    """What is said in the place of a sentence is for those who have no terminal."""
    language = named(code)
    texts = {
        key: re.sub("{[a-z]+}", "", " ".join(language.catalogue.sentences[key]))
        for key in english.CATALOGUE.sentences
        if key.startswith("page/")
    }
    found = {key: text for key, text in texts.items() if STRANGE.search(text)}
    assert found == {}
    assert ENGLISH.on_page("slug_invalid") == "page/slug_invalid"
    assert ENGLISH.on_page("image_not_a_url") == "image_not_a_url"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ("a.xlsx: the workbook is protected by a password.", "protected by a password"),
        ("a.xlsx: the workbook is broken, or it is no workbook.", "is broken"),
        ("a.csv: this is an image, not a table.", "no table"),
        ("a.csv: row 2 is not UTF-8; the file has another encoding.", "letters"),
        ("a.csv: these are products and not collections, as", "table of products"),
        ("The draft is of another file, b.csv, or that has changed.", "not as it was"),
        ("a.csv cannot be read: Permission denied.", "cannot be opened"),
        ("something else", "Save it as Excel"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_a_way_out(
    failure: str, said: str
) -> None:
    """In words of the page alone."""
    assert said in phrases.said(spoken("en"), failures.of(InputError(failure)))[0].text
    assert failures.of(FatalError("!")) == "fault"
    gone = StorageError("The database 10.0.0.1 cannot be used: it does not answer.")
    assert failures.of(gone) == "database"
    assert failures.of(StorageError("No space left on device")) == "storage"
