"""The verbs `plan`, `run`, `resume`, `audit`, `undo`: settings in, a typed result out.

Each gathers its settings and says the sentence with the library's hooks: no person is
asked and nothing is shown. It holds no logic of a step. Invariant: nothing is sent by
`plan`.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from importer import background
from importer.api import (
    arguments,
    language,
    look_back,
    senders,
    sentence,
)
from importer.api.hooks import Hooks
from importer.api.results import PlanResult, RunResult
from importer.api.settings_value import gathered
from importer.client import check_base_url
from importer.errors import TimeIsUp
from importer.journal import FolderHome
from importer.runs import balance, folders, inventory, new_folders, planfile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from typing_extensions import Unpack

    from importer.api.settings_value import Settings
    from importer.intake import tables
    from importer.journal import Home
    from importer.models import Summary
    from importer.runs.forecasts import Forecast
    from importer.runs.session import Session
    from importer.settings import Settings as Gathered
    from importer.settings.typed import RunSettings


async def plan(
    *inputs: tables.Input,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> PlanResult:
    """Compare the input with what exists, and forecast; nothing is sent.

    Args:
        inputs: paths, open binary files, frames, dicts, or an `Input` of one of them.
        settings: a value that holds settings, in the place of `config` and `env`.
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
        chosen = await gathered(options, settings, config, environment=env)
        return await plan_inputs(inputs, chosen, for_program=True)


async def plan_inputs(
    inputs: tuple[tables.Input, ...],
    chosen: Gathered,
    earlier: planfile.StoredPlan | None = None,
    *,
    for_program: bool = False,
) -> PlanResult:
    """Plan with settings that were loaded already, in the words of a command or not.

    Raises:
        PlanOutdated: it would not be what an `earlier` plan says.
        TimeIsUp: the lists were not read within `max_duration`.
    """
    await background.to_its_end(partial(sentence.require_token, chosen))
    check_base_url(chosen.connection)
    workers = await senders.workers(chosen)
    # a plan is a run in a folder of its own that goes away: no later run may take it
    # for one that sent something
    runs = Path(mkdtemp(prefix="importer-"))
    try:
        folder = new_folders.make(FolderHome(runs), "plan", time.time())
        async with await sentence.begun(chosen, folder, inputs, earlier) as session:
            session.journal.note(cluster=chosen.values.cluster)
            await session.read(inputs)
            forecast = _complete(await session.compare(), session)
            forecast = replace(forecast, workers=workers)
            report = partial(_reported, session)
            summary = await background.to_its_end(report)
            ended_by = session.ended_by
        if for_program:
            summary = language.of_summary(summary)
        if for_program and ended_by:
            language.of_failure(ended_by)
        remedy = ended_by.remedy if ended_by else ""
        return PlanResult(summary, folder, forecast, remedy, ended_by=ended_by)
    except BaseException:
        # else the folder belongs to the result, which removes it
        shutil.rmtree(runs, ignore_errors=True)
        raise


def _reported(session: Session) -> Summary:
    """Write the report of a plan and count its codes, which takes seconds."""
    summary = session.report(page=False)
    codes = balance.counted_codes(session.journal, planned=True)
    return replace(summary, codes=codes)


def _complete(forecast: Forecast | None, session: Session) -> Forecast:
    """Return the forecast of all locations.

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
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> RunResult:
    """Create the collections of the input: the main job.

    Args:
        inputs: paths, open binary files, frames, dicts, or an `Input` of one of them;
            with a plan none need to be named.
        run_id: a name for the run; made from the time without one.
        plan: a saved plan, which is done exactly, or not at all.
        settings: a value that holds settings, in the place of `config` and `env`.
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
        chosen = await gathered(options, settings, config, environment=env)
        refuse_names(run_id, plan)
    hooks: Hooks[Forecast, RunResult] = Hooks()
    return await planned(inputs, run_id, plan, chosen, hooks)


def refuse_names(run_id: str | None, plan: Path | str | None) -> None:
    """Refuse what is no name of a run, or no path of a plan.

    Raises:
        UsageError: an argument cannot be used.
    """
    arguments.refuse_types({"run_id": run_id}, str)
    arguments.refuse_paths({"plan": plan})


async def planned(
    inputs: tuple[tables.Input, ...],
    run_id: str | None,
    plan: Path | str | None,
    chosen: Gathered,
    hooks: sentence.RunHooks,
) -> RunResult:
    """Do a run, by the plan that its arguments name, which is read in a thread.

    Raises:
        FatalError: it could not begin; nothing was sent.
    """
    stored = None
    with arguments.told():
        if plan is not None:
            load = partial(planfile.load, Path(plan))
            stored = await background.to_its_end(load)
            chosen = stored.settings(chosen)
            inputs = inputs or tuple(stored.inputs())
    return await in_arguments(sentence.run(inputs, chosen, run_id, stored, hooks))


