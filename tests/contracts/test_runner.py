"""What everything that runs the shards of a run keeps to, here or on other machines.

A second runner is one more entry in `RUNNERS`: what makes one for a session. That has
read and compared its rows; a runner sends them, and says what that came to.
"""

from __future__ import annotations

import asyncio
import base64
import os
import pickle
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pandas as pd  # noqa: TID251 - rows without a file
import pytest

from importer import settings
from importer.api.hooks import Hooks
from importer.errors import (
    AccessError,
    FatalError,
    Interrupted,
    StorageError,
    UsageError,
)
from importer.journal.locks import FileClaim
from importer.models import Calls, Flight, Status
from importer.runs import folders, new_folders, shards
from importer.runs.session import Session
from importer.runs.shards import LocalRunner, Shard, ShardResult, run_shard
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from importer.runs.shards import Runner
    from importer.sandbox import Sandbox

RUNNERS: dict[str, Callable[[Session], Runner]] = {
    "local": lambda session: LocalRunner(session.process),
}
#: How long the requests of a process that was taken for dead may be carried out.
REST_SECONDS = 1.5
A, B = "loc0000000000000000A", "loc0000000000000000B"
TOKEN = "a-token-that-is-no-part-of-a-shard"  # noqa: S105 - made up

ELSEWHERE = """
import asyncio, base64, pickle, sys
from importer import settings
from importer.runs.shards import resolve, run_shard

async def main():
    shard = pickle.loads(base64.b64decode(sys.argv[1]))
    async with resolve(shard, settings.load()) as process:
        result = await run_shard(shard, process)
    print(base64.b64encode(pickle.dumps(result)).decode())

asyncio.run(main())
"""


@pytest.fixture(params=RUNNERS)
def make(request: pytest.FixtureRequest) -> Callable[[Session], Runner]:
    return RUNNERS[request.param]


@asynccontextmanager
async def compared(
    sandbox: Sandbox, folder: Path, rows: Mapping[str, int], **more: Any
) -> AsyncIterator[Session]:
    """A run that has so many rows for each location and has sent none of them."""
    chosen = settings.load(
        {
            "base_url": sandbox.url,
            "token": TOKEN,
            "runs_dir": folder / "runs",
            "settle_pauses": "0.02,0.05",
            "audit": False,
            **more,
        },
        environment=False,
    )
    table = pd.DataFrame(
        [
            {
                "name": "N",
                "slug": f"{location[-1]}{number}".lower(),
                "location_id": location,
            }
            for location, count in rows.items()
            for number in range(count)
        ]
    )
    found = new_folders.make(chosen.home, "run", 0.0)
    async with Session.begin(chosen, found, (table,)) as session:
        await session.read((table,))
        await session.compare()
        yield session


def sandboxed(
    work: Callable[[Sandbox], Awaitable[None]], timeout: float = 60.0, **box: Any
) -> None:
    """Do something beside a sandbox that refuses no products."""

    async def go() -> None:
        wanted = {"limit": Limit(1000, 1.0), "require_products": False, **box}
        async with running(Options(**wanted)) as sandbox:
            await asyncio.wait_for(work(sandbox), timeout)

    asyncio.run(go())


def whole(session: Session, *locations: str) -> Shard:
    run = shards.whole(session.folder.run_id, session.journal, session.settings)
    return replace(run, locations=locations)


async def first_post(sandbox: Sandbox) -> None:
    while not sandbox.truth()["by_method"].get("POST"):  # noqa: ASYNC110 - it tells none
        await asyncio.sleep(0.01)


def statuses(session: Session) -> Counter[tuple[str, str]]:
    lines = session.journal.history.lines()
    return Counter((line.location_id, str(line.status)) for line in lines)


def added(results: Sequence[ShardResult]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result.counts)
    return counts


