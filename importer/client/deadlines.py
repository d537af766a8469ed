"""An end for every call, with one timer for all of them.

All calls of a client may take equally long, so the first that began is the first that
is due; a timer of its own for each costs more than to keep them in a line. What is
late is cancelled, as by `asyncio.timeout`. Invariant: a call that is under way stands
in the line, and is cancelled when it is due.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType


class Deadline:
    """The end of one call, as a block: leaving it late is a `TimeoutError`."""

    __slots__ = ("_cancelling", "due", "late", "task")

    def __init__(self, task: asyncio.Task[Any], due: float) -> None:
        """Say who shall be done by when, in the loop's time."""
        self.task: asyncio.Task[Any] | None = task
        self.due = due
        self.late = False
        self._cancelling = task.cancelling()

    def __enter__(self) -> None:
        """Begin the call."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the call; one that was late becomes a `TimeoutError`."""
        # the line keeps the deadline until it is due, but must not keep its task alive,
        # or cancel what has ended
        task, self.task = self.task, None
        if not (self.late and task):
            return
        # another reason to cancel the task goes before the deadline
        alone = task.uncancel() <= self._cancelling
        if alone and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from failure


class Deadlines:
    """The calls under way, the one that began first in front."""

    def __init__(self, seconds: float) -> None:
        """Give every call so long."""
        self._seconds = seconds
        self._line: deque[Deadline] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Deadline:
        """Return the deadline of a call that the current task is about to make."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None  # noqa: S101 - only coroutines make calls
        deadline = Deadline(task, loop.time() + self._seconds)
        line = self._line
        # ended calls leave in front, so the line is as long as what is under way
        while line and line[0].task is None:
            line.popleft()
        line.append(deadline)
        if self._timer is None:
            self._timer = loop.call_at(deadline.due, self._look, loop)
        return deadline

    def close(self) -> None:
        """Stop the timer: no call follows."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel what is late, and look again when the next one is due."""
        line, now = self._line, loop.time()
        while line and (line[0].task is None or line[0].due <= now):
            # all deadlines are equally long, so nothing behind the first can be due
            # before it
            deadline = line.popleft()
            if deadline.task is not None:
                deadline.late = True
                deadline.task.cancel()
        due = line[0].due if line else 0.0
        self._timer = loop.call_at(due, self._look, loop) if line else None
