"""A run that goes on while the program looks at it, asks, stops it, or gives up."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import library_user
import numpy as np
import pandas as pd  # noqa: TID251 - what a user of the library brings
import pytest

import importer
from importer.journal import locks
from importer.sandbox import Options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from importer.sandbox import Sandbox

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
OTHER = "6578278e879ad2646715ba9c"
#: A server so slow that a run of some rows is still at work when it is looked at.
SLOW = Options(latency_seconds=0.05)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def rows(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [f"Collection {number}" for number in range(count)],
            "slug": [f"collection-{number}" for number in range(count)],
            "type": "manual",
            "product_ids": "655b33a82209e60b6adb87a5",
        }
    )


with_sandbox = partial(library_user.with_sandbox, env=False)


def held(sandbox: Sandbox) -> int:
    """How many collections the server has."""
    located = sandbox.truth()["locations"].values()
    return sum(len(one["collections"]) for one in located)


async def until_sending(run: importer.RunInProgress, sent: int = 1) -> None:
    """Wait until so many rows have their answer."""
    async for moment in run.watch(0.01):
        if moment.rows_sent >= sent:
            return


async def until_held(sandbox: Sandbox, count: int) -> None:
    """Wait until the server has so many collections."""
    while held(sandbox) < count:  # noqa: ASYNC110 - the server says it to nothing else
        await asyncio.sleep(0.01)


def test_a_started_run_shows_rows_to_send_and_sent_and_gives_its_result() -> None:
    """Moments grow to the end, the last one comes after it, and the result is there."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(6), concurrency=1, run_id="seen", **given)
        assert (run.snapshot().phase, run.run_id) == ("starting", None)

        moments = [moment async for moment in run.watch(0.02)]
        result = await run.result()

        assert run.done
        assert run.run_id == result.summary.run_id == "seen"
        assert moments[0].rows_to_send is None
        assert {one.rows_to_send for one in moments} == {None, 6}
        sent = [one.rows_sent for one in moments]
        assert sent == sorted(sent)
        assert any(0 < count < 6 for count in sent)
        assert sent[-1] == moments[-1].counts["created"] == 6
        assert result.summary.counts["created"] == held(sandbox) == 6

    with_sandbox(work, SLOW)


def test_a_stopped_run_waits_for_what_is_in_flight_and_can_be_resumed() -> None:
    """Its result comes back with 130; no row is in doubt, and none is sent twice."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(30), concurrency=2, **given)
        await until_sending(run)

        run.stop()
        result = await run.result()

        counts = result.summary.counts
        assert result.summary.exit_code == 130
        assert result.summary.stopped_because == "The program asked the run to stop."
        assert 0 < counts["created"] == held(sandbox) < 30
        assert counts["created"] + counts["not_attempted"] == 30
        run.stop()  # after the end it does nothing
        assert (await run.result()).summary == result.summary
        resumed = await importer.resume(**given)
        assert resumed is not None
        assert resumed.summary.run_id == result.summary.run_id
        assert resumed.summary.counts["created"] == held(sandbox) == 30

    with_sandbox(work, SLOW)


@pytest.mark.parametrize("stops", [1, 2])
def test_a_stop_that_comes_when_all_is_sent_changes_nothing(stops: int) -> None:
    """State and exit code agree, and there is nothing to be resumed."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(3), concurrency=3, **given)
        await until_held(sandbox, 3)
        for _ in range(stops - 1):
            run.stop()
            await asyncio.sleep(0.5)  # until the answers are taken in
        await run.stop()
        result = await run.result()

        assert (result.ok, result.summary.state) == (True, "finished")
        assert result.summary.stopped_because == ""
        assert result.summary.counts["created"] == held(sandbox) == 3
        assert await importer.resume(**given) is None

    with_sandbox(work, Options(latency_seconds=0.3))


