"""The sentence: source → mapping → validation → plan → execution → report.

The verbs of the library that need the network, each a whole job; the command line
says the same sentence through `Session`, with a person in between. It holds no logic
of a stage. Invariant: nothing is sent by `plan`.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from importer import background, logs
from importer.api import arguments
from importer.api.results import PlanResult, RunResult
from importer.errors import StorageError, TimeIsUp
from importer.runs import folders, inventory, metrics_file, overlap, planfile, reports
from importer.runs.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.intake import tables
    from importer.runs.forecasts import Forecast
    from importer.settings import Settings


async def plan(
    *inputs: tables.Input,
    config: Path | str | None = None,
    env: bool = True,
    **options: Any,  # noqa: ANN401
) -> PlanResult:
    """Compare the input with what exists, and forecast; nothing is sent.

    Args:
        inputs: paths of CSV or Excel files, or pandas DataFrames.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used.
        AccessError: there is no token.
        TimeIsUp: the lists were not read within `max_duration`.
    """
    with arguments.told():
        chosen = arguments.settings(options, config, environment=env)
        return await plan_inputs(inputs, chosen)


async def plan_inputs(
    inputs: tuple[tables.Input, ...],
    chosen: Settings,
    earlier: planfile.StoredPlan | None = None,
) -> PlanResult:
    """The same with settings that were loaded already.

    Raises:
        PlanOutdated: it would not be what an `earlier` plan says.
        TimeIsUp: the lists were not read within `max_duration`.
    """
    chosen.tokens.require()
    runs = Path(mkdtemp(prefix="importer-"))
    try:
        folder = folders.make(runs, "plan", time.time())
        async with Session.begin(chosen, folder, inputs, earlier) as session:
            await session.read(inputs)
            forecast = _complete(await session.compare(), session)
            summary = session.report(page=False)
            codes = reports.counted_codes(session.journal, planned=True)
            remedy = session.ended_by.remedy if session.ended_by else ""
        return PlanResult(replace(summary, codes=codes), folder, forecast, remedy)
    except BaseException:
        shutil.rmtree(runs, ignore_errors=True)
        raise


def _complete(forecast: Forecast | None, session: Session) -> Forecast:
    """The forecast of all locations.

    Raises:
        FatalError: the comparison was stopped; half of it is no plan.
    """
    if forecast is not None:
        return forecast
    stopped = session.stopped
    assert stopped is not None  # noqa: S101 - by `Session.compare`
    if isinstance(stopped, TimeIsUp):
        stopped.remedy = "Nothing was sent. Plan again with a longer --max-duration."
    raise stopped


async def run(
    *inputs: tables.Input,
    run_id: str | None = None,
    plan: Path | str | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Any,  # noqa: ANN401
) -> RunResult:
    """Create the collections of the input: the main job.

    Args:
        inputs: paths of CSV or Excel files, or pandas DataFrames; with a plan none
            need to be named.
        run_id: a name for the run; made from the time without one.
        plan: a saved plan, which is done exactly, or not at all.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `token` may be among them.

    Returns:
        What became of every row. A run that was stopped (`--max-errors`, the day's
        quota …) comes back too, with its exit code in the summary.

    Raises:
        InputError: a file is unusable; nothing was sent.
        JournalDamaged: what another run of the last days sent is not known.
        UsageError: an option cannot be used.
        AccessError: there is no token.
        LocationHeldError: another run works on the location.
        LeftToOthers: the same, and `on_overlap` is `skip`.
        PlanOutdated: input or location are no longer as planned; nothing was sent.
        StorageError: the disk is full.
    """
    with arguments.told():
        arguments.refuse_types({"run_id": run_id}, str)
        arguments.refuse_types({"plan": plan}, str, Path)
        chosen = arguments.settings(options, config, environment=env)
        stored = None
        if plan is not None:
            stored = planfile.load(Path(plan))
            chosen, inputs = stored.settings(chosen), inputs or tuple(stored.inputs())
        return await _run(inputs, chosen, run_id, stored)


async def _run(
    inputs: tuple[tables.Input, ...],
    chosen: Settings,
    run_id: str | None,
    stored: planfile.StoredPlan | None,
) -> RunResult:
    metrics_file.refuse_unwritable(chosen)
    chosen.tokens.require()
    inventory.refuse_unread(chosen.values.runs_dir, time.time())
    folder = folders.make(chosen.values.runs_dir, run_id, time.time())
    with _logged(folder, chosen, new=True):
        return await _begin(inputs, chosen, folder, stored)


async def _begin(
    inputs: tuple[tables.Input, ...],
    chosen: Settings,
    folder: folders.RunFolder,
    stored: planfile.StoredPlan | None,
) -> RunResult:
    async with Session.begin(chosen, folder, inputs, stored) as session:
        session.observe()
        await session.read(inputs)
        await session.compare()
        await session.deliver()
        await session.audit()
        return await _result(session)


async def resume(
    run_id: str | None = None,
    *,
    config: Path | str | None = None,
    env: bool = True,
    **options: Any,  # noqa: ANN401
) -> RunResult | None:
    """Settle what is unknown in a run and finish the rest.

    Args:
        run_id: the run; without one, the newest that is unfinished.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name.

    Returns:
        What became of every row; None where no run is unfinished.

    Raises:
        InputError: there is no such run.
        JournalDamaged: its journal is damaged; or, without a name, that of a run of
            which it is not known whether it is finished, and no other is unfinished.
        UsageError: there is no run at all, or an option cannot be used.
        AccessError: there is no token.
        LocationHeldError: another process works on it.
        LeftToOthers: the same, and `on_overlap` is `skip`.
    """
    with arguments.told():
        arguments.refuse_types({"run_id": run_id}, str)
        chosen = arguments.settings(options, config, environment=env)
        return await _resume(run_id, chosen)


async def _resume(run_id: str | None, chosen: Settings) -> RunResult | None:
    metrics_file.refuse_unwritable(chosen)
    runs = chosen.values.runs_dir
    folder = folders.find(runs, run_id) if run_id else _newest(runs)
    if folder is None:
        return None
    await overlap.give_way(folder, chosen)
    with _logged(folder, chosen):
        return await _take_up(folder, chosen)


async def _take_up(folder: folders.RunFolder, chosen: Settings) -> RunResult:
    async with await _opened(folder, chosen) as session:
        session.observe()
        session.settings.tokens.require()
        if session.unread:
            await session.read(session.unread)
        await session.compare()
        await session.deliver()
        await session.audit()
        return await _result(session)


async def _opened(folder: folders.RunFolder, chosen: Settings) -> Session:
    """Open a run to go on with, in a thread; closed where the task was cancelled."""
    opened: list[Session] = []

    def take_up() -> None:
        opened.append(Session.take_up(chosen, folder))

    try:
        await background.to_its_end(take_up)
    except asyncio.CancelledError:
        for session in opened:
            session.journal.close()
        raise
    return opened[0]


async def _result(session: Session) -> RunResult:
    """Write the reports, in a thread: of many rows that takes seconds."""
    summary = await background.to_its_end(session.report)
    return RunResult(arguments.of_summary(summary), session.folder)


@contextmanager
def _logged(
    folder: folders.RunFolder, chosen: Settings, *, new: bool = False
) -> Iterator[None]:
    """Write the log of a run into its folder.

    Raises:
        StorageError: it cannot be written.
    """
    with ExitStack() as stack:
        place, secrets = folder.path / "run.log", chosen.tokens.known()
        try:
            stack.enter_context(logs.recorded(place, secrets, run_id=folder.run_id))
        except OSError as failure:
            if new:
                folders.discard(folder)
            msg = f"{place}: the log cannot be written: {failure.strerror}."
            raise StorageError(msg, remedy="Make room, or give runs_dir.") from None
        yield


def _newest(runs: Path) -> folders.RunFolder | None:
    """The newest run to go on with; those that cannot be read come last."""
    found = inventory.survey(runs)
    if found.newest is None and found.unread:
        raise found.unread[0]
    return found.newest