class TestEveryRunner:
    """The protocol `shards.Runner`."""

    def test_every_row_has_its_answer_on_the_disk_and_in_the_counts(
        self, make: Callable[[Session], Runner], tmp_path: Path
    ) -> None:
        """Whatever the runner makes of one shard."""
        rows = {A: 30, B: 12}

        async def work(sandbox: Sandbox) -> None:
            async with compared(sandbox, tmp_path, rows) as session:
                results = await make(session).run(whole(session, *rows), rows)
                assert added(results) == {"created": 42}
                assert statuses(session) == {(A, "created"): 30, (B, "created"): 12}
                assert not any(result.stopped or result.refused for result in results)
                assert sum(result.calls.made for result in results) >= 42
            assert sandbox.truth()["slugs_twice"] == []

        sandboxed(work)

    def test_only_the_locations_of_the_shard_are_sent_to(
        self, make: Callable[[Session], Runner], tmp_path: Path
    ) -> None:
        """Another one may be another shard's."""
        rows = {A: 3, B: 3}

        async def work(sandbox: Sandbox) -> None:
            async with compared(sandbox, tmp_path, rows) as session:
                await make(session).run(whole(session, B), {B: 3})
                assert statuses(session) == {(A, "planned"): 3, (B, "created"): 3}
                await make(session).run(whole(session, A), {A: 3})
                assert statuses(session) == {(A, "created"): 3, (B, "created"): 3}
            assert sandbox.truth()["slugs_twice"] == []

        sandboxed(work)

    def test_one_runner_sends_a_canary_and_then_the_rest(
        self, make: Callable[[Session], Runner], tmp_path: Path
    ) -> None:
        """The results of the second time say nothing of the first again."""
        rows = {A: 4, B: 3}

        async def work(sandbox: Sandbox) -> None:
            async with compared(sandbox, tmp_path, rows) as session:
                runner = make(session)
                first = await runner.run(whole(session, A), {A: 4})
                assert added(first) == {"created": 4}
                second = await runner.run(whole(session, B), {B: 3})
                assert added(second) == {"created": 3}
                assert statuses(session) == {(A, "created"): 4, (B, "created"): 3}
                runner.stop(Interrupted("Stopped."))
                assert await runner.run(whole(session), {}) is not None
            assert sandbox.truth()["slugs_twice"] == []

        sandboxed(work)

    def test_a_location_that_refuses_ends_no_other(
        self, make: Callable[[Session], Runner], tmp_path: Path
    ) -> None:
        """It is in the result by its id, with an error that says what to do."""
        rows = {A: 3, B: 3}

        async def work(sandbox: Sandbox) -> None:
            async with compared(sandbox, tmp_path, rows, attempts=1) as session:
                results = await make(session).run(whole(session, *rows), rows)
                refused = {
                    location: error
                    for result in results
                    for location, error in result.refused.items()
                }
                assert set(refused) == {A}
                assert isinstance(refused[A], AccessError)
                assert refused[A].remedy
                assert not any(result.stopped for result in results)
                assert statuses(session)[B, "created"] == 3
                assert statuses(session)[A, "created"] == 0

        sandboxed(work, fault_for={f"a{n}": ("expired_token",) * 20 for n in range(3)})

    def test_a_stop_ends_it_soon_and_what_is_left_can_be_sent_later(
        self, make: Callable[[Session], Runner], tmp_path: Path
    ) -> None:
        """Rows in flight are waited for, and none is sent twice."""
        rows = {A: 40, B: 40}

        async def work(sandbox: Sandbox) -> None:
            async with compared(sandbox, tmp_path, rows, concurrency=4) as session:
                runner = make(session)
                sending = asyncio.ensure_future(runner.run(whole(session, *rows), rows))
                await first_post(sandbox)
                runner.stop(Interrupted("Ctrl-C"))
                results = await sending
                assert any(isinstance(one.stopped, Interrupted) for one in results)
                done = added(results)["created"]
                assert 0 < done < 80
                found = statuses(session)
                assert sum(found[text, "created"] for text in rows) == done
                assert sum(found[text, "planned"] for text in rows) == 80 - done
                await make(session).run(whole(session, *rows), rows)
                assert statuses(session) == {(A, "created"): 40, (B, "created"): 40}
            assert sandbox.truth()["slugs_twice"] == []

        sandboxed(work, latency_seconds=0.05)

    def test_a_runner_that_was_stopped_before_it_begins_sends_nothing(
        self, make: Callable[[Session], Runner], tmp_path: Path
    ) -> None:
        """A second Ctrl-C need not be waited for, the first was soon enough."""
        rows = {A: 3}

        async def work(sandbox: Sandbox) -> None:
            async with compared(sandbox, tmp_path, rows) as session:
                runner = make(session)
                runner.stop(Interrupted("Ctrl-C"))
                results = await runner.run(whole(session, A), rows)
                assert any(isinstance(one.stopped, Interrupted) for one in results)
                assert statuses(session) == {(A, "planned"): 3}

        sandboxed(work)

    def test_a_disk_that_keeps_nothing_more_is_in_the_result(
        self, make: Callable[[Session], Runner], tmp_path: Path
    ) -> None:
        """The claim is lost while rows are sent: nothing more leaves."""
        rows = {A: 40}

        async def work(sandbox: Sandbox) -> None:
            async with compared(sandbox, tmp_path, rows, concurrency=2) as session:
                runner = make(session)
                sending = asyncio.ensure_future(runner.run(whole(session, A), rows))
                await first_post(sandbox)
                session.claim().release()
                results = await sending
                assert any(isinstance(one.stopped, StorageError) for one in results)
                assert added(results)["created"] < 40

        sandboxed(work, latency_seconds=0.05)


