"""Shards of a run in other processes: claimed, compared, sent, and taken over.

Against a real PostgreSQL and the sandbox. The test is the session: it reads the rows,
holds the run and hands its locations out; who carries shards out is this process, or
processes of their own.
"""

from __future__ import annotations

import asyncio
import base64
import os
import pickle
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sharded import (
    PLACES,
    TOKEN,
    InParts,
    parts,
    reading,
    sandboxed,
    slugs,
    statuses,
)

import importer
from importer import settings
from importer.errors import Paused, TimeIsUp, TooManyErrors, UsageError
from importer.runs import planfile
from importer.runs.shard_work import carry_out
from importer.sandbox import Limit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from importer.journal import Crew
    from importer.runs.shards import Shard, ShardResult
    from importer.sandbox import Sandbox

#: Carries out what it is given line by line, all of it side by side.
ELSEWHERE = """
import asyncio, base64, pickle, sys
from importer import settings
from importer.journal.postgres import lives
from importer.runs import workplace
from importer.runs.shard_work import carry_out
from importer.sandbox import Limit

lives.TTL_SECONDS = float(sys.argv[1])

async def work(line):
    result = await carry_out(pickle.loads(base64.b64decode(line)), settings.load())
    print(base64.b64encode(pickle.dumps(result)).decode(), flush=True)

async def main():
    print("ready", flush=True)
    reading = asyncio.get_running_loop().run_in_executor
    async with asyncio.TaskGroup() as group:
        while line := await reading(None, sys.stdin.readline):
            group.create_task(work(line))
    await workplace.close()

asyncio.run(main())
"""


class Other:
    """A process that carries shards out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    def give(self, shard: Shard) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(base64.b64encode(pickle.dumps(shard)) + b"\n")

    async def answer(self) -> ShardResult:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        result: ShardResult = pickle.loads(base64.b64decode(line))  # noqa: S301 - ours
        return result

    def send_signal(self, number: int) -> None:
        self.process.send_signal(number)


@asynccontextmanager
async def elsewhere(folder: Path, ttl: float = 15.0) -> AsyncIterator[Other]:
    """Start a process, with a token of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ELSEWHERE, str(ttl)),
        cwd=folder,
        env={**os.environ, "HIGHLEVEL_TOKEN": TOKEN},  # noqa: TID251 - a process's
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield Other(process)
        assert process.stdin is not None
        process.stdin.close()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()


async def some_sent(sandbox: Sandbox, count: int = 1) -> None:
    while sandbox.truth()["by_method"].get("POST", 0) < count:  # noqa: ASYNC110 - it tells none
        await asyncio.sleep(0.01)


def test_two_shards_of_a_process_send_all_of_a_run_that_another_holds(
    database: str, tmp_path: Path
) -> None:
    """What they came to is in their results, and all of it is on the disk."""
    rows = dict.fromkeys(PLACES[:4], 10)

    async def work(sandbox: Sandbox) -> None:
        async with reading(sandbox, tmp_path, database, rows) as session:
            pair = parts(session, PLACES[:2], PLACES[2:4])
            found = await asyncio.gather(
                *(carry_out(shard, session.settings) for shard in pair)
            )
            assert [one.counts for one in found] == [{"created": 20}] * 2
            assert not any(one.stopped or one.refused for one in found)
            for one in found:
                assert one.elsewhere is not None
                assert one.elsewhere.forecast is not None
                assert one.elsewhere.forecast.create == 20
                assert sum(one.elsewhere.calls.values()) == one.calls.made == 22
                assert one.elsewhere.instance
            assert statuses(session) == {"created": 40}
            tally = session.settings.home.crew("run").tally()  # type: ignore[union-attr]
            assert tally.working == 1
            # a second time: nothing is left
            (again,) = [await carry_out(pair[0], session.settings)]
            assert again.counts == {}
            assert pickle.loads(pickle.dumps(again)) is not None  # noqa: S301 - ours
        assert slugs(sandbox) == 40

    sandboxed(work)


def test_the_books_of_a_run_count_what_other_processes_have_done(
    database: str, tmp_path: Path
) -> None:
    """Calls, events, the clocks and the server, as if the session had sent it all."""
    rows = {PLACES[0]: 6, PLACES[1]: 3}

    async def work(sandbox: Sandbox) -> None:
        async with reading(sandbox, tmp_path, database, rows) as session:
            await session.deliver(InParts(session))
            # as they are while it goes on, too
            assert session.watch.snapshot().counts["created"] == 9
            summary = session.report(page=False)
            assert summary.exit_code == 0
            assert summary.counts["created"] == 9
            made = sum(sandbox.truth()["by_method"].values())
            assert summary.calls.made == made > 11
            assert summary.events["row.unknown"] == 1
            assert sum(summary.location_calls.values()) == made
            facts = session.journal.noted()
            assert facts["server"]
            assert facts["clock"]
        assert slugs(sandbox) == 9

    sandboxed(work, fault_for={"s000-0": ("error_before",)})


