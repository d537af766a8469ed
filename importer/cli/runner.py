"""A run with a person in front of it: display, questions, signals, the last words.

Gives `api.sentence` the hooks of a terminal; in which order a run does what is said
there. It is the only place where an event loop is started. Invariant: nothing is
decided here but the words.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import click

from importer import api, logs
from importer.api import sentence
from importer.api.hooks import Hooks, Question, Result
from importer.cli import (
    failures,
    interruption,
    messages,
    plan_view,
    progress,
    shortage,
    termination,
    unfamiliar,
)
from importer.errors import FatalError, Interrupted
from importer.exit_codes import Exit
from importer.runs import balance, planfile
from importer.settings.refusal import refuse_path

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence
    from pathlib import Path

    from importer.api.results import PlanResult, RunResult
    from importer.cli.interruption import Interruption
    from importer.cli.voice import Voice
    from importer.runs.folders import RunFolder
    from importer.runs.forecasts import Forecast
    from importer.runs.session import Session
    from importer.settings import Settings


def start(work: Coroutine[Any, Any, int]) -> int:
    """Run a coroutine to its exit code, on uvloop where it exists.

    Raises:
        StorageError: the system allows too few open files; it was not begun.
    """
    try:
        shortage.refuse_few_files()
    except FatalError:
        work.close()
        raise
    factory = None
    # where memory is limited its threads may not be had, and then uvloop aborts the
    # process, while Python's own loop raises
    if not shortage.memory_is_limited():
        with suppress(ImportError):  # it is not on every system
            import uvloop  # noqa: PLC0415

            factory = uvloop.new_event_loop
    _rarely_collect()
    with asyncio.Runner(loop_factory=factory) as runner:
        try:
            return runner.run(work)
        except asyncio.CancelledError:
            return Exit.INTERRUPTED


def _rarely_collect() -> None:
    """Have the collector look for cycles now and then, not at every few requests.

    A request leaves cycles behind, but few; what was loaded at the start is none.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class Terminal(Hooks[Question, Result]):
    """What a person at the terminal is asked, sees, and may stop."""

    def __init__(self, voice: Voice, again: str = "resume") -> None:
        """Speak with `voice`; the command `again` goes on with what was stopped."""
        self.voice: Voice = voice
        self._again = again
        self.signals: Interruption | None = None

    @property
    def asks(self) -> bool:
        """Whether a person is at the terminal, and did not agree beforehand."""
        return self.voice.asks

    async def confirm(self, session: Session, question: Question) -> bool:
        """Ask the person; Ctrl-C is an answer too.

        Raises:
            Terminated: the system asked the program to end.
        """
        signals = nullcontext() if self.signals is None else self.signals.asking()
        try:
            with signals:
                return self.agreed(session, question)
        except (click.Abort, KeyboardInterrupt):
            click.echo(err=True)
            return False

    def agreed(self, session: Session, question: Question) -> bool:
        """Put the question into words and wait for the answer."""
        raise NotImplementedError

    @contextmanager
    def logged(self, folder: RunFolder, settings: Settings) -> Iterator[None]:
        """Write the log; a run that left nothing behind has none."""
        open_log(folder, self.voice, settings)
        try:
            yield
        except BaseException:
            if not folder.path.exists():
                logs.close()
            raise

    @contextmanager
    def attached(self, session: Session) -> Iterator[None]:
        """Have signals stop the run."""
        with interruption.heard(session, self._again) as self.signals:
            yield

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """End the wait at a signal, with a sentence."""
        with termination.awaited():
            yield

    @contextmanager
    def working(self, session: Session) -> Iterator[None]:
        """Show the progress; a second signal leaves the work."""
        stoppable = nullcontext() if self.signals is None else self.signals.stoppable()
        with stoppable, display(session, self.voice):
            yield


