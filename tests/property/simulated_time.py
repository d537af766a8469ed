"""A clock that jumps: an event loop in which waiting costs nothing.

Instead of sleeping until the next timer the loop sets its own time to it, so that
minutes of pauses pass in a moment and in the same order every time. Work for a
thread is done at once, in the loop. Invariant: a loop that waits for something that
can never come raises `Stuck` instead of hanging, also where timers go on for ever.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

#: Nothing that is simulated takes longer than this, with all its pauses.
LONGEST_SECONDS = 4 * 86_400.0


class Stuck(BaseException):
    """Everything waits, and nothing is on its way."""


class Jumping(selectors.SelectSelector):
    """A selector that never sleeps: it says how late it is instead."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self.now = now
        self.end = now + LONGEST_SECONDS

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise Stuck
        if not ready and timeout is not None:
            self.now += max(0.0, timeout)
        if self.now > self.end:
            raise Stuck
        return ready


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time is the selector's."""

    def __init__(self, now: float) -> None:
        self.jumping = Jumping(now)
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now

    def run_in_executor(  # type: ignore[override] # for what it is called with here
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do at once what else a thread does: no simulated time passes."""
        del executor
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as failure:  # noqa: BLE001 - raised where it is awaited
            future.set_exception(failure)
        return future


def run(work: Coroutine[Any, Any, T], now: float) -> tuple[T, float]:
    """Run `work` from a time on; its result, and what time it is then."""
    loop = Loop(now)
    try:
        return loop.run_until_complete(work), loop.time()
    finally:
        loop.close()
