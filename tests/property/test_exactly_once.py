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
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import examples
import pytest
import simulated_process
import simulated_time
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from simulated_process import Ending, Fuse
from simulated_server import Fate, Server, Turn

from importer import destination, journal
from importer import settings as all_settings
from importer.execution import turns
from importer.exit_codes import Exit
from importer.models import (
    Definition,
    InputFile,
    Job,
    Place,
    ReportLine,
    Row,
    State,
    Status,
    Table,
)
from importer.runs.folders import RunFolder
from importer.runs.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCATIONS = ("loc-a", "loc-b")
ATTEMPTS = 3
#: More resumes than these are never needed once nothing goes wrong any more.
LAST_RESUMES = 4
UNFINISHED = {Status.PLANNED, Status.SENDING, Status.UNKNOWN, Status.FAILED}
#: A folder in memory where there is one: thousands of commits wait for no disk.
MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
MORE = int(os.environ.get("EXACTLY_ONCE_EXAMPLES", "0"))  # noqa: TID251 - of tests only

#: Shrinking takes minutes here: only whoever looks for the smallest case waits for it.
PHASES = tuple(Phase) if MORE else (Phase.explicit, Phase.generate)

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

# 8 s until the commit and 8.9 more until the list: less than the 17 s of the looks
TURNS = st.builds(
    Turn,
    st.sampled_from(Fate),
    st.sampled_from((0.05, 0.4, 3.0)),
    st.sampled_from((0.0, 0.0, 1.0, 8.0)),
    st.sampled_from((0.0, 0.0, 3.0, 8.9)),
)
READS = st.builds(
    Turn,
    st.sampled_from(
        (
            Fate.OK,
            Fate.OK,
            Fate.ERROR_BEFORE,
            Fate.LIMITED,
            Fate.RESET_BEFORE,
            Fate.UNAUTHORIZED,
            Fate.FORBIDDEN,
            Fate.NULL,
        )
    ),
    st.sampled_from((0.05, 0.7)),
)

USUAL = Turn()


@dataclass(frozen=True)
class Fortune:
    """What a process meets: requests, then the usual; seconds until late commits."""

    writes: tuple[Turn, ...] = ()
    reads: tuple[Turn, ...] = ()
    usual: Turn = USUAL
    late: float = 0.001
    pause: float = 0.1