def test_a_location_that_another_shard_works_on_is_held_and_no_other(
    database: str, tmp_path: Path
) -> None:
    """In this process, in another one, and of another run."""
    rows = dict.fromkeys(PLACES[:3], 15)

    async def work(sandbox: Sandbox) -> None:
        async with reading(sandbox, tmp_path, database, rows) as session:
            first, second = parts(session, PLACES[:1], PLACES[:2])
            sending = asyncio.ensure_future(carry_out(first, session.settings))
            await some_sent(sandbox)
            result = await carry_out(second, session.settings)
            assert result.elsewhere is not None
            assert result.elsewhere.held == {PLACES[0]}
            assert result.counts == {"created": 15}
            assert (await sending).counts == {"created": 15}
            claims = session.settings.home.claims
            with claims.claim("other", PLACES[2:3], server=sandbox.url):
                (third,) = parts(session, PLACES[2:3])
                result = await carry_out(third, session.settings)
            assert result.elsewhere is not None
            assert result.elsewhere.held == frozenset()
            assert "Run other" in str(result.elsewhere.of_others[PLACES[2]])
            assert statuses(session) == {"created": 30, "planned": 15}

    sandboxed(work, latency_seconds=0.1)


async def all_told(crew: Crew, rows: int) -> None:
    """Wait until the sums of all processes have so many; they tell once a second."""
    while crew.tally().together.done != rows:  # noqa: ASYNC110 - it tells none
        await asyncio.sleep(0.05)


@pytest.mark.slow
def test_what_a_killed_process_has_left_goes_on_in_another(
    database: str, tmp_path: Path
) -> None:
    """0 twice, 0 missing: what was in flight is looked for.

    It was killed when its windows were full, and not one call was too many.
    """
    rows, calls = dict.fromkeys(PLACES, 25), 10

    async def work(sandbox: Sandbox) -> None:
        async with (
            reading(sandbox, tmp_path, database, rows, concurrency=16) as session,
            elsewhere(tmp_path, ttl=6.0) as one,
            elsewhere(tmp_path) as two,
        ):
            pair = parts(session, PLACES[:6], PLACES[6:])
            one.give(pair[0])
            two.give(pair[1])
            await some_sent(sandbox, 150)
            one.send_signal(signal.SIGKILL)
            await one.process.wait()
            assert (await two.answer()).counts == {"created": 150}
            two.give(pair[0])
            rest = await two.answer()
            assert rest.elsewhere is not None
            assert rest.elsewhere.held == frozenset()
            assert rest.stopped is None
            assert statuses(session) == {"created": 300}
        assert slugs(sandbox) == 300
        located = sandbox.truth()["locations"].values()
        assert max(held["max_in_window"] for held in located) <= calls

    limit = Limit(calls, 1.0)
    sandboxed(work, latency_seconds=0.05, limit=limit, window="sliding")


@pytest.mark.slow
def test_a_frozen_process_sends_nothing_when_it_thaws_and_begins_another_life(
    database: str, tmp_path: Path
) -> None:
    """What it held goes on elsewhere when its lease is over; it says to hand it out."""
    rows = dict.fromkeys(PLACES[:5], 30)

    async def work(sandbox: Sandbox) -> None:
        async with (
            reading(
                sandbox, tmp_path, database, rows, timeout=2, concurrency=8
            ) as session,
            elsewhere(tmp_path, ttl=1.5) as one,
            elsewhere(tmp_path, ttl=1.5) as two,
        ):
            first, other = parts(session, PLACES[:4], PLACES[4:5])
            one.give(first)
            await some_sent(sandbox, 20)
            one.send_signal(signal.SIGSTOP)
            left = {*PLACES[:4]}
            while left:
                two.give(replace(first, locations=tuple(sorted(left))))
                result = await two.answer()
                assert result.elsewhere is not None
                assert result.stopped is None
                left = {*result.elsewhere.held}
            assert statuses(session) == {"created": 120, "planned": 30}
            posts = sandbox.truth()["by_method"]["POST"]
            one.send_signal(signal.SIGCONT)
            result = await one.answer()
            assert result.elsewhere is not None
            assert result.elsewhere.held == {*PLACES[:4]}
            assert result.stopped is None
            assert sandbox.truth()["by_method"]["POST"] == posts
            one.give(other)
            assert (await one.answer()).counts == {"created": 30}
            assert statuses(session) == {"created": 150}
        assert slugs(sandbox) == 150

    sandboxed(work, latency_seconds=0.05)


