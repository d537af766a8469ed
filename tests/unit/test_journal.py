"""The journal on a real SQLite file: states, durability, reopening, full disks."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event  # noqa: TID251 - to take the disk away

from importer import journal
from importer.errors import InputError, JournalDamaged, StorageError
from importer.journal import outage
from importer.journal.planned import Decision
from importer.journal.schema import SCHEMA
from importer.journal.sqlite import mark
from importer.journal.sqlite.soundness import readable
from importer.journal.statements import TOGETHER
from importer.models import (
    Code,
    CollectionType,
    Existing,
    InputFile,
    Invalid,
    Job,
    Outcome,
    Place,
    Problem,
    Rate,
    Row,
    Spent,
    Status,
    Table,
)
from importer.ratelimit import Limiter, Options
from importer.runs import predecessor, worktime

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = ("Name", "Slug")
OLDER = Path(__file__).parent.parent / "golden" / "older_journal.sql"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def book(journal_place: Path | str) -> Iterator[journal.Journal]:
    book = journal.create(journal_place)
    yield book
    book.close()


def place(request: pytest.FixtureRequest) -> Path | str:
    """Give the place of every store, but to a test that looks at a file itself."""
    if "path" in request.node._fixtureinfo.argnames:
        own: Path = request.getfixturevalue("path")
        return own
    kept: Path | str = request.getfixturevalue("journal_place")
    return kept


def row(number: int) -> Row:
    return Row.at(Place("shop.csv", "", number + 2, number + 2), (f"N{number}", "ä"))


def job(seq: int, location: str = "a", collection_id: str = "") -> Job:
    return Job(seq, location, f"N{seq}", f"s{seq}", "", b'{"a":1}', collection_id)


def fill(book: journal.Journal, *locations: str) -> None:
    """One planned row for each location, in this order."""
    table = Table("shop.csv", "", HEADER, 1, ())
    book.planned.open_input(0, table, InputFile("shop.csv", "", "own", 0, ("Body",)))
    for seq, location in enumerate(locations):
        book.planned.add_job(0, row(seq), job(seq, location), ())
    book.planned.close_input(0, len(locations))


def on_disk(place: Path | str, column: str = "status") -> list[object]:
    """What another process would find, in input order."""
    reader = journal.open(place, depth=journal.Depth.FACTS, write=False)
    try:
        with reader._engine.connect() as connection:
            query = f"SELECT {column} FROM rows ORDER BY seq"  # noqa: S608 - a literal
            found = connection.exec_driver_sql(query)
            return [value for (value,) in found]
    finally:
        reader.close()


def decision(seq: int, status: Status, collection_id: str = "") -> Decision:
    sent = status is Status.PLANNED
    return Decision(seq, status, collection_id, body=b"{}" if sent else b"")


# the plan goes in


def test_rows_come_back_as_they_went_in(book: journal.Journal) -> None:
    """Cells, places and order of the input survive, for `failed.csv`."""
    fill(book, "a", "b", "a")
    lines = list(book.history.lines())
    assert [line.place.row for line in lines] == [2, 3, 4]
    assert [line.location_id for line in lines] == ["a", "b", "a"]
    assert lines[0].cells == ("N0", "ä")
    assert lines[0].header == HEADER
    assert {line.status for line in lines} == {Status.PLANNED}
    assert book.history.files() == [InputFile("shop.csv", "", "own", 3, ("Body",))]
    assert book.history.rows_in() == 3


def test_a_refused_row_keeps_everything_wrong_with_it(book: journal.Journal) -> None:
    """The first problem gives the code, all of them the message."""
    fill(book)
    problems = (
        Problem(Code.TYPE_INFERRED, column="Type", variant="manual"),
        Problem(Code.SLUG_INVALID, {"proposal": "a-b"}, column="Slug"),
    )
    refused = Invalid(row(0), problems, "a", "", "x y")
    book.planned.add_refused(0, 0, Status.INVALID, refused)
    book.planned.flush_rows()
    (line,) = book.history.lines()
    assert (line.status, line.code) == (Status.INVALID, "type_inferred")
    assert line.message == (
        "Type: The row gives no type; it lists products, so it is manual. | "
        "Slug: A slug has lower-case letters a to z, digits and dashes only. Write a-b."
    )
    assert list(book.history.codes()) == [("a", Status.INVALID, "type_inferred", 1)]
    assert book.delivery.jobs("a", -1, 10) == []


def test_remarks_stay_beside_what_became_of_the_row(book: journal.Journal) -> None:
    """A slug that was made is still worth telling when the row is created."""
    fill(book)
    remark = Problem(Code.SLUG_MADE, {"value": "a"})
    book.planned.add_job(0, row(0), job(0), [remark])
    book.planned.flush_rows()
    book.delivery.record(Outcome(0, Status.CREATED, "c1", message="Found."))
    book.delivery.close()
    (line,) = book.history.lines()
    assert (line.code, line.message) == ("slug_made", f"Found. | {remark}")


def test_a_remark_is_its_own_row_s_and_no_other_s(book: journal.Journal) -> None:
    """Rows come in blocks; what is said of one in it is not said of its neighbours."""
    fill(book)
    remark = Problem(Code.SLUG_MADE, {"value": "a"})
    for seq, remarks in enumerate(([], [remark], [], [remark])):
        book.planned.add_job(0, row(seq), job(seq), remarks)
    book.planned.flush_rows()
    book.delivery.record(Outcome(2, Status.CREATED, "c2", message="Found."))
    book.delivery.record(Outcome(3, Status.REJECTED, code="api_400", message="No."))
    book.delivery.close()
    assert [(line.code, line.message) for line in book.history.lines()] == [
        ("", ""),
        ("slug_made", str(remark)),
        ("", "Found."),
        ("api_400", f"No. | {remark}"),
    ]


def test_blocks_are_the_lines_in_their_order(book: journal.Journal) -> None:
    """Rows of several tables and more than a block: none is lost or said to be else."""
    for number, name in enumerate(("a.csv", "b.csv")):
        table = Table(name, name[0], (name, "Slug"), 1, ())
        book.planned.open_input(number, table, InputFile(name, name[0], "own", 0, ()))
        for seq in range(number * 300, number * 300 + 300):
            book.planned.add_job(number, row(seq), job(seq), ())
        book.planned.close_input(number, 300)
    lines = list(book.history.lines())
    assert [line.name for line in lines] == [f"N{seq}" for seq in range(600)]
    found = [(line.place.file, line.place.sheet, line.header) for line in lines]
    assert found == [
        (name, name[0], (name, "Slug"))
        for name in ("a.csv", "b.csv")
        for _ in range(300)
    ]
    assert [line.cells[0] for line in lines] == [f"N{seq}" for seq in range(600)]
    blocks = list(book.history.blocks())
    assert max(len(block.name) for block in blocks) <= 250
    bare = [replace(line, header=(), cells=()) for line in lines]
    assert [line for block in blocks for line in block] == bare


def test_many_rows_are_written_without_waiting_for_the_end(
    book: journal.Journal, journal_place: Path | str
) -> None:
    """Memory stays flat: a thousand rows are committed in one go."""
    fill(book)
    for seq in range(1001):
        book.planned.add_job(0, row(seq), job(seq), ())
    assert len(on_disk(journal_place)) == 1000
    book.planned.flush_rows()
    assert len(on_disk(journal_place)) == 1001


def test_facts_about_the_run_replace_each_other(book: journal.Journal) -> None:
    """The last word counts."""
    book.note(state="reading", settings={"a": [1, None]})
    book.note(state="running")
    assert book.noted() == {
        "schema": SCHEMA,
        "state": "running",
        "settings": {"a": [1, None]},
    }


def test_a_comparison_is_on_the_disk_whole_or_not_at_all(
    book: journal.Journal, journal_place: Path | str
) -> None:
    """A run that is killed in the middle must compare again.

    If the location counted as compared while decisions were missing, a resume would
    create what is there already.
    """
    fill(book, *["a"] * 1500)
    listed = [Existing("a", f"c{seq}", f"s{seq}") for seq in range(1500)]
    book.planned.add_before("a", listed)
    for seq in range(1500):
        book.planned.decide(decision(seq, Status.EXISTING, f"c{seq}"))
        if seq == 1200:
            other = journal.open(journal_place)
            assert other.planned.compared() == set()
            assert other.delivery.before("a") == set()
            assert len(other.delivery.jobs("a", -1, None)) == 1500
            other.close()
    book.planned.flush_decisions()
    assert book.planned.compared() == {"a"}
    assert len(book.delivery.before("a")) == 1500
    assert book.delivery.jobs("a", -1, None) == []


def test_a_comparison_that_was_cut_short_can_be_made_again(
    journal_place: Path | str,
) -> None:
    """Closing in the middle forgets it, and the next one begins anew."""
    book = journal.create(journal_place)
    fill(book, "a")
    book.planned.add_before("a", [Existing("a", "c1", "s0")])
    book.close()
    book = journal.open(journal_place)
    book.planned.add_before("a", [Existing("a", "c1", "s0")])
    book.planned.decide(decision(0, Status.EXISTING, "c1"))
    book.planned.flush_decisions()
    assert book.delivery.before("a") == {"c1"}
    assert book.history.counts() == {"a": {"existing": 1}}
    book.close()


def test_a_location_that_holds_nothing_counts_as_compared(
    book: journal.Journal,
) -> None:
    """Else it would be listed again at every resume."""
    fill(book, "a")
    book.planned.add_before("a", [])
    book.planned.flush_decisions()
    assert book.planned.compared() == {"a"}


# rows are sent


def test_jobs_are_the_planned_rows_of_a_location_in_order(
    book: journal.Journal,
) -> None:
    """In pieces, each after the last row of the one before."""
    fill(book, "a", "b", "a", "a")
    delivery = book.delivery
    assert [one.seq for one in delivery.jobs("a", -1, 2)] == [0, 2]
    assert [one.seq for one in delivery.jobs("a", 2, 2)] == [3]
    assert delivery.jobs("b", -1, None) == [job(1, "b")]
    assert delivery.locations(Status.PLANNED) == {"a": 3, "b": 1}
    assert delivery.locations(Status.UNKNOWN) == {}


def test_locations_come_in_the_order_of_the_input(book: journal.Journal) -> None:
    """Whatever they are called, what stands first in the file is sent first."""
    fill(book, "b", "c", "a", "c", "b")
    assert list(book.delivery.locations(Status.PLANNED)) == ["b", "c", "a"]


def test_an_update_without_a_remark_has_no_code(book: journal.Journal) -> None:
    """A code in the report is a reason to look at the row."""
    fill(book, "a")
    book.planned.decide(Decision(0, Status.PLANNED, "c0", body=b"{}"))
    book.planned.flush_decisions()
    assert [(line.code, line.message) for line in book.history.lines()] == [("", "")]


def test_the_ids_that_rows_have_got_are_known_by_location(
    book: journal.Journal,
) -> None:
    """A row in doubt never takes the collection of another row."""
    fill(book, "a", "b", "a")
    for seq, status in enumerate((Status.CREATED, Status.CREATED, Status.UNKNOWN)):
        book.delivery.record(Outcome(seq, status, f"c{seq}"))
    asyncio.run(book.delivery.flush())
    assert list(book.delivery.owned("a")) == ["c0"]


def test_the_last_sign_of_a_run_is_its_latest_request_or_answer(
    book: journal.Journal,
) -> None:
    """An audit believes nothing that was made long after it to be the run's own."""
    fill(book, "a", "a")
    assert book.review.last_sign() == 0.0
    before = time.time()

    async def go() -> None:
        await book.delivery.sending(0, 1)
        assert before <= book.review.last_sign() <= time.time()
        book.delivery.record(Outcome(1, Status.CREATED, "c1", finished_at=before + 60))
        await book.delivery.flush()

    asyncio.run(go())
    assert book.review.last_sign() == before + 60


