"""What a run created and changed, as its journal gives it to the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from importer import journal
from importer.journal.made import TOGETHER
from importer.journal.planned import Decision
from importer.models import (
    InputFile,
    Job,
    MadeCollection,
    Outcome,
    Place,
    Row,
    Status,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgres"])
def book(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[journal.Journal]:
    place: Path | str = tmp_path / "journal.db"
    if request.param == "postgres":
        place = f"{request.getfixturevalue('database')}&run=mine"
    book = journal.create(place, run_id="mine")
    yield book
    book.close()


def place(seq: int) -> Place:
    return Place("shop.csv", "", seq + 2, seq + 2)


def fill(book: journal.Journal, count: int) -> None:
    """Plan so many rows."""
    file = InputFile("shop.csv", "", "own", 0, ())
    book.planned.open_input(0, Table("shop.csv", "", ("Name",), 1, ()), file)
    for seq in range(count):
        job = Job(seq, "a", f"N{seq}", f"s{seq}", "", b"{}")
        book.planned.add_job(0, Row.at(place(seq), ("N",)), job, ())
    book.planned.close_input(0, count)


def done(book: journal.Journal, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        book.delivery.record(outcome)
    book.delivery.close()


def test_they_come_in_the_order_of_the_input_and_no_more_than_asked_for(
    book: journal.Journal,
) -> None:
    """Whatever the order was in which they were made."""
    count = TOGETHER + 30
    fill(book, count)
    ids = [f"c{seq}" for seq in range(count)]
    outcomes = [Outcome(seq, Status.CREATED, one) for seq, one in enumerate(ids)]
    done(book, *reversed(outcomes))

    found = list(book.made.collections(Status.CREATED, count - 10))

    assert [made.collection_id for made in found] == ids[:-10]
    assert list(book.made.collections(Status.UPDATED, 10)) == []


def test_a_name_that_the_server_made_is_the_collections_name(
    book: journal.Journal,
) -> None:
    """It is to be found under that one."""
    fill(book, 2)
    shown = json.dumps({"name": "Other", "slug": "other"})
    done(
        book,
        Outcome(0, Status.CREATED, "c0", "slug_rewritten", shown=shown),
        Outcome(1, Status.CREATED, "c1", shown='{"slug": "s-1"}'),
    )

    assert list(book.made.collections(Status.CREATED, 10)) == [
        MadeCollection(place(0), "a", "Other", "other", "c0", "slug_rewritten"),
        MadeCollection(place(1), "a", "N1", "s-1", "c1"),
    ]


def test_changes_and_what_an_undo_did_are_told(book: journal.Journal) -> None:
    """An update without changes in the journal is told without them."""
    fill(book, 3)
    changes = {"name": ("Old", "half of a pair: \ud800")}
    planned = Decision(0, Status.PLANNED, "c0", body=b"{}", changes=changes)
    book.planned.decide(planned)
    book.planned.flush_decisions()
    done(
        book,
        Outcome(0, Status.UPDATED, "c0"),
        Outcome(1, Status.UPDATED, "c1"),
        Outcome(2, Status.CREATED, "c2"),
    )
    book.review.note_undo(2, "deleted")

    first, second = book.made.collections(Status.UPDATED, 10)
    (created,) = book.made.collections(Status.CREATED, 10)

    assert (first.changes, first.undo) == (changes, "")
    assert (second.changes, second.undo) == ({}, "")
    assert (created.changes, created.undo) == ({}, "deleted")
