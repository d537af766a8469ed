"""Work in a thread of its own, which the task that opened it waits for.

A thread that hangs in reading a pipe would keep the program from ending, so reading
can be abandoned: it is waited for a moment, and what it worked on is taken away from
it. Invariants: what the work returns or raises reaches the task that awaits it; a
thread that outlives its task touches nothing of the run.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

#: How long work that was abandoned is waited for: it may hang in reading a pipe.
PATIENCE_SECONDS = 2.0


class Abandoned(Exception):  # noqa: N818 - a stop, not a failure
    """The work goes on in a thread that nothing waits for; it has to end."""


class Hold:
    """What a thread works on until its owner takes it away.

    The thread enters the hold for each step of its work, and for no wait. Once
    `take_away` has returned, no step is going on and none begins.
    """

    __slots__ = ("lock", "taken_away")

    def __init__(self) -> None:
        """Begin with the thread's turn."""
        self.lock: threading.Lock = threading.Lock()
        self.taken_away: bool = False

    def __enter__(self) -> None:
        """Begin a step.

        Raises:
            Abandoned: it was taken away.
        """
        self.lock.acquire()
        if self.taken_away:
            self.lock.release()
            raise Abandoned

    def __exit__(self, *failure: object) -> None:
        """End a step."""
        self.lock.release()

    def take_away(self) -> None:
        """Wait for the end of the step that goes on, and let none follow."""
        with self.lock:
            self.taken_away = True


async def run(work: Callable[[], Result], abandon: Callable[[], None]) -> Result:
    """Run a function in a thread that may hang.

    Args:
        work: the function; it has the context of the task.
        abandon: called where the task is cancelled: takes away what `work` works on
            and asks it to end.
    """
    thread = _Thread(work)
    try:
        return await thread.done
    except GeneratorExit:  # its loop has ended, so nothing can be waited for
        abandon()
        raise
    except asyncio.CancelledError:
        abandon()
        await asyncio.wait({thread.ended}, timeout=PATIENCE_SECONDS)
        raise


async def to_its_end(work: Callable[[], Result]) -> Result:
    """Run a function in a thread, and return after its end, even where cancelled."""
    ended, context = threading.Event(), copy_context()

    def working() -> Result:
        try:
            return context.run(work)
        except StopIteration as failure:
            raise _carried(failure) from failure
        finally:
            ended.set()

    done = asyncio.get_running_loop().run_in_executor(None, working)
    cancelled: asyncio.CancelledError | None = None
    try:
        while not done.done():
            try:
                await asyncio.wait({done})
            except asyncio.CancelledError as stop:
                cancelled = stop
    finally:
        ended.wait()  # also where the loop has ended, so that nothing can be awaited
    if cancelled is not None:
        done.exception()  # it goes nowhere
        raise cancelled
    return done.result()


def _carried(failure: StopIteration) -> RuntimeError:
    """Return what a future can hold in its place; with the thing itself it hangs."""
    carried = RuntimeError(f"the work raised {failure!r}")
    carried.__cause__ = failure
    return carried


class _Thread(Generic[Result]):
    """A thread that works, and the futures that say what has come of it."""

    def __init__(self, work: Callable[[], Result]) -> None:
        """Start it with the context of the task."""
        self._loop = asyncio.get_running_loop()
        self._work, self._context = work, copy_context()
        self.done: asyncio.Future[Result] = self._loop.create_future()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        threading.Thread(target=self._run, name="reading", daemon=True).start()

    def _run(self) -> None:
        try:
            result = self._context.run(self._work)
        except StopIteration as failure:
            self._tell(failure=_carried(failure))
        except BaseException as failure:  # noqa: BLE001 - it is raised where it belongs
            self._tell(failure=failure)
        else:
            self._tell(result)

    def _tell(
        self, result: Result | None = None, failure: BaseException | None = None
    ) -> None:
        def say() -> None:
            self.ended.set_result(None)
            if self.done.done():
                return
            if failure is not None:
                self.done.set_exception(failure)
            else:
                self.done.set_result(result)  # type: ignore[arg-type]

        with suppress(RuntimeError):  # the loop has been closed meanwhile
            self._loop.call_soon_threadsafe(say)