def test_what_the_last_list_shows_of_a_row_is_kept(book: journal.Journal) -> None:
    """An undo compares with it; the other rows stay as they are."""
    fill(book, "a", "a")
    for seq in range(2):
        outcome = Outcome(seq, Status.CREATED, f"c{seq}", attempts=1, http_status=201)
        book.delivery.record(outcome)
    asyncio.run(book.delivery.flush())
    book.review.show({1: '{"name":"N"}'})
    assert [row.shown for row in book.review.sent("a")] == ["", '{"name":"N"}']


@pytest.mark.skipif(sys.platform != "linux", reason="open files are read from /proc")
def test_a_journal_that_was_closed_leaves_no_file_open(path: Path) -> None:
    """A program that calls the importer every night must not run out of them."""
    book = journal.create(path)
    fill(book, "a")

    async def go() -> None:
        await book.delivery.sending(0, 1)

    asyncio.run(go())
    book.close()
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    files = [os.readlink(link) for link in links]  # noqa: PTH115
    assert [file for file in files if file.startswith(str(path.parent))] == []


def test_sending_is_on_the_disk_when_it_returns(
    book: journal.Journal, journal_place: Path | str
) -> None:
    """Another process that looks at that moment finds it."""
    fill(book, "a", "a")

    async def go() -> None:
        await book.delivery.sending(1, 1)
        assert on_disk(journal_place) == ["planned", "sending"]

    asyncio.run(go())
    assert on_disk(journal_place, "attempts") == [0, 1]
    assert on_disk(journal_place, "started_at")[0] is None


