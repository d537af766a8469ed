"""What a journal keeps to, whatever database it is in.

Another store is one more entry of `STORES` in `tests/conftest.py`. Each test makes its
own journals, and some look at one from another process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer import journal
from importer.errors import InputError, StorageError, UsageError
from importer.journal import Depth
from importer.journal.planned import Decision
from importer.models import (
    Existing,
    InputFile,
    Job,
    Outcome,
    Place,
    Row,
    Status,
    Table,
)
from importer.runs.folders import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Address = Path | str

#: What ends in the middle of its work: one row that may leave, one whose answer came.
KILLED = """
import asyncio, sys, time
from importer import journal
from importer.models import Outcome, Status

async def main():
    book = journal.open(sys.argv[1])
    delivery = book.delivery
    await delivery.sending(0, 1)
    await delivery.sending(1, 1)
    delivery.record(Outcome(1, Status.CREATED, "id-1", attempts=1, finished_at=1.0))
    await delivery.flush()
    print("sent", flush=True)
    time.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def new(new_journal: Callable[[str], Address]) -> Callable[[str], Address]:
    """Give the address of a journal that is not there yet, by a name."""
    return new_journal


@pytest.fixture
def address(new: Callable[[str], Address]) -> Address:
    return new("journal")


@pytest.fixture
def book(address: Address) -> Iterator[journal.Journal]:
    made = journal.create(address, run_id="first")
    yield made
    made.close()


def fill(book: journal.Journal, *locations: str) -> None:
    """One planned row for each location, in this order."""
    header = ("Name",)
    book.planned.open_input(
        0, Table("f.csv", "", header, 1, ()), InputFile("f.csv", "", "own", 0, ())
    )
    for seq, location in enumerate(locations):
        slug = f"s{seq}"
        row = Row.at(Place("f.csv", "", seq + 2, seq + 2), (slug,))
        book.planned.add_job(0, row, Job(seq, location, slug, slug, "", b"{}"), ())
    book.planned.close_input(0, len(locations))
    book.planned.all_in()


def created(seq: int) -> Outcome:
    return Outcome(
        seq, Status.CREATED, f"id-{seq}", attempts=1, finished_at=time.time()
    )


def statuses(address: Address) -> list[str]:
    """What a reader beside the writer finds, in input order."""
    reader = journal.open(address, depth=Depth.FACTS, write=False)
    try:
        return [line.status.value for line in reader.history.lines()]
    finally:
        reader.close()


