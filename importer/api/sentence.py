"""The sentence: observe, read, compare, ask, deliver, audit, report.

The order of a run's steps, for a new run and for one that was left, stands here and
nowhere else. The caller (library, command line) passes `Hooks`. It holds no logic
of a step. Invariants: where a person is asked, nothing is sent before the answer; a run
that was refused before anything was sent leaves no folder behind.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from importer import background
from importer.api import listeners, notices, senders
from importer.api.results import RunResult
from importer.client import check_base_url
from importer.errors import FatalError, Interrupted
from importer.runs import folders, inventory, new_folders, observers, overlap
from importer.runs.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.api.hooks import Hooks
    from importer.intake import tables
    from importer.runs import planfile
    from importer.runs.folders import RunFolder
    from importer.runs.forecasts import Forecast
    from importer.runs.shards import Runner
    from importer.settings import Settings

    RunHooks = Hooks[Forecast, RunResult]

NOTHING_SENT = "Stopped. Nothing was sent."


async def run(
    inputs: Sequence[tables.Input],
    settings: Settings,
    run_id: str | None,
    plan: planfile.StoredPlan | None,
    hooks: RunHooks,
) -> RunResult:
    """Say the sentence from its beginning.

    Args:
        inputs: paths, open binary files, frames, dicts, or an `Input` of one of them.
        settings: the options of the run.
        run_id: its name; made of the time without one.
        plan: what it does and nothing else.
        hooks: who is asked, told and shown.

    Raises:
        Interrupted: the answer was no, or it was stopped before all was read.
        FatalError: it could not begin; nothing was sent.
    """
    account = _account(settings)
    async with notices.told(account, hooks):
        account.folder = await _made(settings, run_id)
        return await _run(inputs, account, plan, hooks)


def _account(settings: Settings, folder: RunFolder | None = None) -> notices.Account:
    """Begin the account of a run.

    Raises:
        UsageError: the address of its notice cannot be used.
    """
    with _metered(settings):
        return notices.Account(settings, folder)


async def _made(settings: Settings, run_id: str | None) -> RunFolder:
    """Make the folder of a new run, where nothing is in its way.

    Raises:
        FatalError: it cannot begin.
    """
    observers.refuse_unwritable(settings)
    with _metered(settings):
        senders.refuse(settings)
        await background.to_its_end(partial(require_token, settings))
        check_base_url(settings.connection)
        home = settings.home
        # in a thread: every page of unfinished journals is verified
        await background.to_its_end(partial(inventory.refuse_unread, home))
        return new_folders.make(home, run_id, time.time())


async def _run(
    inputs: Sequence[tables.Input],
    account: notices.Account,
    plan: planfile.StoredPlan | None,
    hooks: RunHooks,
) -> RunResult:
    """Do a new run in its folder.

    Raises:
        FatalError: it could not begin; nothing was sent.
    """
    settings, folder = account.settings, account.folder
    assert folder is not None  # noqa: S101 - by `run`
    with _logged(folder, settings, hooks):
        async with await begun(settings, folder, inputs, plan) as session:
            session.observe()
            others = await listeners.load()
            # noted before the question: a process that dies while it is asked leaves a
            # run that no `resume --all` takes for agreed to
            if hooks.asks:
                session.journal.note(**{folders.UNCONFIRMED: True})
            with hooks.attached(session):
                async with senders.sender(session, hooks) as runner:
                    with hooks.working(session):
                        await session.read(inputs)
                        await session.compare(runner, foreseen=hooks.asks)
                    hooks.has_read(session)
                    await others.has_read(session)
                    await _ask(session, hooks)
                    await _send(session, hooks, runner)
                return await _report(session, hooks, others, account)


async def resume(folder: RunFolder, settings: Settings, hooks: RunHooks) -> RunResult:
    """Say what is left of it: settle what is unknown, and finish the rest.

    Args:
        folder: of the run.
        settings: its options, where its journal keeps no others.
        hooks: who is told and shown; a person has agreed by naming the run.

    Raises:
        FatalError: it could not begin; nothing was sent.
    """
    account = _account(settings, folder)
    async with notices.told(account, hooks):
        observers.refuse_unwritable(settings)
        with _metered(settings):
            senders.refuse(settings)
            check_base_url(settings.connection)
            with hooks.waiting():
                await overlap.give_way(folder, settings)
            session = await opened(folder, settings)
        async with session:
            return await _gone_on(session, hooks, account)


async def _gone_on(
    session: Session, hooks: RunHooks, account: notices.Account
) -> RunResult:
    """Go on with a run that was opened.

    Raises:
        FatalError: it could not begin; nothing was sent.
    """
    session.observe()
    # the run may have kept where its tokens come from
    session.settings.tokens.require()
    session.enter(hooks.logged(session.folder, session.settings))
    session.watch.began("run.resumed", session.settings.shown())
    with hooks.attached(session):
        async with senders.sender(session, hooks) as runner:
            with hooks.working(session):
                # an earlier process ended while it read: nothing was sent yet, so it is
                # read anew
                if session.unread:
                    await session.read(session.unread)
                await session.compare(runner, foreseen=False)
            await _send(session, hooks, runner)
        return await _report(session, hooks, await listeners.load(), account)


def require_token(settings: Settings) -> None:
    """Make sure that there is a token; this reads the list of locations, a long one.

    And that the rows go somewhere, where a setting says into which locations.

    Raises:
        AccessError: there is none.
        UsageError: the list cannot be used.
    """
    _ = settings.into
    settings.tokens.require()


async def begun(
    settings: Settings,
    folder: RunFolder,
    inputs: Sequence[tables.Input],
    plan: planfile.StoredPlan | None,
) -> Session:
    """Begin a new run, in a thread; where the task was cancelled nothing is left of it.

    Raises:
        StorageError: its journal cannot be written.
    """
    sessions: list[Session] = []

    def begin() -> None:
        sessions.append(Session.begin(settings, folder, inputs, plan))

    try:
        await background.to_its_end(begin)
    except asyncio.CancelledError:
        for session in sessions:
            session.journal.close()
            folders.discard(folder)
        raise
    return sessions[0]


async def opened(folder: RunFolder, settings: Settings) -> Session:
    """Open an earlier run, in a thread; closed where the task was cancelled.

    Raises:
        InputError: its journal is damaged, or its input cannot be read again.
    """
    sessions: list[Session] = []

    def take_up() -> None:
        sessions.append(Session.take_up(settings, folder))

    try:
        await background.to_its_end(take_up)
    except asyncio.CancelledError:
        for session in sessions:
            # taken up although no one waits for it any more: its journal must not stay
            # open
            session.journal.close()
        raise
    return sessions[0]


async def _ask(session: Session, hooks: RunHooks) -> None:
    """Ask whether it shall be sent, where a person is there and anything to send.

    Raises:
        Interrupted: the answer is no, or the input was not read to its end.
    """
    if session.watch.rows_total is None:
        raise Interrupted(NOTHING_SENT)
    forecast = session.forecast
    if not hooks.asks or session.stopping or forecast is None or not forecast.calls:
        return
    # a stop is no answer: the run ends as one that was stopped while it compared
    session.watch.phase = "asking"
    try:
        agreed = await hooks.confirm(session, forecast)
    finally:
        session.watch.phase = "sending"
    if not agreed and not session.stopping:
        raise Interrupted(NOTHING_SENT)


async def _send(session: Session, hooks: RunHooks, runner: Runner | None) -> None:
    """Send, and look at what is in doubt."""
    with hooks.working(session):
        await session.deliver(runner)
        await session.audit()


async def _report(
    session: Session,
    hooks: RunHooks,
    others: listeners.Listeners,
    account: notices.Account,
) -> RunResult:
    """Report in a thread: that takes seconds."""
    session.watch.phase = "reporting"  # from here on there is nothing to be stopped
    summary = await background.to_its_end(session.report)
    ended_by = session.ended_by if summary.stopped_because else None
    result = RunResult(summary, session.folder, ended_by=ended_by)
    account.result = result
    hooks.ended(session, result)
    await others.ended(result)
    return result


@contextmanager
def _metered(settings: Settings) -> Iterator[None]:
    """Say in the metrics file, too, why a run could not begin."""
    try:
        yield
    except FatalError as failure:
        path = settings.values.metrics_file
        place = None if path is None else settings.folder / path
        observers.never_began(place, failure.exit_code)
        raise


@contextmanager
def _logged(folder: RunFolder, settings: Settings, hooks: RunHooks) -> Iterator[None]:
    """Write the log of a new run; one that left nothing behind is told as that."""
    with ExitStack() as stack:
        try:
            stack.enter_context(hooks.logged(folder, settings))
        except BaseException:
            folders.discard(folder)
            raise
        try:
            yield
        except Interrupted as failure:
            if folder.path.exists():
                raise
            raise type(failure)(NOTHING_SENT) from None
