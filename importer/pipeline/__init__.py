"""The sentence: source → mapping → validation → plan → execution → report.

The verbs of the library, each a whole job; the command line says the same sentence
through `Session`, with a person in between. It holds no logic of a stage. Invariant:
nothing is sent by `check` and `plan`.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from importer import settings
from importer.errors import Exit
from importer.models import Invalid, Status
from importer.pipeline import folders, reading
from importer.pipeline.folders import RunFolder, State
from importer.pipeline.forecasting import Forecast
from importer.pipeline.results import CheckResult, PlanResult, RunResult
from importer.pipeline.session import Session
from importer.pipeline.spool import Spool

__all__ = [
    "CheckResult",
    "Forecast",
    "PlanResult",
    "RunFolder",
    "RunResult",
    "Session",
    "State",
    "check",
    "check_inputs",
    "plan",
    "resume",
    "run",
]


async def check(*inputs: reading.Input, **options: Any) -> CheckResult:  # noqa: ANN401
    """Read, map and validate; no network, nothing written.

    Args:
        inputs: paths of CSV or Excel files, or pandas DataFrames.
        options: settings by name, such as `location_id="…"` or `sheet="Sheet2"`.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used.
    """
    return check_inputs(inputs, settings.load(options))


def check_inputs(
    inputs: tuple[reading.Input, ...], chosen: settings.Settings
) -> CheckResult:
    """The same with settings that were loaded already."""
    seen = reading.Seen()
    counts = {"valid": 0, "invalid": 0, "duplicate": 0}
    remarks: Counter[str] = Counter()
    bad: Spool[tuple[Status, Invalid]] = Spool()
    files = []
    left = chosen.values.limit
    for opened in reading.open_inputs(inputs, chosen):
        count = 0
        for status, checked in reading.rows(
            opened, seen, chosen.checking, chosen.locations
        ):
            if left is not None and sum(counts.values()) >= left:
                break
            count += 1
            if isinstance(checked, Invalid):
                counts[status.value] += 1
                bad.append((status, checked))
            else:
                counts["valid"] += 1
                if checked.remarks:
                    remarks.update(remark.code.value for remark in checked.remarks)
        files.append(replace(opened.file, rows=count))
    code = Exit.PROBLEMS if bad else Exit.OK
    return CheckResult(tuple(files), counts, bad, dict(remarks), code)


async def plan(*inputs: reading.Input, **options: Any) -> PlanResult:  # noqa: ANN401
    """Compare the input with what exists, and forecast; nothing is sent.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used.
        AccessError: there is no token.
    """
    chosen = settings.load(options)
    return await plan_inputs(inputs, chosen)


async def plan_inputs(
    inputs: tuple[reading.Input, ...], chosen: settings.Settings
) -> PlanResult:
    """The same with settings that were loaded already."""
    chosen.tokens.require()
    folder = folders.make(Path(mkdtemp(prefix="importer-")), "plan", time.time())
    async with Session.begin(chosen, folder, inputs) as session:
        await session.read(inputs)
        forecast = await session.compare()
        summary = session.report(page=False)
    return PlanResult(summary, folder, forecast)


async def run(
    *inputs: reading.Input,
    run_id: str | None = None,
    **options: Any,  # noqa: ANN401
) -> RunResult:
    """Create the collections of the input: the main job.

    Args:
        inputs: paths of CSV or Excel files, or pandas DataFrames.
        run_id: a name for the run; made from the time without one.
        options: settings by name; `token` may be among them.

    Returns:
        What became of every row. A run that was stopped (`--max-errors`, the day's
        quota …) comes back too, with its exit code in the summary.

    Raises:
        InputError: a file is unusable; nothing was sent.
        UsageError: an option cannot be used.
        AccessError: there is no token.
        LocationHeldError: another run works on the location.
        StorageError: the disk is full.
    """
    chosen = settings.load(options)
    chosen.tokens.require()
    folder = folders.make(chosen.values.runs_dir, run_id, time.time())
    async with Session.begin(chosen, folder, inputs) as session:
        await session.read(inputs)
        await session.compare()
        await session.deliver()
        await session.audit()
        return RunResult(session.report(), folder)


async def resume(run_id: str | None = None, **options: Any) -> RunResult | None:  # noqa: ANN401
    """Settle what is unknown in a run and finish the rest.

    Args:
        run_id: the run; without one, the newest that is unfinished.
        options: settings by name.

    Returns:
        What became of every row; None where no run is unfinished.

    Raises:
        InputError: there is no such run, or its journal is damaged.
        AccessError: there is no token.
        LocationHeldError: another process works on it.
    """
    chosen = settings.load(options)
    runs = chosen.values.runs_dir
    folder = folders.find(runs, run_id) if run_id else folders.newest_unfinished(runs)
    if folder is None:
        return None
    async with Session.take_up(chosen, folder) as session:
        session.settings.tokens.require()
        if session.unread:
            await session.read(session.unread)
        await session.compare()
        await session.deliver()
        await session.audit()
        return RunResult(session.report(), folder)
