"""Products in the journal: what rows call them, and what the locations have."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from importer import journal
from importer.journal import catalog as lists
from importer.journal.named import Looked
from importer.journal.schema import SCHEMA
from importer.models import (
    Called,
    Entry,
    Found,
    InputFile,
    Item,
    Job,
    Outcome,
    Place,
    Row,
    Status,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SKUS = Called("product_skus", "SKU", ("S-1",))
NAMES = Called("product_names", "Products", ("Tea", "Mug"), needed=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def book(journal_place: Path | str) -> Iterator[journal.Journal]:
    book = journal.create(journal_place)
    yield book
    book.close()


def fill(book: journal.Journal, count: int, location: str = "a") -> None:
    """Rows that call their products, by name and SKU in turn."""
    file = InputFile("shop.csv", "", "own", 0, ())
    book.planned.open_input(0, Table("shop.csv", "", ("Name",), 1, ()), file)
    for seq in range(count):
        place = Place("shop.csv", "", seq + 2, seq + 2)
        job = Job(seq, location, f"N{seq}", f"s{seq}", "", b"{}")
        book.planned.add_job(0, Row.at(place, ("x",)), job, ())
        book.named.want(seq, (NAMES, SKUS) if seq % 2 else (NAMES,))
    book.planned.close_input(0, count)
    book.named.flush()


def test_a_run_without_names_has_nothing_to_look_up(book: journal.Journal) -> None:
    """So that nothing more is asked of its journal."""
    assert not book.named.used()
    assert book.named.waiting() == {}


def test_rows_come_back_with_what_they_call_their_products(
    book: journal.Journal,
) -> None:
    """In input order and in parts; SKUs stand before names."""
    fill(book, 3)
    assert book.named.used()
    assert book.named.waiting() == {"a": {"product", "price"}}
    first, second = book.named.rows("a", -1, 2)
    assert (first.seq, first.called) == (0, (NAMES,))
    assert (second.seq, second.called) == (1, (SKUS, NAMES))
    assert [row.seq for row in book.named.rows("a", 1, 2)] == [2]
    assert book.named.rows("b", -1, 2) == []


def test_more_rows_than_a_commit_takes_are_all_there(book: journal.Journal) -> None:
    """They are written a thousand at a time."""
    fill(book, 1002)
    assert len(book.named.rows("a", -1, 2000)) == 1002


def test_a_row_that_was_looked_up_is_not_looked_up_again(
    book: journal.Journal,
) -> None:
    """Its ids stand in its body, and what is told of them beside it."""
    fill(book, 2)
    first, second = book.named.rows("a", -1, 9)
    found = ((Found("Tea", "p1"),),)
    book.named.looked_up(
        [
            Looked(first, b'{"productIds":["p1"]}', "products_by_name", "Is.", found),
            Looked(
                second,
                b"{}",
                "",
                "",
                ((), ()),
                Status.INVALID,
                "product_not_found",
                "!",
            ),
        ]
    )
    assert book.named.rows("a", -1, 9) == []
    (job,) = book.delivery.jobs("a", -1, None)
    assert job.body == b'{"productIds":["p1"]}'
    lines = [(line.status, line.code, line.message) for line in book.history.lines()]
    assert lines == [
        ("planned", "products_by_name", "Is."),
        ("invalid", "product_not_found", "!"),
    ]
    told = [(one.seq, one.column, one.found) for one in book.named.answers()]
    assert told == [(0, "Products", found[0]), (1, "SKU", ()), (1, "Products", ())]


def test_a_row_whose_list_could_not_be_had_is_looked_up_by_a_resume(
    book: journal.Journal,
) -> None:
    """It has failed, which a resume tries again."""
    fill(book, 1)
    (row,) = book.named.rows("a", -1, 9)
    failed = Looked(row, b"{}", "", "", None, Status.FAILED, "products_not_listed", "!")
    book.named.looked_up([failed])
    assert book.named.rows("a", -1, 9) == []
    book.delivery.reopen()
    assert book.named.rows("a", -1, 9) == [row]


def test_a_row_that_needs_no_post_is_not_looked_up(book: journal.Journal) -> None:
    """It is there already; one in doubt may still be sent."""
    fill(book, 2)
    book.delivery.record(Outcome(0, Status.EXISTING, "c0"))
    book.delivery.record(Outcome(1, Status.UNKNOWN))
    book.delivery.close()
    assert [row.seq for row in book.named.rows("a", -1, 9)] == [1]


def test_reading_anew_forgets_what_was_called(book: journal.Journal) -> None:
    """The reading before was cut short, and its rows are numbered again."""
    fill(book, 2)
    book.named.want(5, (NAMES,))
    book.named.start_anew()
    book.named.flush()
    assert not book.named.used()


def items(count: int) -> list[Item]:
    return [Item(f"i{n}", f"p{n}", f"Name {n}", f"handle-{n}") for n in range(count)]


def test_a_list_is_there_when_it_was_read_to_its_end(
    book: journal.Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read of it before is forgotten; an item that was shown twice is one."""
    monkeypatch.setattr(lists, "BATCH", 3)
    assert not book.catalog.read("a", "product")
    book.catalog.keep("a", "product", items(5))
    assert not book.catalog.read("a", "product")
    assert book.catalog.count("a", "product") == 0
    book.catalog.keep("a", "product", items(4))
    book.catalog.keep("a", "product", items(4))
    book.catalog.keep("b", "product", items(1))
    assert book.catalog.count("a", "product") == 4
    book.catalog.end("a", "product")
    assert book.catalog.read("a", "product")
    assert not book.catalog.read("a", "price")