# the values


def test_a_shard_is_a_value_that_can_be_sent_and_holds_no_secret(
    tmp_path: Path,
) -> None:
    """A scheduler's memory, its logs and its page are open to its operators."""

    async def work(sandbox: Sandbox) -> None:
        async with compared(sandbox, tmp_path, {A: 1}) as session:
            shard = whole(session, A)
        sent = pickle.dumps(shard)
        assert pickle.loads(sent) == shard  # noqa: S301 - our own
        assert {shard: "can be a key"}
        assert TOKEN.encode() not in sent
        assert TOKEN not in repr(shard)

    sandboxed(work)


def test_the_settings_of_a_shard_are_those_that_sending_goes_by(
    tmp_path: Path,
) -> None:
    """What a shard leaves out would be another run's default where it is sent."""
    (tmp_path / "token").write_text(TOKEN, "utf-8")
    chosen = settings.load(
        {
            "base_url": "http://127.0.0.1:9",
            "api_version": "v3",
            "timeout": 7,
            "connect_timeout": 3,
            "rate": "7/3s",
            "max_rate": 5.5,
            "pace": "even",
            "max_retry_after": 60,
            "concurrency": 9,
            "attempts": 2,
            "settle_pauses": "1,2",
            "max_errors": "3%",
            "early_stop": 0,
            "accept_list": True,
            "daily_reserve": 0.25,
            "wait_for_quota": True,
            "quota_look": 5,
            "runs_dir": tmp_path / "elsewhere",
            "token_file": tmp_path / "token",
        },
        environment=False,
    )
    kept = dict(chosen.kept(shards.SETTINGS))
    found = settings.load({}, environment=False).keeping(kept)
    for part in ("connection", "limits", "retries", "sending"):
        assert getattr(found, part) == getattr(chosen, part)
    assert found.values.accept_list
    assert found.values.runs_dir == tmp_path / "elsewhere"
    assert found.tokens(A) == TOKEN
    assert not settings.SECRETS & {*shards.SETTINGS}


@pytest.mark.parametrize("stopped", [None, AccessError("No.", remedy="Do it.")])
def test_a_result_is_a_value_that_can_be_sent_back(stopped: FatalError | None) -> None:
    """An error comes back as what it was, with what a person can do."""
    refused = {A: AccessError("The token was refused.", remedy="Make a new one.")}
    result = ShardResult(
        {"created": 1}, Calls(2, 0, 1), Flight(), stopped, refused, {}, frozenset({B})
    )
    again = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own
    assert repr(again) == repr(result)
    assert (str(again.refused[A]), again.refused[A].remedy) == (
        "The token was refused.",
        "Make a new one.",
    )
    assert type(again.stopped) is type(stopped)
    assert getattr(again.stopped, "exit_code", None) == getattr(
        stopped, "exit_code", None
    )