def test_a_killed_process_leaves_its_sending_rows_behind(
    book: journal.Journal, journal_place: Path | str
) -> None:
    """Nothing is closed, nothing is flushed: what `sending` promised is there."""
    fill(book, "a", "a")
    script = (
        "import asyncio, os, sys; "
        "from importer import journal\n"
        "book = journal.open(sys.argv[1])\n"
        "async def go(): await book.delivery.sending(0, 1)\n"
        "asyncio.run(go())\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter, a script of our own
        [sys.executable, "-c", script, str(journal_place)], check=False
    )
    assert done.returncode == -9
    assert on_disk(journal_place) == ["sending", "planned"]


def test_many_rows_share_a_commit(book: journal.Journal) -> None:
    """While one commit is on its way to the disk, the next gathers."""
    fill(book, *["a"] * 300)

    async def go() -> None:
        await asyncio.gather(*(book.delivery.sending(seq, 1) for seq in range(300)))

    asyncio.run(go())
    writer = book.delivery._writer
    assert writer is not None
    assert writer.commits < 30
    assert book.history.counts() == {"a": {"sending": 300}}


def test_a_loop_that_was_closed_before_it_looked_holds_up_no_later_write(
    book: journal.Journal,
) -> None:
    """The one that was to wake the writer is gone, and the next one does it."""
    fill(book, "a", "a")
    loop = asyncio.new_event_loop()

    async def go() -> None:
        book.delivery.record(Outcome(0, Status.CREATED, "c0"))
        loop.stop()

    task = loop.create_task(go())
    loop.run_forever()
    assert task.done()
    loop.close()

    async def later() -> None:
        await asyncio.wait_for(book.delivery.sending(1, 1), 5.0)

    asyncio.run(later())
    assert book.history.counts() == {"a": {"created": 1, "sending": 1}}


