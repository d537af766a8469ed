"""The verb `start`: a run that goes on while the program looks at it, or stops it.

The run is a task of its own: who waits for its result may give up waiting, and the run
goes on. Invariant: whatever becomes of those who wait, the run is closed, its journal
and report are whole, and its locations are free again.
"""

from __future__ import annotations

import asyncio
import inspect
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.api import arguments, sentence, settings_value
from importer.api.hooks import Hooks
from importer.api.results import RunResult
from importer.api.verbs import in_arguments, planned
from importer.errors import Interrupted, UsageError
from importer.models import Snapshot
from importer.runs.forecasts import Forecast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
    from pathlib import Path

    from typing_extensions import Unpack

    from importer.api.settings_value import Settings
    from importer.intake import tables
    from importer.runs.session import Session
    from importer.settings.typed import RunSettings

    #: Asked with the forecast, and with the number of rows that have a problem.
    Confirm = Callable[[Forecast, int], bool | Awaitable[bool]]


class _Attached(Hooks[Forecast, RunResult]):
    """Hooks that keep hold of the run, and ask the program."""

    def __init__(self, confirm: Confirm | None) -> None:
        """Ask `confirm`, if there is one."""
        self._confirm = confirm
        self.session: Session | None = None
        self.stopped = False

    @property
    def asks(self) -> bool:
        """Whether the program wants to be asked before anything is sent."""
        return self._confirm is not None

    async def confirm(self, session: Session, question: Forecast) -> bool:
        """Ask the program; a stop ends the waiting for its answer."""
        assert self._confirm is not None  # noqa: S101 - by `asks`
        answer = self._confirm(question, session.watch.problems)
        if inspect.isawaitable(answer):
            return bool(await session.unless_stopped(_awaited(answer)))
        return bool(answer)

    @contextmanager
    def attached(self, session: Session) -> Iterator[None]:
        """Keep hold of the run while it goes on."""
        self.session = session
        # `stop` may come before the run has a session
        if self.stopped:
            self.stop()
        yield

    def stop(self) -> None:
        """Stop the run, or let it be stopped as soon as it has begun."""
        self.stopped = True
        # while the report is written nothing can be stopped any more
        if self.session is not None and self.session.watch.phase != "reporting":
            remedy = f'Go on with: importer.resume("{self.session.folder.run_id}")'
            reason = "The program asked the run to stop."
            self.session.stop(Interrupted(reason, remedy=remedy))


async def _awaited(answer: Awaitable[bool]) -> bool:
    return await answer


class RunInProgress:
    """A run that was started and goes on by itself.

    Keep it as long as the run shall go on: nothing else holds the run.
    """

    def __init__(self, hooks: _Attached, work: Coroutine[Any, Any, RunResult]) -> None:
        """Begin the work in the event loop that is running."""
        self._hooks = hooks
        self._task = asyncio.get_running_loop().create_task(work)

    @property
    def done(self) -> bool:
        """Whether the run has ended, well or not."""
        return self._task.done()

    @property
    def run_id(self) -> str | None:
        """The name of the run; None until it has one."""
        session = self._hooks.session
        return session.folder.run_id if session else None

    def snapshot(self) -> Snapshot:
        """Return how far the run is at this moment."""
        session = self._hooks.session
        return session.watch.snapshot() if session else Snapshot(phase="starting")

    async def watch(self, seconds: float = 1.0) -> AsyncIterator[Snapshot]:
        """Give a moment of the run now and then, the last one after its end.

        Args:
            seconds: how long it is between two moments.

        Raises:
            UsageError: `seconds` is no such time.
        """
        if not 0 < seconds < math.inf:
            msg = f"The argument seconds={seconds!r:.60} cannot be used."
            raise UsageError(msg, remedy="Give a number above 0: seconds=1.0.")
        while not self._task.done():
            yield self.snapshot()
            await asyncio.wait({self._task}, timeout=seconds)
        yield self.snapshot()

    def stop(self) -> None:
        """End the run soon; what is in flight is waited for.

        `result` then gives what became of the rows, with the exit code 130, and the run
        can be resumed. A run that was stopped while it read its input leaves nothing,
        and `result` raises `Interrupted`. After the end it does nothing.
        """
        if not self._task.done():
            self._hooks.stop()

    async def result(self) -> RunResult:
        """Wait for the end of the run; it goes on where the waiting is cancelled.

        Returns:
            What became of every row. A run that was stopped comes back too, with its
            exit code in the summary.

        Raises:
            Interrupted: it was stopped before its input was read, or `confirm` said
                no; nothing was sent.
            FatalError: as `run` raises them.
        """
        # shielded: who gives up waiting ends the waiting and not the run
        return await asyncio.shield(self._task)


def start(
    *inputs: tables.Input,
    confirm: Confirm | None = None,
    run_id: str | None = None,
    plan: Path | str | None = None,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> RunInProgress:
    """Start a run that goes on by itself, in the event loop that is running.

    Args:
        inputs: paths, open binary files, frames, dicts, or an `Input` of one of them;
            with a plan none need to be named.
        confirm: asked before anything is sent, with the forecast and the number of rows
            that have a problem; a function or a coroutine function that returns whether
            it shall be sent. Nothing to send is not asked about.
        run_id: a name for the run; made from the time without one.
        plan: a saved plan, which is done exactly, or not at all.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `token` may be among them.

    Raises:
        UsageError: no event loop is running, or an option cannot be used.
        InputError: the settings file or the plan cannot be read.
        PlanOutdated: the input is no longer as planned.
    """
    with arguments.told():
        _refuse(confirm)
        chosen = settings_value.chosen(options, settings, config, environment=env)
        chosen, inputs, stored = planned(inputs, run_id, plan, chosen)
    hooks = _Attached(confirm)
    return RunInProgress(
        hooks, in_arguments(sentence.run(inputs, chosen, run_id, stored, hooks))
    )


def _refuse(confirm: object) -> None:
    """Refuse to start where nothing could go on.

    Raises:
        UsageError: no event loop is running, or `confirm` cannot be called.
    """
    if confirm is not None and not callable(confirm):
        msg = f"The argument confirm={confirm!r:.60} cannot be used: it is no function."
        raise UsageError(
            msg, remedy="Give a function of the forecast and the problems."
        )
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        msg = "importer.start needs an event loop that is running, and there is none."
        remedy = "Call it in a coroutine, or: asyncio.run(importer.run(…))."
        raise UsageError(msg, remedy=remedy) from None