def test_another_process_sends_a_shard_with_tokens_of_its_own(tmp_path: Path) -> None:
    """Nothing but the value reaches it; the journal is found by its address."""

    async def work(sandbox: Sandbox) -> None:
        async with compared(sandbox, tmp_path, {A: 20, B: 5}) as session:
            shard = whole(session, A)
            folder = session.folder
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ELSEWHERE),
            base64.b64encode(pickle.dumps(shard)),
            cwd=elsewhere,
            env={**os.environ, "HIGHLEVEL_TOKEN": TOKEN},  # noqa: TID251 - a process's
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        result = pickle.loads(base64.b64decode(out))  # noqa: S301 - our own
        assert result.counts == {"created": 20}
        assert result.stopped is None
        assert result.calls.made >= 20
        book = folders.opened(folder)
        try:
            open_rows = book.delivery.locations(Status.PLANNED)
            assert open_rows == {B: 5}
        finally:
            book.close()
        assert sandbox.truth()["slugs_twice"] == []

    sandboxed(work)


def test_a_shard_whose_run_another_process_holds_is_not_begun(tmp_path: Path) -> None:
    """The session that made it is still at work."""

    async def work(sandbox: Sandbox) -> None:
        async with compared(sandbox, tmp_path, {A: 2}) as session:
            shard = whole(session, A)
            with pytest.raises(FatalError) as held:
                async with shards.resolve(shard, session.settings) as process:
                    await run_shard(shard, process)
            assert held.value.exit_code == 8
            assert statuses(session) == {(A, "planned"): 2}

    sandboxed(work)


class TakenOver(FileClaim):
    """A claim of what another process was working on, which was taken for dead."""

    def rest_seconds(self, answer_seconds: float) -> float:
        assert answer_seconds == 30.0
        return REST_SECONDS


def test_what_a_process_left_that_was_taken_for_dead_is_not_looked_at_at_once(
    tmp_path: Path,
) -> None:
    """Its requests may still be carried out; meanwhile new rows are sent."""

    async def work(sandbox: Sandbox) -> None:
        async with compared(sandbox, tmp_path, {A: 1, B: 3}) as session:
            await session.journal.delivery.sending(0, 1)
            session.journal.delivery.leave()
            process = await session.process()
            assert process.claim is not None
            parts = {part.name for part in fields(FileClaim)}
            claim = TakenOver(**{name: getattr(process.claim, name) for name in parts})
            calls, began = sandbox.truth()["by_method"]["GET"], time.monotonic()
            sending = asyncio.create_task(
                run_shard(whole(session, A, B), replace(process, claim=claim))
            )
            while sandbox.truth()["by_method"]["GET"] == calls:  # noqa: ASYNC110 - it tells none
                await asyncio.sleep(0.01)
            assert time.monotonic() - began >= REST_SECONDS
            assert sandbox.truth()["by_method"]["POST"] == 3
            assert (await sending).counts == {"created": 4}

    sandboxed(work)


# who is handed in


def test_a_session_sends_by_the_runner_that_it_is_given(tmp_path: Path) -> None:
    """In two parts, one after the other; the report is that of one run."""
    seen: list[Shard] = []

    class InParts(LocalRunner):
        async def run(
            self, whole: Shard, rows: Mapping[str, int]
        ) -> Sequence[ShardResult]:
            assert rows == {A: 4, B: 2}
            parts = [replace(whole, locations=(location,)) for location in rows]
            seen.extend(parts)
            return [(await super(InParts, self).run(part, {}))[0] for part in parts]

    async def work(sandbox: Sandbox) -> None:
        async with compared(sandbox, tmp_path, {A: 4, B: 2}) as session:
            await session.deliver(InParts(session.process))
            summary = session.report(page=False)
        assert summary.counts["created"] == 6
        assert summary.exit_code == 0
        assert [shard.locations for shard in seen] == [(A,), (B,)]

    sandboxed(work)


def test_without_another_the_library_sends_in_its_own_process() -> None:
    """What the hooks of a caller leave open."""
    hooks: Hooks[Any, Any] = Hooks()
    assert hooks.runner(None) is None  # type: ignore[arg-type] # it is not looked at


def test_a_shard_of_a_journal_that_is_elsewhere_here_is_refused(tmp_path: Path) -> None:
    """Two processes that look at two places would not know of each other."""

    async def work(sandbox: Sandbox) -> None:
        async with compared(sandbox, tmp_path, {A: 1}) as session:
            shard = whole(session, A)
            chosen = session.settings
        meant = replace(shard, journal_url="postgresql://db/importer?run=run")
        with pytest.raises(UsageError, match="postgresql://db/importer"):
            async with shards.resolve(meant, chosen):
                pass

    sandboxed(work)
