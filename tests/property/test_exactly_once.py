"""Exactly once, whatever happens: runs, kills, drains and lying answers in any order.

A state machine drives the real session (comparison, execution, settling, audit,
journal) against a simulated server on a simulated clock. The one thing it takes for
granted is what the design takes for granted: a request that may have been carried
out is committed, and shown by lists, before the last look.

`EXACTLY_ONCE_EXAMPLES` in the environment asks for more examples than the default.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections import deque
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

sys.path.insert(0, str(Path(__file__).parent))

import simulated_process  # noqa: E402 - beside this file
import simulated_time  # noqa: E402
from simulated_process import Ending, Fuse  # noqa: E402
from simulated_server import Fate, Server, Turn  # noqa: E402

from importer import destination, journal  # noqa: E402
from importer import settings as all_settings  # noqa: E402
from importer.models import (  # noqa: E402
    Definition,
    InputFile,
    Job,
    Place,
    ReportLine,
    Row,
    Status,
    Table,
)
from importer.pipeline import RunFolder, Session, State  # noqa: E402

LOCATIONS = ("loc-a", "loc-b")
ATTEMPTS = 3
#: More resumes than these are never needed once nothing goes wrong any more.
LAST_RESUMES = 4
#: A folder in memory where there is one: thousands of commits wait for no disk.
MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
MORE = int(os.environ.get("EXACTLY_ONCE_EXAMPLES", "0"))  # noqa: TID251 - of tests only

SETTINGS = all_settings.load(
    {
        "token": "pit-simulated",
        "base_url": "https://simulated.example",
        "attempts": ATTEMPTS,
        "concurrency": 4,
        "settle_pauses": "2,5,10",
        "rate": "100/10s",
    }
)

# 8 s until the commit and 8 s more until the list: less than the 17 s of the looks
TURNS = st.builds(
    Turn,
    st.sampled_from(Fate),
    st.sampled_from((0.05, 0.4, 3.0)),
    st.sampled_from((0.0, 0.0, 1.0, 8.0)),
    st.sampled_from((0.0, 0.0, 3.0, 8.0)),
)
READS = st.builds(
    Turn,
    st.sampled_from(
        (Fate.OK, Fate.OK, Fate.ERROR_BEFORE, Fate.LIMITED, Fate.RESET_BEFORE)
        + (Fate.UNAUTHORIZED, Fate.FORBIDDEN, Fate.NULL)
    ),
    st.sampled_from((0.05, 0.7)),
)


class Import(RuleBasedStateMachine):
    """One run of an input, over as many processes as it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        memory = MEMORY if MEMORY.is_dir() else None
        self.kept = tempfile.TemporaryDirectory(prefix="exactly-once-", dir=memory)
        self.folder = RunFolder(Path(self.kept.name), "mine")
        self.folder.path.mkdir()
        self.server = Server(ATTEMPTS, self.on_disk)
        self.keys: list[tuple[str, str]] = []
        self.old_names: dict[str, str] = {}

    @initialize(
        rows=st.integers(1, 7),
        before=st.sets(st.integers(0, 6), max_size=2),
        on_existing=st.sampled_from(("skip", "update")),
    )
    def plan(self, rows: int, before: set[int], on_existing: str) -> None:
        """The same slugs in two locations; some of them were there before."""
        given = {"runs_dir": self.folder.runs, "on_existing": on_existing}
        self.settings = type(SETTINGS)(
            SETTINGS.values.model_copy(update=given), SETTINGS.origins
        )
        session = Session.begin(self.settings, self.folder)
        planned = session.journal.planned
        table = Table("shop.csv", "", ("Name",), 1, ())
        planned.open_input(0, table, InputFile("shop.csv", "", "own", 0, ()))
        for seq in range(rows):
            location, slug = LOCATIONS[seq % 2], f"slug-{seq // 2}"
            self.keys.append((location, slug))
            row = Row(Place("shop.csv", "", seq + 2, seq + 2), (slug,))
            body = destination.create_body(Definition(location, name(slug), slug))
            planned.add_job(0, row, Job(seq, location, name(slug), slug, "", body), ())
            if seq in before:
                self.server.put(location, slug, f"Old {slug}", "before", self.now)
        planned.close_input(0, rows)
        session.journal.note(state=State.RUNNING)
        session.journal.close()

    @rule(
        writes=st.lists(TURNS, max_size=10),
        reads=st.lists(READS, max_size=6),
        ending=st.sampled_from(Ending),
        at=st.integers(1, 60),
        late=st.sampled_from((0.001, 4.0)),
    )
    def process(
        self,
        writes: list[Turn],
        reads: list[Turn],
        ending: Ending,
        at: int,
        late: float,
    ) -> None:
        """A process goes on with the run, and ends somehow."""
        self.server.writes, self.server.reads = deque(writes), deque(reads)
        self.go_on(Fuse(ending, at), late)

    @rule(seconds=st.sampled_from((0.5, 5.0, 600.0)))
    def time_passes(self, seconds: float) -> None:
        """Between two processes."""
        self.now += seconds

    @precondition(lambda self: self.keys)
    @rule(number=st.integers(0, 6), alike=st.booleans())
    def somebody_else_creates(self, number: int, alike: bool) -> None:
        """The same slug, and the same name too where nobody could be deceived by it.

        With the same name it could not be told from what a request in doubt has made.
        """
        location, slug = self.keys[number % len(self.keys)]
        if self.server.of(location, slug, "before", "others"):
            return
        never_sent = self.on_disk(location, slug) == ("planned", 0)
        called = name(slug) if alike and never_sent else "Theirs"
        self.server.put(location, slug, called, "others", self.now)

    @invariant()
    def nothing_wrong_was_done(self) -> None:
        """No second create, none that was not on the disk, none past the attempts."""
        assert self.server.wrong == []

    @invariant()
    def every_row_has_one_state(self) -> None:
        """Also in the middle of a kill."""
        lines = self.lines()
        assert [(line.location_id, line.slug) for line in lines] == self.keys

    def teardown(self) -> None:
        """Whatever happened: a few resumes without trouble bring it to its end."""
        try:
            if self.keys:
                self.finish()
                self.compare_with_server()
        finally:
            self.kept.cleanup()

    def finish(self) -> None:
        self.server.writes, self.server.reads = deque(), deque()
        for _ in range(LAST_RESUMES):
            self.go_on(Fuse(Ending.BY_ITSELF, 0), 0.001)
            unsettled = {Status.PLANNED, Status.SENDING, Status.UNKNOWN, Status.FAILED}
            if not unsettled.intersection(line.status for line in self.lines()):
                break
        self.nothing_wrong_was_done()

    def compare_with_server(self) -> None:
        """The report says what is there, and nothing else is."""
        updated = set()
        for line in self.lines():
            ours = self.server.of(line.location_id, line.slug, "run")
            theirs = self.server.of(line.location_id, line.slug, "before", "others")
            match line.status:
                case Status.CREATED:
                    assert [one.id for one in ours] == [line.collection_id], line
                case Status.EXISTING:
                    assert not ours, line
                    assert [one.id for one in theirs] == [line.collection_id], line
                case Status.UPDATED:
                    assert not ours, line
                    assert [one.id for one in theirs] == [line.collection_id], line
                    assert theirs[0].name == line.name
                    updated.add(theirs[0].id)
                case Status.REJECTED:
                    assert not ours, line
                case _:
                    raise AssertionError(line)
        for one in self.server.held:
            if one.by == "before" and one.id not in updated:
                assert one.name == f"Old {one.slug}", "changed without a word"

    def go_on(self, fuse: Fuse, late: float) -> None:
        self.server.process_began = self.now
        work = simulated_process.run(
            self.settings, self.folder, self.server, fuse, late
        )
        _, self.now = simulated_time.run(work, self.now)
        self.now += 0.1

    def lines(self) -> list[ReportLine]:
        """What a process that starts now would find."""
        if not self.keys:
            return []
        opened = journal.reopen(self.folder.journal, thorough=False)
        try:
            return list(opened.history.lines())
        finally:
            opened.close()

    def on_disk(self, location: str, slug: str) -> tuple[str, int]:
        """State and attempts of a row, as another process would find them."""
        with closing(sqlite3.connect(self.folder.journal)) as connection:
            found: Any = connection.execute(
                "SELECT status, attempts FROM rows WHERE location_id=? AND slug=?",
                (location, slug),
            ).fetchone()
        return str(found[0]), int(found[1])


def name(slug: str) -> str:
    """The name that the input gives to a slug."""
    return slug.replace("-", " ").title()


def test_any_sequence_of_answers_kills_and_resumes_ends_with_each_row_once() -> None:
    """Each row is one collection or one reason, and the report is the server's truth."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Import,
        settings=settings(
            max_examples=MORE or 100,
            stateful_step_count=8,
            deadline=None,
            derandomize=not MORE,
            suppress_health_check=list(HealthCheck),
        ),
    )
