"""Work in a thread that nobody waits for once it is not wanted any more."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from importer.pipeline import background

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


def test_what_the_work_returns_and_raises_reaches_the_task() -> None:
    """It runs with the context of the task, as the log wants it."""

    async def both() -> tuple[str, str]:
        WHO.set("me")
        said = await background.run(WHO.get)
        with pytest.raises(ZeroDivisionError):
            await background.run(lambda: 1 / 0)
        return said, threading.current_thread().name

    assert asyncio.run(both()) == ("me", "MainThread")


def test_a_thread_that_hangs_keeps_nobody_from_ending() -> None:
    """A pipe from which nothing comes must not hold up a second Ctrl-C."""
    never = threading.Event()

    async def impatient() -> bool:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(background.run(never.wait), 0.05)
        return True

    assert asyncio.run(impatient())
    hanging = [one for one in threading.enumerate() if one.name == "reading"]
    assert all(one.daemon for one in hanging)
    never.set()


def test_an_answer_after_the_loop_has_ended_goes_nowhere() -> None:
    """The work may come to its end when nobody is left to be told."""
    late, done = threading.Event(), threading.Event()

    def work() -> None:
        late.wait()
        done.set()

    async def gone() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(background.run(work), 0.01)

    asyncio.run(gone())
    late.set()
    assert done.wait(5)