class TestEveryStore:
    """The protocol `journal.Store`, through the journal that stands on it."""

    # its address

    @pytest.mark.parametrize("name", ["plain", "sp ace", "ü", "a?b#c%20d", "a&b=c;d"])
    def test_the_address_that_a_journal_gives_opens_it_again(
        self, new: Callable[[str], Address], name: str
    ) -> None:
        """A shard takes it along to another process, whatever the folder is called."""
        made = journal.create(new(name), run_id=name)
        url = made.url
        made.close()
        assert url.isascii()
        assert journal.resolve(url).url == url
        again = journal.open(url)
        assert again.noted()["run_id"] == name
        again.close()

    def test_a_store_that_was_only_named_has_made_nothing(
        self, address: Address
    ) -> None:
        """`importer runs` names many."""
        store = journal.resolve(address)
        assert not store.exists()
        assert not store.began()
        assert store.written_at == 0.0
        with pytest.raises(InputError):
            journal.open(address)
        assert not store.exists()

    # its birth, and its versions

    def test_a_journal_that_could_not_be_filled_is_not_there(
        self, address: Address
    ) -> None:
        """A run whose journal is half made never began."""
        with pytest.raises(TypeError):
            journal.create(address, unwritable=object())
        assert not journal.resolve(address).exists()
        journal.create(address, run_id="second").close()
        assert journal.resolve(address).exists()

    def test_facts_replace_what_stood_there(self, book: journal.Journal) -> None:
        """And nothing else."""
        book.note(state="reading", other=[1, "ä"])
        book.note(state="running")
        noted = book.noted()
        assert (noted["state"], noted["other"]) == ("running", [1, "ä"])
        assert noted["run_id"] == "first"

    @pytest.mark.parametrize("depth", Depth)
    def test_the_version_of_a_newer_program_is_refused(
        self, address: Address, depth: Depth
    ) -> None:
        """Its tables mean something that this program does not know."""
        made = journal.create(address)
        made.note(schema=999)
        made.close()
        with pytest.raises(InputError, match="version 999"):
            journal.open(address, depth=depth)

    # reading and limits

    def test_a_limit_is_a_number_or_none(self, book: journal.Journal) -> None:
        """None is no limit; there is no number that means that."""
        fill(book, *"ababa")
        jobs = book.delivery.jobs
        assert [job.seq for job in jobs("a", -1, None)] == [0, 2, 4]
        assert [job.seq for job in jobs("a", -1, 2)] == [0, 2]
        assert [job.seq for job in jobs("a", 0, 1)] == [2]
        assert [job.seq for job in jobs("a", 0, None)] == [2, 4]
        assert jobs("a", -1, 0) == []

    def test_rows_come_back_in_the_order_of_the_input(
        self, book: journal.Journal
    ) -> None:
        """Many, so that they went in by several commits and come out in pieces."""
        fill(book, *["a", "b"] * 1200)
        lines = [line.place.row for line in book.history.lines()]
        assert lines == list(range(2, 2402))
        assert book.delivery.locations(Status.PLANNED) == {"a": 1200, "b": 1200}

    def test_a_reading_that_was_cut_short_begins_anew(
        self, book: journal.Journal
    ) -> None:
        """What it had read is gone."""
        fill(book, "a", "b")
        book.planned.start_anew()
        fill(book, "c")
        assert book.delivery.locations(Status.PLANNED) == {"c": 1}

    # what is on the disk, and when

    def test_a_row_is_announced_before_its_request_leaves(
        self, book: journal.Journal, address: Address
    ) -> None:
        """What has been waited for can be seen by another process."""
        fill(book, "a", "a", "a")

        async def go() -> None:
            await asyncio.gather(
                book.delivery.sending(0, 1), book.delivery.sending(2, 1)
            )
            assert statuses(address) == ["sending", "planned", "sending"]
            book.delivery.record(created(0))
            await book.delivery.flush()
            assert statuses(address) == ["created", "planned", "sending"]

        asyncio.run(go())

    def test_the_states_of_a_row_are_kept_in_their_order(
        self, book: journal.Journal, address: Address
    ) -> None:
        """Given without waiting, they may come to share a commit."""
        fill(book, "a")

        async def go() -> None:
            for attempt in (1, 2, 3):
                book.delivery.record(
                    Outcome(0, Status.PLANNED, attempts=attempt, finished_at=1.0)
                )
            await book.delivery.sending(0, 4)
            book.delivery.record(created(0))
            await book.delivery.flush()

        asyncio.run(go())
        assert statuses(address) == ["created"]
        assert book.delivery.created_as("id-0") == 0

    def test_a_kill_loses_nothing_that_was_waited_for(
        self, book: journal.Journal, address: Address
    ) -> None:
        """The row that may have left is found, and is in doubt."""
        fill(book, "a", "a", "a")
        book.close()
        with subprocess.Popen(  # noqa: S603 - this interpreter, a script of our own
            [sys.executable, "-c", KILLED, str(address)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"sent\n"
            os.kill(process.pid, signal.SIGKILL)
        again = journal.open(address)
        again.delivery.reopen()
        again.close()
        assert statuses(address) == ["unknown", "created", "planned"]

    def test_a_comparison_that_did_not_end_has_left_nothing(
        self, book: journal.Journal, address: Address
    ) -> None:
        """A location counts as compared only together with all its decisions."""
        fill(book, "a", "b")
        held = [Existing("a", "id-9", "s9", "N")]
        book.planned.add_before("a", held)
        book.planned.decide(Decision(0, Status.EXISTING, "id-9"))
        book.planned.close()
        assert book.planned.compared() == set()
        assert statuses(address) == ["planned", "planned"]
        book.planned.add_before("a", held)
        book.planned.decide(Decision(0, Status.EXISTING, "id-9"))
        book.planned.flush_decisions()
        assert book.planned.compared() == {"a"}
        assert book.delivery.before("a") == {"id-9"}
        assert statuses(address) == ["existing", "planned"]

    def test_a_look_beside_the_writer_changes_nothing(
        self, book: journal.Journal, address: Address
    ) -> None:
        """Other runs look at a journal while its own run writes to it."""
        fill(book, "a", "a")
        reader = journal.open(address, depth=Depth.ALL, write=False)

        async def go() -> None:
            await book.delivery.sending(0, 1)

        try:
            asyncio.run(go())
            assert reader.delivery.locations(Status.SENDING) == {"a": 1}
        finally:
            reader.close()
        assert statuses(address) == ["sending", "planned"]

    def test_whatever_was_written_last_is_known_by_its_time(
        self, book: journal.Journal, address: Address
    ) -> None:
        """A run is asked what it did as long as that may not be in a list yet."""
        before = time.time() - 2.0  # clocks of disks are coarse
        fill(book, "a")
        assert before <= journal.resolve(address).written_at <= time.time() + 2.0

    # what may not be sent

    def test_nothing_is_let_go_once_the_claim_was_lost(
        self, book: journal.Journal, address: Address, tmp_path: Path
    ) -> None:
        """What was answered already is still kept: it is true."""
        fill(book, "a", "a")
        claim = RunFolder(tmp_path, "first").claims.claim("first", ["a"])
        book.guard(claim)

        async def go() -> None:
            await book.delivery.sending(0, 1)
            claim.release()
            with pytest.raises(StorageError, match="first"):
                await book.delivery.sending(1, 1)
            with pytest.raises(StorageError, match="first"):
                book.refuse_unheld()
            with pytest.raises(StorageError, match="first"):
                book.review.note_undo(0, "deleting")
            book.delivery.record(created(0))
            await book.delivery.flush()

        asyncio.run(go())
        assert statuses(address) == ["created", "planned"]

    def test_two_journals_know_nothing_of_each_other(
        self, new: Callable[[str], Address]
    ) -> None:
        """Rows are numbered from 0 in each."""
        first, second = journal.create(new("one")), journal.create(new("two"))
        try:
            fill(first, "a")
            fill(second, "b", "b")
            assert first.delivery.locations(Status.PLANNED) == {"a": 1}
            assert second.delivery.locations(Status.PLANNED) == {"b": 2}
        finally:
            first.close()
            second.close()


# addresses


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://importer:s3cret-word@db.example/importer",
        "mysql+pymysql://importer:s3cret-word@db.example",
        "file://s3cret-word",
        "SQLITE://s3cret-word",
        "sqlite://",
        "sqlite:///",
    ],
)
def test_an_address_that_keeps_no_journal_is_refused_without_its_secret(
    url: str,
) -> None:
    """The sentence says what can be given instead."""
    with pytest.raises(UsageError) as refused:
        journal.open(url)
    told = f"{refused.value} {refused.value.remedy}"
    assert "s3cret" not in told
    assert "sqlite:///PATH" in told
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("text", ["a/b.db", "C:\\runs\\b.db", "a:b", "://x"])
def test_what_begins_with_no_scheme_is_a_path(text: str) -> None:
    """Also one with a colon in it; an object of a path always is one."""
    assert journal.resolve(text).url.startswith("sqlite:////")
    assert journal.resolve(Path("postgresql://x")).url.startswith("sqlite:////")
