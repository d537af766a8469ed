"""Bulk import of product collections into HighLevel (LeadConnector).

    import importer

    result = await importer.run("collections.csv", location_id="…", token="…")
    print(result.summary.counts)
    result.to_frame()

`check`, `fix`, `plan`, `run`, `resume`, `audit`, `undo`, `list_runs`, `write_report`
and `examine` are coroutines and give typed results; `start` and `start_resume` give a
run in progress, `open` gives a workbench: a table to correct.
`importer.sync` has the verbs for programs without an event loop. Everything is loaded
when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from importer.version import __version__ as __version__

if TYPE_CHECKING:
    from importer import sync
    from importer.api import (
        AuditResult,
        CheckResult,
        FixResult,
        PastRun,
        PlanResult,
        RunError,
        RunInProgress,
        RunResult,
        Settings,
        UndoResult,
        Workbench,
        audit,
        check,
        examine,
        fix,
        list_runs,
        open,  # noqa: A004 - as io.open
        plan,
        resume,
        run,
        start,
        start_resume,
        undo,
        write_report,
    )
    from importer.doctor import Examination
    from importer.errors import (
        AccessError,
        EditOutdated,
        FatalError,
        ImporterError,
        InputError,
        Interrupted,
        LeftToOthers,
        LocationHeldError,
        PlanOutdated,
        StorageError,
        UsageError,
    )
    from importer.exit_codes import Exit
    from importer.models import (
        Definition,
        Input,
        Problem,
        ReportLine,
        Snapshot,
        State,
        Status,
        Summary,
    )
    from importer.runs.forecasts import Forecast
    from importer.settings.typed import RunSettings

_HOME = {
    "importer.api": (
        "AuditResult",
        "CheckResult",
        "FixResult",
        "PastRun",
        "PlanResult",
        "RunError",
        "RunInProgress",
        "RunResult",
        "Settings",
        "UndoResult",
        "Workbench",
        "audit",
        "check",
        "examine",
        "fix",
        "list_runs",
        "open",
        "plan",
        "resume",
        "run",
        "start",
        "start_resume",
        "undo",
        "write_report",
    ),
    "importer.doctor": ("Examination",),
    "importer.exit_codes": ("Exit",),
    "importer.models": (
        "Definition",
        "Input",
        "Problem",
        "ReportLine",
        "Snapshot",
        "State",
        "Status",
        "Summary",
    ),
    "importer.errors": (
        "AccessError",
        "EditOutdated",
        "FatalError",
        "ImporterError",
        "InputError",
        "Interrupted",
        "LeftToOthers",
        "LocationHeldError",
        "PlanOutdated",
        "StorageError",
        "UsageError",
    ),
    "importer.runs.forecasts": ("Forecast",),
    "importer.settings.typed": ("RunSettings",),
}

__all__ = [
    "AccessError",
    "AuditResult",
    "CheckResult",
    "Definition",
    "EditOutdated",
    "Examination",
    "Exit",
    "FatalError",
    "FixResult",
    "Forecast",
    "ImporterError",
    "Input",
    "InputError",
    "Interrupted",
    "LeftToOthers",
    "LocationHeldError",
    "PastRun",
    "PlanOutdated",
    "PlanResult",
    "Problem",
    "ReportLine",
    "RunError",
    "RunInProgress",
    "RunResult",
    "RunSettings",
    "Settings",
    "Snapshot",
    "State",
    "Status",
    "StorageError",
    "Summary",
    "UndoResult",
    "UsageError",
    "Workbench",
    "audit",
    "check",
    "examine",
    "fix",
    "list_runs",
    "open",
    "plan",
    "resume",
    "run",
    "start",
    "start_resume",
    "sync",
    "undo",
    "write_report",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for."""
    if name == "sync":
        return import_module("importer.sync")
    for home, names in _HOME.items():
        if name in names:
            return getattr(import_module(home), name)
    msg = f"module 'importer' has no attribute {name!r}"
    raise AttributeError(msg)
