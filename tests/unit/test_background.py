"""Work in a thread: waited for, or without anything that it could touch."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from importer import background

if TYPE_CHECKING:
    from collections.abc import Callable

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


def nothing() -> None:
    """Take nothing away."""


@pytest.mark.parametrize(
    "run", [partial(background.run, abandon=nothing), background.to_its_end]
)
def test_what_the_work_returns_and_raises_reaches_the_task(
    run: Callable[..., Any],
) -> None:
    """It runs with the context of the task, as the log wants it."""

    async def both() -> tuple[str, str]:
        WHO.set("me")
        said = await run(WHO.get)
        with pytest.raises(ZeroDivisionError):
            await run(lambda: 1 / 0)
        return said, threading.current_thread().name

    assert asyncio.run(both()) == ("me", "MainThread")


def test_a_thread_that_hangs_keeps_nobody_from_ending_and_loses_what_it_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pipe from which nothing comes must not hold up a second Ctrl-C."""
    monkeypatch.setattr(background, "PATIENCE_SECONDS", 0.05)
    never, done, hold = threading.Event(), threading.Event(), background.Hold()
    steps: list[int] = []

    def work() -> None:
        try:
            for step in range(2):
                with hold:
                    steps.append(step)
                never.wait()
        except background.Abandoned:
            done.set()

    async def impatient() -> bool:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(background.run(work, hold.take_away), 0.05)
        return True

    assert asyncio.run(impatient())
    hanging = [one for one in threading.enumerate() if one.name == "reading"]
    assert all(one.daemon for one in hanging)
    never.set()
    assert done.wait(5)
    assert steps == [0]


def test_work_that_can_end_is_waited_for() -> None:
    """When the task is told that it was cancelled, the thread has ended."""
    asked, ended = threading.Event(), threading.Event()

    def work() -> None:
        asked.wait()
        ended.set()

    async def stopped() -> bool:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(background.run(work, asked.set), 0.01)
        return ended.is_set()

    assert asyncio.run(stopped())


@pytest.mark.parametrize("fails", [False, True])
def test_work_on_what_is_closed_afterwards_is_waited_for_however_often_cancelled(
    *, fails: bool
) -> None:
    """A second cancellation leaves the thread no more alone than the first."""
    go_on, ended = threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait()
        ended.set()
        if fails:
            raise ZeroDivisionError

    async def stopped() -> bool:
        task = asyncio.create_task(background.to_its_end(work))
        for _ in range(2):
            await asyncio.sleep(0.01)
            task.cancel()
        await asyncio.sleep(0.01)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        return ended.is_set()

    assert asyncio.run(stopped())


def test_a_task_whose_loop_has_gone_takes_its_work_away() -> None:
    """Nothing can be waited for there, and the thread still touches nothing."""
    go_on, taken = threading.Event(), threading.Event()
    loop = asyncio.new_event_loop()
    work = background.run(go_on.wait, taken.set)

    async def begin() -> None:
        work.send(None)

    loop.run_until_complete(begin())
    work.close()
    loop.close()
    assert taken.is_set()
    go_on.set()
