"""Claims by lease: what is renewed, what is lost, and what the database then refuses.

Against a real server. A lease lasts a second or two here; what a process of another
machine is, is said by the machine's name alone.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError  # noqa: TID251 - what the driver raises

from importer.errors import LocationHeldError, StorageError
from importer.journal.postgres import (
    address,
    burial,
    claim_rows,
    connection,
    fence,
    lives,
    shared,
)
from importer.journal.postgres.crew import PostgresCrew
from importer.journal.postgres.leases import LeaseClaims
from importer.journal.postgres.refusals import Process
from importer.models import Rate, Spent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import postgres_server

TTL = 1.5
SERVER = "https://api.example"
_TOUCHED = "UPDATE importer.leases SET window_seconds = 7"

#: Claims and tells what the parent asks for, line by line, until its input ends.
ELSEWHERE = """
import sys
from importer.errors import StorageError
from importer.journal.postgres import address, burial, shared
from importer.journal.postgres.leases import LeaseClaims
url, machine, ttl, run_id, *locations = sys.argv[1:]
burial.machine = lambda: machine
burial.process = lambda: ("web-2", __import__("os").getpid(), machine)
claims = LeaseClaims(address.know(url), float(ttl))
claim = claims.claim(run_id, locations, server="https://api.example")
print(claim.fence, flush=True)
for line in sys.stdin:
    with shared.engine(claims.address).connect() as opened:
        try:
            if line.startswith("stop"):
                opened.exec_driver_sql("SELECT 1")
                claim.fenced(opened.exec_driver_sql)
                __import__("os").kill(__import__("os").getpid(), 19)
                opened.commit()
            claim.fenced(opened.exec_driver_sql)
            fenced = "written"
        except Exception as lost:
            fenced = f"refused {type(lost).__name__}"
        try:
            claim.gate()
            gate = "open"
        except StorageError as shut:
            gate = f"shut: {shut} {shut.remedy}"
    print(claim.alive(), fenced, gate, sep="|", flush=True)
