"""Deadlines: late calls end, others do not, and other cancellations stay themselves."""

from __future__ import annotations

import asyncio
import time

import pytest

from importer.client.wire import Deadlines


async def call(deadlines: Deadlines, seconds: float) -> str:
    """A call whose answer takes so long."""
    try:
        with deadlines.begin():
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "late"
    return "answered"


def test_only_what_is_late_is_ended() -> None:
    """Calls before, after and beside it have their answers."""

    async def go() -> list[str]:
        deadlines = Deadlines(0.05)
        calls = [call(deadlines, seconds) for seconds in (0.0, 5.0, 0.001, 5.0, 0.0)]
        ended = await asyncio.gather(*calls)
        ended.append(await call(deadlines, 0.0))
        ended.append(await call(deadlines, 5.0))
        deadlines.close()
        return ended

    assert asyncio.run(go()) == [
        "answered",
        "late",
        "answered",
        "late",
        "answered",
        "answered",
        "late",
    ]


def test_a_task_that_was_late_can_go_on() -> None:
    """Nothing of the cancellation stays with the worker that goes on with others."""

    async def go() -> None:
        deadlines = Deadlines(0.01)
        for _ in range(3):
            assert await call(deadlines, 5.0) == "late"
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0
        await asyncio.sleep(0)

    asyncio.run(go())


def test_a_cancellation_by_somebody_else_is_no_timeout() -> None:
    """A second Ctrl-C ends the worker, whether its call is late or not."""

    async def go() -> None:
        deadlines = Deadlines(0.01)
        one = asyncio.create_task(call(deadlines, 5.0))
        await asyncio.sleep(0)
        one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one
        both = asyncio.create_task(call(deadlines, 5.0))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.01, both.cancel)
        await asyncio.wait([both])
        assert both.cancelled() or both.result() == "late"

    asyncio.run(go())


def test_finished_calls_do_not_gather() -> None:
    """A run of a million quick calls keeps only those that are under way."""

    async def go() -> None:
        deadlines = Deadlines(30.0)
        for _ in range(100):
            assert await call(deadlines, 0.0) == "answered"
        assert len(deadlines._line) == 1
        deadlines.close()

    asyncio.run(go())


def test_another_failure_stays_itself() -> None:
    """A lost connection is told as one."""

    async def go() -> None:
        deadlines = Deadlines(30.0)
        with pytest.raises(ConnectionResetError), deadlines.begin():
            raise ConnectionResetError
        deadlines.close()

    asyncio.run(go())


def test_a_cancellation_that_meets_the_deadline_is_not_swallowed() -> None:
    """Both come before the task runs again: whoever cancelled it goes first."""

    async def go() -> None:
        deadlines = Deadlines(0.01)
        one = asyncio.create_task(call(deadlines, 5.0))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.011, one.cancel)
        time.sleep(0.05)  # noqa: ASYNC251, TID251 - the loop is busy: both are due
        await asyncio.wait([one])
        assert one.cancelled()
        deadlines.close()

    asyncio.run(go())


def test_a_call_of_a_task_that_is_being_cancelled_ends_late_as_any_other() -> None:
    """What it still sends while it cleans up has its own deadline."""

    async def go() -> None:
        deadlines = Deadlines(0.01)

        async def cleaned() -> str:
            try:
                await asyncio.sleep(5.0)
            except asyncio.CancelledError:
                return await call(deadlines, 5.0)
            return "never cancelled"

        one = asyncio.create_task(cleaned())
        await asyncio.sleep(0)
        one.cancel()
        assert await asyncio.wait_for(one, 5.0) == "late"
        deadlines.close()

    asyncio.run(go())


def test_a_failure_at_the_deadline_stays_itself() -> None:
    """A connection that is lost while the call is being ended is told as one."""

    async def go() -> None:
        deadlines = Deadlines(0.01)

        async def lost() -> None:
            with deadlines.begin():
                try:
                    await asyncio.sleep(5.0)
                except asyncio.CancelledError:
                    raise ConnectionResetError from None

        task = asyncio.create_task(lost())
        await asyncio.wait([task])
        assert isinstance(task.exception(), ConnectionResetError)
        assert task.cancelling() == 0
        deadlines.close()

    asyncio.run(go())


def test_the_last_call_under_way_is_late_at_its_own_time() -> None:
    """It began after another one that was late, and no call follows it."""

    async def later(deadlines: Deadlines) -> str:
        await asyncio.sleep(0.03)
        return await call(deadlines, 30.0)

    async def go() -> list[str]:
        deadlines = Deadlines(0.1)
        calls = asyncio.gather(*[call(deadlines, 30.0), later(deadlines)])
        ended = await asyncio.wait_for(calls, 10.0)
        deadlines.close()
        return ended

    assert asyncio.run(go()) == ["late", "late"]
