"""A run that stands still: woken, or ended; and what is waited for is no standstill.

The session, the execution and the journal are the real ones; the clock is stepped, so
minutes of silence and hours of waiting pass in a moment.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
import simulated_time
from simulated_process import Ending, Fuse, Pen, Wire
from simulated_server import Fate, Server, Turn

from importer import destination, logs, retry
from importer import settings as all_settings
from importer.cli import messages
from importer.client import Answer
from importer.destination import Destination
from importer.errors import FatalError, Interrupted, StalledError
from importer.execution import watchdog
from importer.execution.ports import Options, Progress
from importer.execution.turns import Turns
from importer.execution.watchdog import Waits
from importer.exit_codes import Exit
from importer.models import Definition, InputFile, Job, Place, Row, State, Status, Table
from importer.ratelimit import Limiter, Reading
from importer.ratelimit import Options as Limits
from importer.ratelimit import limiter as limiter_module
from importer.runs.folders import RunFolder
from importer.runs.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from importer.client import Exchange, Request
    from importer.execution.lanes import Lane
    from importer.models import Summary
    from importer.ratelimit import Permit

FOREVER = 1e9
ROWS = 12
LOCATIONS = ("loc-a", "loc-b", "loc-c")


@dataclass
class Network:
    """Answers, and how long each takes; what is not said is as usual."""

    latency: float = 0.1
    slow: deque[float] = field(default_factory=deque)  # of the first writes
    retry_after: deque[float] = field(default_factory=deque)  # of the first writes
    days_left: deque[int] = field(default_factory=deque)  # what answers say of the day
    fates: deque[Fate] = field(default_factory=deque)
    reads: deque[Fate] = field(default_factory=deque)
    slow_reads: deque[float] = field(default_factory=deque)  # of the first lists


class Client(Wire):
    """A client whose network says how long each answer takes."""

    def __init__(self, limiter: Limiter, server: Server, network: Network) -> None:
        super().__init__(server, limiter, Fuse(Ending.BY_ITSELF, 0))
        self.network = network

    async def send(self, request: Request, permit: Permit | None = None) -> Exchange:
        network, location = self.network, request.location_id
        if permit is None:
            permit = await self.limiter.acquire(location)
        reading: Reading | None = None
        writes = request.method != "GET"
        latency = network.latency
        if slow := network.slow if writes else network.slow_reads:
            latency = slow.popleft()
        try:
            await asyncio.sleep(latency)
            exchange = self._answer(request, writes=writes)
            if isinstance(exchange, Answer):
                reading = self._reading()
            return exchange
        finally:
            now = self.limiter.clock()
            self.limiter.answered(location, permit, reading, now)

    def _answer(self, request: Request, *, writes: bool) -> Exchange:
        network = self.network
        fates = network.fates if writes else network.reads
        turn = Turn(fates.popleft() if fates else Fate.OK, 0.0)
        wait = None
        if writes and network.retry_after:
            turn, wait = Turn(Fate.LIMITED), network.retry_after.popleft()
        (self._server.writes if writes else self._server.reads).append(turn)
        method, path, location, params, body = request
        now = self.limiter.clock()
        _, exchange = self._server.meet(method, path, location, params or {}, body, now)
        if wait is not None and isinstance(exchange, Answer):
            return replace(exchange, retry_after_seconds=wait)
        return exchange

    def _reading(self) -> Reading:
        days = self.network.days_left
        if not days:
            return Reading()
        left = days.popleft() if len(days) > 1 else days[0]
        return Reading(daily_max=1000, daily_remaining=left)


class Night:
    """A run of some rows, over as many processes as it takes, and its log."""

    def __init__(self, folder: Path, **options: Any) -> None:
        given = {"token": "pit-simulated", "runs_dir": folder}
        given |= {"base_url": "https://simulated.example", "rate": "100/10s"}
        self.settings = all_settings.load(given | {"concurrency": 4} | options)
        self.folder = RunFolder(folder, "mine")
        self.folder.path.mkdir()
        self.server = Server(lambda *_: ("sending", 1), lambda *_: 99)
        self.now = 1000.0
        self._plan()

    def _plan(self) -> None:
        session = Session.begin(self.settings, self.folder)
        planned = session.journal.planned
        table = Table("shop.csv", "", ("Name",), 1, ())
        planned.open_input(0, table, InputFile("shop.csv", "", "own", 0, ()))
        for seq in range(ROWS):
            location, slug = LOCATIONS[seq % 3], f"slug-{seq}"
            row = Row.at(Place("shop.csv", "", seq + 2, seq + 2), (slug,))
            body = destination.create_body(Definition(location, slug, slug))
            planned.add_job(0, row, Job(seq, location, slug, slug, "", body), ())
        planned.close_input(0, ROWS)
        session.journal.note(state=State.RUNNING)
        session.journal.close()

    def go_on(
        self, network: Network | None = None, *, stop_after: float | None = None
    ) -> Summary:
        """One process, from its start to its report."""
        log = self.folder.path / "run.log"
        logs.configure(logs.ERROR + 1, "json", log, run_log_level=logs.INFO)
        try:
            work = self._process(network or Network(), stop_after)
            summary, self.now = simulated_time.run(work, self.now)
        finally:
            logs.close()
        return summary

    async def _process(self, network: Network, stop_after: float | None) -> Summary:
        session = Session.take_up(self.settings, self.folder)
        loop = asyncio.get_running_loop()
        session.limiter = limiter = Limiter(self.settings.limits, loop.time)
        fuse = Fuse(Ending.BY_ITSELF, 0)
        session.journal.delivery._writer = Pen(session.journal._engine, fuse, 0.001)
        client: Any = Client(limiter, self.server, network)
        session._destination = Destination(client, self.settings.retries, lambda: 0.5)
        async with session:
            await session.compare()
            if stop_after is not None:
                loop.call_later(stop_after, session.stop, Interrupted("Ctrl-C"))
            await session.deliver()
            await session.audit()
            self.ended_by: FatalError | None = session.ended_by
            return session.report()

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the log says of standing still."""
        lines = (self.folder.path / "run.log").read_text("utf-8").splitlines()
        known = {"run.stalled", "run.given_up", "run.state"}
        return [one for one in map(json.loads, lines) if one["event"] in known]

    @property
    def slugs(self) -> list[str]:
        return sorted(one.slug for one in self.server.held)


