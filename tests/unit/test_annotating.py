"""The annotated workbook of a journal: what must not be called done in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer import journal
from importer.journal.planned import Decision
from importer.models import Code, InputFile, Job, Place, Row, Status, Table
from importer.models.annotations import MADE
from importer.runs import annotation, report_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = ("Name", "Slug")
ENDED = (
    Decision(0, Status.CREATED, "6" * 24),
    Decision(1, Status.CREATED, "7" * 24, Code.MISSING_AT_SERVER.value, "Not there."),
    Decision(2, Status.CREATED, "8" * 24),
)
SANDBOX = "http://127.0.0.1:1"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[journal.Journal]:
    book = journal.create(tmp_path / "journal.db")
    yield book
    book.close()


def shown(book: journal.Journal, folder: Path, preset: str = "own") -> Any:
    """Three rows that were created, one of them undone, as the workbook has them."""
    table = Table("shop.csv", "", HEADER, 1, ())
    file = InputFile("shop.csv", "", preset, 0, ())
    book.planned.open_input(0, table, file)
    for seq in range(3):
        place = Place("shop.csv", "", seq + 2, seq + 2)
        job = Job(seq, "L", f"N{seq}", f"s{seq}", "", b"{}")
        book.planned.add_job(0, Row.at(place, (f"N{seq}", "")), job, ())
    book.planned.close_input(0, 3)
    for decision in ENDED:
        book.planned.decide(decision)
    book.planned.flush_decisions()
    lines = report_lines.lines(book, report_lines.Ending())
    annotation.write(folder / "report.xlsx", book, lines)
    return openpyxl.load_workbook(folder / "report.xlsx")["shop"]


def values(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_only_what_is_still_there_is_called_done(
    book: journal.Journal, tmp_path: Path
) -> None:
    """What an undo deleted or an audit missed would be skipped for good otherwise."""
    book.review.note_undo(2, "deleted")
    assert values(shown(book, tmp_path))[1:] == [
        ("N0", None, "created", "6" * 24, None, "L"),
        ("N1", None, "unknown", "7" * 24, "Not there.", "L"),
        ("N2", None, "not_attempted", None, annotation.UNDONE, "L"),
    ]


def test_an_undo_that_left_a_collection_leaves_it_done(
    book: journal.Journal, tmp_path: Path
) -> None:
    """What somebody has changed since was not deleted."""
    book.review.note_undo(2, "changed")
    assert values(shown(book, tmp_path))[3][2:4] == ("created", "8" * 24)


@pytest.mark.parametrize(
    ("preset", "chosen"),
    [
        ("wix", {"preset": "auto"}),
        ("mine.toml", {"preset": "squarespace"}),
        ("mine.toml", {"preset": "auto", "collections_from": "Kategorien"}),
    ],
)
def test_collections_made_of_products_have_no_products_columns(
    preset: str, chosen: dict[str, str], book: journal.Journal, tmp_path: Path
) -> None:
    """Whether the preset was recognised or asked for together with a mapping file."""
    book.note(settings={**chosen, "base_url": SANDBOX})
    header, first, *_ = values(shown(book, tmp_path, preset))
    # one of the rows is not done, and would be created without its products
    assert header[:3] == MADE
    assert first == ("L", "N0", "s0", "created", "6" * 24, None, f"L at {SANDBOX}")


def test_the_widths_are_those_that_were_noted(
    book: journal.Journal, tmp_path: Path
) -> None:
    """The file itself may be gone when the report is written."""
    book.note(widths={0: [30.0, 9.0]})
    sheet = shown(book, tmp_path)
    found = [sheet.column_dimensions[letter].width for letter in "AB"]
    assert found == pytest.approx([30, 9], abs=1)