claim.release()
"""


@pytest.fixture
def claims(database: str) -> LeaseClaims:
    return LeaseClaims(address.know(database), TTL)


class Other:
    """Another process, by default one of another machine."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.number = int(process.stdout.readline())

    def tell(self, line: str = "") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def says(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n").split("|")

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def elsewhere(
    database: str, run_id: str, *locations: str, machine: str = "another"
) -> Iterator[Other]:
    given = (database, machine, str(TTL), run_id, *locations)
    with subprocess.Popen(  # noqa: S603 - this interpreter, a script of our own
        [sys.executable, "-c", ELSEWHERE, *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Other(process)
        finally:
            process.kill()


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)  # noqa: TID251 - another process is waited for


def can_be_claimed(claims: LeaseClaims, run_id: str, *locations: str) -> bool:
    try:
        claims.claim(run_id, locations, server=SERVER).release()
    except LocationHeldError:
        return False
    return True


@pytest.mark.slow
def test_a_busy_loop_does_not_lose_the_lease(
    claims: LeaseClaims, database: str
) -> None:
    """It is renewed by a thread of its own."""
    with claims.claim("mine", ["a"], server=SERVER) as claim:
        time.sleep(2 * TTL)  # noqa: TID251 - as a loop that comes to nothing else
        assert claim.alive()
        with pytest.raises(LocationHeldError, match="location a"):
            claims.claim("other", ["a"], server=SERVER)
        with elsewhere(database, "free", "b"):
            pass


@pytest.mark.slow
def test_a_frozen_process_is_buried_and_writes_and_sends_nothing_when_it_thaws(
    claims: LeaseClaims, database: str
) -> None:
    """The database refuses its commit, the gate its requests, and both say why."""
    with elsewhere(database, "mine", "a") as other:
        other.tell()
        assert other.says() == ["True", "written", "open"]
        with pytest.raises(LocationHeldError) as held:
            claims.claim("second", ["a"], server=SERVER)
        assert f"(process {other.process.pid} on web-2)" in str(held.value)
        assert f"{claims.holder('mine')}" == f"{other.process.pid} on web-2"

        other.freeze()
        until(lambda: can_be_claimed(claims, "second", "a"))
        with claims.claim("mine", ["a"], server=SERVER) as claim:
            other.thaw()
            other.tell()
            alive, fenced, gate = other.says()
            assert (alive, fenced) == ("False", "refused DatabaseError")
            assert gate.startswith("shut: Run mine (process")
            assert "on web-2" in gate
            assert "importer resume mine" in gate
            assert claim.fence > other.number
            claim.check()


@pytest.mark.slow
def test_one_that_freezes_in_a_transaction_is_buried_all_the_same(
    claims: LeaseClaims, database: str
) -> None:
    """The server ends the transaction that keeps its number from being buried."""
    with elsewhere(database, "mine", "a") as other:
        other.tell("stop")
        until(lambda: can_be_claimed(claims, "mine", "a"), 4 * TTL + 10)
        other.thaw()
        alive, fenced, _ = other.says()
        assert (alive, fenced.split()[0]) == ("False", "refused")


def test_who_stands_still_in_a_transaction_about_claims_keeps_nobody_waiting(
    claims: LeaseClaims, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends it: a renewal, or what gives claims back or counts rows."""
    monkeypatch.setattr(shared, "STILL_SECONDS", 0.2)
    with claims.claim("mine", ["a"], server=SERVER):
        life = lives.Life(claims.address, 0.2)
        life._ending.set()
        elsewhere = connection.engine(claims.address, shared.NAME)
        for engine in (shared.engine(claims.address), life._engine):
            with engine.connect() as frozen:
                frozen.exec_driver_sql(_TOUCHED)
                with elsewhere.begin() as other:
                    other.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
                    other.exec_driver_sql(_TOUCHED)
                frozen.invalidate()
            engine.dispose()
        elsewhere.dispose()


def test_what_stood_still_for_too_short_a_time_is_waited_for(
    claims: LeaseClaims,
) -> None:
    """Its process was late to renew its lease; whoever goes on is left alone."""
    mine = connection.engine(claims.address, "run_mine")
    with shared.engine(claims.address).begin() as opened:
        opened.exec_driver_sql("CREATE SCHEMA run_mine CREATE TABLE rows (n int)")
        opened.exec_driver_sql(
            "INSERT INTO importer.runs (run_id, schema) VALUES ('mine', 'run_mine')"
        )
    with mine.connect() as frozen, mine.connect() as working:
        frozen.exec_driver_sql("INSERT INTO rows VALUES (1)")
        working.exec_driver_sql("INSERT INTO rows VALUES (2)")
        with ThreadPoolExecutor(1) as other:
            cleared = other.submit(
                fence.clear, shared.engine(claims.address), "mine", 0.5
            )
            while not cleared.done():
                working.exec_driver_sql("INSERT INTO rows VALUES (3)")
        working.commit()
        with pytest.raises(DBAPIError):
            frozen.exec_driver_sql("INSERT INTO rows VALUES (1)")
        frozen.invalidate()
    with mine.connect() as opened:
        kept = opened.exec_driver_sql("SELECT count(*) FROM rows WHERE n = 1").scalar()
    assert kept == 0
    mine.dispose()


@pytest.mark.slow
def test_the_dead_of_another_machine_hold_what_they_held_until_the_lease_runs_out(
    claims: LeaseClaims, database: str
) -> None:
    """Of its own machine a process sees that they are dead."""
    with elsewhere(database, "far", "a") as far:
        far.process.kill()
        far.process.wait()
        assert claims.holder("far") is not None
        assert not can_be_claimed(claims, "far")
        until(lambda: claims.holder("far") is None)
        assert can_be_claimed(claims, "far", "a")
    if not burial.machine():  # only Linux tells
        return
    with elsewhere(database, "near", "a", machine=burial.machine()) as near:
        near.process.kill()
        near.process.wait()
        assert claims.holder("near") is None
        with claims.claim("near", ["a"], server=SERVER) as claim:
            assert claim.rest_seconds(30.0) == 0.0
            # what it had called is in a window of the limit still, and how much of it
            # is not known
            left = claim.found()["a"]
            assert left.calls is None
            assert 5.0 < left.seconds <= 10.0
            assert claim.found() == {}


@pytest.mark.slow
def test_what_a_process_left_is_not_looked_at_before_its_answers_are_over(
    claims: LeaseClaims, database: str
) -> None:
    """Of one that was taken for dead it is not known when it sent last."""
    with elsewhere(database, "mine", "a") as other:
        other.freeze()
        until(lambda: claims.holder("mine") is None)
        with claims.claim("second", ["b"], server=SERVER) as claim:
            assert claim.rest_seconds(30.0) == 0.0
            claim.extend(["a"])
            assert 20.0 < claim.rest_seconds(30.0) <= 30.0
            assert claim.rest_seconds(0.0) == 0.0
            assert claim.found()["a"].calls is None
        with claims.claim("mine", server=SERVER) as claim:
            assert 20.0 < claim.rest_seconds(30.0) <= 30.0


def test_what_was_called_at_a_location_is_told_to_the_next_process(
    claims: LeaseClaims,
) -> None:
    """Of which that is unknown, or over, nothing is told."""
    known = {
        "a": Spent(24, 5.0, Rate(25, 10.0)),
        "b": Spent(None, 5.0),
        "c": None,
        "d": Spent(3, 0.0),
    }
    with claims.claim("first", known, server=SERVER) as claim:
        claim.hand_over(known.get)
        assert claim.found() == {}
    with claims.claim("second", known, server=SERVER) as claim:
        found = claim.found()
        assert found.keys() == {"a", "b"}
        assert (found["a"].calls, found["a"].rate) == (24, Rate(25, 10.0))
        assert (found["b"].calls, found["b"].rate) == (None, None)
        assert all(4.0 < spent.seconds <= 5.0 for spent in found.values())


def test_what_could_not_be_given_back_is_kept_where_it_is_taken_again(
    claims: LeaseClaims, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be given back later, under the feet of who works on it."""
    shared.engine(claims.address)
    crew = PostgresCrew(claims.address, "run", TTL)
    member = crew.join(SERVER)
    spent = {"a": Spent(7, 5.0), "b": None}
    with monkeypatch.context() as away:

        def fail(*_: object) -> None:
            raise OSError

        away.setattr(claim_rows, "give_back_some", fail)
        with member.share() as share:
            share.hand_over(spent.get)
            assert not share.take(["a", "b"]).held
    with member.share() as share:
        share.take(["a"])
        left = share.found()
        assert left.keys() == {"a"}
        assert left["a"].calls == 7
        assert 4.0 < left["a"].seconds < 5.0
        member.give_back()
        with claims.claim("other", ["b"], server=SERVER) as other:
            assert other.extend_free(["a"]).keys() == {"a"}
            with member.share() as looking:
                assert not any(looking.look(["a"]))
                assert looking.look(["b"]).of_others.keys() == {"b"}
    member.release()


def test_what_was_taken_over_from_the_dead_is_given_back_whatever_fails_behind_that(
    claims: LeaseClaims, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is gone while what the dead one left open is ended."""
    dead = claims.claim("run", ["a"], server=SERVER)
    with shared.engine(claims.address).begin() as opened:
        opened.exec_driver_sql(
            "UPDATE importer.holders SET gone = true, gone_at = clock_timestamp()"
        )
    dead._life.lost = True
    member = PostgresCrew(claims.address, "run", TTL).join(SERVER)

    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(fence, "clear", fail)
    with member.share() as share, pytest.raises(StorageError):
        share.take(["a"])
    assert can_be_claimed(claims, "other", "a")
    member.release()
    dead.release()


def test_a_process_is_told_with_its_host_where_that_is_another_one() -> None:
    """It stays a number for programs, and for JSON."""
    far = Process(4711, "web-2")
    assert f"{far} {far!s}" == "4711 on web-2 4711 on web-2"
    assert json.dumps({"process": far}) == '{"process": 4711}'
    assert str(copy.deepcopy(far)) == str(far)
    assert str(Process(4711, burial.process()[0])) == "4711"


def test_a_location_is_one_at_its_server(claims: LeaseClaims) -> None:
    """A rehearsal in a sandbox keeps nothing from the real server."""
    with claims.claim("mine", ["a"], server=SERVER):
        claims.claim("other", ["a"], server="http://127.0.0.1:8080").release()
        for alike in (SERVER, f"{SERVER}/", "HTTPS://API.example:443"):
            with pytest.raises(LocationHeldError):
                claims.claim("third", ["a"], server=alike)


def test_a_claim_in_vain_gives_up_nothing_of_the_first(claims: LeaseClaims) -> None:
    """The run that is tried for a second time stays the first claim's."""
    with claims.claim("mine", ["a"], server=SERVER) as first:
        with pytest.raises(LocationHeldError, match="this very process"):
            claims.claim("mine", ["b"], server=SERVER)
        with pytest.raises(LocationHeldError, match=r"Run mine \(this very process\)"):
            claims.claim("other", ["a"], server=SERVER)
        assert first.alive()
        assert claims.holder("mine") == os.getpid()
        assert not can_be_claimed(claims, "third", "a")
        first.extend(["a", "b"])  # what it has is its own, and what was not got is free


def test_one_life_for_all_runs_of_a_process(claims: LeaseClaims) -> None:
    """One lease is renewed; it ends with the last claim, and the next is another."""
    engine = shared.engine(claims.address)

    def leases() -> int:
        with engine.connect() as opened:
            found = opened.exec_driver_sql("SELECT count(*) FROM importer.leases")
            return int(found.scalar_one())

    with claims.claim("one", ["a"], server=SERVER) as one:
        with claims.claim("two", ["b"], server=SERVER) as two:
            assert one._life is two._life
            assert leases() == 1
        assert one.alive()
        assert not two.alive()
        life = one._life
    assert leases() == 0
    assert life.lost
    assert not life._thread.is_alive()
    with claims.claim("one", server=SERVER) as again:
        assert again._life.number > life.number


def test_a_lost_life_is_followed_by_another(claims: LeaseClaims) -> None:
    """What the process claims after its burial has a number that counts."""
    with claims.claim("mine", ["a"], server=SERVER) as old:
        with shared.engine(claims.address).begin() as opened:
            opened.exec_driver_sql("UPDATE importer.leases SET expires_at = 'epoch'")
        burial.bury(shared.engine(claims.address))
        with pytest.raises(StorageError, match="taken it over"):
            old.extend(["b"])
        assert not old.alive()
        with claims.claim("mine", ["a"], server=SERVER) as new:
            assert new.fence > old.fence
            with pytest.raises(StorageError):
                old.gate()
            old.release()
            new.gate()
            new.extend(["b"])


def test_the_dead_are_forgotten_once_nothing_is_theirs(claims: LeaseClaims) -> None:
    """As long as a claim names one, it is known that this one can be taken."""
    with claims.claim("ended", ["a"], server=SERVER):
        pass
    lost = claims.claim("lost", ["b"], server=SERVER)
    engine = shared.engine(claims.address)
    with engine.begin() as opened:
        opened.exec_driver_sql("UPDATE importer.leases SET expires_at = 'epoch'")
    burial.bury(engine)
    with engine.begin() as opened:
        burial.forget(opened)
        left = opened.exec_driver_sql("SELECT gone FROM importer.holders").scalars()
        assert list(left) == [True]
    with pytest.raises(StorageError, match="taken it over"):
        lost.extend(["c"])
    assert can_be_claimed(claims, "next", "b")
    lost.release()


@pytest.mark.parametrize("clock", ["steady", "wall"])
def test_a_machine_that_slept_knows_it_by_its_clocks(
    clock: str, claims: LeaseClaims, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One stops while a virtual machine is suspended, and the other one is set then.

    If no other process has wanted what it holds, it goes on; else it does not.
    """
    slow = LeaseClaims(claims.address, 60.0)

    def sleep(seconds: float) -> None:
        then = lives.now()
        later = then._replace(**{clock: getattr(then, clock) + seconds})
        monkeypatch.setattr(lives, "now", lambda: later)

    with slow.claim("mine", ["a"], server=SERVER) as claim:
        sleep(47.0)
        assert claim.alive()
        sleep(2.0)
        assert not claim.alive()
        claim.gate()
        assert claim.alive(), "it was alone"
        sleep(49.0)
        with shared.engine(claims.address).begin() as opened:
            opened.exec_driver_sql("UPDATE importer.leases SET expires_at = 'epoch'")
        assert can_be_claimed(claims, "mine", "a")
        claim._life._asked_at = -1e9  # it asks now and then, not at each request
        with pytest.raises(StorageError, match="frozen or asleep"):
            claim.gate()
        assert not claim.alive()


@pytest.mark.slow
def test_where_the_database_is_away_the_gate_shuts_by_itself(
    claims: LeaseClaims, postgres: postgres_server.Server
) -> None:
    """And opens again where it comes back before anyone took the lease for over."""
    name = claims.address.database
    everywhere = address.know(postgres.url("postgres")).parameters()
    with (
        connection.driver().connect(**everywhere) as other,
        claims.claim("mine", ["a"], server=SERVER) as claim,
    ):
        other.autocommit = True
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
        began = time.monotonic()
        until(lambda: not claim.alive())
        assert time.monotonic() - began < TTL
        with pytest.raises(StorageError, match="cut off from the database"):
            claim.gate()
        with pytest.raises(StorageError):
            claim.extend(["b"])
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        until(claim.alive)
        claim.gate()
        claim.extend(["b"])


def test_a_lease_lasts_longer_than_the_longest_window(claims: LeaseClaims) -> None:
    """A new owner does not meet the calls of the one before in it."""
    with claims.claim("mine", server=SERVER) as claim:
        claim.outlast(lambda: 120.0)
        claim._life.renew()
        with shared.engine(claims.address).connect() as opened:
            left = opened.exec_driver_sql(
                "SELECT extract(epoch FROM expires_at - clock_timestamp())::float8 "
                "FROM importer.leases"
            ).scalar_one()
        assert left > 119.0
        with claims.claim("other", server=SERVER) as other:
            claim.release()
            assert other._life._longest == []


def test_a_holder_that_began_after_the_look_is_not_taken_for_dead(
    claims: LeaseClaims,
) -> None:
    """A statement that waits for a row sees no holder that began meanwhile."""
    engine = shared.engine(claims.address)
    with claims.claim("early", server=SERVER) as early:
        with claims.claim("first", ["a"], server=SERVER):
            pass
        blocking = engine.connect()
        claim_rows.take(blocking, (early._life.number, "early"), SERVER, ["a"])
        # another process, whose life begins while the statement below waits for `a`
        taken: list[set[str]] = []

        def take() -> None:
            with engine.begin() as opened:
                owner = (early._life.number, "second")
                found = claim_rows.take(opened, owner, SERVER, ["a", "b"])
                taken.append(found.locations)

        waiting = threading.Thread(target=take)
        waiting.start()
        with engine.connect() as opened:
            until(lambda: _waits(opened))
        later = lives.Life(claims.address, TTL)
        with engine.begin() as opened:
            claim_rows.take(opened, (later.number, "later"), SERVER, ["b"])
        blocking.rollback()
        blocking.close()
        waiting.join()
        assert taken == [{"a"}], "b is that of a living holder"
        later.end()


def _waits(opened: object) -> bool:
    execute = opened.exec_driver_sql  # type: ignore[attr-defined]
    found = execute("SELECT 1 FROM pg_locks WHERE NOT granted").first()
    opened.rollback()  # type: ignore[attr-defined]
    return found is not None


def test_many_claims_at_once_wait_for_none_for_ever(claims: LeaseClaims) -> None:
    """They lock locations in one order, whichever they are given in."""
    names = [f"location-{number}" for number in range(40)]
    failures: list[BaseException] = []

    def claim(run_id: str, wanted: list[str]) -> None:
        try:
            for _ in range(8):
                can_be_claimed(claims, run_id, *wanted)
        except BaseException as failure:  # noqa: BLE001 - shown below
            failures.append(failure)

    threads = [
        threading.Thread(target=claim, args=("up", names)),
        threading.Thread(target=claim, args=("down", names[::-1])),
        threading.Thread(target=claim, args=("odd", names[::2])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