def test_a_loop_that_was_closed_while_it_waited_holds_up_no_later_write(
    book: journal.Journal, path: Path
) -> None:
    """It cannot be told that its row is on the disk, and the next one is written."""
    fill(book, "a", "a")
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    loop = asyncio.new_event_loop()

    async def given_up() -> None:
        book.delivery.sending(0, 1)
        await asyncio.sleep(0.1)  # until the writer waits for the database

    loop.run_until_complete(given_up())
    loop.close()
    other.rollback()
    other.close()

    async def later() -> None:
        await asyncio.wait_for(book.delivery.sending(1, 1), 5.0)

    asyncio.run(later())
    assert book.history.counts() == {"a": {"sending": 2}}


def test_writes_reach_the_disk_in_the_order_they_were_given(
    book: journal.Journal, journal_place: Path | str
) -> None:
    """An outcome must never be overwritten by the `sending` before it."""
    fill(book, *["a"] * 50)

    async def go() -> None:
        for attempt in range(1, 4):
            for seq in range(50):
                sent = book.delivery.sending(seq, attempt)
                await asyncio.sleep(0)
                book.delivery.record(Outcome(seq, Status.PLANNED, attempts=attempt))
                await sent
        for seq in range(50):
            sent = book.delivery.sending(seq, 4)
            await asyncio.sleep(0)
            book.delivery.record(Outcome(seq, Status.CREATED, f"c{seq}", attempts=4))
            await sent
        await book.delivery.flush()

    asyncio.run(go())
    assert on_disk(journal_place) == ["created"] * 50
    assert on_disk(journal_place, "attempts") == [4] * 50
    assert on_disk(journal_place, "collection_id") == [f"c{seq}" for seq in range(50)]


def test_flush_waits_for_what_was_recorded(
    book: journal.Journal, journal_place: Path | str
) -> None:
    """Also where nothing at all was given."""
    fill(book, "a")
    outcome = Outcome(
        0, Status.REJECTED, "", "api_422", "No.", 2, 422, "trace", 1700000000.0
    )

    async def go() -> None:
        await book.delivery.flush()
        book.delivery.record(outcome)
        await book.delivery.flush()
        assert on_disk(journal_place) == ["rejected"]

    asyncio.run(go())
    (line,) = book.history.lines(Status.REJECTED)
    assert (line.code, line.message, line.attempts) == ("api_422", "No.", 2)
    assert (line.http_status, line.trace_id) == (422, "trace")
    assert line.finished_at == 1700000000.0
    assert list(book.history.lines(Status.CREATED)) == []


def test_the_first_sending_gives_the_start_of_a_row(
    book: journal.Journal, journal_place: Path | str
) -> None:
    """The duration of a row counts from its first request."""
    fill(book, "a")

    async def go() -> None:
        await book.delivery.sending(0, 1)
        (first,) = on_disk(journal_place, "started_at")
        await book.delivery.sending(0, 2)
        assert on_disk(journal_place, "started_at") == [first]

    asyncio.run(go())


def test_a_cancelled_sending_harms_nobody_else(book: journal.Journal) -> None:
    """The writer goes on when a waiter is gone."""
    fill(book, "a", "a")

    async def go() -> None:
        gone = book.delivery.sending(0, 1)
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait_for(book.delivery.sending(1, 1), 5.0)

    asyncio.run(go())
    assert book.history.counts() == {"a": {"sending": 2}}


def test_closing_writes_what_is_left(journal_place: Path | str) -> None:
    """Outcomes are written soon, and at the latest here."""
    book = journal.create(journal_place)
    fill(book, *["a"] * 100)
    for seq in range(100):
        book.delivery.record(Outcome(seq, Status.CREATED, f"c{seq}"))
    book.close()
    assert on_disk(journal_place) == ["created"] * 100
    assert "journal" not in {thread.name for thread in threading.enumerate()}


# the next process


