"""The verbs `plan`, `run` and `resume`: settings in, a typed result out.

Each gathers its settings and says the sentence with the library's hooks: nobody is
asked and nothing is shown. It holds no logic of a step. Invariant: nothing is sent by
`plan`.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from importer.api import arguments, sentence
from importer.api.hooks import Hooks
from importer.api.results import PlanResult, RunResult
from importer.client import check_base_url
from importer.errors import TimeIsUp
from importer.runs import folders, inventory, planfile, reports
from importer.runs.session import Session

if TYPE_CHECKING:
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
    check_base_url(chosen.connection)
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
        hooks: Hooks[Forecast, RunResult] = Hooks()
        result = await sentence.run(inputs, chosen, run_id, stored, hooks)
        return _in_arguments(result)


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
        runs = chosen.values.runs_dir
        folder = folders.find(runs, run_id) if run_id else _newest(runs)
        if folder is None:
            return None
        return _in_arguments(await sentence.resume(folder, chosen, Hooks()))


def _in_arguments(result: RunResult) -> RunResult:
    """A result whose reasons for a stop are in the words of a program."""
    return replace(result, summary=arguments.of_summary(result.summary))


def _newest(runs: Path) -> folders.RunFolder | None:
    """The newest run to go on with; those that cannot be read come last."""
    found = inventory.survey(runs)
    if found.newest is None and found.unread:
        raise found.unread[0]
    return found.newest
