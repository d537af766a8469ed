"""The verbs `start` and `start_resume`: runs that go on while a program looks at them.

The run is a task of its own: who waits for its result may give up waiting, and the run
goes on. Invariant: whatever becomes of those who wait, the run is closed, its journal
and report are whole, and its locations are free again.
"""

from __future__ import annotations

import asyncio
import inspect
import math
from contextlib import suppress
from numbers import Real
from typing import TYPE_CHECKING, Any

from importer.api import (
    arguments,
    notebook_bar,
    settings_value,
)
from importer.api.attachment import Attachment
from importer.api.verbs import planned, refuse_names, taken_up
from importer.errors import UsageError
from importer.models import Snapshot
from importer.report import notebook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Coroutine, Generator
    from pathlib import Path
    from typing import Self

    from typing_extensions import Unpack

    from importer.api.attachment import Confirm
    from importer.api.results import RunResult
    from importer.api.settings_value import Settings
    from importer.intake import tables
    from importer.settings.typed import RunSettings


class RunInProgress:
    """A run that was started and goes on by itself; an async context manager.

    Keep it as long as the run shall go on: nothing else holds the run. Leaving its
    block waits for the end; where the block fails or is cancelled, the run is stopped
    first.
    """

    def __init__(self, hooks: Attachment, work: Coroutine[Any, Any, RunResult]) -> None:
        """Begin the work in the event loop that is running."""
        self._hooks = hooks
        self._task = asyncio.get_running_loop().create_task(work)
        self._told = False

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

    async def watch(self, every: float = 1.0) -> AsyncIterator[Snapshot]:
        """Give a moment of the run now and then, the last one after its end.

        Args:
            every: how long it is between two moments, in seconds.

        Raises:
            UsageError: `every` is no such time, or the run goes on in another loop.
        """
        _refuse_time(every)
        _refuse_other_loops(self._task)
        while not self._task.done():
            yield self.snapshot()
            await asyncio.wait({self._task}, timeout=every)
        yield self.snapshot()

    def stop(self) -> Awaitable[None]:
        """End the run soon; what is in flight is waited for.

        `result` then gives what became of the rows, with the exit code 130, and the run
        can be resumed. A run that was stopped while it read its input leaves nothing,
        and `result` raises `Interrupted`. A second stop does not wait for what is in
        flight; after the end it does nothing. It may be called in any thread.

        Returns:
            What can be awaited where the run was started: it is over when the run has
            ended, and raises nothing of the run.
        """
        if self._task.done():
            return _End(self._task)
        if _at_home(self._task):
            self._hooks.stop()
        else:
            # the loop may close at this very moment, and the run with it
            with suppress(RuntimeError):
                self._task.get_loop().call_soon_threadsafe(self._hooks.stop)
        return _End(self._task)

    async def show(self, every: float = 0.5) -> RunResult:
        """Show a progress bar in a notebook until the run ends; return its result.

        Where no notebook is nothing is shown. A cell that is interrupted stops the run.

        Args:
            every: how long it is between two looks, in seconds.

        Raises:
            UsageError: `every` is no such time; the run goes on.
            FatalError: as `result` raises them.
        """
        _refuse_time(every)
        async with self:
            bar = notebook_bar.begin(self.snapshot())
            async for moment in self.watch(every):
                bar.update(moment)
            return await self.result()

    async def result(self) -> RunResult:
        """Wait for the end of the run; it goes on where the waiting is cancelled.

        Returns:
            What became of every row. A run that was stopped comes back too, with its
            exit code in the summary.

        Raises:
            Interrupted: it was stopped before its input was read, or `confirm` said
                no; nothing was sent.
            UsageError: the run goes on in another event loop.
            FatalError: as `run` raises them.
        """
        _refuse_other_loops(self._task)
        # shielded: who gives up waiting ends the waiting and not the run
        try:
            return await asyncio.shield(self._task)
        finally:
            self._told = self._told or self._task.done()

    async def __aenter__(self) -> Self:
        """Enter; the run goes on.

        Raises:
            UsageError: it goes on in another event loop.
        """
        _refuse_other_loops(self._task)
        return self

    async def __aexit__(
        self, kind: object, failure: BaseException | None, trace: object
    ) -> None:
        """Wait for the end of the run, which is stopped first where anything failed.

        Raises:
            FatalError: the run could not begin, and the result was not asked for.
        """
        if failure is not None:
            await self._drained()
            return
        try:
            await asyncio.wait({self._task})
        except asyncio.CancelledError:
            await self._drained()
            raise
        if not self._told and not self._hooks.stopped:
            self._task.result()

    async def _drained(self) -> None:
        """Stop the run and wait for its end, also where the waiting is cancelled.

        Who cancels again does not wait for what is in flight.
        """
        cancelled: asyncio.CancelledError | None = None
        while not self._task.done():
            try:
                await self.stop()
            except asyncio.CancelledError as again:
                cancelled = again
        if not self._task.cancelled():
            self._task.exception()  # what the block failed with goes before it
        if cancelled is not None:
            raise cancelled

    def _repr_html_(self) -> str:
        """Return a bar of this moment, for notebooks."""
        return notebook.progress(self.snapshot())

    def __repr__(self) -> str:
        """Say on a short line how far it is."""
        moment = "ended" if self.done else notebook.line(self.snapshot())
        return f"<RunInProgress {self.run_id or 'without a name'}: {moment}>"