EVERY_SLUG = sorted(f"slug-{seq}" for seq in range(ROWS))


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each lane fall asleep once so that nothing wakes it."""
    sleep, left = Turns._sleep, set(LOCATIONS)

    def forgetful(
        self: Turns, lane: Lane, until: float | None, *, for_slot: bool = False
    ) -> None:
        sleep(self, lane, until, for_slot=for_slot)
        if lane.location_id in left:
            left.remove(lane.location_id)
            # as if it had a time that is over, and no entry in the list of sleepers
            lane.for_slot, lane.wakes_at, lane.listed_at = True, -1.0, None
            self._sleeping.clear()

    monkeypatch.setattr(Turns, "_sleep", forgetful)


def refuse(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Have the limiter refuse every call after so many, although there are slots."""
    take, taken = Limiter.try_take, itertools.count()

    def unwilling(self: Limiter, location_id: str) -> Permit | None:
        return take(self, location_id) if next(taken) < after else None

    monkeypatch.setattr(Limiter, "try_take", unwilling)


def test_lanes_that_lost_their_wake_up_are_woken_and_the_run_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute without a reason is too long: it is logged, and every lane looks."""
    forget(monkeypatch)
    night = Night(tmp_path)
    summary = night.go_on()
    assert summary.exit_code == Exit.OK
    assert night.slugs == EVERY_SLUG
    assert [one["event"] for one in night.events] == ["run.stalled", "run.state"]
    stalled, state = night.events
    assert stalled["level"] == "warning"
    assert stalled["silent_seconds"] == watchdog.PATIENCE_SECONDS
    assert state["asleep_without_time"] == 0
    assert {one["location"] for one in state["lanes"]} == set(LOCATIONS)
    assert all(one["closed"] is False for one in state["lanes"])
    assert night.now - 1000.0 < 200


def test_where_waking_does_not_help_the_run_ends_with_exit_1_and_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a silent night: a sentence, the dump, and the command to go on."""
    night = Night(tmp_path)
    with monkeypatch.context() as patched:
        refuse(patched, 9)
        summary = night.go_on()
    assert summary.exit_code == Exit.BUG
    assert isinstance(night.ended_by, StalledError)
    assert summary.stopped_because.startswith("Nothing went on for 120 s")
    assert messages.next_command(summary) == "importer resume mine"
    assert [one["event"] for one in night.events] == [
        *("run.stalled", "run.state"),
        *("run.given_up", "run.state"),
    ]
    assert "pit-simulated" not in json.dumps(night.events)
    assert night.go_on().exit_code == Exit.OK
    assert night.slugs == EVERY_SLUG