def test_products_are_found_by_name_by_handle_and_by_sku(
    book: journal.Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the location alone, however many are asked for."""
    monkeypatch.setattr(lists, "KEYS", 1)
    book.catalog.keep("a", "product", items(2))
    book.catalog.keep("b", "product", items(1))
    book.catalog.keep("a", "price", [Item("x", "p9", "Shirt", "SH-1")])
    book.catalog.end("a", "product")
    wanted = [
        ("product_names", "name 0"),
        ("product_names", "name 1"),
        ("product_handles", "handle-1"),
        ("product_skus", "sh-1"),
        ("product_skus", "handle-1"),
    ]
    assert book.catalog.find("a", wanted) == {
        ("product_names", "name 0"): [Entry("Name 0", "p0", "Name 0")],
        ("product_names", "name 1"): [Entry("Name 1", "p1", "Name 1")],
        ("product_handles", "handle-1"): [Entry("handle-1", "p1", "Name 1")],
        ("product_skus", "sh-1"): [Entry("SH-1", "p9", "Shirt")],
    }


def test_everything_that_a_location_has_comes_in_parts(
    book: journal.Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To be looked through for what is near; what has no handle is not named."""
    monkeypatch.setattr(lists, "BATCH", 2)
    book.catalog.keep("a", "product", [*items(3), Item("y", "p", "Name", "")])
    book.catalog.end("a", "product")
    parts = list(book.catalog.everything("a", "product_handles"))
    assert [[key for key, _ in part] for part in parts] == [
        ["handle-0", "handle-1"],
        ["handle-2"],
    ]
    assert sum(map(len, book.catalog.everything("a", "product_names"))) == 4
    assert list(book.catalog.everything("a", "product_skus")) == []


def test_a_journal_from_before_products_had_names_can_be_finished(path: Path) -> None:
    """Version 3 lacks these tables, and what the server showed of a row."""
    book = journal.create(path)
    book.close()
    connection = sqlite3.connect(path)
    with connection:
        for table in ("called", "items", "listed"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP VIEW rows")
        connection.execute("ALTER TABLE states DROP COLUMN shown")
        connection.execute("CREATE VIEW rows AS SELECT * FROM records")
        connection.execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
    connection.close()
    book = journal.open(path)
    assert book.noted()["schema"] == SCHEMA
    fill(book, 1)
    assert [row.seq for row in book.named.rows("a", -1, 9)] == [0]
    book.close()
