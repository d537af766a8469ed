"""The hooks of a run in progress: how the program keeps hold of it, and is asked.

Invariant: the first stop lets rows in flight end, the second does not wait; both leave
a run that can be gone on with, and a report.
"""

from __future__ import annotations

import asyncio
import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.api.hooks import Hooks
from importer.api.results import RunResult
from importer.errors import Interrupted, UsageError
from importer.runs.forecasts import Forecast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from importer.runs.session import Session

    #: Asked with the forecast, and with the number of rows that have a problem.
    Confirm = Callable[[Forecast, int], bool | Awaitable[bool]]


#: What numpy calls its truths.
_TRUTHS = ("bool", "bool_")


class Attachment(Hooks[Forecast, RunResult]):
    """Hooks that keep hold of the run, and ask the program."""

    def __init__(self, confirm: Confirm | None) -> None:
        """Ask `confirm`, if there is one."""
        self._confirm = confirm
        self.session: Session | None = None
        self.stopped: bool = False
        self._task: asyncio.Task[Any] | None = None
        #: whether what is done now may be left where it is, and was told to be
        self._may_leave, self._leaving = False, False

    @property
    def asks(self) -> bool:
        """Whether the program wants to be asked before anything is sent."""
        return self._confirm is not None

    async def confirm(self, session: Session, question: Forecast) -> bool:
        """Ask the program; a stop ends the waiting for its answer."""
        assert self._confirm is not None  # noqa: S101 - by `asks`
        try:
            answer: object = self._confirm(question, session.watch.problems)
            if inspect.isawaitable(answer):
                answer = await session.unless_stopped(_awaited(answer))
            return not session.stopping and _agreed(answer)
        except Exception:
            # no yes: as after a no, nothing is left that a resume could send
            session.give_up()
            raise

    @contextmanager
    def attached(self, session: Session) -> Iterator[None]:
        """Keep hold of the run while it goes on."""
        self.session, self._task = session, asyncio.current_task()
        # `stop` may come before the run has a session
        if self.stopped:
            self.stop()
        yield

    @contextmanager
    def working(self, session: Session) -> Iterator[None]:
        """Leave the block at the second stop, and go on with the report."""
        self._may_leave = True
        try:
            yield
        except asyncio.CancelledError:
            task = self._task
            if not (self._leaving and session.stopping) or not task or task.uncancel():
                raise
        finally:
            self._may_leave = False

    def stop(self) -> None:
        """Stop the run, or let it be stopped as soon as it has begun.

        The second stop does not wait for what is in flight.
        """
        if self.stopped and self.session is not None and self.session.stopping:
            if self._may_leave and self._task is not None and not self._leaving:
                self._leaving = True
                self._task.cancel()
            return
        self.stopped = True
        # while the report is written nothing can be stopped any more
        if self.session is not None and self.session.watch.phase != "reporting":
            remedy = f'Go on with: importer.resume("{self.session.folder.run_id}")'
            reason = "The program asked the run to stop."
            self.session.stop(Interrupted(reason, remedy=remedy))


def _agreed(answer: object) -> bool:
    """Return the answer; a text such as "no" would count as a yes.

    Raises:
        UsageError: it is none.
    """
    if isinstance(answer, bool) or type(answer).__name__ in _TRUTHS:
        return bool(answer)
    msg = f"confirm returned {answer!r:.60}, which is neither yes nor no."
    raise UsageError(msg, remedy="Return True or False.")


async def _awaited(answer: Awaitable[bool]) -> bool:
    return await answer
