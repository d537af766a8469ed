"""The stages put together: what the library's verbs and the command line are made of.

`check` looks at an input, `verbs` say the whole sentence, `Session` says it step
by step. Everything is loaded when it is first used, because a check needs neither
the network nor the journal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.api.checks import check
    from importer.api.results import PlanResult, RunResult
    from importer.api.verbs import plan, plan_inputs, resume, run
    from importer.intake.check import CheckResult, check_inputs
    from importer.runs.folders import RunFolder, State
    from importer.runs.forecasts import Forecast
    from importer.runs.session import Session

_HOME = {
    "CheckResult": "importer.intake.check",
    "check": "importer.api.checks",
    "check_inputs": "importer.intake.check",
    "RunFolder": "importer.runs.folders",
    "State": "importer.runs.folders",
    "Forecast": "importer.runs.forecasts",
    "PlanResult": "importer.api.results",
    "RunResult": "importer.api.results",
    "Session": "importer.runs.session",
    "plan": "importer.api.verbs",
    "plan_inputs": "importer.api.verbs",
    "resume": "importer.api.verbs",
    "run": "importer.api.verbs",
}

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
    "plan_inputs",
    "resume",
    "run",
]


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    msg = f"module 'importer.api' has no attribute {name!r}"
    raise AttributeError(msg)