def test_a_resume_finds_sending_rows_unknown_and_failed_ones_planned(
    journal_place: Path | str,
) -> None:
    """`sending` may have been created; `failed` certainly was not.

    What was sent stays counted, because an audit asks for it.
    """
    book = journal.create(journal_place)
    fill(book, *["a"] * 6)

    async def go() -> None:
        await book.delivery.sending(0, 2)
        for seq, status in (
            (1, Status.FAILED),
            (2, Status.CREATED),
            (3, Status.UNKNOWN),
            (4, Status.REJECTED),
        ):
            book.delivery.record(Outcome(seq, status, attempts=5))
        await book.delivery.flush()

    asyncio.run(go())
    book.close()
    book = journal.open(journal_place)
    book.delivery.reopen()
    assert on_disk(journal_place) == [
        "unknown",
        "planned",
        "created",
        "unknown",
        "rejected",
        "planned",
    ]
    assert on_disk(journal_place, "attempts") == [2, 5, 5, 5, 5, 0]
    unknown = book.delivery.jobs("a", -1, None, Status.UNKNOWN)
    assert [(one.seq, one.attempts) for one in unknown] == [(0, 2), (3, 5)]
    book.close()


def test_an_update_stays_an_update_for_the_next_process(
    journal_place: Path | str,
) -> None:
    """A PUT whose row came back must not become a POST."""
    book = journal.create(journal_place)
    fill(book, "a")
    book.planned.add_before("a", [Existing("a", "c1", "s0")])
    book.planned.decide(decision(0, Status.PLANNED, "c1"))
    book.planned.flush_decisions()
    book.delivery.record(Outcome(0, Status.FAILED, "c1", attempts=5))
    book.close()
    book = journal.open(journal_place)
    book.delivery.reopen()
    wanted = replace(job(0, "a", "c1"), body=b"{}", attempts=5)
    assert book.delivery.jobs("a", -1, None) == [wanted]
    book.close()


def test_a_journal_that_is_not_there_is_not_made(path: Path) -> None:
    """A mistyped run must not leave an empty database behind."""
    with pytest.raises(InputError, match="There is no journal"):
        journal.open(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("version", "words"), [("99", "version 99"), ('"old"', "version old")]
)
def test_a_journal_of_another_version_is_refused(
    path: Path, version: str, words: str
) -> None:
    """It is left alone; the program that made it can read it."""
    journal.create(path).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", [version])
    connection.close()
    with pytest.raises(InputError, match=words):
        journal.open(path)


@pytest.mark.parametrize("version", [1, 2])
def test_a_journal_of_an_older_version_is_brought_up_to_date(
    path: Path, version: int
) -> None:
    """A run that was begun before an update of the program can be finished after it."""
    book = journal.create(path)
    fill(book, "a", "a", "b")
    remark = Problem(Code.SLUG_MADE, {"value": "a"})
    book.planned.add_job(0, row(3), job(3), [remark])
    book.planned.flush_rows()
    book.delivery.record(Outcome(0, Status.CREATED, "c0", "", "", 1, 201, "t", 2.5))
    book.delivery.close()
    before = list(book.history.lines())
    book.close()
    connection = sqlite3.connect(path)
    connection.executescript(OLDER.read_text("utf-8"))
    with connection:
        if version == 1:
            connection.execute("DROP TABLE undone")
        connection.execute(
            "UPDATE meta SET value = ? WHERE key = 'schema'", [str(version)]
        )
    connection.close()
    book = journal.open(path)
    assert book.noted()["schema"] == SCHEMA
    assert list(book.history.lines()) == before
    assert book.delivery.jobs("a", -1, None) == [job(1), job(3)]
    assert book.review.undo_states() == {}
    book.close()


@pytest.mark.parametrize("damage", ["{", "x'ff'"])
def test_a_text_that_makes_no_sense_is_damage(path: Path, damage: str) -> None:
    """No JSON, or no text at all, where a fact about the run should be."""
    journal.create(path).close()
    connection = sqlite3.connect(path)
    with connection:
        value = f"CAST({damage} AS TEXT)" if damage.startswith("x") else f"'{damage}'"
        connection.execute(f"UPDATE meta SET value = {value}")  # noqa: S608 - literals
    connection.close()
    with pytest.raises(InputError, match="damaged"):
        journal.open(path)


@pytest.mark.parametrize("depth", journal.Depth)
def test_an_empty_journal_is_damaged(path: Path, depth: journal.Depth) -> None:
    """A journal appears whole, so an empty one has lost what it held."""
    path.write_bytes(b"")
    with pytest.raises(JournalDamaged, match="what it held is gone"):
        journal.open(path, depth=depth)


@pytest.mark.parametrize(
    "words", ["unable to open database file", "database is locked", "disk I/O error"]
)
def test_a_journal_out_of_reach_is_not_called_damaged(path: Path, words: str) -> None:
    """It may be whole, and nobody shall give it up for that."""
    named = pytest.raises(InputError, match=f"cannot be read: {words}")
    with named as refused, readable(path):
        raise sqlite3.OperationalError(words)
    assert not isinstance(refused.value, JournalDamaged)


@pytest.mark.parametrize("depth", journal.Depth)
@pytest.mark.parametrize(
    "content", [b"no database at all, but some text" * 100, b"SQLite format 3\0"]
)
def test_a_file_that_is_no_journal_is_refused(
    path: Path, content: bytes, depth: journal.Depth
) -> None:
    """The message is for people, and no traceback."""
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        journal.open(path, depth=depth)


