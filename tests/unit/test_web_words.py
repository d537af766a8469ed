"""What the page says of a table and of failures: for people, of every note there is."""

from __future__ import annotations

import io
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import test_notes
import xlsxwriter  # type: ignore[import-untyped]

import importer
from importer import errors, sync
from importer.errors import FatalError, InputError, StorageError
from importer.journal import commits
from importer.journal.postgres import connection
from importer.models import Code, Note, NoteCode, Snapshot, Wait
from importer.models.codes import TEXT_REMARKS
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
    cells = ("A1:D1", "A2:D2")
    note = Note(NoteCode.MERGED, cells=cells, more=0, last_row=2)
    other = Note(NoteCode.LINES_QUOTED)
    assert remarks.of_rows([note, other, note], 4) == (other,)
    assert remarks.of_rows([note, note], 2) == (note,)


def test_a_sheet_with_collections_is_named() -> None:
    """By its own name, whatever stands in that."""
    found = ("Men", "A, B")
    note = Note(NoteCode.SHEETS_UNREAD, sheets=found[:1], more=1, whole=found)
    assert remarks.sheets([note], ["Women", "Men", "A", "A, B"]) == found


@pytest.mark.parametrize("code", CODES)
def test_every_note_that_there_can_be_is_said_by_its_code(code: str) -> None:
    """With no more than every note of it gives, and in words of the page alone."""
    speech = spoken(code)
    known = remarks.sentences(speech)
    assert set(known) == {*NoteCode} - {NoteCode.TOLD}
    for key in set(test_notes.KEYS) - {NoteCode.TOLD}:
        said = remarks.said(speech, test_notes.sample(key))
        assert (said.code, STRANGE.search(said.text)) == ("", None), said
    if code != "en":
        english = remarks.sentences(spoken("en"))
        assert not [one for one in known if known[one] == english[one]]


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


#: Told by a plan or a run alone, which the page counts and does not cite.
ELSEWHERE = {
    *(Code.PRODUCTS_BY_NAME, Code.EXISTS_ALREADY, Code.NAME_DIFFERS, Code.NOT_SENT),
    *(Code.PRODUCTS_NOT_UPDATED, Code.RULES_NOT_UPDATED, Code.RECENTLY_CREATED),
    *(Code.OUTCOME_UNKNOWN, Code.CREATED_TWICE),
}


def test_no_sentence_on_a_row_names_a_flag_or_a_command() -> None:
    """Whatever its code: one that the check of rows can tell is said otherwise."""
    found = {}
    for key in english.CATALOGUE.sentences:
        if key.partition("/")[0] in {*Code} - ELSEWHERE:
            text = " ".join(english.CATALOGUE.sentences[ENGLISH.on_page(key)])
            if re.search(r"--[a-z]|\bimporter [a-z]", text):
                found[key] = text
    assert found == {}
    assert not ELSEWHERE & TEXT_REMARKS


FAILURES = [
    ("a.pdf", b"%PDF-1.7 ", "no table"),
    ("a.csv", b"name,slug\nHats,\x00\x01\x02\x03", "no table"),
    ("a.html", b"<table><tr><td>Hats</table>", "no table"),
    ("a.xlsx", b"PK\x03\x04 no workbook", "is broken"),
    ("a.csv.gz", b"\x1f\x8b\x08 cut off", "is broken"),
    ("a.csv", b"name,slug\nHats,hats\n\x81\x8d\x8f,a\n", "letters"),
    ("a.jsonl", b'{"name": "Hats"}\n{"name": "\x81\x8d\x8f"}\n', "letters"),
    ("a.csv", b"name,slug\n", "headings and no rows"),
    ("a.csv", b"Anna,Bert\nHats,hats\n", "No column of this table"),
    ("a.csv", b"slug,type\nhats,manual\n", "which column has the names"),
    ("a.csv", b"sku,title,price,vendor\n1,Hat,2,B\n", "table of products"),
    ("a.json", b'[{"name": "Hats"}]', "Save it as Excel"),
]


@pytest.mark.parametrize(("name", "content", "said"), FAILURES)
def test_a_file_that_cannot_be_used_is_told_with_a_way_out(
    name: str, content: bytes, said: str
) -> None:
    """In words of the page alone, by what it is that went wrong."""
    given = importer.Input(io.BytesIO(content), name=name)
    with pytest.raises(InputError) as failure:
        sync.check(given, location_id=LOCATION, env=False)
    (told,) = phrases.said(spoken("en"), failures.of(failure.value))
    assert said in told.text


def test_a_draft_is_known_by_its_file(tmp_path: Path) -> None:
    """One of another file, or what is no draft, is not taken for a bad file."""
    path, draft = tmp_path / "a.csv", tmp_path / "draft"
    path.write_text("name,slug\nHats,hats\n")
    chosen: dict[str, Any] = {"location_id": LOCATION, "env": False}
    with importer.open(path, draft=draft, **chosen):
        pass
    path.write_text("name,slug\nCaps,caps\n")
    for _ in range(2):
        with pytest.raises(InputError) as failure:
            importer.open(path, draft=draft, **chosen)
        assert failures.of(failure.value) == "changed"
        for kept in draft.iterdir():
            kept.write_text("{}\n")
    path.unlink()
    with pytest.raises(InputError) as failure:
        importer.open(path, **chosen)
    assert failures.of(failure.value) == "changed"


def test_every_failure_has_a_sentence() -> None:
    """Whatever kind it is of: no other is told as a fault of the program by chance."""
    kinds, told = [FatalError], {}
    for kind in kinds:
        kinds += kind.__subclasses__()
        if kind.__module__ == FatalError.__module__:
            told[kind] = failures.of(kind("!"))
    known = phrases.sentences(spoken("en"))
    assert {code for code in told.values() if code not in known} == set()
    ours = (errors.AccountingError, errors.StalledError, errors.JournalDamaged)
    assert {kind for kind, code in told.items() if code == "fault"} == {
        *(FatalError, errors.LeftToOthers),
        *ours,
    }
    assert (told[StorageError], told[errors.DatabaseError]) == ("storage", "database")


def test_a_full_disk_is_told_from_a_database_that_does_not_answer() -> None:
    """Whatever words the driver has for it: one of them calls a file a database."""
    full = commits.failed(sqlite3.OperationalError("database or disk is full"))
    assert failures.of(full) == "storage"
    gone = commits.failed(connection.driver().OperationalError("no answer"))
    assert failures.of(gone) == failures.of(commits.failed(gone)) == "database"


@pytest.mark.parametrize("code", CODES)
def test_all_that_a_run_waits_for_has_a_sentence(code: str) -> None:
    """And what it does not wait for has none."""
    said = [phrases.waiting(spoken(code), Snapshot("", waiting=one)) for one in Wait]
    assert (all(said), len({*said})) == (True, 4)
    assert phrases.waiting(spoken(code), Snapshot("sending")) == ""
