"""A journal's database is killed, and comes back, or does not.

The server is one of these tests' own, killed as `kill -9` does.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import postgres_server
import pytest

from importer import journal
from importer.errors import StorageError
from importer.journal import commits, outage
from importer.journal.postgres import address, guard, shared
from importer.models import InputFile, Job, Outcome, Place, Row, Status, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 3000


class Told:
    """A log that is looked at."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def warning(self, event: str, **facts: object) -> None:
        self.events.append((event, facts))


@pytest.fixture(scope="module")
def server() -> Iterator[postgres_server.Server]:
    if reason := postgres_server.missing():
        pytest.skip(reason)
    made = postgres_server.Server()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def book(server: postgres_server.Server) -> Iterator[journal.Journal]:
    made = journal.create(f"{server.url(server.new_database())}&run=first")
    yield made
    made.close()
    shared.close()


def fill(book: journal.Journal, count: int) -> None:
    book.planned.open_input(
        0, Table("f", "", ("Name",), 1, ()), InputFile("f", "", "own", 0, ())
    )
    for seq in range(count):
        row = Row.at(Place("f", "", seq + 2, seq + 2), (f"s{seq}",))
        job = Job(seq, "a", f"s{seq}", f"s{seq}", "", b"{}")
        book.planned.add_job(0, row, job, ())
    book.planned.close_input(0, count)
    book.planned.all_in()


async def deliver(book: journal.Journal, seqs: range, at_once: int = 64) -> None:
    """Announce and answer every row, so many at once."""
    waiting = iter(seqs)

    async def one() -> None:
        for seq in waiting:
            await book.delivery.sending(seq, 1)
            book.delivery.record(
                Outcome(seq, Status.CREATED, f"id-{seq}", attempts=1, finished_at=1.0)
            )

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one())
    await book.delivery.flush()


@pytest.mark.slow
def test_a_database_that_is_killed_in_mid_commit_and_comes_back_loses_nothing(
    server: postgres_server.Server, book: journal.Journal
) -> None:
    """What was not acknowledged is written again, in its order, and nothing twice."""
    fill(book, ROWS)

    def accident() -> None:
        server.kill()
        time.sleep(0.5)  # noqa: TID251 - it is away for a while
        server.start()

    async def go() -> None:
        done = asyncio.create_task(deliver(book, range(ROWS)))
        for _ in range(2):
            await asyncio.sleep(0.1)
            await asyncio.to_thread(accident)
        # reads wait, too
        assert len(book.delivery.jobs("a", -1, None, Status.UNKNOWN)) == 0
        await done

    asyncio.run(go())
    lines = list(book.history.lines())
    assert [line.collection_id for line in lines] == [f"id-{n}" for n in range(ROWS)]
    assert {line.status for line in lines} == {Status.CREATED}
    assert {line.attempts for line in lines} == {1}


@pytest.mark.slow
def test_who_reads_while_the_database_is_away_gets_an_answer_when_it_is_back(
    server: postgres_server.Server, book: journal.Journal
) -> None:
    """It takes as long as that takes."""
    fill(book, 3)
    assert len(book.delivery.jobs("a", -1, None)) == 3
    server.kill()
    back = threading.Timer(1.0, server.start)
    back.start()
    assert len(book.delivery.jobs("a", -1, None)) == 3
    back.join()


@pytest.mark.slow
def test_a_database_that_stays_away_ends_it_with_what_to_do(
    server: postgres_server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told once, although the writer and those who read wait for it."""
    told = Told()
    monkeypatch.setattr(outage, "log", told)
    monkeypatch.setattr(commits, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(outage.Patience.__init__, "__defaults__", (1.0,))
    made = journal.create(f"{server.url(server.new_database())}&run=first")
    fill(made, 2)

    async def go() -> None:
        await made.delivery.sending(0, 1)
        server.kill()
        began = time.monotonic()
        with pytest.raises(StorageError) as ended:
            await made.delivery.sending(1, 1)
        assert 0.9 < time.monotonic() - began < 20
        assert "importer resume" in ended.value.remedy
        assert "database" in ended.value.remedy
        with pytest.raises(StorageError, match="could not be"):
            made.delivery.jobs("a", -1, None)

    asyncio.run(go())
    assert [event for event, _ in told.events] == ["journal.away"]
    assert told.events[0][1]["waits_seconds"] == 1.0
    made.close()
    server.start()
    again = journal.open(made.url)
    again.delivery.reopen()
    assert again.history.counts() == {"a": {"unknown": 1, "planned": 1}}
    again.close()
    shared.close()


@pytest.mark.slow
def test_a_database_that_is_killed_right_before_a_commit_is_told_as_what_it_is(
    server: postgres_server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands before the commit fails then; the words are about the database."""
    made = journal.create(f"{server.url(server.new_database())}&run=first")
    fill(made, 1)
    fenced = guard.Guard.fenced

    def killed(kept: guard.Guard, execute: Callable[..., object]) -> None:
        server.kill()
        fenced(kept, execute)

    monkeypatch.setattr(guard.Guard, "fenced", killed)
    try:
        with pytest.raises(StorageError, match="connection") as ended:
            made.review.note_undo(0, "deleted")
    finally:
        monkeypatch.undo()
        server.start()
    assert "database can be reached" in ended.value.remedy
    assert "give the command again" in ended.value.remedy
    made.review.note_undo(0, "deleted")
    assert made.review.undo_states() == {0: ("deleted", "")}
    made.close()
    shared.close()


def test_an_address_that_was_never_reached_is_not_waited_for() -> None:
    """It may be wrong."""
    began = time.monotonic()
    with pytest.raises(StorageError):
        shared.engine(address.know("postgresql://nobody@127.0.0.1:1/none"))
    assert time.monotonic() - began < 10
