"""Rows that go into many locations, in the journal; and those that are tried again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from importer import destination, journal
from importer.journal.named import Looked
from importer.journal.planned import Decision
from importer.models import (
    REFUSED_BY_PLAN,
    Called,
    Code,
    InputFile,
    Invalid,
    Item,
    Job,
    Outcome,
    Place,
    Problem,
    Row,
    Status,
    Table,
)
from importer.models.limits import EVERY_LOCATION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACES = ("locA", "locB", "locC")
SKUS = (Called("product_skus", "SKU", ("S-1",)),)


@pytest.fixture
def book(journal_place: Path | str) -> Iterator[journal.Journal]:
    book = journal.create(journal_place)
    yield book
    book.close()


def row(number: int) -> Row:
    return Row.at(Place("shop.csv", "", number, number), (f"C{number}", 'a "b"'))


def fill(book: journal.Journal, places: tuple[str, ...] = PLACES) -> None:
    """Two rows that can be sent, the second calls products, and one that cannot."""
    spread, width = journal.Spread(places), len(places)
    file = InputFile("shop.csv", "", "own", 0, ())
    table = Table("shop.csv", "", ("Name", "More"), 1, ())
    book.planned.open_input(0, table, file, spread)
    for number in range(2):
        parts = {"location_id": EVERY_LOCATION, "name": "Ä", "slug": f"s{number}"}
        body = destination.body_of(parts)
        job = Job(number * width, EVERY_LOCATION, "Ä", f"s{number}", "", body)
        book.planned.add_job(0, row(number + 2), job, ())
    book.named.want(width, SKUS, spread)
    problem = Problem(Code.NAME_MISSING)
    refused = Invalid(row(4), (problem,), EVERY_LOCATION)
    book.planned.add_refused(0, 2 * width, Status.INVALID, refused)
    book.planned.close_input(0, 3)
    book.named.flush()
    book.planned.all_in()


def test_a_row_is_one_for_each_location(book: journal.Journal) -> None:
    """Number and location differ, the location in the body too; nothing else does."""
    fill(book)

    lines = list(book.history.lines())
    assert [(line.place.row, line.location_id) for line in lines] == [
        (number, place) for number in (2, 3, 4) for place in PLACES
    ]
    assert {line.cells for line in lines[:3]} == {("C2", 'a "b"')}
    assert [line.status for line in lines[6:]] == [Status.INVALID] * 3
    for place in PLACES:
        jobs = book.delivery.jobs(place, -1, None)
        assert [job.slug for job in jobs] == ["s0", "s1"]
        wanted = [destination.definition(job.body) for job in jobs]
        assert {one.location_id for one in wanted} == {place}
        assert {one.name for one in wanted} == {"Ä"}
    assert book.named.waiting() == {place: {"price"} for place in PLACES}
    assert book.history.rows_in() == 9


def test_a_body_that_names_its_own_location_is_never_spread() -> None:
    """It would go to one location, as often as there are others."""
    spread = journal.Spread(PLACES)
    body = destination.body_of({"location_id": "mine", "name": "A", "slug": "a"})
    record = (0, 0, 2, 2, "[]", EVERY_LOCATION, "A", "a", "", body, "", "")
    with pytest.raises(AssertionError):
        list(spread.records(record))


def test_a_table_behind_one_that_was_spread_is_as_it_stands(
    book: journal.Journal,
) -> None:
    """Each table says for itself where its rows go."""
    fill(book)
    file = InputFile("more.csv", "", "own", 0, ())
    book.planned.open_input(1, Table("more.csv", "", ("Name",), 1, ()), file)
    book.planned.add_job(1, row(2), Job(9, "own", "B", "b", "", b"{}"), ())
    book.planned.close_input(1, 1)
    assert [line.location_id for line in book.history.lines()][9:] == ["own"]


async def refuse(book: journal.Journal, *seqs: int) -> None:
    for seq in seqs:
        refused = Outcome(seq, Status.REJECTED, code="api_422", attempts=1)
        book.delivery.record(refused)
    await book.delivery.flush()


def statuses(book: journal.Journal) -> dict[tuple[str, int], Status]:
    return {
        (line.location_id, line.place.row): line.status for line in book.history.lines()
    }


def test_what_was_refused_in_some_locations_is_tried_again_there_alone(
    book: journal.Journal,
) -> None:
    """By the server or the plan; what the check refused stays as it is."""
    fill(book)
    asyncio.run(refuse(book, 0, 1))
    code = Code.EXISTS_ALREADY.value
    for seq in (3, 4):
        book.planned.decide(Decision(seq, Status.INVALID, "theirs", code, "There."))
    book.planned.flush_decisions()

    book.delivery.try_again(["locA"], REFUSED_BY_PLAN)

    found = statuses(book)
    assert found["locA", 2] is found["locA", 3] is Status.PLANNED
    assert found["locB", 2] is Status.REJECTED
    assert found["locB", 3] is found["locA", 4] is Status.INVALID
    first, second = book.delivery.jobs("locA", -1, None)
    assert first.attempts == 1
    # without the id of what stood in the way, which would be changed
    assert second.collection_id == ""


def test_products_are_looked_up_again_in_a_list_that_is_read_anew(
    book: journal.Journal,
) -> None:
    """Of the locations that are named; the others have what was found."""
    fill(book)
    for place in PLACES[:2]:
        book.catalog.keep(place, "price", [Item("i", "p", "P", "S-0")])
        book.catalog.end(place, "price")
        (asked,) = book.named.rows(place, -1, 10)
        code = Code.PRODUCT_NOT_FOUND.value
        told = (Status.INVALID, code, "No such product.")
        book.named.looked_up([Looked(asked, asked.body, "", "", ((),), *told)])
    assert book.named.waiting() == {"locC": {"price"}}

    book.named.look_again(["locA"], REFUSED_BY_PLAN)
    book.delivery.try_again(["locA"], REFUSED_BY_PLAN)

    assert book.named.waiting().keys() == {"locA", "locC"}
    assert not book.catalog.read("locA", "price")
    assert book.catalog.read("locB", "price")