def test_a_pause_a_stop_and_the_end_of_the_time_end_every_shard_of_a_run(
    database: str, tmp_path: Path
) -> None:
    """What is left can be sent later; what was taken back stops nothing."""
    rows = dict.fromkeys(PLACES[:2], 400)

    async def work(sandbox: Sandbox) -> None:
        usual: dict[str, Any] = {"concurrency": 4}
        async with reading(sandbox, tmp_path, database, rows, **usual) as session:
            home, chosen = session.settings.home, session.settings
            crew = home.crew("run")
            assert crew is not None
            pair = parts(session, PLACES[:1], PLACES[1:2])

            async def ended(end: Callable[[], None], **more: Any) -> list[ShardResult]:
                before = sandbox.truth()["by_method"].get("POST", 0)
                sending = asyncio.gather(
                    *(carry_out(replace(one, **more), chosen) for one in pair)
                )
                if "until" not in more:
                    await some_sent(sandbox, before + 10)
                end()
                results = await asyncio.wait_for(sending, 5)
                home.forget_pause("run")
                return results

            paused = await ended(lambda: home.ask_pause("run"))
            assert all(isinstance(one.stopped, Paused) for one in paused)
            stopped = await ended(lambda: crew.stop("Ctrl-C"))
            assert {str(one.stopped) for one in stopped} == {"Ctrl-C"}
            until = crew.tally().now + 0.5
            late = await ended(lambda: None, until=until)
            assert all(isinstance(one.stopped, TimeIsUp) for one in late)
            assert not any(isinstance(one.stopped, Paused) for one in late)
            found = statuses(session)
            assert found["created"] + found["planned"] == 800
            await asyncio.wait_for(all_told(crew, found["created"]), 5)
        assert slugs(sandbox) == found["created"]

    sandboxed(work, latency_seconds=0.05)


@pytest.mark.slow
def test_errors_of_all_processes_count_against_the_limit(
    database: str, tmp_path: Path
) -> None:
    """Each ends soon after the sum has reached it, not when its own has."""
    rows = dict.fromkeys(PLACES[:2], 60)
    bad = [f"s{place[-3:]}-{number}" for place in PLACES[:2] for number in range(20)]

    async def work(sandbox: Sandbox) -> None:
        more: dict[str, Any] = {"max_errors": "10", "concurrency": 1, "early_stop": 0}
        async with (
            reading(sandbox, tmp_path, database, rows, **more) as session,
            elsewhere(tmp_path) as one,
            elsewhere(tmp_path) as two,
        ):
            pair = parts(session, PLACES[:1], PLACES[1:2])
            one.give(pair[0])
            two.give(pair[1])
            results = [await one.answer(), await two.answer()]
            assert all(isinstance(one.stopped, TooManyErrors) for one in results)
            # each has reached about a half of it, and a second's worth of rows more
            refused = statuses(session)["rejected"]
            assert 10 <= refused <= 10 + 2 * 9

    faults = dict.fromkeys(bad, ("refused_but_created",))
    sandboxed(work, latency_seconds=0.25, fault_for=faults)


@pytest.mark.slow
def test_processes_share_what_the_user_allows_in_a_second(
    database: str, tmp_path: Path
) -> None:
    """Two of them send no more together than one would."""
    rows = dict.fromkeys(PLACES[:2], 60)

    async def work(sandbox: Sandbox) -> None:
        async with (
            reading(sandbox, tmp_path, database, rows, max_rate=20) as session,
            elsewhere(tmp_path) as one,
            elsewhere(tmp_path) as two,
        ):
            pair = parts(session, PLACES[:1], PLACES[1:2])
            one.give(pair[0])
            two.give(pair[1])
            await some_sent(sandbox)
            began = asyncio.get_running_loop().time()
            await one.answer()
            await two.answer()
            took = asyncio.get_running_loop().time() - began
        # 120 calls, of which a second's worth goes at once
        assert took > 4.0
        assert slugs(sandbox) == 120

    sandboxed(work)


def test_a_location_whose_day_is_over_comes_back_with_its_reset(
    database: str, tmp_path: Path
) -> None:
    """It is not waited for here, whatever the settings say, and the others go on."""
    rows = {PLACES[0]: 30, PLACES[1]: 5}

    async def work(sandbox: Sandbox) -> None:
        more: dict[str, Any] = {"wait_for_quota": True}
        async with reading(sandbox, tmp_path, database, rows, **more) as session:
            (both,) = parts(session, PLACES[:2])
            result = await carry_out(both, session.settings)
            assert result.parked == {PLACES[0]}
            assert result.counts["created"] < 30
            (again,) = parts(session, PLACES[:1])
            result = await carry_out(again, session.settings)
            assert result.parked == {PLACES[0]}
            assert statuses(session)["created"] < 35

    sandboxed(work, daily=20)


def test_a_plan_names_the_processes_and_a_run_of_it_is_by_them(
    database: str, tmp_path: Path
) -> None:
    """None of them is begun for the plan; another cluster is another plan."""
    table, kept = tmp_path / "rows.csv", tmp_path / "plan.json"
    table.write_text(f"name,slug,location_id\nOne,one,{PLACES[0]}\n")

    async def work(sandbox: Sandbox) -> None:
        given: dict[str, Any] = {"base_url": sandbox.url, "token": TOKEN}
        given["journal"] = database
        plan = await importer.plan(table, **given, cluster="local:3", env=False)
        assert plan.forecast.workers == 3
        plan.save(kept)

    sandboxed(work)
    stored = planfile.load(kept)
    chosen = stored.settings(settings.load({}, environment=False))
    assert chosen.values.cluster == "local:3"
    with pytest.raises(UsageError, match="was made with cluster local:3"):
        stored.settings(settings.load({"cluster": "local:2"}, environment=False))