def _refuse_time(every: object) -> None:
    """Refuse what is no time between two moments.

    Raises:
        UsageError: it is no number of seconds above 0.
    """
    number = isinstance(every, Real) and not isinstance(every, bool)
    if not number or not 0 < every < math.inf:  # type: ignore[operator] # a number
        msg = f"The argument every={every!r:.60} cannot be used."
        raise UsageError(msg, remedy="Give seconds above 0: every=1.0.")


def _at_home(task: asyncio.Task[Any]) -> bool:
    """Say whether the event loop that runs here, if any, is that of the task."""
    try:
        return asyncio.get_running_loop() is task.get_loop()
    except RuntimeError:
        return False


def _refuse_other_loops(task: asyncio.Task[Any]) -> None:
    """Refuse to wait for a run where it does not go on: no end would ever come.

    Raises:
        UsageError: it goes on in another event loop.
    """
    if task.done() or _at_home(task):
        return
    msg = "The run goes on in another event loop, and cannot be waited for here."
    remedy = "Wait for it where it was started; from a thread: "
    remedy += "asyncio.run_coroutine_threadsafe(run.result(), loop).result()."
    raise UsageError(msg, remedy=remedy)


class _End:
    """The end of a task, to be waited for or not."""

    __slots__ = ("_task",)

    def __init__(self, task: asyncio.Task[Any]) -> None:
        """Wait for nothing yet."""
        self._task = task

    def __await__(self) -> Generator[Any, None, None]:
        """Wait for the end, whatever it is.

        Raises:
            UsageError: the run goes on in another event loop.
        """
        _refuse_other_loops(self._task)
        yield from asyncio.wait({self._task}).__await__()


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
        InputError: the settings file cannot be read. What is wrong with an input or
            the plan is told by the result.
    """
    with arguments.told():
        _refuse(confirm)
        chosen = settings_value.chosen(options, settings, config, environment=env)
        refuse_names(run_id, plan)
    hooks = Attachment(confirm)
    return RunInProgress(hooks, planned(inputs, run_id, plan, chosen, hooks))


def start_resume(
    run_id: str,
    *,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> RunInProgress:
    """Finish a run as `resume` does, by itself, in the event loop that is running.

    Args:
        run_id: the run, by its name.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `token` may be among them.

    Raises:
        UsageError: no event loop is running, or an option cannot be used.
        InputError: the settings file cannot be read. That there is no such run, or
            that it cannot be gone on with, is told by the result.
    """
    with arguments.told():
        _refuse(None)
        arguments.require("run_id", run_id, str)
        chosen = settings_value.chosen(options, settings, config, environment=env)
    hooks = Attachment(None)
    return RunInProgress(hooks, taken_up(run_id, chosen, hooks))


def _refuse_confirm(confirm: object) -> None:
    """Refuse what cannot be asked with a forecast and a number.

    Raises:
        UsageError: it is no function, or one of other arguments.
    """
    reason = "" if callable(confirm) else "it is no function"
    if arguments.yields(confirm):
        reason = "it has a yield in it, so calling it gives no answer"
    elif callable(confirm):
        try:
            inspect.signature(confirm).bind(None, 0)
        except TypeError as failure:
            reason = f"called with two arguments, {failure}"
        except ValueError:  # of some built-in functions nothing is known
            pass
    if reason:
        msg = f"The argument confirm={confirm!r:.60} cannot be used: {reason}."
        raise UsageError(
            msg,
            remedy="Give a function of two arguments, the forecast and the number of "
            "rows with a problem: confirm=lambda forecast, problems: True.",
        )


def _refuse(confirm: object) -> None:
    """Refuse to start where nothing could go on.

    Raises:
        UsageError: no event loop is running, or `confirm` cannot be called.
    """
    if confirm is not None:
        _refuse_confirm(confirm)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        msg = "importer.start needs an event loop that is running, and there is none."
        remedy = "Call it in a coroutine, or: asyncio.run(importer.run(…))."
        raise UsageError(msg, remedy=remedy) from None