def test_a_stop_that_leaves_a_comparison_undone_leaves_a_run_to_be_resumed() -> None:
    """Whether it comes in the middle of the comparison or before it."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        for number, phase in enumerate(("sending", "auditing")):
            table = rows(2 + 2 * number).tail(2).reset_index(drop=True)
            slow = given | {"settle_pauses": "60s"}
            run = importer.start(table, audit=True, concurrency=2, **slow)
            await until_held(sandbox, 2 + 2 * number)
            async for moment in run.watch(0.01):
                if moment.phase == phase:
                    break
            run.stop()
            result = await run.result()

            assert result.exit_code is importer.Exit.INTERRUPTED
            assert result.summary.state is importer.State.STOPPED
            assert result.summary.counts["created"] == 2
            resumed = await importer.resume(settle_pauses="0s", **given)
            assert resumed is not None
            assert (resumed.ok, resumed.summary.state) == (True, "finished")
            assert resumed.summary.audited == 1
            assert await importer.resume(**given) is None

    with_sandbox(work, Options(latency_seconds=0.3))


def test_a_run_that_is_stopped_before_it_begins_leaves_nothing(tmp_path: Path) -> None:
    """It says that nothing was sent, and no resume finds it."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(3), **given)
        run.stop()

        with pytest.raises(importer.Interrupted, match="Nothing was sent") as refused:
            await run.result()

        assert refused.value.remedy == ""  # there is no run to go on with
        assert held(sandbox) == 0

    with_sandbox(work)
    assert [path.name for path in (tmp_path / "runs").glob("2*")] == []


@pytest.mark.parametrize("waits", [False, True])
def test_the_program_is_asked_before_anything_is_sent(
    tmp_path: Path, *, waits: bool
) -> None:
    """A function or a coroutine function; it sees the forecast and the problems."""
    asked: list[tuple[int, int, int]] = []
    answers = iter([False, True])
    table = rows(4)
    table.loc[0, "product_ids"] = "no-id"

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        def answer(forecast: importer.Forecast, problems: int) -> bool:
            asked.append((forecast.create, problems, held(sandbox)))
            return next(answers)

        async def later(forecast: importer.Forecast, problems: int) -> bool:
            await asyncio.sleep(0.01)
            return answer(forecast, problems)

        confirm = later if waits else answer
        refused = importer.start(table, confirm=confirm, **given)
        with pytest.raises(importer.Interrupted, match="Nothing was sent"):
            await refused.result()
        assert held(sandbox) == 0
        assert list((tmp_path / "runs").glob("2*")) == []

        agreed = await importer.start(table, confirm=confirm, **given).result()
        assert agreed.summary.counts["created"] == held(sandbox) == 3

    with_sandbox(work)
    assert asked == [(3, 1, 0), (3, 1, 0)]


def test_a_stop_ends_the_waiting_for_an_answer_and_nothing_is_sent() -> None:
    """The run is left unconfirmed, so a resume sends it only by its name."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        asking = asyncio.Event()

        async def never(*_: object) -> bool:
            asking.set()
            await asyncio.Event().wait()
            return True

        run = importer.start(rows(3), confirm=never, run_id="asked", **given)
        await asking.wait()
        assert run.snapshot().rows_to_send == 3
        run.stop()
        result = await run.result()

        assert result.summary.exit_code == 130
        assert result.summary.counts["not_attempted"] == 3
        assert held(sandbox) == 0
        assert await importer.resume(**given) is None
        [listed] = await importer.list_runs()
        assert listed.state == "unconfirmed"
        resumed = await importer.resume("asked", **given)
        assert resumed is not None
        assert resumed.summary.counts["created"] == held(sandbox) == 3

    with_sandbox(work)


def test_a_question_that_fails_sends_nothing_and_reaches_the_program() -> None:
    """No run is left, as after a no, whether a function fails or a coroutine."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        def broken(*_: object) -> bool:
            msg = "of the program"
            raise KeyError(msg)

        async def broken_later(*_: object) -> bool:
            return broken()

        for confirm in (broken, broken_later):
            run = importer.start(rows(2), confirm=confirm, run_id="broken", **given)
            with pytest.raises(KeyError, match="of the program"):
                await run.result()

            assert run.done
            assert held(sandbox) == 0
            assert await importer.list_runs() == ()
        assert await importer.resume(**given) is None

    with_sandbox(work)


