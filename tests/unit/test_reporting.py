"""How the report shows rows that a run left in the middle."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from importer import journal, report
from importer.journal.planned import Decision
from importer.models import InputFile, Job, Place, Row, Status, Table
from importer.report.columns import values
from importer.runs import report_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDING = report_lines.Ending(
    "Somebody stopped it.",
    barred={"barred": "The token may not."},
    parked=frozenset({"parked"}),
    held={"held": "Run first has it."},
)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[journal.Journal]:
    """Two rows for each location: the first is created, the second still planned."""
    book = journal.create(tmp_path / "journal.db")
    table = Table("shop.csv", "", ("Name",), 1, ())
    book.planned.open_input(0, table, InputFile("shop.csv", "", "own", 0, ()))
    for seq, location in enumerate(("free", "barred", "held", "parked") * 2):
        where = Place("shop.csv", "", seq + 2, seq + 2)
        job = Job(seq, location, f"N{seq}", f"s{seq}", "", b"{}")
        book.planned.add_job(0, Row.at(where, (f"N{seq}",)), job, ())
    book.planned.close_input(0, 8)
    for seq in range(4):
        book.planned.decide(Decision(seq, Status.CREATED, "6" * 24))
    book.planned.flush_decisions()
    yield book
    book.close()


def shown(book: journal.Journal, ending: report_lines.Ending) -> list[tuple[str, ...]]:
    lines = report_lines.lines(book, ending)
    return [(line.status, line.code, line.message) for line in lines]


def test_what_was_not_sent_says_why(book: journal.Journal) -> None:
    """A location's own reason goes before that which ended the run."""
    left = Status.NOT_ATTEMPTED
    assert shown(book, ENDING) == [(Status.CREATED, "", "")] * 4 + [
        (left, "run_stopped", "Not sent: Somebody stopped it."),
        (left, "access_refused", "Not sent: The token may not."),
        (left, "run_stopped", "Not sent: Run first has it."),
        (left, "run_stopped", f"Not sent: {report_lines.QUOTA}"),
    ]


def test_a_run_that_was_killed_gives_no_reason(book: journal.Journal) -> None:
    """Nobody was there to note one."""
    left = (Status.NOT_ATTEMPTED, "run_stopped", "Not sent.")
    assert shown(book, report_lines.Ending())[4:] == [left] * 4


def test_what_was_under_way_is_unknown_and_keeps_its_words(
    book: journal.Journal,
) -> None:
    """A request may have arrived; no row of another kind in its block is changed."""
    book.planned.decide(Decision(5, Status.SENDING))
    book.planned.flush_decisions()
    found = shown(book, ENDING)
    assert found[5] == (Status.UNKNOWN, "", "")
    assert [status for status, *_ in found].count(Status.NOT_ATTEMPTED) == 3


@pytest.mark.parametrize("ending", [ENDING, report_lines.Ending()])
def test_every_way_to_read_the_rows_says_the_same(
    ending: report_lines.Ending, book: journal.Journal, tmp_path: Path
) -> None:
    """What `report.csv` has is what the lines of a result have."""
    report.write_csv(tmp_path / "report.csv", report_lines.blocks(book, ending))
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as stream:
        _, *found = csv.reader(stream)
    assert found == [
        ["" if cell is None else str(cell) for cell in values(line)]
        for line in report_lines.lines(book, ending)
    ]
