"""What is on the disk after a commit that many writes share, of many rows.

Writes that are given without a pause of the loop set out together, so a row's own
`sending`, its answer and its next `sending` can meet in one commit.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import threading
import time
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

import pytest

from importer import journal
from importer.errors import StorageError
from importer.journal.commits import Writer
from importer.models import InputFile, Job, Outcome, Place, Row, Status, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.journal.commits import Write
    from importer.journal.row_states import Delivery

ROWS = 6
PATIENCE_SECONDS = 10.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run" / "journal.db"


@pytest.fixture
def book(path: Path) -> Iterator[journal.Journal]:
    book = journal.create(path)
    table = Table("shop.csv", "", ("Name", "Slug"), 1, ())
    book.planned.open_input(0, table, InputFile("shop.csv", "", "own", 0, ("Body",)))
    for seq in range(ROWS):
        row = Row.at(Place("shop.csv", "", seq + 2, seq + 2), (f"N{seq}", f"s{seq}"))
        job = Job(seq, "a", f"N{seq}", f"s{seq}", "", b"{}")
        book.planned.add_job(0, row, job, ())
    book.planned.close_input(0, ROWS)
    yield book
    book.close()


def on_disk(path: Path) -> list[tuple[str, int, str]]:
    """State, attempts and id of every row, as the next process would find them."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT status, attempts, collection_id FROM rows ORDER BY seq"
        ).fetchall()


def in_one_commit(book: journal.Journal, *writes: Callable[[Delivery], object]) -> None:
    """Give all of them before the writer can set out, and wait for the disk."""

    async def go() -> None:
        for write in writes:
            write(book.delivery)
        await book.delivery.flush()
        writer = book.delivery._writer
        assert writer is not None
        assert writer.commits == 1

    asyncio.run(go())


def sending(seq: int, attempts: int) -> Callable[[Delivery], object]:
    return lambda delivery: delivery.sending(seq, attempts)


def ended(
    seq: int, status: Status, attempts: int, made: str = ""
) -> Callable[[Delivery], object]:
    outcome = Outcome(seq, status, made, attempts=attempts)
    return lambda delivery: delivery.record(outcome)


def test_a_put_back_never_lands_after_the_next_sending_of_its_row(
    book: journal.Journal, path: Path
) -> None:
    """After a kill it would be planned, and sent again although it may be there."""
    in_one_commit(
        book,
        sending(1, 1),
        ended(0, Status.PLANNED, 1),
        sending(0, 2),
    )
    assert on_disk(path)[:2] == [("sending", 2, ""), ("sending", 1, "")]


def test_an_answer_never_lands_before_the_sending_of_its_row(
    book: journal.Journal, path: Path
) -> None:
    """After a kill it would be unknown, although the API gave the id."""
    in_one_commit(
        book,
        ended(1, Status.REJECTED, 1),
        sending(0, 1),
        ended(0, Status.CREATED, 1, "c0"),
    )
    assert on_disk(path)[:2] == [("created", 1, "c0"), ("rejected", 1, "")]