def test_what_cannot_be_asked_with_two_arguments_is_refused_at_once() -> None:
    """Before anything is read; one that takes more than two may be asked."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        async def of_one(_: object) -> bool:
            return True

        for confirm in (of_one, lambda: True, lambda *, more: more):
            with pytest.raises(importer.UsageError, match="confirm=") as refused:
                importer.start(rows(1), confirm=confirm, **given)  # type: ignore[arg-type]
            assert "two arguments" in refused.value.remedy
        assert await importer.list_runs() == ()
        result = await importer.start(rows(1), confirm=_either, **given).result()
        assert result.summary.counts["created"] == held(sandbox) == 1

    with_sandbox(work)


def test_an_answer_that_is_neither_yes_nor_no_sends_nothing() -> None:
    """A text such as "no" would count as a yes, a forgotten return as a no."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        async def later(*_: object) -> str:
            return "no"

        for confirm in (lambda *_: "no", later, lambda *_: None, lambda *_: [False]):
            run = importer.start(rows(1), confirm=confirm, **given)  # type: ignore[arg-type]
            with pytest.raises(importer.UsageError, match="neither yes nor no") as no:
                await run.result()
            assert "True or False" in no.value.remedy
        assert held(sandbox) == 0
        assert await importer.list_runs() == ()
        numpys: Any = np.True_
        agreed = importer.start(rows(1), confirm=lambda *_: numpys, **given)
        assert (await agreed.result()).ok

    with_sandbox(work)


def _yields(*_: object) -> Iterator[bool]:
    yield False


async def _yields_later(*_: object) -> AsyncIterator[bool]:
    yield False


class _Yields:
    def __call__(self, *_: object) -> Iterator[bool]:
        yield False


@pytest.mark.parametrize("confirm", [_yields, _yields_later, _Yields()])
def test_a_question_with_a_yield_in_it_is_refused_at_once(confirm: Any) -> None:
    """What it gives would count as a yes, whatever it yields."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        with pytest.raises(importer.UsageError, match="yield"):
            importer.start(rows(1), confirm=confirm, **given)
        assert held(sandbox) == 0

    with_sandbox(work)


def _either(forecast: object, problems: int = 0, *more: object) -> bool:
    return not more and forecast is not problems


def test_a_run_that_asks_says_so_and_sends_afterwards() -> None:
    """The phase is `asking` while the answer is waited for."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        phases = []

        async def confirm(*_: object) -> bool:
            phases.append(run.snapshot().phase)
            return True

        run = importer.start(rows(2), confirm=confirm, **given)
        await run.result()
        assert phases == ["asking"]
        assert held(sandbox) == 2

    with_sandbox(work)


@pytest.mark.parametrize("every", [0, -1.0, float("nan"), "soon", None])
def test_a_bar_that_cannot_be_shown_leaves_the_run_alone(every: Any) -> None:
    """A wrong argument is refused, and the run goes on to its end."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(2), **given)
        for looking in (run.show(every), anext(run.watch(every))):
            with pytest.raises(importer.UsageError, match="every="):
                await looking
        assert (await run.result()).ok
        assert held(sandbox) == 2

    with_sandbox(work)


def test_a_second_run_of_the_location_is_refused_and_the_first_goes_on() -> None:
    """Locks hold between two runs of one process as between two processes."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        first = importer.start(rows(8), concurrency=1, run_id="first", **given)
        await until_sending(first)
        second = importer.start(rows(8), run_id="second", **given)
        with pytest.raises(importer.LocationHeldError):
            await second.result()

        result = await first.result()
        assert result.summary.counts["created"] == held(sandbox) == 8
        assert [one.run_id for one in await importer.list_runs()] == ["first"]

    with_sandbox(work, SLOW)


def test_a_run_that_could_not_begin_says_so_in_its_metrics_file(
    tmp_path: Path,
) -> None:
    """So that who watches a job sees it also where the job is a program's."""

    async def main() -> None:
        given: dict[str, Any] = {"location_id": LOCATION, "env": False}
        with pytest.raises(importer.AccessError):
            await importer.run(rows(1), metrics_file="importer.prom", **given)

    asyncio.run(main())
    written = (tmp_path / "importer.prom").read_text("utf-8")
    assert re.search(r"exit_code\S* 4(\.0)?$", written, re.MULTILINE)


