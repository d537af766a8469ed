"""The verbs for programs without an event loop: scripts, threads, Airflow tasks.

    import importer

    result = importer.sync.run("collections.csv", location_id="…", token="…")

Each waits for its end in an event loop of its own. Where Ctrl-C reaches a run, requests
in flight are waited for, as on the command line, and then `KeyboardInterrupt` is
raised; a second one does not wait. Invariant: nothing is called where an event loop is
running, which would stand still.
"""

from __future__ import annotations

import asyncio
import functools
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from importer import api
from importer.api import arguments, sentence, settings_value, verbs
from importer.api.attachment import Attachment
from importer.api.run_in_progress import RunInProgress
from importer.errors import Interrupted, UsageError
from importer.models import State

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from typing_extensions import Unpack

    from importer.api.results import RunResult
    from importer.api.settings_value import Settings
    from importer.settings.typed import RunSettings

__all__ = [
    "audit",
    "check",
    "examine",
    "fix",
    "list_runs",
    "plan",
    "resume",
    "run",
    "undo",
    "write_report",
]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

#: What Python does at Ctrl-C where the program has not said anything else.
_DEFAULT = signal.default_int_handler


def _like(
    verb: Callable[Arguments, Coroutine[Any, Any, Result]],
    work: Callable[..., Coroutine[Any, Any, Any]] | None = None,
) -> Callable[[Callable[..., None]], Callable[Arguments, Result]]:
    """Give a function the parameters and the result of a verb, for which it waits."""

    def made(named: Callable[..., None]) -> Callable[Arguments, Result]:
        @functools.wraps(verb)
        def waits(*given: Arguments.args, **options: Arguments.kwargs) -> Result:
            _refuse_loop(named.__name__)
            result: Result = _waited((work or verb)(*given, **options))
            return result

        waits.__module__, waits.__qualname__ = named.__module__, named.__qualname__
        waits.__doc__ = named.__doc__
        return waits

    return made


def _refuse_loop(name: str) -> None:
    """Refuse to hold up an event loop.

    Raises:
        UsageError: one is running in this thread.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    msg = f"importer.sync.{name} was called where an event loop is running, which "
    msg += "would stand still meanwhile."
    remedy = f"Write: await importer.{name}(…). What has to wait in a thread of its "
    remedy += f"own: await asyncio.to_thread(importer.sync.{name}, …)."
    raise UsageError(msg, remedy=remedy)


def _waited(work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for work in an event loop of its own."""
    with asyncio.Runner() as runner:
        return runner.run(work)


async def _run(*inputs: Any, **given: Any) -> RunResult:  # noqa: ANN401 - as the verb
    """Do a run that Ctrl-C stops as it does on the command line."""
    return await _until_end(api.start(*inputs, **given))


async def _resume(
    run_id: str | None = None,
    *,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> RunResult | None:
    """Resume a run, stopped by Ctrl-C as on the command line."""
    with arguments.told():
        arguments.refuse_types({"run_id": run_id}, str)
        chosen = settings_value.chosen(options, settings, config, environment=env)
        folder = verbs.unfinished(run_id, chosen)
    if folder is None:
        return None
    hooks = Attachment(None)
    work = sentence.resume(folder, chosen, hooks)
    return await _until_end(RunInProgress(hooks, verbs.in_arguments(work)))


async def _until_end(run: RunInProgress) -> RunResult:
    """Wait for the end of a run, with Ctrl-C as its stop.

    Raises:
        KeyboardInterrupt: it was stopped so; its rows in flight have their answers.
    """
    msg = "Stopped. Nothing was sent."
    with _stopped_by_ctrl_c(run) as pressed:
        try:
            async with run:
                result = await run.result()
            if not pressed:
                return result
            msg = f"Run {run.run_id} had all of its answers already."
            if result.summary.state is State.STOPPED:
                msg = f'Stopped. Go on with: importer.sync.resume("{run.run_id}")'
        except Interrupted:
            if not pressed:
                raise
    raise KeyboardInterrupt(msg)


@contextmanager
def _stopped_by_ctrl_c(run: RunInProgress) -> Iterator[list[int]]:
    """Stop the run at Ctrl-C while the block waits; how often is in the list.

    Only the main thread hears it, and a handler of the program's own stays.
    """
    pressed: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    earlier = signal.getsignal(signal.SIGINT) if main else None
    if not main or not _ours(earlier):
        yield pressed
        return
    loop = asyncio.get_running_loop()

    def hear(number: int, _frame: object) -> None:
        pressed.append(number)
        loop.call_soon_threadsafe(run.stop)

    signal.signal(signal.SIGINT, hear)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, earlier)


def _ours(handler: Any) -> bool:  # noqa: ANN401 - whatever hears a signal
    """Say whether Python's own handler is there, or that of the runner in its place."""
    inside = getattr(handler, "func", None)
    runner = getattr(inside, "__self__", None)
    return handler is _DEFAULT or isinstance(runner, asyncio.Runner)


@_like(api.check)
def check() -> None:
    """Read, map and validate; no network, nothing written."""


@_like(api.fix)
def fix() -> None:
    """Write a corrected copy of files, and check it; no network."""


@_like(api.plan)
def plan() -> None:
    """Compare the input with what exists, and forecast; nothing is sent."""


@_like(api.run, _run)
def run() -> None:
    """Create the collections of the input: the main job."""


@_like(api.resume, _resume)
def resume() -> None:
    """Settle what is unknown in a run and finish the rest."""


@_like(api.audit)
def audit() -> None:
    """Compare a run with what its locations hold, and correct its report."""


@_like(api.undo)
def undo() -> None:
    """Delete what a run created and was not changed since; no question is asked."""


@_like(api.list_runs)
def list_runs() -> None:
    """List the runs, the newest last, with what became of their rows."""


@_like(api.write_report)
def write_report() -> None:
    """Write the reports of a run again, from its journal."""


@_like(api.examine)
def examine() -> None:
    """Look at settings, disk, network, token, scopes, location, limit and clock."""
