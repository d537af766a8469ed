"""What signals do to a run that a person, or the system, wants to end.

Catches them while a `Session` is at work, and lets them through while a question is
asked. Invariant: the first one lets rows in flight end, the second does not wait; both
leave a run that can be gone on with, and a report.
"""

from __future__ import annotations

import asyncio
import shlex
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.cli import progress, termination
from importer.errors import FatalError, Interrupted, Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.runs.session import Session

#: What a signal is told as at the question of a command, where nothing was sent yet.
ASKED = {"undo": f"{termination.STOPPED} Nothing was deleted."}
#: What each signal is told as, and what it ends the run with.
SIGNS: dict[str, tuple[type[FatalError], str]] = {
    "SIGINT": (Interrupted, "Interrupted by Ctrl-C."),
    "SIGTERM": (Terminated, "The system asked the program to end (SIGTERM)."),
    "SIGHUP": (Terminated, "The terminal was closed (SIGHUP)."),
}


class Interruption:
    """The signals that reach a session."""

    def __init__(self, session: Session, again: str) -> None:
        """End `session`, which the command `again` goes on with."""
        self._session = session
        self._remedy = (
            f"Go on with: importer {again} {shlex.quote(session.folder.run_id)}"
        )
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._asked = ASKED.get(again, termination.TOLD)
        #: what is listened for, with what heard it before
        self._heard: dict[signal.Signals, Any] = {}
        #: whether what is done now may be left where it is
        self._may_leave = False

    def listen(self) -> None:
        """Catch the signals from now on; what `nohup` has switched off stays so."""
        for name in SIGNS:
            number = getattr(signal, name, None)
            hung_up = name == "SIGHUP"
            if number is None or (
                hung_up and signal.getsignal(number) == signal.SIG_IGN
            ):
                continue
            earlier = signal.getsignal(number)
            try:
                self._loop.add_signal_handler(number, self._caught, number)
            except NotImplementedError:  # pragma: no cover - Windows has none
                return
            self._heard[number] = earlier

    def leave(self, *, for_good: bool = False) -> None:
        """Let them do what they do without us.

        Args:
            for_good: nothing is left to be ended, so that one more does nothing: all
                that follows is closing what is open.
        """
        while self._heard:
            number, earlier = self._heard.popitem()
            self._loop.remove_signal_handler(number)
            if number is not signal.SIGINT:  # at a question it is Python's own
                signal.signal(number, earlier)
            if for_good:
                signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Leave the block at the second signal, and go on with the report."""
        self._may_leave = True
        try:
            yield
        except asyncio.CancelledError:
            task = self._task
            if task is None or task.uncancel() or not self._session.stopping:
                raise
        finally:
            self._may_leave = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Have a signal end the question of the block; the loop cannot hear it.

        Raises:
            Terminated: the system asked the program to end.
            KeyboardInterrupt: Ctrl-C.
        """
        self.leave()
        try:
            with termination.raised(self._asked):
                yield
        finally:
            self.listen()

    def _caught(self, number: signal.Signals) -> None:
        if self._session.watch.phase == "reporting":
            return  # all is done, and is written to its end
        if self._session.stopping:
            if self._may_leave and self._task is not None:
                self._task.cancel()
            return
        kind, sign = SIGNS[number.name]
        self._session.stop(kind(sign, remedy=self._remedy))
        progress.say(
            "Stopping: requests in flight are waited for. Once more stops at once."
            if self._session.delivering
            else "Stopping."
        )


@contextmanager
def heard(session: Session, again: str = "resume") -> Iterator[Interruption]:
    """Catch the signals while the block works on a session."""
    interruption = Interruption(session, again)
    interruption.listen()
    try:
        yield interruption
    finally:
        interruption.leave(for_good=session.stopping)