class Run(Terminal["Forecast", "RunResult"]):
    """A run, or a resume, as the person sees it; `code` is its exit code."""

    code: int = Exit.BUG
    #: whether the program was asked to end, however late that came for this run
    asked_to_end: bool = False

    def has_read(self, session: Session) -> None:
        """Say what was passed over in the input."""
        if self.voice.quiet:
            return
        tables = balance.tables(session.journal)
        messages.without_sheets(tables, session.settings.values.sheet)
        if not self.asks:
            unfamiliar.warned(tables, sent=True)

    def agreed(self, session: Session, question: Forecast) -> bool:
        """Ask whether it shall be sent."""
        return messages.confirmed(session, question, balance.tables(session.journal))

    @contextmanager
    def telling(self) -> Iterator[None]:
        """End the wait for who is told at a signal; what is done stays done."""
        task = asyncio.current_task()
        try:
            with termination.awaited(by_hand=True):
                yield
        except Interrupted:
            self.asked_to_end = True
            if task is not None:
                task.uncancel()

    def ended(self, session: Session, result: RunResult) -> None:
        """Say the last words, or print the document."""
        summary = result.summary
        self.code = summary.exit_code
        self.asked_to_end = isinstance(session.stopped, Interrupted)
        if not self.voice.as_json:
            with failures.unheard():
                tell = messages.wrong if self.voice.quiet else messages.last_words
                tell(session, summary)
            return
        with failures.handed_over(session.folder.path / "summary.json") as handover:
            messages.last_document(summary)
        self.code = handover.code(summary.exit_code)


async def run(
    files: Sequence[Path | str],
    settings: Settings,
    run_id: str | None,
    voice: Voice,
    plan: planfile.StoredPlan | None = None,
) -> int:
    """Do the main job: read, compare, ask, send, report; by a plan, if given."""
    hooks = Run(voice)
    await sentence.run(files, settings, run_id, plan, hooks)
    return hooks.code


async def resume(folder: RunFolder, settings: Settings, hooks: Run) -> int:
    """Settle what is unknown in an earlier run, and finish the rest."""
    voice = hooks.voice
    # a person who waits for another process is told so
    logs.configure(voice.level, voice.log_format, secrets=settings.tokens.known())
    await sentence.resume(folder, settings, hooks)
    return hooks.code


def following(
    path: Path, files: Sequence[str], settings: Settings
) -> tuple[Settings, Sequence[str], planfile.StoredPlan]:
    """Load a saved plan, with the settings and the files that it was made of.

    Raises:
        InputError: it is no plan, or is damaged.
        UsageError: no file can have its name, or a flag says something else than it.
    """
    refuse_path("The plan", path)
    stored = planfile.load(path)
    return stored.settings(settings), files or stored.inputs(), stored


async def plan(
    files: Sequence[Path | str],
    settings: Settings,
    voice: Voice,
    shown: plan_view.Shown,
    earlier: planfile.StoredPlan | None = None,
) -> int:
    """Compare with what exists, and forecast; nothing is sent.

    Raises:
        PlanOutdated: it would not be what an `earlier` plan says.
    """
    if shown.output is not None:
        planfile.refuse_output(shown.output)
    logs.configure(voice.level, voice.log_format, secrets=settings.tokens.known())
    with termination.awaited():
        result = await api.plan_inputs(tuple(files), settings, earlier)
    with termination.raised():
        if not voice.quiet:
            messages.without_sheets(result.summary.files, settings.values.sheet)
        if shown.output is not None and not result.summary.stopped_because:
            result.save(shown.output)
        code = _plan_code(result, shown)
        if voice.silent:
            plan_view.wrong(result, code)
        else:
            plan_view.plan(result, shown, as_json=voice.as_json)
    return code


def _plan_code(result: PlanResult, shown: plan_view.Shown) -> int:
    if result.summary.stopped_because:
        return result.summary.exit_code
    code = balance.exit_code(result.summary.counts, None)
    pending = result.forecast.create + result.forecast.update
    return Exit.PENDING if shown.detailed and pending and code == Exit.OK else code


def display(session: Session, voice: Voice) -> progress.Display:
    """Return what is seen while the session works."""
    quiet = voice.quiet or voice.as_json
    return progress.display(session.watch.snapshot, quiet=quiet)


def open_log(folder: RunFolder, voice: Voice, settings: Settings) -> None:
    """Write the run's log, without the tokens."""
    logs.configure(
        voice.level,
        voice.log_format,
        folder.path / "run.log",
        settings.tokens.known(),
        # a line for every row that went well costs more than the row
        run_log_level=min(voice.level, logging.INFO),
    )
    logs.bind(run_id=folder.run_id)