def test_a_row_that_comes_back_twice_in_one_commit_ends_as_it_ended(
    book: journal.Journal, path: Path
) -> None:
    """The order of one row holds across all that is gathered, not once."""
    in_one_commit(
        book,
        sending(2, 1),
        ended(0, Status.PLANNED, 1),
        sending(0, 2),
        ended(1, Status.PLANNED, 1),
        ended(0, Status.PLANNED, 2),
        sending(1, 2),
        sending(0, 3),
        ended(2, Status.UNKNOWN, 1),
    )
    assert on_disk(path)[:3] == [
        ("sending", 3, ""),
        ("sending", 2, ""),
        ("unknown", 1, ""),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_shares_a_commit_the_last_word_on_each_row_stands(
    book: journal.Journal, path: Path, seed: int
) -> None:
    """Any mixture of sendings, put-backs and answers of several rows."""
    draw = random.Random(seed)  # noqa: S311 - repeatable
    last: dict[int, tuple[str, int, str]] = {}
    writes: list[Callable[[Delivery], object]] = []
    for number in range(40):
        seq = draw.randrange(ROWS)
        if draw.random() < 0.5:
            writes.append(sending(seq, number))
            # a `sending` leaves the id alone
            made = last[seq][2] if seq in last else ""
            last[seq] = ("sending", number, made)
        else:
            status = draw.choice([Status.PLANNED, Status.CREATED, Status.UNKNOWN])
            made = f"c{number}" if status is Status.CREATED else ""
            writes.append(ended(seq, status, number, made))
            last[seq] = (status.value, number, made)
    in_one_commit(book, *writes)
    assert dict(enumerate(on_disk(path))) == {
        seq: last.get(seq, ("planned", 0, "")) for seq in range(ROWS)
    }


class Crossing(deque["Write"]):
    """The writer's queue, to which something is added right after a last look."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act: Callable[[], object] | None = act

    def popleft(self) -> Write:
        try:
            return super().popleft()
        except IndexError:
            act, self.act = self.act, None
            if act is not None:
                act()
            raise


def test_what_is_given_while_the_writer_looks_is_written_without_another_call(
    book: journal.Journal, path: Path
) -> None:
    """A wake-up between its look and its sleep must not be lost: it would hang."""
    delivery = book.delivery
    delivery.record(Outcome(0, Status.REJECTED, attempts=1))
    writer = delivery._writer
    assert isinstance(writer, Writer)
    wait_until(lambda: on_disk(path)[0][0] == "rejected")
    # from the writer's own thread, in which no loop runs: the other party at its worst
    crossing = Crossing(lambda: ended(1, Status.CREATED, 1, "c1")(delivery))
    writer._writes = crossing
    delivery.record(Outcome(2, Status.REJECTED, attempts=1))
    wait_until(lambda: on_disk(path)[2][0] == "rejected")
    wait_until(lambda: on_disk(path)[1][0] == "created")
    assert crossing.act is None


def test_the_writer_is_woken_again_and_again(book: journal.Journal) -> None:
    """Every batch wakes it, the tenth as the first, whoever gives it."""

    async def go() -> None:
        for attempt in range(1, 10):
            for seq in range(ROWS):
                await asyncio.wait_for(
                    book.delivery.sending(seq, attempt), PATIENCE_SECONDS
                )

    asyncio.run(go())
    writer = book.delivery._writer
    assert writer is not None
    assert writer.commits == 9 * ROWS
    thread = threading.Thread(
        target=book.delivery.record, args=(Outcome(0, Status.FAILED, attempts=10),)
    )
    thread.start()
    thread.join()
    wait_until(lambda: book.history.counts()["a"].get("failed") == 1)


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)  # noqa: TID251 - another thread is waited for


@pytest.mark.parametrize("before", [0, 1])
def test_nothing_is_sent_after_the_run_folder_was_removed(
    book: journal.Journal, path: Path, before: int
) -> None:
    """Writing to a file without a name succeeds, and is lost: also after a commit."""

    async def go() -> None:
        for seq in range(before):
            await book.delivery.sending(seq, 1)
        shutil.rmtree(path.parent)
        with pytest.raises(StorageError, match="folder was removed"):
            await book.delivery.sending(before, 1)
        with pytest.raises(StorageError):
            book.delivery.record(Outcome(0, Status.CREATED, "c0"))

    asyncio.run(go())


def test_everyone_who_waits_is_told_of_a_failed_commit(book: journal.Journal) -> None:
    """Not only the first of a batch, and those of the next batch as well."""

    def refuse(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    async def go() -> list[object]:
        await book.delivery.sending(0, 1)
        writer = book.delivery._writer
        assert writer is not None
        writer._connection = _Full(refuse)
        waiting = [book.delivery.sending(seq, 1) for seq in range(1, 4)]
        return [
            *await asyncio.wait_for(
                asyncio.gather(*waiting, return_exceptions=True), PATIENCE_SECONDS
            )
        ]

    found = asyncio.run(go())
    assert [type(one) for one in found] == [StorageError] * 3
    with pytest.raises(StorageError, match="No space left"):
        book.delivery.record(Outcome(0, Status.CREATED, "c0"))


class _Full:
    """A connection to a disk that is full."""

    def __init__(self, refuse: Callable[..., NoReturn]) -> None:
        self.cursor = refuse

    def close(self) -> None:
        """Nothing was opened."""