def test_a_process_that_was_frozen_is_not_blamed() -> None:
    """Hours may pass between two looks: only looks on time are counted in full."""
    now = 1000.0
    ended: list[StalledError] = []
    limiter = Limiter(Limits(None), lambda: now)
    turns = Turns(NoRows(), limiter, ["loc-a"], Options(1))
    doubts: Any = Nothing()
    waits = Waits(turns, doubts, limiter, Progress(), 60.0)
    looks = watchdog.Watchdog(waits, limiter.clock, ended.append)
    looks.look()  # the first one has nothing to compare with
    for _ in range(11):
        now += 3600.0
        looks.look()
    assert not ended
    now += 3600.0
    looks.look()
    assert [type(why) for why in ended] == [StalledError]


class Nothing:
    """Rows in doubt, of which there are none."""

    def due(self, location_id: str) -> None:
        del location_id


class NoRows:
    """A ledger without rows."""

    def jobs(self, location_id: str, after: int, limit: int, *_: Status) -> list[Job]:
        del location_id, after, limit
        return []

    async def sending(self, seq: int, attempts: int) -> None:
        del seq, attempts

    def record(self, outcome: object) -> None:
        del outcome

    def before(self, location_id: str) -> set[str]:
        del location_id
        return set()


def test_a_call_that_never_ends_is_given_up_and_its_row_is_looked_for(
    tmp_path: Path,
) -> None:
    """What is in flight is waited for as long as a call may take, and no longer."""
    night = Night(tmp_path, timeout="30s")
    summary = night.go_on(Network(slow=deque([0.1, FOREVER])))
    assert summary.exit_code == Exit.BUG
    assert night.now - 1000.0 < 300
    assert summary.counts[Status.UNKNOWN] + summary.counts[Status.NOT_ATTEMPTED] > 0
    state = night.events[-1]
    (waiting,) = [lane for lane in state["lanes"] if lane["in_flight"]]
    assert (state["in_flight"], waiting["in_flight"]) == (1, 1)
    assert (state["open"], waiting["open"]) == (1, 1)
    assert state["unfinished"] == len(state["lanes"])
    assert night.go_on().exit_code == Exit.OK
    assert night.slugs == EVERY_SLUG


def test_a_drain_that_never_ends_is_ended(tmp_path: Path) -> None:
    """After Ctrl-C, too, a call that never ends is given up; the exit code stays."""
    night = Night(tmp_path)
    network = Network(slow=deque([0.1, FOREVER]))
    assert night.go_on(network, stop_after=1.0).exit_code == Exit.INTERRUPTED
    assert night.now - 1000.0 < 300