def test_a_cancelled_wait_for_the_result_loses_nothing_of_the_run() -> None:
    """The run goes on, and its result is there for whoever waits for it next."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(10), concurrency=1, **given)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(run.result(), 0.1)
        waiting = asyncio.create_task(run.result())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        result = await run.result()

        assert result.summary.exit_code == 0
        assert result.summary.counts["created"] == held(sandbox) == 10
        assert (result.path / "report.csv").is_file()

    with_sandbox(work, SLOW)


def test_a_loop_that_ends_closes_the_run_which_can_then_be_resumed(
    tmp_path: Path,
) -> None:
    """Nobody waits any more: the locks are free, and no row is sent a second time."""
    kept: dict[str, Any] = {}

    async def abandoned() -> None:
        run = importer.start(rows(20), concurrency=1, run_id="left", **kept)
        await until_sending(run, 2)

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        kept.update(given, settle_pauses="0.05s")
        await asyncio.to_thread(asyncio.run, abandoned())

        assert locks.holder(tmp_path / "runs", "left") is None
        result = await importer.resume("left", **kept)

        assert result is not None
        assert result.summary.counts["created"] == held(sandbox) == 20
        assert sandbox.truth()["slugs_twice"] == []

    with_sandbox(work, SLOW)


def test_two_runs_share_no_log_and_take_the_environment_only_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one reads `IMPORTER_…`, the other does not, at the same moment."""
    monkeypatch.setenv("IMPORTER_RUNS_DIR", "from-the-environment")
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "3")

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        more = given | {"env": True, "location_id": OTHER, "token": "b-token-98765432"}
        own = importer.start(rows(4), run_id="own", **given)
        other = importer.start(rows(4), run_id="other", **more)
        results = [await own.result(), await other.result()]

        assert [result.path.parent.name for result in results] == [
            "runs",
            "from-the-environment",
        ]
        for result, location in zip(results, (LOCATION, OTHER), strict=True):
            log = (result.path / "run.log").read_text(encoding="utf-8")
            events = [json.loads(line) for line in log.splitlines()]
            assert {event["run_id"] for event in events} == {result.summary.run_id}
            located = {event["location"] for event in events if "location" in event}
            assert located == {location}
            begun = events[0]["settings"]
            assert begun.get("concurrency") == ("3" if location == OTHER else None)

    with_sandbox(work, SLOW)
    assert not (tmp_path / "runs" / "other").exists()


def test_a_stop_can_be_awaited_and_a_second_one_does_not_wait_for_answers() -> None:
    """The run ends with a report long before the server has answered."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(30), concurrency=3, settle_pauses="0.05s", **given)
        async for moment in run.watch(0.01):
            if moment.phase == "sending" and moment.in_flight:
                break

        run.stop()
        await asyncio.sleep(0.05)
        assert not run.done
        await run.stop()
        result = await run.result()

        assert result.exit_code is importer.Exit.INTERRUPTED
        assert (result.path / "report.csv").is_file()
        assert result.summary.counts["unknown"] > 0
        resumed = await importer.resume(settle_pauses="0.05s", **given)
        assert resumed is not None
        assert resumed.summary.counts["created"] == held(sandbox) == 30
        assert sandbox.truth()["slugs_twice"] == []

    with_sandbox(work, Options(latency_seconds=0.5))


def test_leaving_the_block_of_a_run_waits_for_its_end() -> None:
    """And what it raises reaches the program where no result was asked for."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        async with importer.start(rows(5), **given) as run:
            assert "RunInProgress" in repr(run)
            assert "<progress" in run._repr_html_()
        assert run.done
        assert held(sandbox) == 5
        assert (await run.show()).ok  # shows nothing where no notebook is
        with pytest.raises(importer.InputError, match=r"missing\.csv"):
            async with importer.start("missing.csv", **given):
                pass
        async with importer.start(rows(5), **given) as stopped:
            stopped.stop()  # so that its end is no surprise

    with_sandbox(work, SLOW)