FORTUNES = st.builds(
    Fortune,
    st.lists(TURNS, min_size=2, max_size=14).map(tuple),
    st.lists(READS, max_size=6).map(tuple),
    st.sampled_from((USUAL, Turn(commit=1.0, lag=8.0))),
    st.sampled_from((0.001, 4.0)),
    st.sampled_from((0.1, 5.0, 600.0)),
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
        self.server = Server(self.on_disk, self.allowed)
        self.failed: Counter[tuple[str, str]] = Counter()
        self.keys: list[tuple[str, str]] = []
        self.old_names: dict[str, str] = {}

    @initialize(
        rows=st.integers(3, 9),
        before=st.sets(st.integers(0, 8), max_size=2),
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
            row = Row.at(Place("shop.csv", "", seq + 2, seq + 2), (slug,))
            body = destination.create_body(Definition(location, name(slug), slug))
            planned.add_job(0, row, Job(seq, location, name(slug), slug, "", body), ())
            if seq in before:
                self.server.put(location, slug, f"Old {slug}", "before", self.now)
        planned.close_input(0, rows)
        session.journal.note(state=State.RUNNING)
        session.journal.close()

    @rule(fortune=FORTUNES, at=st.integers(1, 50))
    def a_process_is_killed(self, fortune: Fortune, at: int) -> None:
        """In the middle of whatever it does at that step."""
        self.go_on(Fuse(Ending.KILLED, at), fortune)

    @rule(fortune=FORTUNES, at=st.integers(1, 50))
    def a_process_is_stopped(self, fortune: Fortune, at: int) -> None:
        """It drains, and what was under way gets its answer."""
        self.go_on(Fuse(Ending.STOPPED, at), fortune)

    @rule(fortune=FORTUNES)
    def a_process_comes_to_its_end(self, fortune: Fortune) -> None:
        """Which need not be the end of the run; if it is, the report is the truth."""
        self.go_on(Fuse(Ending.BY_ITSELF, 0), fortune)
        if self.exit_code() in {Exit.OK, Exit.PROBLEMS} and not self.unfinished():
            self.compare_with_server()

    @precondition(lambda self: self.keys)
    @rule(number=st.integers(0, 8), alike=st.booleans())
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
        for _ in range(LAST_RESUMES):
            self.go_on(Fuse(Ending.BY_ITSELF, 0), Fortune())
            if not self.unfinished():
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

    def go_on(self, fuse: Fuse, fortune: Fortune) -> None:
        """A process goes on with the run, and ends somehow."""
        self.server.meets(fortune.writes, fortune.reads, fortune.usual)
        self.server.process_began = self.now
        for line in self.lines():
            if line.status is Status.FAILED:
                self.failed[line.location_id, line.slug] += 1
        work = simulated_process.run(
            self.settings, self.folder, self.server, fuse, fortune.late
        )
        _, self.now = simulated_time.run(work, self.now)
        self.now += fortune.pause

    def unfinished(self) -> set[Status]:
        """States of rows that a resume would go on with."""
        return UNFINISHED.intersection(line.status for line in self.lines())

    def exit_code(self) -> int:
        """What the last process said that came to its end."""
        opened = journal.open(self.folder.journal, depth=journal.Depth.FACTS)
        try:
            return int(opened.noted()["exit_code"])
        finally:
            opened.close()

    def lines(self) -> list[ReportLine]:
        """What a process that starts now would find."""
        if not self.keys:
            return []
        opened = journal.open(self.folder.journal, depth=journal.Depth.FACTS)
        try:
            return list(opened.history.lines())
        finally:
            opened.close()

    def allowed(self, location: str, slug: str) -> int:
        """Requests for a row: a resume tries one that failed as often again."""
        return ATTEMPTS * (1 + self.failed[location, slug])

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


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are read in several goes, as thousands would be."""
    monkeypatch.setattr(turns, "BATCH", 2)


@pytest.mark.examples
@pytest.mark.no_cover
def test_any_sequence_of_answers_kills_and_resumes_ends_with_each_row_once() -> None:
    """Each row is one collection or one reason, and the report is the truth."""
    run_state_machine_as_test(
        Import,
        settings=settings(
            max_examples=MORE or examples.tried(100),
            stateful_step_count=8,
            deadline=None,
            derandomize=not MORE,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )


# interleavings that are worth a name, whatever the generator comes across


@pytest.fixture
def run() -> Iterator[Import]:
    """Five rows in two locations, nothing there before; the truth at the end."""
    machine = Import()
    machine.plan(5, set(), "skip")
    yield machine
    machine.teardown()


def statuses(run: Import) -> list[Status]:
    return [line.status for line in run.lines()]


@pytest.mark.parametrize("at", range(1, 61))
def test_a_kill_at_any_step_loses_nothing(run: Import, at: int) -> None:
    """Before and after each commit, each request and each answer; lists lag."""
    late = Fortune(usual=Turn(commit=1.0, lag=8.0), late=4.0)
    run.go_on(Fuse(Ending.KILLED, at), late)
    run.go_on(Fuse(Ending.KILLED, 67 - at), late)
    run.finish()
    assert set(statuses(run)) == {Status.CREATED}


@pytest.mark.parametrize("at", range(1, 61, 4))
def test_a_stop_at_any_step_leaves_nothing_in_flight(run: Import, at: int) -> None:
    """A drain waits for the answers: no row is left `sending`."""
    run.go_on(Fuse(Ending.STOPPED, at), Fortune(late=4.0))
    assert Status.SENDING not in statuses(run)
    run.finish()
    assert set(statuses(run)) == {Status.CREATED}


def test_a_strangers_collection_does_not_hide_the_rows_own(run: Import) -> None:
    """The list shows theirs at the first look, and the row's own only later."""
    slow = Turn(Fate.RESET_AFTER, commit=8.0, lag=8.9)
    run.go_on(Fuse(Ending.KILLED, 12), Fortune((slow,) * 5))
    in_doubt = [line for line in run.lines() if line.status is not Status.PLANNED]
    assert in_doubt
    for line in in_doubt:
        run.server.put(line.location_id, line.slug, "Theirs", "others", run.now)
    run.finish()
    assert set(statuses(run)) == {Status.CREATED}


def test_a_refused_row_that_lists_show_late_gets_its_id_at_once(run: Import) -> None:
    """The audit of the same process waits until lists had time to show it."""
    lying = Turn(Fate.REFUSED_BUT_CREATED, commit=1.0, lag=8.0)
    run.go_on(Fuse(Ending.BY_ITSELF, 0), Fortune((lying,)))
    assert run.exit_code() == Exit.OK
    assert set(statuses(run)) == {Status.CREATED}
    run.compare_with_server()


def test_refusals_of_the_caller_use_up_no_attempts(run: Import) -> None:
    """Token and edge refuse again and again; the row then has all its tries."""
    for _ in range(2 * ATTEMPTS):
        barred = Fortune((Turn(Fate.UNAUTHORIZED),) * 20)
        run.go_on(Fuse(Ending.BY_ITSELF, 0), barred)
        assert set(statuses(run)) == {Status.PLANNED}
    (attempts,) = {line.attempts for line in run.lines()}
    assert attempts == 0


def test_a_failed_row_gets_as_many_tries_again(run: Import) -> None:
    """What was sent before stays counted: an audit must know of it."""
    hopeless = Fortune((Turn(Fate.ERROR_BEFORE),) * 15)
    run.go_on(Fuse(Ending.BY_ITSELF, 0), hopeless)
    assert set(statuses(run)) == {Status.FAILED}
    run.go_on(Fuse(Ending.BY_ITSELF, 0), hopeless)
    assert {(line.status, line.attempts) for line in run.lines()} == {
        (Status.FAILED, 2 * ATTEMPTS)
    }
    run.finish()
    assert {line.attempts for line in run.lines()} == {2 * ATTEMPTS + 1}


def test_an_update_in_doubt_is_repeated_by_every_resume() -> None:
    """Killed with its attempts used up: it is still an update of the same id."""
    run = Import()
    run.plan(3, {0}, "update")
    (old,) = run.server.held
    doubtful = Fortune((Turn(Fate.ERROR_BEFORE),) * 9)
    for _ in range(2):
        run.go_on(Fuse(Ending.BY_ITSELF, 0), doubtful)
        line = run.lines()[0]
        assert (line.status, line.collection_id) == (Status.UNKNOWN, old.id)
    run.go_on(Fuse(Ending.KILLED, 9), doubtful)
    run.teardown()
    assert old.name == "Slug 0"


def test_an_update_in_doubt_that_was_carried_out_is_seen_to_be() -> None:
    """The collection is read before anything is repeated."""
    run = Import()
    run.plan(3, {0}, "update")
    (old,) = run.server.held
    run.go_on(Fuse(Ending.BY_ITSELF, 0), Fortune((Turn(Fate.ERROR_AFTER),) * 9))
    line = run.lines()[0]
    assert (line.status, line.collection_id) == (Status.UPDATED, old.id)
    assert old.name == "Slug 0"
    run.teardown()
