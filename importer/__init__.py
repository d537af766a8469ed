"""Bulk import of product collections into HighLevel (LeadConnector).

    import importer

    result = await importer.run("collections.csv", location_id="…", token="…")
    print(result.summary.counts)
    result.to_frame()

`check`, `plan`, `run` and `resume` are coroutines; each takes files or pandas
DataFrames and gives a typed result. Everything is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from importer.version import __version__ as __version__

if TYPE_CHECKING:
    from importer.api import (
        CheckResult,
        PlanResult,
        RunResult,
        check,
        plan,
        resume,
        run,
    )
    from importer.errors import (
        AccessError,
        FatalError,
        ImporterError,
        InputError,
        LeftToOthers,
        LocationHeldError,
        PlanOutdated,
        StorageError,
        UsageError,
    )
    from importer.models import Definition, Problem, ReportLine, Status, Summary


_HOME = {
    "importer.api": (
        "CheckResult",
        "PlanResult",
        "RunResult",
        "check",
        "plan",
        "resume",
        "run",
    ),
    "importer.models": ("Definition", "Problem", "ReportLine", "Status", "Summary"),
    "importer.errors": (
        "AccessError",
        "FatalError",
        "ImporterError",
        "InputError",
        "LeftToOthers",
        "LocationHeldError",
        "PlanOutdated",
        "StorageError",
        "UsageError",
    ),
}

__all__ = [
    "AccessError",
    "CheckResult",
    "Definition",
    "FatalError",
    "ImporterError",
    "InputError",
    "LeftToOthers",
    "LocationHeldError",
    "PlanOutdated",
    "PlanResult",
    "Problem",
    "ReportLine",
    "RunResult",
    "Status",
    "StorageError",
    "Summary",
    "UsageError",
    "check",
    "plan",
    "resume",
    "run",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for."""
    for home, names in _HOME.items():
        if name in names:
            return getattr(import_module(home), name)
    msg = f"module 'importer' has no attribute {name!r}"
    raise AttributeError(msg)