@pytest.mark.parametrize("way", ["block", "show", "task"])
def test_a_cancelled_task_is_as_safe_as_a_stop(way: str) -> None:
    """Rows in flight have their answers, and a resume creates the others, once."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        async def job() -> None:
            if way == "task":
                await importer.run(rows(40), concurrency=4, **given)
            elif way == "show":
                await importer.start(rows(40), concurrency=4, **given).show(0.05)
            else:
                async with importer.start(rows(40), concurrency=4, **given) as run:
                    await run.result()

        task = asyncio.create_task(job())
        await until_held(sandbox, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        before = held(sandbox)
        [listed] = await importer.list_runs(env=False)
        assert before < 40
        if way != "task":
            assert listed.state is importer.State.STOPPED
            assert listed.counts["created"] == before
            assert not listed.counts.get("unknown")
        resumed = await importer.resume(settle_pauses="0.05s", **given)
        assert resumed is not None
        assert resumed.summary.counts["created"] == held(sandbox) == 40
        assert sandbox.truth()["slugs_twice"] == []

    with_sandbox(work, SLOW)


def test_a_block_that_fails_stops_its_run_and_keeps_the_failure() -> None:
    """What the program raised comes out, and the run can be resumed."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(40), concurrency=2, **given)

        async def job() -> None:
            async with run:
                await until_sending(run)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await job()
        assert run.done
        assert 0 < held(sandbox) < 40
        assert (await run.result()).exit_code is importer.Exit.INTERRUPTED

    with_sandbox(work, SLOW)


def test_a_run_that_cannot_be_started_is_refused_with_a_remedy() -> None:
    """At once without a loop, or with a wrong argument; by its result with its file."""
    with pytest.raises(importer.UsageError, match="event loop") as refused:
        importer.start(rows(1), token="a-token-0123456789", env=False)  # noqa: S106
    assert "importer.run" in refused.value.remedy

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del sandbox
        for wrong in ({"confirm": "yes"}, {"no_such": 1}, {"run_id": 7}, {"plan": 7}):
            with pytest.raises(importer.UsageError) as refused:
                importer.start(rows(1), **given | wrong)
            assert refused.value.remedy
        run = importer.start("missing.csv", **given)
        with pytest.raises(importer.InputError, match=r"missing\.csv"):
            await run.result()
        run = importer.start(rows(1), **given)
        with pytest.raises(importer.UsageError, match="every"):
            await anext(run.watch(0))
        await run.result()

    with_sandbox(work)


def test_a_run_is_stopped_from_any_thread_and_waited_for_in_its_own_loop() -> None:
    """Another loop would wait for ever; it is told how to wait instead."""

    async def elsewhere_awaited(wait: Any) -> None:
        with pytest.raises(importer.UsageError, match="another event loop") as refused:
            await wait()
        assert "run_coroutine_threadsafe" in refused.value.remedy

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(20), concurrency=1, **given)
        await until_sending(run)
        home = asyncio.get_running_loop()

        async def seen() -> list[importer.Snapshot]:
            return [moment async for moment in run.watch(0.01)]

        async def left() -> None:
            async with run:
                pass

        for wait in (run.result, seen, left, run.show):
            await asyncio.to_thread(asyncio.run, elsewhere_awaited(wait))
        await asyncio.to_thread(run.stop)
        there = asyncio.run_coroutine_threadsafe
        result = await asyncio.to_thread(lambda: there(run.result(), home).result())

        assert result.summary.state is importer.State.STOPPED
        assert result.summary.counts["created"] == held(sandbox) < 20
        # what has ended can be asked for anywhere
        again = await asyncio.to_thread(asyncio.run, run.result())
        assert again is result

    with_sandbox(work, SLOW)


def test_a_stop_of_another_loop_is_not_waited_for_there() -> None:
    """It stops the run all the same."""

    async def stopped(run: importer.RunInProgress) -> None:
        with pytest.raises(importer.UsageError, match="another event loop"):
            await run.stop()

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        run = importer.start(rows(20), concurrency=1, **given)
        await until_sending(run)
        await asyncio.to_thread(asyncio.run, stopped(run))
        assert (await run.result()).summary.state is importer.State.STOPPED

    with_sandbox(work, SLOW)
