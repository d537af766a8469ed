"""Whatever is written in whatever order, a crash loses nothing that was acknowledged.

A crash of a journal in a file is a copy of the files as they are on the disk at that
moment, which is what the next process would find; of one in a database the connections
are cut off.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from importer import journal
from importer.models import InputFile, Job, Outcome, Place, Row, Status, Table

ROWS = 6
seqs = st.integers(0, ROWS - 1)
ends = st.sampled_from(
    [
        Status.CREATED,
        Status.REJECTED,
        Status.FAILED,
        Status.UNKNOWN,
        Status.PLANNED,
        Status.EXISTING,
    ]
)
#: What a new process makes of what it finds.
AFTER_A_CRASH = {Status.SENDING: Status.UNKNOWN, Status.FAILED: Status.PLANNED}


class Delivering(RuleBasedStateMachine):
    """A journal while rows are sent, and a plain dict that remembers the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="journal-"))
        self.loop = asyncio.new_event_loop()
        self.life = 0
        self.book = journal.create(self.place())
        self.states: dict[int, Status] = {}
        self.attempts: dict[int, int] = {}

    @property
    def path(self) -> Path:
        return self.folder / str(self.life) / "journal.db"

    def place(self) -> Path | str:
        """Return where the journal is that this life works on."""
        self.path.parent.mkdir(exist_ok=True)
        return self.path

    def teardown(self) -> None:
        self.book.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    @initialize()
    def plan(self) -> None:
        table = Table("f", "", ("Name",), 1, ())
        self.book.planned.open_input(0, table, InputFile("f", "", "own", 0, ()))
        for seq in range(ROWS):
            row = Row.at(Place("f", "", seq, seq), ("x",))
            self.book.planned.add_job(
                0, row, Job(seq, "loc", "N", f"s{seq}", "", b""), ()
            )
            self.states[seq], self.attempts[seq] = Status.PLANNED, 0
        self.book.planned.close_input(0, ROWS)

    @rule(chosen=st.sets(seqs, min_size=1))
    def send(self, chosen: set[int]) -> None:
        """Several rows at once, which share a commit."""

        async def go() -> None:
            for seq in chosen:
                self.attempts[seq] += 1
            sending = self.book.delivery.sending
            await asyncio.gather(*(sending(seq, self.attempts[seq]) for seq in chosen))

        self.loop.run_until_complete(go())
        self.states |= dict.fromkeys(chosen, Status.SENDING)

    @rule(seq=seqs, status=ends)
    def record(self, seq: int, status: Status) -> None:
        """An outcome, which is acknowledged by the next flush."""
        outcome = Outcome(seq, status, f"c{seq}", attempts=self.attempts[seq])
        self.book.delivery.record(outcome)
        self.states[seq] = status

    @rule()
    def crash(self) -> None:
        """Everything was acknowledged; the process dies; another one goes on."""
        self.loop.run_until_complete(self.book.delivery.flush())
        before = self.path.parent
        self.life += 1
        shutil.copytree(before, self.path.parent)
        self.book.close()
        self.book = journal.open(self.path)
        self.go_on()

    def go_on(self) -> None:
        """Find what was acknowledged, and make it ready."""
        found = {line.place.row: line.status for line in self.book.history.lines()}
        assert found == self.states
        self.book.delivery.reopen()
        for seq, status in self.states.items():
            self.states[seq] = AFTER_A_CRASH.get(status, status)

    @rule()
    def end(self) -> None:
        """A clean end writes what was not flushed."""
        self.book.close()
        self.book = journal.open(self.book.url, depth=journal.Depth.FACTS)

    @invariant()
    def what_is_flushed_is_what_was_said(self) -> None:
        if not self.states:
            return
        self.loop.run_until_complete(self.book.delivery.flush())
        lines = list(self.book.history.lines())
        assert {line.place.row: line.status for line in lines} == self.states
        assert {line.place.row: line.attempts for line in lines} == self.attempts
        planned = [seq for seq, one in self.states.items() if one is Status.PLANNED]
        assert [one.seq for one in self.book.delivery.jobs("loc", -1, None)] == planned
        counts = self.book.history.counts()["loc"]
        assert sum(counts.values()) == self.book.history.rows_in() == ROWS


Delivering.TestCase.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None
)
TestDelivering = Delivering.TestCase


class DeliveringToDatabase(Delivering):
    """The same in a database."""

    #: The address of a database, given by the test.
    database = ""
    numbers = itertools.count()

    def place(self) -> str:
        if not self.life:
            self.run = next(self.numbers)
        return f"{self.database}&run=run-{self.run}"

    @rule()
    def crash(self) -> None:
        """The server ends all connections to it; another process goes on."""
        self.loop.run_until_complete(self.book.delivery.flush())
        self.life += 1
        left = self.book
        self.book = journal.open(self.place())
        with self.book._engine.begin() as other:
            other.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        left.close()
        self.go_on()


@pytest.mark.slow
def test_delivering_to_a_database(database: str) -> None:
    """Whatever is written in whatever order, as in a file."""
    DeliveringToDatabase.database = database
    run_state_machine_as_test(
        DeliveringToDatabase, settings=Delivering.TestCase.settings
    )