def test_a_damaged_page_is_found_before_anything_is_believed(path: Path) -> None:
    """A thorough look verifies every page."""
    book = journal.create(path)
    fill(book, *["a"] * 500)
    book.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xaa" * 4096
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        journal.open(path)
    assert path.read_bytes() == bytes(content), "it was to be left as it is"


@pytest.mark.parametrize("trace", ["report.csv", "summary.json", "journal.db-wal"])
def test_a_journal_that_is_gone_is_damaged_where_anything_shows_that_the_run_began(
    path: Path, trace: str
) -> None:
    """Runs of older versions have no mark, and their log may be of one command."""
    (path.parent / "run.log").write_text("{}\n")
    with pytest.raises(InputError, match="There is no journal"):
        journal.open(path)
    (path.parent / trace).touch()
    with pytest.raises(JournalDamaged, match="it is gone"):
        journal.open(path)


def test_a_journal_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    """No traceback where the folder has gone."""
    with pytest.raises(StorageError, match="could not be written"):
        journal.create(tmp_path / "gone" / "journal.db")
    with pytest.raises(StorageError, match="could not be written"):
        journal.write_beside(tmp_path / "gone" / "retired.json", "{}")


def test_a_folder_that_goes_while_a_commit_is_on_its_way_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Space on the disk would not help: the file beside the journal has no folder."""
    folder = tmp_path / "night"
    folder.mkdir()
    book = journal.create(folder / "journal.db")
    fill(book)
    look = mark.Mark.refuse_gone

    def looked(self: mark.Mark) -> None:
        look(self)
        shutil.rmtree(folder, ignore_errors=True)

    monkeypatch.setattr(mark.Mark, "refuse_gone", looked)

    async def go() -> None:
        await book.delivery.sending(0, 1)

    with pytest.raises(StorageError, match="the run folder was removed") as caught:
        asyncio.run(go())
    assert "put it back" in caught.value.remedy


# full disks


def fill_the_disk(book: journal.Journal) -> None:
    """From now on the database may not grow: SQLite answers as on a full disk."""

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        # not in a transaction of its own; 1 is raised to the present size
        connection.execute("PRAGMA max_page_count=1")

    book._engine.dispose()
    event.listen(book._engine, "connect", limit)


@pytest.mark.usefixtures("path")
def test_a_full_disk_while_reading_is_a_storage_error(book: journal.Journal) -> None:
    """Nothing was sent yet; the message says what to do."""
    fill(book)
    fill_the_disk(book)

    def read() -> None:
        for seq in range(5000):
            book.planned.add_job(0, row(seq), job(seq), ())

    with pytest.raises(StorageError, match="full") as caught:
        read()
    assert "importer resume" in caught.value.remedy
    assert caught.value.exit_code == 74


def test_on_a_full_disk_nothing_more_may_be_sent(
    book: journal.Journal, path: Path
) -> None:
    """`sending` raises, for those who wait and for all who come later."""
    fill(book, *["a"] * 20)
    fill_the_disk(book)
    large = Outcome(0, Status.PLANNED, shown="x" * 200_000)

    async def go() -> None:
        await book.delivery.sending(1, 1)
        book.delivery.record(large)
        results = await asyncio.wait_for(
            asyncio.gather(
                *(book.delivery.sending(seq, 1) for seq in range(2, 10)),
                return_exceptions=True,
            ),
            5.0,
        )
        assert {type(one) for one in results} == {StorageError}
        with pytest.raises(StorageError):
            await book.delivery.flush()
        with pytest.raises(StorageError):
            book.delivery.record(large)

    asyncio.run(go())
    assert on_disk(path)[1] == "sending", "what was acknowledged is lost"
    assert "sending" not in on_disk(path)[2:]


def test_a_value_that_no_database_takes_hangs_nobody(book: journal.Journal) -> None:
    """The writer says what happened instead of dying silently."""
    fill(book, "a")

    async def go() -> None:
        book.delivery.record(Outcome(0, Status.CREATED, trace_id="\udcff"))
        with pytest.raises(StorageError):
            await asyncio.wait_for(book.delivery.flush(), 5.0)

    asyncio.run(go())


def test_a_locked_database_is_waited_for(book: journal.Journal, path: Path) -> None:
    """Somebody who looks with a tool of his own does not end the run."""
    fill(book, "a")
    other = sqlite3.connect(path, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")

    async def go() -> None:
        loop = asyncio.get_running_loop()
        started = time.monotonic()
        loop.call_later(0.1, other.rollback)
        await asyncio.wait_for(book.delivery.sending(0, 1), 5.0)
        assert time.monotonic() - started >= 0.1

    asyncio.run(go())
    other.close()


def test_a_failure_names_no_value_of_the_row(book: journal.Journal) -> None:
    """Statements hold names and slugs of the shop, and belong into no log."""
    fill(book)
    book.planned.add_job(0, row(0), job(0), ())
    book.planned.add_job(0, row(0), job(0), ())
    with pytest.raises(StorageError) as caught:
        book.planned.flush_rows()
    assert "N0" not in str(caught.value)
    assert "INSERT" not in str(caught.value)


def test_more_rows_than_one_statement_takes_are_all_there(
    book: journal.Journal, journal_place: Path | str
) -> None:
    """Rows go in many to a statement, and the last statement has fewer."""
    count = 2 * TOGETHER + 1
    fill(book, *(["a"] * count))
    assert on_disk(journal_place, "seq") == list(range(count))
    assert on_disk(journal_place, "slug") == [f"s{seq}" for seq in range(count)]


def test_a_plain_row_is_written_as_any_other_is(
    book: journal.Journal, path: Path
) -> None:
    """Nobody who reads the journal can tell which way a row went in."""
    fill(book)
    parts = {"location_id": "a", "name": "N0", "slug": "s0"}
    kind = CollectionType.SMART
    plain = (2, list(row(0).cells), {**parts, "type": kind})
    book.planned.add_job(0, row(0), replace(job(0), type=kind.value), ())
    book.planned.add_plain(1, 0, plain, job(0).body)
    book.planned.flush_rows()
    connection = sqlite3.connect(path)
    one, other = connection.execute("SELECT * FROM records ORDER BY seq")
    connection.close()
    assert one[1:] == other[1:]


def test_facts_are_json(book: journal.Journal, path: Path) -> None:
    """Another program can read them."""
    book.note(state="running")
    connection = sqlite3.connect(path)
    found = dict(connection.execute("SELECT key, value FROM meta"))
    connection.close()
    assert json.loads(found["state"]) == "running"


# the place of a journal


@pytest.mark.parametrize(
    "name",
    [
        "Which shop?",
        "100%",
        "a#b",
        "%20",
        "%2F..%2F",
        "file:x?mode=memory",
        ":memory:",
        'it\'s "quoted" \\ 🛍 ü',
        "[red]x",
        "new\nline",
        "~",
        "name\udcff",
    ],
)
def test_a_journal_stays_in_its_folder_whatever_that_is_called(
    tmp_path: Path, name: str
) -> None:
    """Nothing is written beside it, and only its user can read it."""
    folder = tmp_path / name
    folder.mkdir(mode=0o700)
    path = folder / "journal.db"

    book = journal.create(path, state="running")
    book.delivery.record(Outcome(0, Status.CREATED))
    book.delivery.close()
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    book.close()
    book = journal.open(path, write=False)
    facts = book.noted()
    book.close()

    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert set(modes.values()) == {0o600}
    assert {"journal.db", "journal.db-wal", "journal.mark"} <= modes.keys()
    assert facts["state"] == "running"
    assert sorted(file.name for file in folder.iterdir()) == [
        "journal.db",
        "journal.mark",
    ]


# whether a journal can be believed


def sent(path: Path, rows: int) -> None:
    """A journal whose process is killed after it has sent so many rows."""
    script = (
        "import asyncio, os, sys; from pathlib import Path;"
        "from importer import journal; book = journal.create(Path(sys.argv[1]));"
        "go = lambda: [book.delivery.sending(seq, 1) for seq in range(rows)][-1];"
        f"rows = {rows};"
        "main = lambda: asyncio.wait_for(go(), 9)\n"
        "async def run():\n"
        "    for seq in range(rows):\n"
        "        await book.delivery.sending(seq, 1)\n"
        "asyncio.run(run()); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)  # noqa: S603 - ourselves


def test_a_log_of_any_length_that_lost_a_sent_row_is_damage(path: Path) -> None:
    """Cut anywhere, the journal is refused, or every row that was sent is in it."""
    sent(path, 12)
    log = path.with_name("journal.db-wal")
    whole = log.read_bytes()
    assert journal.resolve(path).check(journal.Depth.ALL) == SCHEMA
    refused = 0
    for size in range(0, len(whole), 1500):
        log.write_bytes(whole[:size])
        path.with_name("journal.db-shm").unlink(missing_ok=True)
        with pytest.raises(JournalDamaged):
            journal.open(path, depth=journal.Depth.FACTS)
        refused += 1
    assert refused > 10
    log.write_bytes(whole)
    path.with_name("journal.db-shm").unlink(missing_ok=True)
    book = journal.open(path)
    assert book.noted()["schema"] == SCHEMA
    book.close()


def test_a_journal_of_any_length_is_damage(path: Path) -> None:
    """Half a file, to the byte or to the page, is never a shorter run."""
    book = journal.create(path, state="running")
    fill(book, *["a"] * 300)
    book.close()
    whole = path.read_bytes()
    sizes = {*range(0, len(whole), journal.PAGE_BYTES), *range(100, len(whole), 9_973)}
    for size in sorted(sizes):
        path.write_bytes(whole[:size])
        with pytest.raises(JournalDamaged):
            journal.open(path, depth=journal.Depth.FACTS)
        assert path.read_bytes() == whole[:size]


@pytest.mark.parametrize("seed", range(12))
def test_a_page_that_was_overwritten_is_no_other_run(path: Path, seed: int) -> None:
    """Refused as damaged, or read as it was; never another error, never fewer rows."""
    chance = random.Random(seed)  # noqa: S311 - only has to be repeatable
    book = journal.create(path, state="running")
    fill(book, *["a"] * 300)
    book.close()
    whole = path.read_bytes()
    for _ in range(8):
        size = chance.choice((8, 200, 3000, journal.PAGE_BYTES))
        place = chance.randrange(len(whole) - size)
        broken = whole[:place] + chance.randbytes(size) + whole[place + size :]
        path.write_bytes(broken)
        try:
            book = journal.open(path, write=False)
        except InputError:
            assert path.read_bytes() == broken
            continue
        try:
            with journal.resolve(path).readable():
                assert sum(1 for _ in book.history.blocks()) == 2
                assert book.history.counts() == {"a": {"planned": 300}}
        except InputError:
            pass
        finally:
            book.close()


def test_a_mark_is_never_ahead_of_its_journal(path: Path) -> None:
    """Killed at any moment, what was counted is in the journal."""
    for rows in (1, 2, 3, 40):
        folder = path.parent / str(rows)
        folder.mkdir()
        sent(folder / "journal.db", rows)
        counted = int((folder / "journal.mark").read_bytes())
        assert counted == rows
        book = journal.open(folder / "journal.db", write=False)
        book.close()


def test_a_journal_that_another_program_has_closed_is_whole(path: Path) -> None:
    """SQLite has taken the log in and removed it, and nothing is missing."""
    sent(path, 5)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM states").fetchone() == (5,)
    connection.close()
    assert not path.with_name("journal.db-wal").exists()
    journal.open(path).close()


def test_a_text_of_a_row_that_was_overwritten_is_damage(path: Path) -> None:
    """The page is in order, and what stands in it is not."""
    book = journal.create(path)
    fill(book, *["a"] * 30)
    book.close()
    whole = path.read_bytes()
    for text, other in ((b'["N7"', b'["N7}'), (b"N9", b"\xff\xfe")):
        assert text in whole
        path.write_bytes(whole.replace(text, other))
        with pytest.raises(JournalDamaged):
            journal.open(path)


def test_a_killed_process_may_have_filled_the_window_of_a_limit(
    book: journal.Journal,
) -> None:
    """Where half of the limit was sent or more; else its rows hold slots."""
    fill(book, *"aaaabbc")
    limiter = Limiter(Options(rate=None))
    predecessor.note(book, limiter)
    assert predecessor.LIMIT not in book.noted()
    limiter.inherit({"a": Spent(4, 10.0, Rate(4, 10.0))})
    predecessor.note(book, limiter)
    facts = book.noted()
    assert facts[predecessor.LIMIT] == [4, 10.0]
    for seq, finished_at in ((0, 80.0), (1, 93.0), (4, 95.0), (6, 80.0)):
        done = Outcome(seq, Status.CREATED, f"c{seq}", finished_at=finished_at)
        book.delivery.record(done)
    asyncio.run(_send(book, 5))
    killed = facts | {worktime.SINCE: 50.0}
    few = {"a": Spent(1, 7.0, Rate(4, 10.0))}
    of_b = {"b": Spent(None, 7.0)}
    assert predecessor.spent(book, killed, 100.0, 103.0) == few | of_b
    (left,) = {
        one.seconds for one in predecessor.spent(book, killed, 100.0, 99.0).values()
    }
    assert left == 10.0
    assert predecessor.spent(book, killed, 100.0, 110.0) == {}
    assert predecessor.spent(book, facts, 100.0, 103.0) == {}


async def _send(book: journal.Journal, seq: int) -> None:
    await book.delivery.sending(seq, 1)
    await book.delivery.flush()


def test_what_a_database_that_is_away_refuses_is_done_again_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What does not pass, or not soon enough, is told as it is."""
    monkeypatch.setattr(outage, "FIRST_PAUSE_SECONDS", 0.0)
    tries: list[StorageError] = []

    def work(times: int, *, passes: bool) -> str:
        if len(tries) == times:
            return "done"
        failure = StorageError("It is away.")
        failure.passes = passes
        tries.append(failure)
        raise failure

    assert journal.waited(partial(work, 3, passes=True)) == "done"
    with pytest.raises(StorageError) as refused:
        journal.waited(partial(work, 5, passes=False))
    assert refused.value is tries[-1]
    assert len(tries) == 4
    monkeypatch.setattr(outage.Patience.__init__, "__defaults__", (0.0,))
    with pytest.raises(StorageError):
        journal.waited(partial(work, 6, passes=True))
    assert len(tries) == 5
