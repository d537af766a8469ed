"""A run with a person in front of it: display, questions, signals, the last words.

Leads a `Session` through its steps. It is the only place where an event loop is
started. Invariant: where a person may be asked, nothing is sent before the answer.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from importer import api, logs
from importer.cli import (
    failures,
    inputs,
    interruption,
    messages,
    plan_view,
    progress,
    shortage,
    termination,
)
from importer.client import check_base_url
from importer.errors import Exit, FatalError, Interrupted
from importer.runs import folders, inventory, metrics_file, overlap, planfile, reports
from importer.runs.session import Session

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence
    from pathlib import Path

    from importer.cli.interruption import Interruption
    from importer.cli.voice import Voice
    from importer.runs.folders import RunFolder
    from importer.settings import Settings

NOTHING_SENT = "Stopped. Nothing was sent."


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
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:
        factory = None
    else:
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


async def run(
    files: Sequence[Path | str],
    settings: Settings,
    run_id: str | None,
    voice: Voice,
    plan: planfile.StoredPlan | None = None,
) -> int:
    """The main job: read, compare, ask, send, report; by a plan, if one is given."""
    metrics_file.refuse_unwritable(settings)
    with _metered(settings):
        settings.tokens.require()
        check_base_url(settings.connection)
        inventory.refuse_unread(settings.values.runs_dir, time.time())
        folder = folders.make(settings.values.runs_dir, run_id, time.time())
    with _logged(folder, voice, settings):
        session = Session.begin(settings, folder, files, plan)
        async with session:
            session.observe()
            if voice.asks:
                session.journal.note(**{folders.UNCONFIRMED: True})
            with interruption.heard(session) as signals:
                with signals.stoppable(), display(session, voice):
                    await session.read(files)
                    await session.compare()
                tables = session.journal.history.files()
                inputs.without_sheets(tables, settings.values.sheet)
                _may_send(session, voice, signals)
                return await _deliver(session, voice, signals)


async def resume(folder: RunFolder, settings: Settings, voice: Voice) -> int:
    """Settle what is unknown in an earlier run, and finish the rest."""
    metrics_file.refuse_unwritable(settings)
    with _metered(settings):
        check_base_url(settings.connection)
        # whoever waits for another process is told so
        logs.configure(voice.level, voice.log_format, secrets=settings.tokens.known())
        await overlap.give_way(folder, settings)
        session = Session.take_up(settings, folder)
    async with session:
        session.observe()
        # the run may have kept where its tokens come from
        session.settings.tokens.require()
        open_log(folder, voice, session.settings)
        session.watch.began("run.resumed", session.settings.shown())
        with interruption.heard(session) as signals:
            with signals.stoppable(), display(session, voice):
                if session.unread:
                    await session.read(session.unread)
                await session.compare()
            return await _deliver(session, voice, signals)


@contextmanager
def _metered(settings: Settings) -> Iterator[None]:
    """Say in the metrics file, too, why a run could not begin."""
    try:
        yield
    except FatalError as failure:
        metrics_file.never_began(settings.values.metrics_file, failure.exit_code)
        raise


def following(
    path: Path, files: Sequence[str], settings: Settings
) -> tuple[Settings, Sequence[str], planfile.StoredPlan]:
    """A saved plan, with the settings and the files that it was made of.

    Raises:
        InputError: it is no plan, or is damaged.
        UsageError: a flag says something else than the plan.
    """
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
    settings.tokens.require()
    check_base_url(settings.connection)
    logs.configure(voice.level, voice.log_format, secrets=settings.tokens.known())
    with termination.awaited():
        result = await api.plan_inputs(tuple(files), settings, earlier)
    with termination.raised():
        inputs.without_sheets(result.summary.files, settings.values.sheet)
        if shown.output is not None and not result.summary.stopped_because:
            result.save(shown.output)
        plan_view.plan(result, shown, as_json=voice.as_json)
    if result.summary.stopped_because:
        return result.summary.exit_code
    return reports.exit_code(result.summary.counts, None)


def _may_send(session: Session, voice: Voice, signals: Interruption) -> None:
    """Ask the person, if there is one; Ctrl-C is an answer too.

    Raises:
        Interrupted: the answer is no, or the input was not read to its end.
        Terminated: the system asked the program to end.
    """
    if session.watch.rows_total is None:
        raise Interrupted(NOTHING_SENT)
    forecast = session.forecast
    if not voice.asks or session.stopping or forecast is None or not forecast.calls:
        return
    try:
        with signals.asking():
            agreed = messages.confirmed(forecast, session.watch.problems)
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        agreed = False
    if not agreed:
        raise Interrupted(NOTHING_SENT)


async def _deliver(session: Session, voice: Voice, signals: Interruption) -> int:
    with signals.stoppable(), display(session, voice):
        await session.deliver()
        await session.audit()
    summary = session.report()
    if not voice.as_json:
        with failures.unheard():
            messages.last_words(session, summary)
        return summary.exit_code
    with failures.handed_over(session.folder.path / "summary.json") as handover:
        messages.last_document(summary)
    return handover.code(summary.exit_code)


def display(session: Session, voice: Voice) -> progress.Display:
    """What is seen while the session works."""
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


@contextmanager
def _logged(folder: RunFolder, voice: Voice, settings: Settings) -> Iterator[None]:
    """Write the log of a new run; a run that left nothing behind has none."""
    try:
        try:
            open_log(folder, voice, settings)
        except OSError:
            folders.discard(folder)
            raise
        yield
    except BaseException as failure:
        if not folder.path.exists():
            logs.close()
            if isinstance(failure, Interrupted):
                raise type(failure)(NOTHING_SENT) from None
        raise