def test_lists_that_lost_their_wake_up_are_woken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before anything is sent a run does not stand still for ever."""

    async def until(changed: asyncio.Event, seconds: float) -> None:
        del seconds
        changed.clear()
        await changed.wait()

    monkeypatch.setattr(limiter_module, "_until", until)
    night = Night(tmp_path, rate="1/10s")
    theirs = [f"theirs-{number}" for number in range(7)]  # a list of several pages
    for slug in theirs:
        night.server.put("loc-a", slug, slug, "before", night.now)
    summary = night.go_on()
    assert summary.exit_code == Exit.OK
    assert night.slugs == sorted([*EVERY_SLUG, *theirs])
    assert "run.stalled" in {one["event"] for one in night.events}


def test_a_list_that_never_ends_before_the_sending_ends_the_run(tmp_path: Path) -> None:
    """Nothing was sent; the run ends with exit 1, and a resume does all of it."""
    night = Night(tmp_path)
    with pytest.raises(StalledError) as raised:
        night.go_on(Network(slow_reads=deque([0.1, FOREVER])))
    assert raised.value.exit_code == Exit.BUG
    assert night.slugs == []
    assert night.go_on().exit_code == Exit.OK
    assert night.slugs == EVERY_SLUG


def test_a_list_that_never_ends_after_the_sending_leaves_a_report(
    tmp_path: Path,
) -> None:
    """What was sent is told, and that the end of the run stood still."""
    night = Night(tmp_path, audit=True)
    network = Network(slow_reads=deque([0.1, 0.1, 0.1, FOREVER]))
    summary = night.go_on(network)
    assert summary.exit_code == Exit.BUG
    assert summary.counts[Status.CREATED] == ROWS
    assert (night.folder.path / "report.csv").exists()


SILENT_NIGHTS: dict[str, tuple[Network, dict[str, Any]]] = {
    "ten minutes of Retry-After": (Network(retry_after=deque([600.0])), {}),
    "Retry-After again and again": (Network(retry_after=deque([600.0] * 4)), {}),
    "slow answers": (Network(latency=29.9), {"timeout": "30s"}),
    "very slow answers": (Network(latency=599.0), {"timeout": "10m"}),
    "one after the other, slowly": (
        Network(latency=170.0),
        {"timeout": "3m", "concurrency": 1},
    ),
    "pauses before looks": (
        Network(fates=deque([Fate.RESET_AFTER, Fate.RESET_BEFORE] * 2)),
        {"settle_pauses": "5m,10m,20m"},
    ),
    "looks that fail": (
        Network(
            fates=deque([Fate.RESET_AFTER]),
            reads=deque([Fate.OK] * 3 + [Fate.ERROR_BEFORE] * 7),
        ),
        {"settle_pauses": "5m,10m,20m"},
    ),
    "no connection": (Network(fates=deque([Fate.NOT_CONNECTED] * 6)), {}),
    "a narrow limit": (Network(), {"rate": "1/200s"}),
    "an even pace": (Network(), {"rate": "2/400s", "pace": "even"}),
    "a slow pace": (Network(), {"max_rate": 0.005}),
    "the day's quota": (
        Network(days_left=deque([500, 500, 500, 400, *[100] * 20, 900])),
        {"wait_for_quota": True},
    ),
}


def test_the_longest_pause_between_two_tries_is_shorter_than_a_standstill() -> None:
    """So a row that waits to be tried again needs no excuse of its own."""
    assert retry.Options().cap_seconds < watchdog.PATIENCE_SECONDS


@pytest.mark.parametrize("night_of", SILENT_NIGHTS)
def test_what_is_waited_for_is_no_standstill(tmp_path: Path, night_of: str) -> None:
    """However long it takes, nobody is alarmed, and every row is created."""
    network, options = SILENT_NIGHTS[night_of]
    night = Night(tmp_path, **options)
    summary = night.go_on(network)
    assert night.events == []
    assert summary.exit_code == Exit.OK, summary.stopped_because
    assert night.slugs == EVERY_SLUG
    assert night.now - 1000.0 > 60.0 or night_of == "no connection"