async def resume(
    run_id: str | None = None,
    *,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> RunResult | None:
    """Settle what is unknown in a run and finish the rest.

    Args:
        run_id: the run; without one, the newest that is unfinished.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name.

    Returns:
        What became of every row; None where no run is unfinished, or there is none.

    Raises:
        InputError: there is no such run.
        JournalDamaged: its journal is damaged; or, without a name, that of a run of
            which it is not known whether it is finished, and no other is unfinished.
        UsageError: an option cannot be used.
        AccessError: there is no token.
        LocationHeldError: another process works on it.
        LeftToOthers: the same, and `on_overlap` is `skip`.
    """
    with arguments.told():
        arguments.refuse_types({"run_id": run_id}, str)
        chosen = await gathered(options, settings, config, environment=env)
        # in a thread: every page of unfinished journals is verified
        folder = await background.to_its_end(partial(unfinished, run_id, chosen))
        if folder is None:
            return None
    return await in_arguments(sentence.resume(folder, chosen, Hooks()))


async def taken_up(
    run_id: str, chosen: Gathered, hooks: sentence.RunHooks
) -> RunResult:
    """Finish a run by its name.

    Raises:
        FatalError: it could not be gone on with.
    """
    with arguments.told():
        find = partial(folders.find, chosen.home, run_id)
        folder = await background.to_its_end(find)
    return await in_arguments(sentence.resume(folder, chosen, hooks))


async def audit(
    run_id: str | Path,
    *,
    repair: bool = False,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> look_back.AuditResult:
    """Compare a run with what its locations hold, and correct its report.

    Args:
        run_id: the run, by its name or the path of its folder.
        repair: whether surplus copies that the run made are deleted.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `token` may be among them.

    Returns:
        What was found; locations that could not be compared are in `failed`.

    Raises:
        InputError: there is no such run.
        JournalDamaged: its journal is damaged.
        UsageError: an option cannot be used.
        AccessError: there is no token.
        LocationHeldError: another process works on the run or its locations.
        StorageError: the disk is full.
    """
    with arguments.told():
        arguments.require("run_id", run_id)
        arguments.refuse_switches(repair=repair)
        chosen = await gathered(options, settings, config, environment=env)
        found = await look_back.audit(str(run_id), chosen, Hooks(), repair=repair)
        return replace(
            found,
            summary=language.of_summary(found.summary),
            failed=language.of_failures(found.failed),
        )


async def undo(  # noqa: PLR0913 - each an argument of the verb
    run_id: str | Path,
    *,
    dry_run: bool = False,
    unseen_products: bool = False,
    locations: Sequence[str] = (),
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> look_back.UndoResult:
    """Delete what a run created and was not changed since; no question is asked.

    Args:
        run_id: the run, by its name or the path of its folder.
        dry_run: whether it is only said what would be deleted.
        unseen_products: also where products that were added since cannot be seen.
        locations: ids, or listed names, of the only locations that are undone.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `token` may be among them.

    Returns:
        What became of each collection; locations that could not be looked at are in
        `failed`.

    Raises:
        InputError: there is no such run.
        JournalDamaged: its journal is damaged.
        UsageError: an option cannot be used, products cannot be seen, or the run sent
            nothing to one of the locations; nothing was deleted.
        AccessError: there is no token.
        LocationHeldError: another process works on the run or its locations.
        StorageError: the disk is full.
    """
    with arguments.told():
        arguments.require("run_id", run_id)
        arguments.refuse_switches(dry_run=dry_run, unseen_products=unseen_products)
        arguments.refuse_types({"locations": locations}, list, tuple)
        chosen = await gathered(options, settings, config, environment=env)
        found = await look_back.undo(
            str(run_id),
            chosen,
            Hooks(),
            dry_run=dry_run,
            unseen_products=unseen_products,
            locations=locations,
        )
        return _of_undo(found)


def _of_undo(found: look_back.UndoResult) -> look_back.UndoResult:
    """Return an undo with its sentences in the words of a program."""
    lines = tuple(
        (sent, state, language.in_arguments(text)) for sent, state, text in found.lines
    )
    failed = language.of_failures(found.failed)
    return replace(found, lines=lines, failed=failed)


async def in_arguments(work: Awaitable[RunResult]) -> RunResult:
    """Wait for a run, and speak of it in the words of a program."""
    with arguments.told():
        result = await work
    if result.ended_by is not None:
        language.of_failure(result.ended_by)
    return replace(result, summary=language.of_summary(result.summary))


def unfinished(run_id: str | None, chosen: Gathered) -> folders.RunFolder | None:
    """Return the run to go on with: that of the name, or the newest; None without one.

    Raises:
        InputError: there is no such run.
    """
    home = chosen.home
    return _newest(home) if run_id is None else folders.find(home, run_id)


def _newest(home: Home) -> folders.RunFolder | None:
    """Return the newest run to go on with; those that cannot be read come last."""
    found = inventory.survey(home)
    if found.newest is None and found.unread:
        raise found.unread[0]
    return found.newest
